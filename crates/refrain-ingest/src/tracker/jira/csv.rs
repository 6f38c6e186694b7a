//! Jira's CSV export: headers that repeat, cells of many lines, dates in the exporting person's format and zone.

use std::collections::BTreeMap;

use refrain_record::LinkKind;

use super::{Ticket, links};
use crate::dates::{self, Column, Order, Reading};
use crate::entry::{remark, skipped, system_for};
use crate::sniff::from_keys;
use crate::source::{Head, Hint, Input, Item, Place, ReadSetup};
use crate::table::{BrokenRow, Row, Table, headers};
use crate::text::{plain_from_wiki, plain_words};

/// Rows held until the order of day and month is decided, in bytes of text. Further rows are read by that decision.
const HELD: usize = 64 << 20;

/// Headers with what they mean, in the languages that exports are seen in, as [`plain_words`] writes them.
const HEADERS: &[(&str, Field)] = &[
    ("issue key", Field::Key),
    ("key", Field::Key),
    ("vorgangsschlüssel", Field::Key),
    ("schlüssel", Field::Key),
    ("clé de ticket", Field::Key),
    ("clave de incidencia", Field::Key),
    ("chiave segnalazione", Field::Key),
    ("chave da item", Field::Key),
    ("issue id", Field::Id),
    ("vorgangs id", Field::Id),
    ("id de ticket", Field::Id),
    ("id de la incidencia", Field::Id),
    ("project key", Field::ProjectKey),
    ("projektschlüssel", Field::ProjectKey),
    ("project name", Field::ProjectName),
    ("projektname", Field::ProjectName),
    ("issue type", Field::Kind),
    ("vorgangstyp", Field::Kind),
    ("type de ticket", Field::Kind),
    ("tipo de incidencia", Field::Kind),
    ("summary", Field::Summary),
    ("zusammenfassung", Field::Summary),
    ("résumé", Field::Summary),
    ("resumen", Field::Summary),
    ("riepilogo", Field::Summary),
    ("resumo", Field::Summary),
    ("status", Field::Status),
    ("état", Field::Status),
    ("estado", Field::Status),
    ("status category", Field::Category),
    ("resolution", Field::Resolution),
    ("lösung", Field::Resolution),
    ("résolution", Field::Resolution),
    ("resolución", Field::Resolution),
    ("priority", Field::Priority),
    ("priorität", Field::Priority),
    ("priorité", Field::Priority),
    ("prioridad", Field::Priority),
    ("created", Field::Created),
    ("erstellt", Field::Created),
    ("création", Field::Created),
    ("créé", Field::Created),
    ("creada", Field::Created),
    ("creado", Field::Created),
    ("creata", Field::Created),
    ("updated", Field::Updated),
    ("aktualisiert", Field::Updated),
    ("mise à jour", Field::Updated),
    ("actualizada", Field::Updated),
    ("resolved", Field::Resolved),
    ("erledigt", Field::Resolved),
    ("résolu", Field::Resolved),
    ("résolue", Field::Resolved),
    ("resuelta", Field::Resolved),
    ("component s", Field::Component),
    ("components", Field::Component),
    ("component", Field::Component),
    ("komponenten", Field::Component),
    ("composants", Field::Component),
    ("labels", Field::Label),
    ("label", Field::Label),
    ("stichwörter", Field::Label),
    ("étiquettes", Field::Label),
    ("etiquetas", Field::Label),
    ("affects version s", Field::Version),
    ("affects versions", Field::Version),
    ("affected versions", Field::Version),
    ("affects version", Field::Version),
    ("betroffene versionen", Field::Version),
    ("fix version s", Field::FixVersion),
    ("fix versions", Field::FixVersion),
    ("fix version", Field::FixVersion),
    ("lösungsversionen", Field::FixVersion),
    ("environment", Field::Environment),
    ("umgebung", Field::Environment),
    ("environnement", Field::Environment),
    ("entorno", Field::Environment),
    ("description", Field::Description),
    ("beschreibung", Field::Description),
    ("descripción", Field::Description),
    ("comment", Field::Comment),
    ("comments", Field::Comment),
    ("kommentar", Field::Comment),
    ("commentaire", Field::Comment),
    ("comentario", Field::Comment),
    ("time spent", Field::TimeSpent),
    ("σ time spent", Field::TimeSpentTotal),
    ("benötigte zeit", Field::TimeSpent),
    ("log work", Field::Skip),
    ("attachment", Field::Skip),
    ("anhang", Field::Skip),
    ("watchers", Field::Skip),
    ("watchers id", Field::Skip),
    ("project lead", Field::Skip),
    ("project lead id", Field::Skip),
    ("project description", Field::Skip),
    ("project url", Field::Skip),
    ("project type", Field::Skip),
    ("last viewed", Field::Skip),
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Key,
    Id,
    ProjectKey,
    ProjectName,
    Kind,
    Summary,
    Status,
    Category,
    Resolution,
    Priority,
    Created,
    Updated,
    Resolved,
    Component,
    Label,
    Version,
    FixVersion,
    Environment,
    Description,
    Comment,
    TimeSpent,
    TimeSpentTotal,
    Skip,
}

/// A column's meaning with its header: links and fields of the site's own keep their names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holds {
    Known(Field),
    Link { name: String, outward: bool },
    Own(String),
}

fn holds(header: &str) -> Holds {
    let inside = |prefix: &str| {
        header.to_lowercase().starts_with(prefix).then(|| header.split_once('(').map(|(_, rest)| rest.trim_end_matches(')').to_owned())).flatten()
    };
    if let Some(name) = inside("custom field (").or_else(|| inside("benutzerdefinierte felder (")).or_else(|| inside("champs personnalisés (")) {
        return Holds::Own(name);
    }
    for (prefix, outward) in [("outward issue link (", true), ("inward issue link (", false)] {
        if let Some(name) = inside(prefix) {
            return Holds::Link { name, outward };
        }
    }
    let words = if header.starts_with('Σ') { plain_words(&header.to_lowercase()) } else { plain_words(header) };
    HEADERS.iter().find(|(name, _)| *name == words).map_or_else(|| Holds::Own(header.to_owned()), |(_, column)| Holds::Known(*column))
}

fn known(headers: &[String], column: Field) -> bool {
    headers.iter().any(|h| holds(h) == Holds::Known(column))
}

pub fn sniff(head: &Head<'_>) -> Option<Hint> {
    if head.text.trim_start().starts_with(['{', '[', '<', '#']) {
        return None;
    }
    let headers = headers(head.text);
    let has = |key: &str| match key {
        "Issue key" => {
            headers.iter().any(|h| holds(h) == Holds::Known(Field::Id) || (holds(h) == Holds::Known(Field::Key) && plain_words(h) != "key"))
                || (known(&headers, Field::Key) && known(&headers, Field::Kind))
        }
        _ => known(&headers, Field::Summary),
    };
    from_keys("Jira table", 90, &["Issue key", "Summary"], has)
}

pub fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let Some(mut table) = Table::open(input.text) else {
        return sink(skipped(1, "", "", "no headers", "a table with headers", "export the issues as CSV (all fields)"));
    };
    let columns: Vec<Holds> = table.headers.iter().map(|h| holds(h)).collect();
    let export = Export { columns, path, system: system_for(super::CSV.system, path, setup), setup };
    let (held, reading) = export.decide(&mut table, sink);
    for row in held {
        export.row(&table, row, &reading, sink);
    }
    while let Some(row) = table.next_row() {
        export.row(&table, row, &reading, sink);
    }
}

/// The file being read.
struct Export<'e> {
    columns: Vec<Holds>,
    path: &'e str,
    system: &'e str,
    setup: &'e ReadSetup,
}

type Read = Result<Row, BrokenRow>;

impl Export<'_> {
    /// Holds rows until the order of day and month shows, and decides it for the whole file: one person's locale wrote all dates.
    fn decide(&self, table: &mut Table<'_>, sink: &mut dyn FnMut(Item)) -> (Vec<Read>, Reading) {
        let mut held: Vec<Read> = Vec::new();
        let mut bytes = 0;
        let mut all = Column::default();
        while bytes < HELD {
            let Some(row) = table.next_row() else { break };
            if let Ok(row) = &row {
                bytes += row.cells.iter().map(String::len).sum::<usize>();
                self.dates(row).into_iter().flatten().for_each(|text| all.see(text));
            }
            held.push(row);
        }
        let sooner = if all.is_open() { self.sooner(&held) } else { None };
        let (order, note) = all.decide(sooner, self.setup.month_first);
        if let Some(note) = note {
            sink(remark(1, "", "created", note));
        }
        (held, Reading::assumed(self.setup).with_order(order))
    }

    /// Texts of created, updated and resolved.
    fn dates<'r>(&self, row: &'r Row) -> [Option<&'r str>; 3] {
        [Field::Created, Field::Updated, Field::Resolved].map(|wanted| {
            let at = self.columns.iter().position(|c| *c == Holds::Known(wanted))?;
            row.cells.get(at).map(String::as_str)
        })
    }

    /// The order in which more rows keep created before resolved and updated; nothing where both do equally.
    fn sooner(&self, rows: &[Read]) -> Option<Order> {
        let kept = |order: Order| {
            let reading = Reading::utc().with_order(order);
            let moment = |text: Option<&str>| text.and_then(|t| dates::read(t, &reading).moment()).map(|m| m.seconds);
            let good = |row: &Row| {
                let [created, updated, resolved] = self.dates(row).map(moment);
                let after = |later: Option<i64>| later.zip(created).is_none_or(|(later, created)| later >= created);
                after(updated) && after(resolved)
            };
            rows.iter().flatten().filter(|row| good(row)).count()
        };
        match kept(Order::DayFirst).cmp(&kept(Order::MonthFirst)) {
            std::cmp::Ordering::Greater => Some(Order::DayFirst),
            std::cmp::Ordering::Less => Some(Order::MonthFirst),
            std::cmp::Ordering::Equal => None,
        }
    }

    fn row(&self, table: &Table<'_>, row: Read, reading: &Reading, sink: &mut dyn FnMut(Item)) {
        match row {
            Err(broken) => sink(skipped(broken.line, "", "", &broken.found, &broken.expected, "mend the quotes of that row, or export it again")),
            Ok(row) if table.is_headers(&row) => {
                sink(Item::Filtered { at: Place { line: row.line, record: String::new() }, reason: "the headers once more" })
            }
            Ok(row) => self.record(&row, reading, sink),
        }
    }

    fn record(&self, row: &Row, reading: &Reading, sink: &mut dyn FnMut(Item)) {
        let ticket = self.ticket(row);
        if ticket.key.is_empty() && ticket.id.is_empty() {
            return sink(skipped(row.line, "", "Issue key", "nothing", "an issue key or id", "export the column `Issue key`"));
        }
        if let Some(filing) = super::file(&ticket, row.line, reading, self.setup, self.system, sink) {
            filing.give(super::CSV.name, self.path);
        }
    }

    fn ticket(&self, row: &Row) -> Ticket {
        let mut ticket = Ticket::default();
        let mut own: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (column, cell) in self.columns.iter().zip(&row.cells).filter(|(_, cell)| !cell.trim().is_empty()) {
            match column {
                Holds::Known(column) => known_cell(&mut ticket, *column, cell),
                Holds::Link { name, outward } => ticket.links.extend(keys(cell).map(|key| (kind(name, *outward), key))),
                Holds::Own(name) => own.entry(name).or_default().push(plain_from_wiki(cell)),
            }
        }
        ticket.custom = own.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
        ticket
    }
}

fn kind(name: &str, outward: bool) -> LinkKind {
    links::kind(name, "", outward)
}

/// Keys in a cell: one, or several divided by commas or blanks.
fn keys(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split([',', ' ', ';']).map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned)
}

/// Takes a cell of a known column. Exports of one column per list join its values with commas.
fn known_cell(ticket: &mut Ticket, column: Field, cell: &str) {
    let text = cell.trim().to_owned();
    let list = || cell.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect::<Vec<_>>();
    match column {
        Field::Key => ticket.key = text,
        Field::Id => ticket.id = text,
        Field::ProjectKey => ticket.project_key = text,
        Field::ProjectName => ticket.project_name = text,
        Field::Kind => ticket.kind = text,
        Field::Summary => ticket.summary = text,
        Field::Status => ticket.status = text,
        Field::Category => ticket.done = Some(matches!(plain_words(&text).as_str(), "done" | "fertig" | "terminé" | "listo")),
        Field::Resolution => ticket.resolution = text,
        Field::Priority => ticket.priority = text,
        Field::Created => ticket.created = text,
        Field::Updated => ticket.updated = text,
        Field::Resolved => ticket.resolved = text,
        Field::Component => ticket.components.extend(list()),
        Field::Label => ticket.labels.extend(cell.split([',', ' ']).map(str::to_owned).filter(|v| !v.is_empty())),
        Field::Version => ticket.versions.extend(list()),
        Field::FixVersion => ticket.fix_versions.extend(list()),
        Field::Environment => ticket.environment = plain_from_wiki(cell),
        Field::Description => ticket.description = plain_from_wiki(cell),
        Field::Comment => ticket.comments.push(plain_from_wiki(comment(cell))),
        Field::TimeSpent => ticket.time_spent = text.parse().ok(),
        Field::TimeSpentTotal => ticket.time_spent_total = text.parse().ok(),
        Field::Skip => {}
    }
}

/// The body of `date;author;body`. Only the first two `;` are structure, and only behind something that is a date: a body may also
/// stand without them.
fn comment(cell: &str) -> &str {
    let mut parts = cell.splitn(3, ';');
    let date = parts.next().unwrap_or_default();
    let body = parts.next().and_then(|_| parts.next());
    match body {
        Some(body) if dates::read(date, &Reading::utc()) != dates::Seen::Unreadable => body,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_dialects() {
        assert_eq!(holds("Custom field (Found in stage)"), Holds::Own("Found in stage".into()));
        assert_eq!(holds("Outward issue link (Duplicate)"), Holds::Link { name: "Duplicate".into(), outward: true });
        assert_eq!(holds("Component/s"), Holds::Known(Field::Component));
        assert_eq!(holds("Vorgangsschlüssel"), Holds::Known(Field::Key));
        assert_eq!(holds("Σ Time Spent"), Holds::Known(Field::TimeSpentTotal));
        for (name, _) in HEADERS {
            assert_eq!(plain_words(name), *name);
        }
    }

    #[test]
    fn bodies_of_comments_keep_their_semicolons() {
        assert_eq!(comment("01/Mar/24 12:00;u7;Retry at 9;30, then again"), "Retry at 9;30, then again");
        assert_eq!(comment("just a body; with a semicolon; and more"), "just a body; with a semicolon; and more");
    }
}
