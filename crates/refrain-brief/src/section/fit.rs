//! The first page is one page: how tall its blocks are when printed on A4, and lists shortened from below until they fit.
//!
//! Type is never made smaller. Sizes are those of the print style; widths are those of Helvetica, which the print style asks for.

use crate::chart::{WIDTH, width};
use crate::doc::{Block, Figure, Row, Table, TableKind};
use crate::text::Text;

/// Height between the margins in points. What is above the lists is estimated some 10 mm too tall, which is the reserve of the page.
const PAGE: f64 = 842.0 - 28.3 - 34.0;
/// Width between the margins, and of one of two columns.
const FULL: f64 = 527.0;
const HALF: f64 = 253.0;
/// Width of the first column of gaps beside the widest of the others.
const FIRST: f64 = 214.0;

/// Lines of a text of `size` points in a width; a word never fills a line to its end.
fn lines(text: &Text, size: f64, room: f64) -> f64 {
    (width::of(&text.plain(), size) * 1.04 / room).ceil().max(1.0)
}

/// Height of scope line, headline and ask.
pub fn head(lines_of_headline: &[Text], ask: &Text) -> f64 {
    let headline: f64 = lines_of_headline.iter().map(|l| lines(l, 17.4, FULL)).sum();
    17.0 + headline * 19.2 + 12.0 + lines(ask, 9.3, FULL) * 12.8
}

/// Height of a block of the first page.
pub fn height(block: &Block) -> f64 {
    match block {
        Block::Strip { .. } => 54.0 + 15.0,
        Block::Table(table) => table_height(table),
        Block::Columns { columns } => 12.0 + columns.iter().map(|c| c.iter().map(height).sum::<f64>()).fold(0.0, f64::max),
        Block::Figure(figure) => figure_height(figure),
        Block::List { items, .. } => list_height(items),
        _ => 0.0,
    }
}

fn table_height(table: &Table) -> f64 {
    let row = if table.kind == TableKind::Gaps { 31.8 } else { 17.0 };
    let extra = |t: &Table| {
        t.rows.iter().map(|r| r.cells.get(1).map_or(0.0, |c| (c.main.plain().matches(' ').count() as f64 - 1.0).max(0.0) * 9.8)).sum::<f64>()
    };
    let wrapped = |r: &Row| r.cells.first().map_or(0.0, |c| (lines(&c.main, 8.8, FIRST) - 1.0) * 11.1 + (lines(&c.small, 7.6, FIRST) - 1.0) * 10.2);
    let wrapped: f64 = table.rows.iter().map(wrapped).sum();
    let note = if table.note.is_empty() { 0.0 } else { 3.0 + lines(&table.note, 7.2, FULL) * 9.7 };
    33.0 + wrapped + row * table.rows.len() as f64 + extra(table) + note
}

fn figure_height(figure: &Figure) -> f64 {
    let note = if figure.note.is_empty() { 0.0 } else { 3.0 + lines(&figure.note, 7.2, HALF) * 9.7 };
    lines(&figure.title, 10.0, HALF) * 12.6 + lines(&figure.sub, 7.2, HALF) * 9.7 + 6.0 + figure.drawing.height * HALF / WIDTH + note
}

fn list_height(items: &[Text]) -> f64 {
    15.0 + items.iter().map(item_height).sum::<f64>()
}

fn item_height(item: &Text) -> f64 {
    lines(item, 8.3, HALF) * 11.2 + 6.2
}

/// The columns of lists, each shortened from below until it fits under what stands above; the first item always stays.
pub fn lists(above: f64, lists: Vec<Block>) -> Block {
    let room = PAGE - above - 12.0;
    let fit = |block: Block| match block {
        Block::List { title, mut items } => {
            while items.len() > 1 && list_height(&items) > room {
                items.pop();
            }
            Block::List { title, items }
        }
        other => other,
    };
    Block::Columns { columns: lists.into_iter().map(|b| vec![fit(b)]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_shortened_from_below_and_never_emptied() {
        let list = |n: usize| Block::List { title: "x".into(), items: (0..n).map(|i| Text::from(format!("{i}: {}", "word ".repeat(30)))).collect() };
        let items = |b: &Block| match b {
            Block::Columns { columns } => columns
                .iter()
                .map(|c| match &c[0] {
                    Block::List { items, .. } => items.len(),
                    _ => 0,
                })
                .collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(items(&lists(0.0, vec![list(3), list(2)])), vec![3, 2]);
        assert_eq!(items(&lists(690.0, vec![list(5), list(1)])), vec![1, 1]);
        assert_eq!(items(&lists(9_999.0, vec![list(5)])), vec![1]);
    }
}
