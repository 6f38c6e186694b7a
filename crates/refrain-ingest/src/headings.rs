//! Parts of a Markdown text by heading, and what a heading says its text speaks of.

use refrain_record::Role;

/// A heading with the text below it, up to the next heading of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// 1 to 6 for `#` and underlined headings, [`BOLD`] for a bold line alone, 0 for the text before the first heading.
    pub level: u8,
    /// The heading without its marks; empty before the first heading.
    pub heading: &'a str,
    /// Line of the heading in the given text, from 1.
    pub line: u32,
    /// The text below it, as written.
    pub body: &'a str,
}

/// Level of a heading that is a bold line alone: below every other.
pub const BOLD: u8 = 7;

/// Cuts a Markdown text at its headings. Headings inside code fences and HTML comments do not count; nothing is lost.
pub fn outline(text: &str) -> Vec<Part<'_>> {
    let lines = lines_of(text);
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut open = Part { level: 0, heading: "", line: 1, body: "" };
    let mut body_start = 0;
    let mut guard = Guard::default();
    let mut at = 0;
    while at < lines.len() {
        let heading = if guard.covers(lines[at].text) { None } else { heading_at(&lines, at) };
        let Some((level, words, taken)) = heading else {
            at += 1;
            continue;
        };
        open.body = text.get(body_start..lines[at].start).unwrap_or_default();
        parts.push(std::mem::replace(&mut open, Part { level, heading: words, line: at as u32 + 1, body: "" }));
        at += taken;
        body_start = lines.get(at).map_or(text.len(), |next| next.start);
    }
    open.body = text.get(body_start..).unwrap_or_default();
    parts.push(open);
    parts.retain(|p| p.level > 0 || !p.body.trim().is_empty());
    parts
}

/// A line without its line end, and where it starts.
struct Line<'a> {
    text: &'a str,
    start: usize,
}

fn lines_of(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|whole| {
            let line = Line { text: whole.trim_end_matches(['\n', '\r']), start };
            start += whole.len();
            line
        })
        .collect()
}

/// Whether we are inside a code fence or an HTML comment, line by line.
#[derive(Default)]
struct Guard {
    fence: Option<(char, usize)>,
    comment: bool,
}

impl Guard {
    /// Takes the next line; says whether a heading cannot begin on it.
    fn covers(&mut self, line: &str) -> bool {
        if self.comment {
            self.comment = !line.contains("-->");
            return true;
        }
        if let Some((mark, count)) = self.fence {
            if fence(line).is_some_and(|(m, c)| m == mark && c >= count) && line.trim().chars().all(|c| c == mark) {
                self.fence = None;
            }
            return true;
        }
        self.fence = fence(line);
        self.comment = line.rfind("<!--").is_some_and(|from| !line[from..].contains("-->"));
        self.fence.is_some() || line.trim_start().starts_with("<!--")
    }
}

/// The mark and length of a code fence that this line is.
fn fence(line: &str) -> Option<(char, usize)> {
    let body = line.trim_start();
    let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let count = body.chars().take_while(|c| *c == mark).count();
    (count >= 3 && line.len() - body.len() <= 3).then_some((mark, count))
}

/// Level, words and number of lines of the heading at a line.
fn heading_at<'a>(lines: &[Line<'a>], at: usize) -> Option<(u8, &'a str, usize)> {
    let line = lines[at].text;
    if let Some((level, words)) = hash_heading(line).or_else(|| bold_heading(line).map(|words| (BOLD, words))) {
        return Some((level, words, 1));
    }
    let after_blank = at == 0 || lines[at - 1].text.trim().is_empty() || lines[at - 1].text.trim_end().ends_with("-->");
    let under = lines.get(at + 1)?.text.trim_end();
    let level = underline_level(under)?;
    let words = line.trim();
    let plain = !words.is_empty() && !words.starts_with(['|', '>', '-', '*', '+', '`', '=']);
    (after_blank && plain).then_some((level, words, 2))
}

fn hash_heading(line: &str) -> Option<(u8, &str)> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let body = line.trim();
    let level = body.bytes().take_while(|b| *b == b'#').count();
    let words = body.get(level..)?;
    let good = (1..=6).contains(&level) && indent <= 3 && (words.is_empty() || words.starts_with([' ', '\t']));
    good.then(|| (level as u8, words.trim().trim_end_matches('#').trim()))
}

/// The words of a line that is bold as a whole (`**Root causes:**`), at most 120 bytes: longer ones are emphasised sentences.
fn bold_heading(line: &str) -> Option<&str> {
    let body = line.trim();
    let inner = ["**", "__"].iter().find_map(|mark| body.strip_suffix(':').unwrap_or(body).strip_prefix(mark)?.strip_suffix(mark))?;
    let words = inner.trim().trim_end_matches(':').trim();
    (!words.is_empty() && words.len() <= 120 && !words.contains("**")).then_some(words)
}

fn underline_level(line: &str) -> Option<u8> {
    let mark = line.bytes().next().filter(|_| line.len() >= 3)?;
    match mark {
        b'=' if line.bytes().all(|b| b == mark) => Some(1),
        b'-' if line.bytes().all(|b| b == mark) => Some(2),
        _ => None,
    }
}

/// How the words of a heading must agree with a row of [`ROLES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agree {
    /// They are the phrase.
    Is,
    /// They begin with it.
    Begins,
    /// They hold it anywhere.
    Holds,
}

use Agree::{Begins, Holds, Is};

/// What headings say, in words as [`plain_words`] gives them. The longest phrase that agrees counts; on equal length the first row.
///
/// From public post-mortems and advisories: in 76 of them the cause stood under "contributing factors" 37 times, under "root cause"
/// only 14 times.
const ROLES: &[(&str, Agree, Role)] = &[
    ("summary", Holds, Role::Summary),
    ("executive summary", Begins, Role::Summary),
    ("overview", Begins, Role::Summary),
    ("tl dr", Begins, Role::Summary),
    ("tldr", Begins, Role::Summary),
    ("what happened", Begins, Role::Summary),
    ("abstract", Is, Role::Summary),
    ("in short", Is, Role::Summary),
    ("synopsis", Is, Role::Summary),
    ("zusammenfassung", Is, Role::Summary),
    ("description", Begins, Role::Description),
    ("details", Is, Role::Description),
    ("issue", Is, Role::Description),
    ("problem", Is, Role::Description),
    ("problem description", Begins, Role::Description),
    ("background", Begins, Role::Description),
    ("context", Is, Role::Description),
    ("scope", Is, Role::Impact),
    ("symptom", Begins, Role::Symptom),
    ("symptoms", Begins, Role::Symptom),
    ("actual result", Begins, Role::Symptom),
    ("actual behavior", Begins, Role::Symptom),
    ("actual behaviour", Begins, Role::Symptom),
    ("observed behavior", Begins, Role::Symptom),
    ("observed behaviour", Begins, Role::Symptom),
    ("impact", Holds, Role::Impact),
    ("who was affected", Begins, Role::Impact),
    ("who is affected", Begins, Role::Impact),
    ("damage", Begins, Role::Impact),
    ("blast radius", Begins, Role::Impact),
    ("stats", Is, Role::Impact),
    ("statistics", Is, Role::Impact),
    ("consequences", Begins, Role::Impact),
    ("auswirkung", Begins, Role::Impact),
    ("auswirkungen", Begins, Role::Impact),
    ("root cause", Holds, Role::Cause),
    ("root causes", Holds, Role::Cause),
    ("cause", Begins, Role::Cause),
    ("causes", Begins, Role::Cause),
    ("cause of", Begins, Role::Cause),
    ("contributing factor", Holds, Role::Cause),
    ("contributing factors", Holds, Role::Cause),
    ("contributing causes", Holds, Role::Cause),
    ("why did it happen", Begins, Role::Cause),
    ("why did this happen", Begins, Role::Cause),
    ("why it happened", Begins, Role::Cause),
    ("how did it happen", Begins, Role::Cause),
    ("how did this happen", Begins, Role::Cause),
    ("why it failed", Begins, Role::Cause),
    ("what went wrong technically", Begins, Role::Cause),
    ("5 whys", Begins, Role::Cause),
    ("five whys", Begins, Role::Cause),
    ("why", Is, Role::Cause),
    ("analysis", Is, Role::Cause),
    ("technical details", Begins, Role::Cause),
    ("technical analysis", Begins, Role::Cause),
    ("technical problem", Holds, Role::Cause),
    ("primary issue", Begins, Role::Cause),
    ("secondary issue", Begins, Role::Cause),
    ("fault", Is, Role::Cause),
    ("ursache", Begins, Role::Cause),
    ("ursachen", Begins, Role::Cause),
    ("trigger", Begins, Role::Trigger),
    ("triggers", Begins, Role::Trigger),
    ("what changed", Begins, Role::Trigger),
    ("proximate cause", Begins, Role::Trigger),
    ("detection", Begins, Role::Detection),
    ("how was it detected", Begins, Role::Detection),
    ("how it was detected", Begins, Role::Detection),
    ("how did we detect", Begins, Role::Detection),
    ("how we found out", Begins, Role::Detection),
    ("why it wasn t caught", Begins, Role::Detection),
    ("why it was not caught", Begins, Role::Detection),
    ("why wasn t it caught", Begins, Role::Detection),
    ("why was it not caught", Begins, Role::Detection),
    ("why tests did not", Begins, Role::Detection),
    ("monitoring", Is, Role::Detection),
    ("alerts", Is, Role::Detection),
    ("alerting", Is, Role::Detection),
    ("resolution", Begins, Role::Fix),
    ("remediation", Begins, Role::Fix),
    ("mitigation", Begins, Role::Fix),
    ("mitigations", Begins, Role::Fix),
    ("recovery", Begins, Role::Fix),
    ("immediate actions", Begins, Role::Fix),
    ("workaround", Begins, Role::Fix),
    ("workarounds", Begins, Role::Fix),
    ("solution", Begins, Role::Fix),
    ("the solution", Begins, Role::Fix),
    ("patch", Is, Role::Fix),
    ("patches", Is, Role::Fix),
    ("fix", Is, Role::Fix),
    ("fixes", Is, Role::Fix),
    ("the fix", Is, Role::Fix),
    ("how was it fixed", Begins, Role::Fix),
    ("how we fixed", Begins, Role::Fix),
    ("behebung", Begins, Role::Fix),
    ("action items", Holds, Role::Actions),
    ("actions", Is, Role::Actions),
    ("planned actions", Begins, Role::Actions),
    ("corrective", Begins, Role::Actions),
    ("preventive", Begins, Role::Actions),
    ("preventative", Begins, Role::Actions),
    ("prevention", Begins, Role::Actions),
    ("follow up", Begins, Role::Actions),
    ("follow ups", Begins, Role::Actions),
    ("followup", Begins, Role::Actions),
    ("followups", Begins, Role::Actions),
    ("next steps", Begins, Role::Actions),
    ("moving forward", Begins, Role::Actions),
    ("short term improvements", Begins, Role::Actions),
    ("medium term improvements", Begins, Role::Actions),
    ("long term improvements", Begins, Role::Actions),
    ("improvements", Is, Role::Actions),
    ("future improvements", Begins, Role::Actions),
    ("how are we preventing", Begins, Role::Actions),
    ("how do we prevent", Begins, Role::Actions),
    ("todo", Is, Role::Actions),
    ("massnahmen", Begins, Role::Actions),
    ("maßnahmen", Begins, Role::Actions),
    ("recommendations", Begins, Role::Actions),
    ("lessons", Begins, Role::Lessons),
    ("lessons learned", Holds, Role::Lessons),
    ("lessons learnt", Holds, Role::Lessons),
    ("what went well", Begins, Role::Lessons),
    ("what went poorly", Begins, Role::Lessons),
    ("what went wrong", Begins, Role::Lessons),
    ("what didn t go well", Begins, Role::Lessons),
    ("what did not go well", Begins, Role::Lessons),
    ("what could have gone better", Begins, Role::Lessons),
    ("where we got lucky", Begins, Role::Lessons),
    ("key takeaways", Begins, Role::Lessons),
    ("takeaways", Begins, Role::Lessons),
    ("insights", Is, Role::Lessons),
    ("learnings", Is, Role::Lessons),
    ("reflections", Begins, Role::Lessons),
    ("timeline", Holds, Role::Timeline),
    ("chronology", Begins, Role::Timeline),
    ("sequence of events", Begins, Role::Timeline),
    ("log", Is, Role::Timeline),
    ("zeitlicher ablauf", Begins, Role::Timeline),
    ("zeitleiste", Begins, Role::Timeline),
    ("environment", Begins, Role::Environment),
    ("affected versions", Begins, Role::Environment),
    ("versions", Is, Role::Environment),
    ("system info", Begins, Role::Environment),
    ("steps to reproduce", Begins, Role::Symptom),
    ("reproduction", Begins, Role::Symptom),
    ("poc", Is, Role::Symptom),
    ("proof of concept", Begins, Role::Symptom),
    ("references", Is, Role::Other),
    ("links", Is, Role::Other),
    ("resources", Is, Role::Other),
    ("further reading", Is, Role::Other),
    ("for more information", Is, Role::Other),
    ("stack trace", Begins, Role::Trace),
    ("stacktrace", Begins, Role::Trace),
    ("backtrace", Begins, Role::Trace),
];

/// Headings whose text names people or is no part of what happened: left out at import.
const PEOPLE: &[&str] = &[
    "attendees",
    "authors",
    "author",
    "participants",
    "involved parties",
    "credits",
    "credit",
    "acknowledgements",
    "acknowledgments",
    "q a",
    "faq",
    "people",
];

/// What a heading says its text speaks of; nothing where it says nothing that is known.
pub fn role_of(heading: &str) -> Option<Role> {
    let words = plain_words(heading);
    let mut best: Option<(usize, Role)> = None;
    for (phrase, how, role) in ROLES {
        if agrees(&words, phrase, *how) && best.is_none_or(|(length, _)| phrase.len() > length) {
            best = Some((phrase.len(), *role));
        }
    }
    best.map(|(_, role)| role)
}

/// Whether the text under a heading is left out: it names people, or answers what readers asked later.
pub fn is_people(heading: &str) -> bool {
    let words = plain_words(heading);
    PEOPLE.iter().any(|phrase| agrees(&words, phrase, Is))
}

fn agrees(words: &str, phrase: &str, how: Agree) -> bool {
    match how {
        Is => words == phrase,
        Begins => words.strip_prefix(phrase).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')),
        Holds => format!(" {words} ").contains(&format!(" {phrase} ")),
    }
}

/// A heading in lower-case words: without what stands in parentheses, a number of at most two digits before it,
/// marks and punctuation.
pub fn plain_words(heading: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(heading.len());
    for c in heading.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => {
                kept.extend(c.to_lowercase());
                continue;
            }
            _ => {}
        }
        kept.push(' ');
    }
    let mut words: Vec<&str> = kept.split_whitespace().collect();
    if words.len() > 1 && words[0].len() <= 2 && words[0].chars().all(|c| c.is_ascii_digit()) && words[1] != "whys" {
        words.remove(0);
    }
    words.join(" ")
}

/// A heading as the name of a section: lower-case words joined by `-`, at most 48 bytes.
pub fn slug(heading: &str) -> String {
    let mut out = String::new();
    for word in plain_words(heading).split(' ') {
        if out.len() + word.len() > 47 {
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(word);
    }
    if out.is_empty() { "part".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heads(text: &str) -> Vec<(u8, &str, u32)> {
        outline(text).iter().map(|p| (p.level, p.heading, p.line)).collect()
    }

    #[test]
    fn all_three_forms_of_heading_are_seen() {
        let text = "intro\n\n# One #\ntext\n\nTwo\n---\nmore\n\n**Three:**\n\n- a\n";
        assert_eq!(heads(text), [(0, "", 1), (1, "One", 3), (2, "Two", 6), (7, "Three", 10)]);
        assert_eq!(outline(text)[2].body, "more\n\n");
    }

    #[test]
    fn code_comments_rules_and_tables_hold_no_headings() {
        let text = "```\n# not\n```\n<!-- # no\n## no -->\n| a |\n|---|\n- item\n---\nsome long\ntext\n---\n#hashtag\n    # indented\n";
        assert_eq!(heads(text), [(0, "", 1)]);
    }

    #[test]
    fn headings_in_their_many_wordings() {
        let rows: &[(&str, Option<Role>)] = &[
            ("Timeline (all times PST) 01/05/2024 - 02/28/2024. All times approximations", Some(Role::Timeline)),
            ("3. Root Cause Analysis", Some(Role::Cause)),
            ("🔥 Customer impact", Some(Role::Impact)),
            ("Contributing Factors", Some(Role::Cause)),
            ("Why It Wasn't Caught", Some(Role::Detection)),
            ("Lessons Learned and Future Improvements", Some(Role::Lessons)),
            ("Corrective and Preventative Measure", Some(Role::Actions)),
            ("5 Whys", Some(Role::Cause)),
            ("Issue summary", Some(Role::Summary)),
            ("Proximate cause", Some(Role::Trigger)),
            ("Netspace after the incident", None),
            ("Causeway bridge", None),
        ];
        for (heading, role) in rows {
            assert_eq!(role_of(heading), *role, "{heading}");
        }
        assert!(is_people("Attendees"));
        assert!(!is_people("Attendees were affected"));
    }

    #[test]
    fn rows_are_in_the_form_that_headings_are_compared_in() {
        for (phrase, ..) in ROLES {
            assert_eq!(plain_words(phrase), *phrase);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_headings(text in "[a#*=\\-`<!>\n ]{0,80}") {
            let kept: usize = outline(&text).iter().map(|p| p.body.len()).sum();
            prop_assert!(kept <= text.len());
            for part in outline(&text) {
                prop_assert!(text.contains(part.body));
            }
        }
    }
}
