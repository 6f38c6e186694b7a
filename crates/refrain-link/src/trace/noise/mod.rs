//! Frames that say little, and code that is not the program's own: tables, one row a pattern.

mod compiled;
mod foreign;
mod managed;

pub(super) use foreign::foreign;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::model::Noise;
use super::rules::Group;

/// How a row matches the normalised name.
#[derive(Clone, Copy)]
enum Is {
    /// The whole name.
    Exactly(&'static [&'static str]),
    /// Its beginning.
    Begins(&'static [&'static str]),
    /// Its end.
    Ends(&'static [&'static str]),
}

/// One row of noise.
struct Row {
    of: &'static [Group],
    is: Is,
    noise: Noise,
}

/// The rows of one group, by what decides fast: the whole name, or its first or last byte.
#[derive(Default)]
struct Index {
    exact: HashMap<&'static str, (usize, Noise)>,
    begins: HashMap<u8, Vec<(&'static str, usize, Noise)>>,
    ends: HashMap<u8, Vec<(&'static str, usize, Noise)>>,
}

impl Index {
    fn new(group: Group) -> Self {
        let mut index = Self::default();
        let rows = [compiled::ROWS, managed::ROWS].into_iter().flatten().enumerate().filter(|(_, row)| row.of.contains(&group));
        for (place, row) in rows {
            match row.is {
                Is::Exactly(names) => names.iter().for_each(|n| _ = index.exact.entry(n).or_insert((place, row.noise))),
                Is::Begins(starts) => starts.iter().for_each(|s| index.begins.entry(first(s)).or_default().push((s, place, row.noise))),
                Is::Ends(ends) => ends.iter().for_each(|e| index.ends.entry(last(e)).or_default().push((e, place, row.noise))),
            }
        }
        index
    }

    /// The first row that holds.
    fn find(&self, name: &str) -> Noise {
        let begins = self.begins.get(&first(name)).into_iter().flatten().filter(|(s, ..)| name.starts_with(s));
        let ends = self.ends.get(&last(name)).into_iter().flatten().filter(|(e, ..)| name.ends_with(e) || e.strip_prefix(':') == Some(name));
        let rows = begins.chain(ends).map(|(_, place, noise)| (*place, *noise)).chain(self.exact.get(name).copied());
        rows.min().map_or(Noise::None, |(_, noise)| noise)
    }
}

fn first(name: &str) -> u8 {
    name.bytes().next().unwrap_or(0)
}

fn last(name: &str) -> u8 {
    name.bytes().next_back().unwrap_or(0)
}

static INDEX: LazyLock<Vec<Index>> = LazyLock::new(|| Group::ALL.iter().map(|g| Index::new(*g)).collect());

/// The kind of noise of a frame with that normalised name.
pub(super) fn noise(group: Group, name: &str) -> Noise {
    INDEX.get(group as usize).map_or(Noise::None, |index| index.find(name))
}

#[cfg(test)]
mod tests {
    use super::super::model::Noise::{Allocator, Entry, Glue, Raise};
    use super::super::rules::Group::{Apple, Go, Jvm, Native, Python, Rust};
    use super::*;

    #[test]
    fn rows_hold_what_they_name() {
        for (group, name, kind) in [
            (Native, "abort", Raise),
            (Native, "__libc_start_main", Entry),
            (Native, "malloc", Allocator),
            (Jvm, "java.lang.reflect.Method.invoke", Glue),
            (Jvm, "com.android.internal.os.ZygoteInit$MethodAndArgsCaller.run", Entry),
            (Rust, "core::panicking::panic_fmt", Raise),
            (Python, "site/threading.py:run", Entry),
            (Jvm, "com.acme.pay.Ledger.run", Noise::None),
        ] {
            assert_eq!(noise(group, name), kind, "{name}");
        }
        assert_eq!(foreign(Jvm, "java.util.List.get", None, None), Some("runtime of Java"));
        assert_eq!(foreign(Python, "f", Some("/x/lib/python3.11/json/decoder.py"), None), Some("library of Python"));
        assert_eq!(foreign(Apple, "f", None, Some("UIKitCore")), Some("system of Apple"));
        assert_eq!(foreign(Go, "github.com/acme/pay.Run", Some("/src/pay.go"), None), None);
    }
}
