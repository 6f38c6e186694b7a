//! Frames that say little, and code that is not the program's own: tables, one row a pattern.

mod compiled;
mod foreign;
mod managed;

pub(super) use foreign::foreign;

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

/// The kind of noise of a frame with that normalised name.
pub(super) fn noise(group: Group, name: &str) -> Noise {
    let mut rows = [compiled::ROWS, managed::ROWS].into_iter().flatten();
    rows.find(|row| row.of.contains(&group) && row.is.holds(name)).map_or(Noise::None, |row| row.noise)
}

impl Is {
    fn holds(self, name: &str) -> bool {
        match self {
            Self::Exactly(names) => names.contains(&name),
            Self::Begins(starts) => starts.iter().any(|s| name.starts_with(s)),
            Self::Ends(ends) => ends.iter().any(|e| name.ends_with(e) || e.strip_prefix(':') == Some(name)),
        }
    }
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
