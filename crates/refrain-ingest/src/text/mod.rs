//! Every markup to one plain form: paragraphs, headings (`## `), list items and quotes (`> `) on lines of their own, code verbatim
//! between fences, link targets kept, mentions of people and hidden comments dropped. Spans of records count the lines of this form.

mod adf;
mod answers;
mod entities;
mod html;
mod markdown;
mod page;
mod people;
mod sections;
mod wiki;

pub use adf::plain_from_adf;
pub use answers::{Answer, take_answers};
pub use entities::unescape;
pub use html::plain_from_html;
pub use markdown::plain_from_markdown;
pub use people::{drop_mentions, is_person_field, words as plain_words};
pub use sections::add_text;
pub use wiki::plain_from_wiki;

/// Text without markup: line ends made one, control characters and terminal colours dropped, blank lines bounded.
pub fn plain(text: &str) -> String {
    tidy(&clean(text))
}

/// Line ends made one; terminal colours, zeros and other control characters dropped; tabs kept.
pub(crate) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if rest.peek() == Some(&'[') => while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {},
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Drops blanks at line ends and blank lines at both ends, and makes several blank lines one, except between fences.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    let mut blank = 0;
    for line in text.split('\n') {
        let line = line.trim_end();
        if line.is_empty() && !code {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
            out.push_str(if blank > 0 { "\n" } else { "" });
        }
        blank = 0;
        code ^= is_fence(line);
        out.push_str(line);
    }
    out
}

/// Whether a line of the plain form opens or closes code. The word behind an opening fence is the language.
pub fn is_fence(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ']);
    line.starts_with("```") && line.len() < 40
}

/// The opening fence for code; quotes cannot nest, so fences inside are made harmless.
pub(crate) fn fenced(language: &str, code: &str) -> String {
    let language: String = language.chars().filter(|c| c.is_alphanumeric() || matches!(c, '+' | '#' | '-')).take(20).collect();
    let code = code.trim_matches('\n').replace("```", "'''");
    format!("```{}\n{}\n```", language.to_lowercase(), code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_characters_go_and_lines_stay() {
        assert_eq!(plain("a\r\nb\rc\u{0}\u{1b}[31mred\u{1b}[0m\td  \n\n\n\ne\n\n"), "a\nb\ncred\td\n\ne");
        assert_eq!(plain("```\na\n\n\nb  \n```"), "```\na\n\n\nb\n```");
    }

    proptest! {
        #[test]
        fn plain_text_is_a_fixed_point(text in "[a-z `>\n\t#*]{0,60}") {
            let once = plain(&text);
            prop_assert_eq!(plain(&once), once);
        }

        #[test]
        fn any_text_is_survived_by_all(text in "[a-z<>/&;=\"{}|*_#!\\[\\]()~@:`\n\\\\ -]{0,80}") {
            for convert in [plain_from_html, plain_from_wiki, plain_from_markdown] {
                let out = convert(&text);
                prop_assert!(!out.contains('\r') && out.trim() == out.trim_matches('\n').trim());
            }
        }
    }
}
