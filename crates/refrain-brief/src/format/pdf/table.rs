//! Tables: columns as wide as their words ask for, horizontal hairlines only, the head with the first row.

use super::font::Fonts;
use super::frame::Frame;
use super::ink::Ink;
use super::lay::{Style, narrowest, natural, paragraph, right};
use crate::doc::{Cell, Column, Row, Table, TableKind};
use crate::text::Text;

/// Space between columns and above and below a row.
const GAP: f64 = 5.8;
const PAD: f64 = 3.0;

fn head_style() -> Style {
    Style::plain(7.0, Ink::Ink3).lead(1.3)
}

fn small_style(first: bool) -> Style {
    Style::plain(if first { 7.6 } else { 7.0 }, Ink::Ink2).lead(1.3)
}

/// Teams of a gap are set small, as letters in two lines.
fn main_style(row: &Row, teams: bool) -> Style {
    match (row.sum, teams) {
        (_, true) => Style::plain(7.0, Ink::Ink2),
        (true, _) => Style::bold(8.3),
        _ => Style::plain(8.3, Ink::Text),
    }
}

fn is_teams(kind: TableKind, column: usize) -> bool {
    kind == TableKind::Gaps && column == 1
}

/// Caption, head, rows, note as frames; the caption and the head stay with the first row.
pub fn frames(fonts: &Fonts, t: &Table, room: f64, above: f64) -> Vec<Frame> {
    let widths = widths(fonts, t, room);
    let mut all = vec![paragraph(fonts, &t.caption, &Style::bold(9.4), room).above(above).keep()];
    all.push(head(fonts, &t.columns, &widths, room).above(2.0).keep());
    let pad = if t.kind == TableKind::Gaps { 4.7 } else { PAD };
    all.extend(t.rows.iter().map(|row| body(fonts, row, t, &widths, room, pad)));
    if !t.note.is_empty() {
        all.push(paragraph(fonts, &t.note, &Style::plain(7.2, Ink::Ink2), room).above(3.0));
    }
    all
}

/// Natural widths where they fit, the rest to the first column; else each column between its widest word and its natural width.
fn widths(fonts: &Fonts, t: &Table, room: f64) -> Vec<f64> {
    let room = room - GAP * (t.columns.len().max(1) - 1) as f64;
    let of = |measure: fn(&Fonts, &Text, &Style) -> f64, i: usize| {
        let heads = t.columns[i].head.iter().map(|h| measure(fonts, &Text::from(h.as_str()), &head_style()));
        let cells = t.rows.iter().filter_map(|r| {
            r.cells.get(i).map(|c| measure(fonts, &c.main, &main_style(r, is_teams(t.kind, i))).max(measure(fonts, &c.small, &small_style(i == 0))))
        });
        heads.chain(cells).fold(8.0, f64::max)
    };
    // Teams stand in lines of three letters each, tied by spaces that do not break.
    let wide: Vec<f64> = (0..t.columns.len()).map(|i| of(if is_teams(t.kind, i) { narrowest } else { natural }, i)).collect();
    let whole = |i: usize| t.columns[i].numeric || t.kind == TableKind::Gaps && i > 0;
    let narrow: Vec<f64> = (0..t.columns.len()).map(|i| if whole(i) { wide[i] } else { of(narrowest, i).min(room * 0.5) }).collect();
    share(wide, narrow, room)
}

fn share(mut wide: Vec<f64>, narrow: Vec<f64>, room: f64) -> Vec<f64> {
    let (sum_wide, sum_narrow): (f64, f64) = (wide.iter().sum(), narrow.iter().sum());
    if sum_wide <= room {
        wide[0] += room - sum_wide;
        return wide;
    }
    if sum_narrow >= room {
        return narrow.iter().map(|n| n * room / sum_narrow).collect();
    }
    let part = (room - sum_narrow) / (sum_wide - sum_narrow);
    narrow.iter().zip(wide).map(|(n, w)| n + (w - n) * part).collect()
}

fn edges(widths: &[f64]) -> Vec<f64> {
    widths
        .iter()
        .scan(0.0, |x, w| {
            let left = *x;
            *x += w + GAP;
            Some(left)
        })
        .collect()
}

fn head(fonts: &Fonts, columns: &[Column], widths: &[f64], room: f64) -> Frame {
    let cell = |(column, width): (&Column, &f64)| {
        let lines = column.head.iter().map(|line| set(fonts, &Text::from(line.as_str()), &head_style(), *width, column.numeric));
        Frame::stacked(lines.collect())
    };
    let cells: Vec<Frame> = columns.iter().zip(widths).map(cell).collect();
    let tall = cells.iter().map(|c| c.height).fold(0.0, f64::max);
    let mut frame = Frame::of(tall + 4.0);
    for (cell, x) in cells.into_iter().zip(edges(widths)) {
        let drop = tall - cell.height;
        frame.take(cell, x, drop);
    }
    frame.line((0.0, tall + 3.4), (room, tall + 3.4), Ink::Rule2, 0.8);
    frame
}

fn set(fonts: &Fonts, text: &Text, style: &Style, width: f64, numeric: bool) -> Frame {
    // A hair of room, so that a word as wide as its column is not broken by the last bit of a sum.
    if numeric { right(fonts, text, style, width + 0.1) } else { paragraph(fonts, text, style, width + 0.1) }
}

fn body(fonts: &Fonts, row: &Row, t: &Table, widths: &[f64], room: f64, pad: f64) -> Frame {
    let cell = |(i, c): (usize, &Cell)| {
        let numeric = t.columns[i].numeric;
        let main = set(fonts, &c.main, &main_style(row, is_teams(t.kind, i)), widths[i], numeric);
        let small = set(fonts, &c.small, &small_style(i == 0), widths[i], numeric);
        Frame::stacked(vec![main, small])
    };
    let cells: Vec<Frame> = row.cells.iter().enumerate().take(t.columns.len()).map(cell).collect();
    let inner = Frame::beside(edges(widths).into_iter().zip(cells).collect());
    let mut frame = Frame::of(inner.height + 2.0 * pad);
    let bottom = frame.height;
    frame.take(inner, 0.0, pad);
    if !row.sum {
        frame.line((0.0, bottom), (room, bottom), Ink::Rule, 0.6);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_room_and_never_more() {
        for (wide, narrow) in [(vec![50.0, 60.0], vec![20.0, 30.0]), (vec![500.0, 60.0], vec![20.0, 30.0]), (vec![900.0, 900.0], vec![400.0, 300.0])]
        {
            let sum: f64 = share(wide, narrow, 300.0).iter().sum();
            assert!((sum - 300.0).abs() < 1e-9, "{sum}");
        }
    }
}
