//! The two pictures of the first page.

use refrain_record::findings::{Class, CostSummary};

use super::head::period_length;
use crate::chart::matrix::{Matrix, matrix as draw_matrix};
use crate::chart::pareto::{Bar, Part, is_interrupted, pareto as draw_pareto};
use crate::context::{Cx, class_path};
use crate::doc::{Cell, Column, Figure, Row, Table, TableKind};
use crate::path;
use crate::print::{self, COUNTED, FORECAST, Scale, THIN};
use crate::text::{Number, Text};
use crate::words::{self, capital, fill, in_words, many, noun};

/// Classes that are painted in accent, and those that get a bar of their own.
const TOP: usize = 5;
const BARS: usize = 11;

/// One bar with the numbers that stand beside it.
struct Line {
    label: String,
    cost: Option<Number>,
    low: Option<Number>,
    high: Option<Number>,
    escapes: Number,
    part: Part,
}

/// Escapes among the members of a class.
pub fn escapes_of(class: &Class) -> u64 {
    class.members.iter().filter(|m| m.escape).count() as u64
}

/// Cost by class, or escapes by class where no cost is known; nothing where no class has an escape.
pub fn pareto(cx: &Cx<'_>) -> Option<Figure> {
    let money = cx.f.cost.capped.is_some_and(|c| c.value > 0.0);
    let worth = |c: &Class| if money { c.cost.capped.map_or(0.0, |e| e.value) } else { escapes_of(c) as f64 };
    let mut classes: Vec<&Class> = cx.f.classes.iter().filter(|c| worth(c) > 0.0).collect();
    classes.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then_with(|| a.id.cmp(&b.id)));
    if classes.is_empty() {
        return None;
    }
    let c = cx.cite("Cost and escapes by class", "refrain classes list", []);
    let lines = lines(cx, &c, &classes);
    let scale = Scale::of_column(lines.iter().filter_map(|l| l.cost.as_ref()).map(|n| n.value).chain(cx.f.cost.capped.map(|e| e.value)));
    let title = title(cx, &c, &classes, money);
    let level = cx.f.cost.capped.map_or(80, |e| e.level);
    let mut slots =
        vec![("period", Text::from(period_length(cx))), ("level", level.to_string().into()), ("thin", THIN.into()), ("cite", Text::new().c(&c))];
    let bars: Vec<Bar> = lines.iter().map(|l| bar(l, scale, money)).collect();
    slots.push(("broken", if is_interrupted(&bars) { words::PARETO_BROKEN.into() } else { Text::new() }));
    let sub = fill(if money { words::PARETO_SUB } else { words::PARETO_SUB_COUNT }, &slots);
    let total = total(cx, scale, money);
    let heads = if money { (print::unit_head(cx.currency(), scale), "escapes") } else { (String::new(), "escapes") };
    let drawing = draw_pareto((&heads.0, heads.1), &bars, (&total.0, &total.1, &total.2));
    let data = pareto_table(cx, &lines, scale, money);
    Some(Figure { describe: describe(&lines, &total), title, sub, drawing, note: rounding(&lines, scale, &total, money), data })
}

fn lines(cx: &Cx<'_>, c: &str, classes: &[&Class]) -> Vec<Line> {
    let mut lines: Vec<Line> = classes.iter().take(BARS).enumerate().map(|(i, class)| class_line(cx, c, class, i)).collect();
    if classes.len() > BARS {
        lines.push(further(cx, c, classes));
    }
    lines.extend(open(cx, c));
    lines
}

fn cost_numbers(cx: &Cx<'_>, c: &str, base: &str, cost: &CostSummary) -> [Option<Number>; 3] {
    let number = |end: &str, x: f64| cx.n(c, format!("{base}.capped.{end}"), x, "");
    cost.capped.map_or([None, None, None], |e| [Some(number("value", e.value)), Some(number("low", e.low)), Some(number("high", e.high))])
}

fn class_line(cx: &Cx<'_>, c: &str, class: &Class, place: usize) -> Line {
    let base = class_path(&class.id);
    let [cost, low, high] = cost_numbers(cx, c, &format!("{base}.cost"), &class.cost);
    let part = if place < TOP { Part::Top } else { Part::Rest };
    Line { label: bare(&cx.name(&class.name)), cost, low, high, escapes: cx.int(c, format!("{base}.members#escape"), escapes_of(class)), part }
}

/// Without the article, which a label can spare: `Retry repeats an effect`.
fn bare(name: &str) -> String {
    let short = ["A ", "An ", "The "].iter().find_map(|article| name.strip_prefix(article));
    short.map_or_else(|| name.to_owned(), capital)
}

/// All classes without a bar of their own, summed. An interval of a sum is not made here.
fn further(cx: &Cx<'_>, c: &str, classes: &[&Class]) -> Line {
    let but = classes.iter().take(BARS).map(|k| path::key(&k.id)).collect::<Vec<_>>().join(", ");
    let named: Vec<&str> = classes.iter().take(BARS).map(|k| k.id.as_str()).collect();
    let rest: Vec<&Class> = cx.f.classes.iter().filter(|k| !named.contains(&k.id.as_str())).collect();
    let cost: f64 = rest.iter().filter_map(|k| k.cost.capped).map(|e| e.value).sum();
    let escapes: u64 = rest.iter().map(|k| escapes_of(k)).sum();
    let known = rest.iter().any(|k| k.cost.capped.is_some());
    Line {
        label: many(rest.len() as u64, "further class"),
        cost: known.then(|| cx.n(c, format!("sum(classes; cost.capped.value; but {but})"), cost, "")),
        low: None,
        high: None,
        escapes: cx.int(c, format!("sum(classes; members#escape; but {but})"), escapes),
        part: Part::Further,
    }
}

fn open(cx: &Cx<'_>, c: &str) -> Option<Line> {
    let inside: u64 = cx.f.classes.iter().map(escapes_of).sum();
    let left = cx.f.scope.escapes.saturating_sub(inside);
    let cost = cx.f.unclassified.cost.as_ref();
    if cx.f.unclassified.total == 0 && left == 0 {
        return None;
    }
    let [value, low, high] = cost.map_or([None, None, None], |k| cost_numbers(cx, c, "unclassified.cost", k));
    let escapes = cx.int(c, "scope.escapes - sum(classes; members#escape)", left);
    Some(Line { label: "Unclassified".into(), cost: value, low, high, escapes, part: Part::Open })
}

fn bar(line: &Line, scale: Scale, money: bool) -> Bar {
    let value = if money { line.cost.as_ref().map_or(0.0, |n| n.value) } else { line.escapes.value };
    let ends = line.low.as_ref().zip(line.high.as_ref()).filter(|_| money).map(|(a, b)| (a.value, b.value));
    let amount = if money { line.cost.as_ref().map_or("–".to_owned(), |n| scale.cell(n.value, COUNTED)) } else { String::new() };
    Bar { label: line.label.clone(), value, ends, amount, count: line.escapes.text.clone(), part: line.part }
}

fn total(cx: &Cx<'_>, scale: Scale, money: bool) -> (String, String, String) {
    let cost = cx.f.cost.capped.filter(|_| money).map_or(String::new(), |e| scale.cell(e.value, COUNTED));
    (format!("All {}", many(cx.f.scope.escapes, "escape")), cost, print::count(cx.f.scope.escapes))
}

fn title(cx: &Cx<'_>, c: &str, classes: &[&Class], money: bool) -> Text {
    let n = classes.len().min(TOP) as u64;
    let top = &classes[..n as usize];
    let field = if money { "cost.capped.value" } else { "members#escape" };
    let worth = |k: &&Class| if money { k.cost.capped.map_or(0.0, |e| e.value) } else { escapes_of(k) as f64 };
    let all = if money { cx.f.cost.capped.map_or(0.0, |e| e.value) } else { cx.f.scope.escapes as f64 };
    let share = if all > 0.0 { top.iter().map(worth).sum::<f64>() / all } else { 0.0 };
    let paths: Vec<String> = top.iter().map(|k| format!("{}.{field}", class_path(&k.id))).collect();
    let path = format!("{} / {}", paths.join(" + "), if money { "cost.capped.value" } else { "scope.escapes" });
    let carry = if n == 1 { " carries " } else { " carry " };
    let slots = [
        ("top", Text::from(format!("{} {}", capital(&in_words(n)), noun(n, "mechanism")))),
        ("share", cx.percent(c, path, share)),
        ("thin", THIN.into()),
        ("what", if money { "cost".into() } else { "escapes".into() }),
    ];
    fill(&words::PARETO.replace(" carry ", carry), &slots)
}

fn describe(lines: &[Line], total: &(String, String, String)) -> String {
    let each = lines.iter().map(|l| match &l.cost {
        Some(cost) => format!("{} {}, {} escapes", l.label, print::count(cost.value.round().max(0.0) as u64), l.escapes.text),
        None => format!("{} {} escapes", l.label, l.escapes.text),
    });
    format!("Horizontal bars, longest first. {}. {}.", each.collect::<Vec<_>>().join("; "), total.0)
}

/// Says so where printed rows do not add up to the printed total.
fn rounding(lines: &[Line], scale: Scale, total: &(String, String, String), money: bool) -> Text {
    if !money || lines.iter().any(|l| l.cost.is_none()) {
        return Text::new();
    }
    let printed = |text: &str| text.replace(',', "").replace('\u{2212}', "-").parse::<f64>().unwrap_or(0.0);
    let sum: f64 = lines.iter().filter_map(|l| l.cost.as_ref()).map(|n| printed(&scale.cell(n.value, COUNTED))).sum();
    if (sum - printed(&total.1)).abs() < 1e-6 {
        Text::new()
    } else {
        format!("Rows are rounded; as printed they add up to {}.", print::end(sum, 9)).into()
    }
}

fn pareto_table(cx: &Cx<'_>, lines: &[Line], scale: Scale, money: bool) -> Table {
    let unit = print::unit_head(cx.currency(), scale);
    let printed = |n: &Option<Number>, digits: usize| match n {
        Some(n) => Text::from(Number { text: scale.cell(n.value, digits), ..n.clone() }),
        None => "–".into(),
    };
    let row = |l: &Line| {
        let mut cells: Vec<Cell> = vec![l.label.clone().into()];
        if money {
            cells.extend([printed(&l.cost, COUNTED).into(), printed(&l.low, FORECAST).into(), printed(&l.high, FORECAST).into()]);
        }
        cells.push(Text::from(l.escapes.clone()).into());
        Row::from(cells)
    };
    let mut columns = vec![Column::words("Class")];
    if money {
        columns.extend([Column::numbers(&format!("Cost, {unit}")), Column::numbers("Low"), Column::numbers("High")]);
    }
    columns.push(Column::numbers("Escapes"));
    data_table("classes-by-cost", "Cost and escapes by class", columns, lines.iter().map(row).collect())
}

/// The folded table behind a chart.
pub fn data_table(id: &str, caption: &str, columns: Vec<Column>, rows: Vec<Row>) -> Table {
    Table { id: id.into(), kind: TableKind::Data, caption: caption.into(), columns, rows, note: Text::new() }
}

/// Ideal stage against stage found; nothing where no escape is known.
pub fn matrix(cx: &Cx<'_>) -> Option<Figure> {
    let m = &cx.f.matrix;
    let n = m.stages.len().min(m.cells.len());
    let all: u64 = m.cells.iter().flatten().sum();
    if n == 0 || all == 0 || m.cells.iter().any(|r| r.len() < n) {
        return None;
    }
    let c = cx.cite("Escapes by ideal stage and stage found", "refrain metrics containment-matrix", []);
    let rows: Vec<usize> = (0..n).filter(|i| m.cells[*i].iter().any(|x| *x > 0)).collect();
    let columns: Vec<usize> = (0..n).filter(|j| m.cells.iter().any(|r| r[*j] > 0)).collect();
    let unknown = |i: usize| m.stages[i] == "unknown";
    let possible = |i: usize, j: usize| m.cells[i][j] > 0 || unknown(i) || unknown(j) || j > i;
    let short = |i: usize| m.shorts.get(i).or(m.names.get(i)).cloned().unwrap_or_default();
    let picture = Matrix {
        rows: rows.iter().map(|i| row_word(m.names.get(*i).map_or("", String::as_str), &short(*i))).collect(),
        columns: columns.iter().map(|j| column_word(&short(*j))).collect(),
        production: columns.iter().map(|j| m.production.get(*j) == Some(&true)).collect(),
        cells: rows.iter().map(|i| columns.iter().map(|j| possible(*i, *j).then(|| m.cells[*i][*j])).collect()).collect(),
        row_apart: rows.len() > 1 && rows.last().is_some_and(|i| unknown(*i)),
        column_apart: columns.len() > 1 && columns.last().is_some_and(|j| unknown(*j)),
    };
    let sub = fill(words::MATRIX_SUB, &[("cite", Text::new().c(&c))]);
    let data = matrix_table(cx, &c, &rows, &columns);
    Some(Figure {
        title: matrix_title(cx, &c, all),
        sub,
        drawing: draw_matrix(&picture),
        describe: matrix_words(cx, &rows, &columns),
        data,
        note: left_out(cx, &rows, &columns),
    })
}

/// The name without "test", which the head says; the short head where the name is too long for a row.
fn row_word(name: &str, short: &str) -> String {
    let bare = name.strip_suffix(" test").unwrap_or(name);
    if bare.is_empty() || bare.chars().count() > 11 { short.to_owned() } else { bare.to_owned() }
}

/// Under the head "Production", the first word of `Prod int.` says nothing.
fn column_word(short: &str) -> String {
    short.strip_prefix("Prod ").or(short.strip_prefix("Prod. ")).map_or_else(|| short.to_owned(), str::to_owned)
}

fn matrix_title(cx: &Cx<'_>, c: &str, all: u64) -> Text {
    let m = &cx.f.matrix;
    let inside = |j: usize| m.production.get(j) == Some(&true);
    let cells: Vec<(usize, usize)> =
        (0..m.cells.len()).flat_map(|i| (0..m.cells[i].len()).map(move |j| (i, j))).filter(|(i, j)| inside(*j) && m.cells[*i][*j] > 0).collect();
    let n: u64 = cells.iter().map(|(i, j)| m.cells[*i][*j]).sum();
    let path = cells.iter().map(|(i, j)| format!("matrix.cells[{i}][{j}]")).collect::<Vec<_>>().join(" + ");
    let number = if cells.is_empty() { Text::from("None") } else { cx.int(c, path, n).into() };
    let scope = cx.cite_scope();
    fill(words::MATRIX, &[("production", number), ("all", cx.int(&scope, "scope.escapes", all).into())])
}

fn matrix_table(cx: &Cx<'_>, c: &str, rows: &[usize], columns: &[usize]) -> Table {
    let m = &cx.f.matrix;
    let name = |i: usize| m.names.get(i).cloned().unwrap_or_default();
    let row = |i: &usize| {
        let numbers = columns.iter().map(|j| Cell::from(cx.int(c, format!("matrix.cells[{i}][{j}]"), m.cells[*i][*j])));
        Row::from(std::iter::once(Cell::from(name(*i))).chain(numbers).collect::<Vec<_>>())
    };
    let heads = std::iter::once(Column::words("Ideal stage")).chain(columns.iter().map(|j| Column::numbers(&name(*j)))).collect();
    data_table("stages", "Escapes by ideal stage and stage found", heads, rows.iter().map(row).collect())
}

fn matrix_words(cx: &Cx<'_>, rows: &[usize], columns: &[usize]) -> String {
    let m = &cx.f.matrix;
    let name = |i: usize| m.names.get(i).map_or("", String::as_str);
    let row = |i: &usize| {
        let cells: Vec<String> = columns.iter().filter(|j| m.cells[*i][**j] > 0).map(|j| format!("{} {}", name(*j), m.cells[*i][*j])).collect();
        format!("Ideal {}: {}", name(*i), cells.join(", "))
    };
    format!("Rows are ideal stages, columns the stages found. {}.", rows.iter().map(row).collect::<Vec<_>>().join("; "))
}

fn left_out(cx: &Cx<'_>, rows: &[usize], columns: &[usize]) -> Text {
    let m = &cx.f.matrix;
    let gone: Vec<String> =
        (0..m.stages.len()).filter(|i| !rows.contains(i) && !columns.contains(i)).filter_map(|i| m.names.get(i)).map(|n| n.to_lowercase()).collect();
    if gone.is_empty() { Text::new() } else { fill(words::MATRIX_NOTE, &[("stages", gone.join(", ").into())]) }
}
