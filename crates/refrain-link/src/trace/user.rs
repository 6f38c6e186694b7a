//! Rules that users add in `refrain.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Frame, Trace};

/// Rules of one project. An empty set changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct UserRules {
    /// Frames that are, or are not, the program's own. The first that fits counts, before every built-in rule.
    pub in_app: Vec<InAppRule>,
    /// Traces that are one failure, or that are not.
    pub group: Vec<GroupRule>,
}

/// Which frames are the program's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InAppRule {
    /// Shown by `explain-trace`.
    pub name: String,
    /// Pattern on the normalised function, `*` for any text.
    #[serde(default)]
    pub function: Option<String>,
    /// Pattern on the file.
    #[serde(default)]
    pub file: Option<String>,
    /// Pattern on the module or binary.
    #[serde(default)]
    pub module: Option<String>,
    /// The program's own code, or not.
    pub is: bool,
}

/// Which traces belong together, or apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// Shown by `explain-trace`, and the group's name.
    pub name: String,
    /// Pattern on the type of the exception thrown last or of its root.
    #[serde(default)]
    pub exception: Option<String>,
    /// Pattern on the message of either.
    #[serde(default)]
    pub message: Option<String>,
    /// Pattern on the normalised function of any frame.
    #[serde(default)]
    pub function: Option<String>,
    /// `together`: all that fit are one group. `apart-by-message`: what fits is told apart by the shape of its message too.
    pub then: Grouping,
}

/// What a group rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// One fingerprint for all.
    #[default]
    Together,
    /// The shape of the message becomes part of every fingerprint.
    ApartByMessage,
}

impl InAppRule {
    /// Whether the rule speaks of the frame. A rule without a pattern speaks of none.
    pub fn fits(&self, frame: &Frame) -> bool {
        let patterns = [(&self.function, Some(frame.name.as_str())), (&self.file, frame.file.as_deref()), (&self.module, frame.module.as_deref())];
        let mut given = patterns.iter().filter(|(p, _)| p.is_some()).peekable();
        given.peek().is_some() && given.all(|(p, text)| matches(p, *text))
    }
}

impl GroupRule {
    /// Whether the rule speaks of the trace.
    pub fn fits(&self, trace: &Trace) -> bool {
        let root = trace.blocks.get(trace.root);
        let any = |pattern: &Option<String>, texts: [Option<&str>; 2]| pattern.is_none() || texts.iter().any(|t| matches(pattern, *t));
        let given = self.exception.is_some() || self.message.is_some() || self.function.is_some();
        given
            && any(&self.exception, [trace.exception_type.as_deref(), trace.root_type.as_deref()])
            && any(&self.message, [trace.message.as_deref(), root.and_then(|b| b.message.as_deref())])
            && (self.function.is_none() || trace.blocks.iter().flat_map(|b| &b.frames).any(|f| matches(&self.function, Some(&f.name))))
    }
}

fn matches(pattern: &Option<String>, text: Option<&str>) -> bool {
    match (pattern, text) {
        (Some(pattern), Some(text)) => wildcard(pattern, text),
        _ => false,
    }
}

/// `*` stands for any text. The pieces between are looked for one after the other, so the cost is linear.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let pieces: Vec<&str> = pieces.collect();
    let (last, middle) = pieces.split_last().map_or(("", &pieces[..]), |(l, m)| (*l, m));
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, fits) in [
            ("com.acme.*", "com.acme.pay.Ledger", true),
            ("*.Ledger.*", "com.acme.Ledger.run", true),
            ("com.acme.*", "org.acme.x", false),
            ("a*b*a", "aba", true),
            ("a*b*ba", "aba", false),
            ("exact", "exactly", false),
        ] {
            assert_eq!(wildcard(pattern, text), fits, "{pattern} on {text}");
        }
    }
}
