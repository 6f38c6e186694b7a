//! Tables for spreadsheets: RFC 4180, UTF-8, fixed columns, unrounded numbers. A text that a spreadsheet would run is made inert.

use refrain_record::Key;
use refrain_record::findings::{Class, CostSummary, Estimate, Findings, Gap, Member, Metric, Outlook};
use refrain_record::known::Origin;

use crate::context::{one_line, shorten};
use crate::doc::Brief;
use crate::mask::Masker;
use crate::options::{BriefError, Options};

/// A cell: text is guarded, a number is not.
enum Cell {
    Text(String),
    Number(Option<f64>),
}

type Cells = Vec<Cell>;

fn text(raw: impl ToString) -> Cell {
    Cell::Text(raw.to_string())
}

fn number(x: f64) -> Cell {
    Cell::Number(Some(x))
}

fn count(n: usize) -> Cell {
    number(n as f64)
}

fn flag(yes: bool) -> Cell {
    text(if yes { "yes" } else { "no" })
}

fn three(e: Option<Estimate>) -> [Cell; 3] {
    [Cell::Number(e.map(|e| e.value)), Cell::Number(e.map(|e| e.low)), Cell::Number(e.map(|e| e.high))]
}

/// One row a gap, ranked and unranked.
pub fn gaps(_: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    const HEADS: &str = "rank,gap,class,mechanism,control,control_name,presence,stage,teams,grade,escapes,in_production,recurrences,\
        currency,cost,cost_low,cost_high,cost_raw,forecast,forecast_low,forecast_high,caught,caught_low,caught_high,\
        avoidable,avoidable_low,avoidable_high,price,price_low,price_high,days_low,days_high,top5,first,assumed_share,decision";
    let m = Masker::new(&o.mask_key, &o.mask_names);
    Ok(file(HEADS, f.gaps.iter().map(|g| gap(&m, g))))
}

fn gap(m: &Masker, g: &Gap) -> Cells {
    let mut row =
        vec![Cell::Number(g.rank.map(f64::from)), text(&g.id), text(&g.class), clean(m, &g.class_name), text(&g.control), clean(m, &g.control_name)];
    row.extend([text(kebab(&format!("{:?}", g.presence))), text(&g.stage.0), clean(m, &g.teams.join("; ")), text(format!("{:?}", g.grade))]);
    row.extend([number(g.escapes as f64), number(g.in_production as f64), number(g.recurrences as f64)]);
    row.extend(cost(&g.cost));
    row.extend(three(forecast(&g.forecast)));
    row.extend(three(Some(g.caught)));
    row.extend(three(g.avoidable));
    row.extend(three(g.price));
    row.extend([
        number(g.days.0),
        number(g.days.1),
        number(g.top5),
        number(g.first),
        number(g.assumed_share),
        clean(m, g.decision.as_deref().unwrap_or("")),
    ]);
    row
}

fn cost(k: &CostSummary) -> Cells {
    let [value, low, high] = three(k.capped);
    vec![text(&k.currency), value, low, high, Cell::Number((k.n > 0).then_some(k.raw))]
}

fn forecast(o: &Outlook) -> Option<Estimate> {
    match o {
        Outlook::Forecast { count, .. } => Some(*count),
        Outlook::Withheld { .. } => None,
    }
}

fn kebab(camel: &str) -> String {
    camel.to_lowercase()
}

/// One row a class.
pub fn classes(_: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    const HEADS: &str = "class,name,family,origin,taxonomy,members,escapes,teams,team_names,systemic,emerging,recurrences,cross_team,bursts,\
        currency,cost,cost_low,cost_high,cost_raw,forecast,forecast_low,forecast_high,exemplar";
    let m = Masker::new(&o.mask_key, &o.mask_names);
    Ok(file(HEADS, f.classes.iter().map(|c| class(&m, c))))
}

fn class(m: &Masker, c: &Class) -> Cells {
    let names: Vec<&str> = c.teams.iter().map(|t| t.team.as_str()).collect();
    let mut row = vec![text(&c.id), clean(m, &c.name), text(&c.family), text(kebab(&format!("{:?}", c.origin))), text(c.taxonomy.join("; "))];
    row.extend([count(c.members.len()), count(c.members.iter().filter(|x| x.escape).count()), count(c.teams.len()), clean(m, &names.join("; "))]);
    row.extend([flag(c.systemic), flag(c.emerging), number(c.recurrences as f64), number(c.cross_team as f64), number(c.bursts as f64)]);
    row.extend(cost(&c.cost));
    row.extend(three(forecast(&c.forecast)));
    row.push(text(&c.exemplar));
    row
}

/// One row a defect in a class, and one a defect in none, with its reason.
pub fn members(_: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    const HEADS: &str = "key,class,class_name,reason,team,at,title,score_bits,border,escape,recurrence,actual_stage,actual_stage_origin,\
        ideal_stage,ideal_stage_origin,bucket,bucket_origin,cost,cost_low,cost_high,duplicates";
    let m = Masker::new(&o.mask_key, &o.mask_names);
    let inside = f.classes.iter().flat_map(|c| c.members.iter().map(move |x| (c, x))).map(|(c, x)| member(&m, c, x));
    let outside = f.unclassified.records.iter().map(|(key, reason)| open(key, reason));
    Ok(file(HEADS, inside.chain(outside)))
}

fn member(m: &Masker, c: &Class, x: &Member) -> Cells {
    let known = |v: &Option<(String, Origin)>| match v {
        Some((value, origin)) => [text(value), text(kebab(&format!("{origin:?}")))],
        None => [text(""), text("absent")],
    };
    let mut row = vec![text(&x.key), text(&c.id), clean(m, &c.name), text(""), clean(m, x.team.as_deref().unwrap_or(""))];
    row.extend([text(x.at.map_or_else(String::new, |at| at.to_string())), clean(m, &x.title), number(x.score.total().bits())]);
    row.extend([flag(x.border), flag(x.escape), flag(x.recurrence)]);
    for field in [&x.actual_stage, &x.ideal_stage, &x.bucket] {
        row.extend(known(field));
    }
    row.extend(three(x.cost.as_ref().map(|k| k.total)));
    row.push(text(x.duplicates.iter().map(Key::to_string).collect::<Vec<_>>().join("; ")));
    row
}

fn open(key: &Key, reason: &str) -> Cells {
    let mut row = vec![text(key), text(""), text("unclassified"), text(reason)];
    row.extend((0..17).map(|_| text("")));
    row
}

/// One row a metric. Teams with too few defects are left out: a rate of them says nothing.
pub fn metrics(_: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    const HEADS: &str = "metric,name,of,unit,value,low,high,numerator,denominator,median,p90,n,series,excluded,note";
    let m = Masker::new(&o.mask_key, &o.mask_names);
    let large = f.metrics.iter().filter(|x| f.scope.teams.get(&x.of).is_none_or(|n| *n >= o.minimum));
    Ok(file(HEADS, large.map(|x| metric(&m, x))))
}

fn metric(m: &Masker, x: &Metric) -> Cells {
    let series: Vec<String> = x.series.iter().map(|(period, v)| format!("{period}={v}")).collect();
    let excluded: Vec<String> = x.excluded.iter().map(|(reason, n)| format!("{reason}={n}")).collect();
    let mut row = vec![text(&x.id), clean(m, &x.name), clean(m, &x.of), text(&x.unit)];
    row.extend(three(x.value));
    row.extend([Cell::Number(x.ratio.map(|r| r.0 as f64)), Cell::Number(x.ratio.map(|r| r.1 as f64))]);
    row.extend([Cell::Number(x.spread.map(|s| s.0)), Cell::Number(x.spread.map(|s| s.1)), Cell::Number(x.spread.map(|s| s.2 as f64))]);
    row.extend([text(series.join("; ")), text(excluded.join("; ")), clean(m, &x.note)]);
    row
}

fn clean(m: &Masker, raw: &str) -> Cell {
    text(m.clean(&shorten(&one_line(raw), 1_000)))
}

fn file(heads: &str, rows: impl Iterator<Item = Cells>) -> Vec<u8> {
    let mut out = heads.replace(' ', "");
    out.push_str("\r\n");
    for row in rows {
        out.push_str(&row.iter().map(printed).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out.into_bytes()
}

fn printed(cell: &Cell) -> String {
    match cell {
        Cell::Number(None) => String::new(),
        Cell::Number(Some(x)) => format!("{}", refrain_record::findings::tidy(*x)),
        Cell::Text(raw) => quoted(&inert(raw)),
    }
}

/// An apostrophe before what a spreadsheet takes for a formula (also behind blanks, which some drop on reading).
fn inert(raw: &str) -> String {
    let runs = raw.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%', '＝', '＋', '－', '＠']);
    if runs { format!("'{raw}") } else { raw.to_owned() }
}

fn quoted(raw: &str) -> String {
    if raw.contains(['"', ',', '\n', '\r', ';', '\'']) { format!("\"{}\"", raw.replace('"', "\"\"")) } else { raw.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_made_inert() {
        for hostile in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "  =HYPERLINK(\"x\")", "＝1"] {
            let cell = printed(&text(hostile));
            assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        }
        assert_eq!(printed(&text("a, \"b\"")), "\"a, \"\"b\"\"\"");
        assert_eq!(printed(&number(-2.5)), "-2.5");
        assert_eq!(printed(&Cell::Number(None)), "");
    }
}
