//! How wide a label is, so that labels can be placed and cut without a font at hand.

/// Advance widths of Helvetica for U+0020 to U+007E in thousandths of the size. Arial and Liberation Sans have the same.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Width of a character in thousandths of the size: that of a digit where it is not in the table, a full square for wide scripts.
fn of_char(c: char) -> f64 {
    let code = c as u32;
    match code {
        0x20..=0x7e => f64::from(ASCII[(code - 0x20) as usize]),
        0x202f | 0x2009 => 200.0,
        0x0300..=0x036f | 0x200b..=0x200f => 0.0,
        0x1100..=0x11ff | 0x2e80..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xff60 | 0x1_f000.. => 1000.0,
        _ => 556.0,
    }
}

/// Width of `text` set in `size` units.
pub fn of(text: &str, size: f64) -> f64 {
    text.chars().map(of_char).sum::<f64>() * size / 1000.0
}

/// `text`, cut with an ellipsis where it is wider than `room`.
pub fn fit(text: &str, size: f64, room: f64) -> String {
    if of(text, size) <= room {
        return text.to_owned();
    }
    let mut used = size * 0.6;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += of_char(*c) * size / 1000.0;
            used <= room
        })
        .collect();
    let at_word = kept.rfind(' ').filter(|at| *at * 3 >= kept.len() * 2).map_or(kept.as_str(), |at| &kept[..at]);
    format!("{}…", at_word.trim_end_matches([' ', ',', ';', ':']))
}

/// A word, shortened with a full stop after a consonant where it is wider than `room`: `Contr.`
pub fn abbreviated(word: &str, size: f64, room: f64) -> String {
    if of(word, size) <= room {
        return word.to_owned();
    }
    let mut kept: Vec<char> = word.chars().collect();
    while kept.len() > 1 && of(&kept.iter().collect::<String>(), size) + of(".", size) > room {
        kept.pop();
    }
    while kept.len() > 2 && kept.last().is_some_and(|c| "aeiouAEIOU .".contains(*c)) {
        kept.pop();
    }
    format!("{}.", kept.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_never_exceeds_its_room() {
        let long = "Schema change breaks a reader that nobody told";
        for room in [20.0, 60.0, 146.0, 400.0] {
            assert!(of(&fit(long, 10.2, room), 10.2) <= room + 10.2 * 0.5, "{room}");
        }
        assert_eq!(fit("short", 10.2, 146.0), "short");
        for (word, room, short) in [("Contract", 32.6, "Contr."), ("Component", 32.6, "Comp."), ("Unknown", 28.0, "Unkn."), ("Unit", 28.0, "Unit")] {
            assert_eq!(abbreviated(word, 9.4, room), short);
        }
    }
}
