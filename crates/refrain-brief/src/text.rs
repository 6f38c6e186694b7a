//! A line of text with what stands in it: numbers that can be recomputed, citations, keys that never break.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number as printed, with the place in the findings that it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Citation that it belongs to (`C4`).
    pub cite: String,
    /// Where it stands in the findings, in the small language of [`crate::path`].
    pub path: String,
    /// Unrounded.
    pub value: f64,
    /// As printed: the value rounded and scaled, without its unit.
    pub text: String,
}

/// The words of a record, with their place and hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// `JIRA:PAY-1182`.
    pub key: String,
    /// Section of the record.
    pub section: String,
    /// First line, from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
    /// Hash of the cited lines, whole.
    pub hash: String,
    /// Page of the record in its source system, where a template is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Source {
    /// The two halves between which the citation may break: `[JIRA:PAY-1182` and `description:14-16]`.
    pub fn halves(&self) -> (String, String) {
        let lines = if self.first == self.last { self.first.to_string() } else { format!("{}-{}", self.first, self.last) };
        (format!("[{}", self.key), format!("{}:{lines}]", self.section))
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "run", rename_all = "kebab-case")]
pub enum Run {
    /// Words.
    Plain {
        /// The words.
        text: String,
    },
    /// Words that carry the sentence.
    Bold {
        /// The words.
        text: String,
    },
    /// A key that never breaks at its hyphen, with a place in the document that it leads to.
    Key {
        /// The key.
        text: String,
        /// Id of a section, or empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        to: String,
    },
    /// A number.
    Number(Number),
    /// A number that carries the sentence.
    Strong(Number),
    /// Refers to an entry of the list of citations.
    Cite {
        /// `C4`.
        id: String,
    },
    /// Refers to lines of a record.
    Source(Source),
    /// A hash, a command, a name in a file.
    Code {
        /// Verbatim.
        text: String,
    },
}

impl Run {
    /// As read aloud, without markup.
    pub fn plain(&self) -> String {
        match self {
            Self::Plain { text } | Self::Bold { text } | Self::Key { text, .. } | Self::Code { text } => text.clone(),
            Self::Number(n) | Self::Strong(n) => n.text.clone(),
            Self::Cite { id } => format!("[{id}]"),
            Self::Source(source) => {
                let (key, place) = source.halves();
                format!("{key} {place}")
            }
        }
    }
}

/// Runs in reading order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(pub Vec<Run>);

impl Text {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds words; words after words become one run.
    #[must_use]
    pub fn s(mut self, words: impl AsRef<str>) -> Self {
        let words = words.as_ref();
        if let Some(Run::Plain { text }) = self.0.last_mut() {
            text.push_str(words);
        } else if !words.is_empty() {
            self.0.push(Run::Plain { text: words.to_owned() });
        }
        self
    }

    /// Adds words that carry the sentence.
    #[must_use]
    pub fn b(mut self, words: impl Into<String>) -> Self {
        self.0.push(Run::Bold { text: words.into() });
        self
    }

    /// Adds a key that never breaks.
    #[must_use]
    pub fn k(mut self, key: impl Into<String>) -> Self {
        self.0.push(Run::Key { text: key.into(), to: String::new() });
        self
    }

    /// Adds a key that leads to a section.
    #[must_use]
    pub fn to(mut self, key: impl Into<String>, section: impl Into<String>) -> Self {
        self.0.push(Run::Key { text: key.into(), to: section.into() });
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn n(mut self, number: Number) -> Self {
        self.0.push(Run::Number(number));
        self
    }

    /// Adds a number that carries the sentence.
    #[must_use]
    pub fn nb(mut self, number: Number) -> Self {
        self.0.push(Run::Strong(number));
        self
    }

    /// Adds a reference to the list of citations.
    #[must_use]
    pub fn c(mut self, id: impl Into<String>) -> Self {
        self.0.push(Run::Cite { id: id.into() });
        self
    }

    /// Adds a hash, a command or a name.
    #[must_use]
    pub fn code(mut self, words: impl Into<String>) -> Self {
        self.0.push(Run::Code { text: words.into() });
        self
    }

    /// Words in which what stands between back quotes is a command or a name.
    pub fn ticked(words: &str) -> Self {
        if words.matches('`').count() % 2 == 1 {
            return Self::from(words);
        }
        words.split('`').enumerate().fold(Self::new(), |all, (i, part)| if i % 2 == 1 { all.code(part) } else { all.s(part) })
    }

    /// Adds another text.
    #[must_use]
    pub fn t(mut self, other: Self) -> Self {
        for run in other.0 {
            match run {
                Run::Plain { text } => self = self.s(text),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Its numbers and words as bold runs: for the head of a sentence.
    #[must_use]
    pub fn bold(self) -> Self {
        let strong = |run| match run {
            Run::Plain { text } => Run::Bold { text },
            Run::Number(n) => Run::Strong(n),
            other => other,
        };
        Self(self.0.into_iter().map(strong).collect())
    }

    /// As read aloud, without markup.
    pub fn plain(&self) -> String {
        self.0.iter().map(Run::plain).collect()
    }

    /// Without citations: for titles and labels.
    pub fn label(&self) -> String {
        let kept = self.0.iter().filter(|r| !matches!(r, Run::Cite { .. } | Run::Source(_)));
        kept.map(Run::plain).collect::<String>().trim_end().to_owned()
    }

    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its numbers in reading order.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.0.iter().filter_map(|run| match run {
            Run::Number(n) | Run::Strong(n) => Some(n),
            _ => None,
        })
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::new().s(words)
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::new().s(words)
    }
}

impl From<Number> for Text {
    fn from(number: Number) -> Self {
        Self::new().n(number)
    }
}

/// Texts joined by commas and, before the last, a word: `a, b and c`.
pub fn join(parts: Vec<Text>, last: &str) -> Text {
    let n = parts.len();
    parts.into_iter().enumerate().fold(Text::new(), |all, (i, part)| {
        let between = if i == 0 {
            String::new()
        } else if i + 1 == n {
            format!(" {last} ")
        } else {
            ", ".to_owned()
        };
        all.s(between).t(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_write_them() {
        let of = |parts: &[&str]| join(parts.iter().map(|p| Text::from(*p)).collect(), "and").plain();
        assert_eq!((of(&[]), of(&["a"]), of(&["a", "b"]), of(&["a", "b", "c"])), ("".into(), "a".into(), "a and b".into(), "a, b and c".into()));
    }
}
