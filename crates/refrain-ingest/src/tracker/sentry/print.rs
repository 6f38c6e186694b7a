//! Exceptions of crash reporters printed as their platforms print them, so that one trace parser reads both.

use serde_json::Value;

use crate::entry::{items_at, text_at};

/// Frames printed per exception: the innermost ones, which tell where it broke.
const FRAMES_KEPT: usize = 100;

/// A frame, whatever its platform calls things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Frame {
    function: String,
    module: String,
    file: String,
    line: String,
    column: String,
    context: String,
    package: String,
    address: String,
}

/// An exception: its frames run oldest to newest, the last is where it was thrown.
struct Thrown {
    kind: String,
    value: String,
    frames: Vec<Frame>,
}

fn frame(value: &Value) -> Frame {
    let text = |names: &[&str]| names.iter().find_map(|name| text_at(value, name)).unwrap_or_default();
    Frame {
        function: text(&["raw_function", "rawFunction", "function"]),
        module: text(&["module"]),
        file: text(&["filename", "abs_path", "absPath"]),
        line: text(&["lineno", "lineNo"]),
        column: text(&["colno", "colNo"]),
        context: text(&["context_line", "contextLine"]),
        package: text(&["package"]),
        address: text(&["instruction_addr", "instructionAddr"]),
    }
}

fn thrown(value: &Value) -> Thrown {
    let trace = value.get("stacktrace").or_else(|| value.get("rawStacktrace")).unwrap_or(&Value::Null);
    let frames = items_at(trace, "frames");
    let kept = &frames[frames.len().saturating_sub(FRAMES_KEPT)..];
    let kind = text_at(value, "type").unwrap_or_default();
    let module = text_at(value, "module").filter(|m| !m.is_empty() && !kind.contains('.'));
    Thrown {
        kind: module.map_or_else(|| kind.clone(), |m| format!("{m}.{kind}")),
        value: text_at(value, "value").unwrap_or_default(),
        frames: kept.iter().map(frame).collect(),
    }
}

/// How a platform prints.
#[derive(Clone, Copy)]
enum Style {
    Python,
    Java,
    JavaScript,
    DotNet,
    Ruby,
    Php,
    Go,
    Rust,
    Native,
}

/// Platforms as crash reporters name them.
const PLATFORMS: &[(&str, Style)] = &[
    ("python", Style::Python),
    ("java", Style::Java),
    ("kotlin", Style::Java),
    ("scala", Style::Java),
    ("android", Style::Java),
    ("javascript", Style::JavaScript),
    ("node", Style::JavaScript),
    ("csharp", Style::DotNet),
    ("dotnet", Style::DotNet),
    ("ruby", Style::Ruby),
    ("php", Style::Php),
    ("go", Style::Go),
    ("rust", Style::Rust),
    ("native", Style::Native),
    ("c", Style::Native),
    ("cocoa", Style::Native),
    ("objc", Style::Native),
    ("swift", Style::Native),
];

/// Exceptions in source order (the first is the root cause, the last the outermost) as the platform prints them; empty without any.
pub fn exceptions(platform: &str, values: &[Value]) -> String {
    let thrown: Vec<Thrown> = values.iter().map(thrown).filter(|t| !t.kind.is_empty() || !t.value.is_empty() || !t.frames.is_empty()).collect();
    // Platforms carry frameworks behind a dash (`python-django`).
    let platform = platform.to_lowercase();
    let family = platform.split(['-', '_', '.']).next().unwrap_or_default();
    let style = PLATFORMS.iter().find(|(name, _)| *name == family).map_or(Style::JavaScript, |(_, style)| *style);
    match style {
        Style::Python => {
            thrown.iter().map(python).collect::<Vec<_>>().join("\n\nThe above exception was the direct cause of the following exception:\n\n")
        }
        Style::Php => thrown.iter().rev().map(php).collect::<Vec<_>>().join("\n\nNext "),
        _ => caused(style, &thrown),
    }
}

/// Outermost first, each cause behind `Caused by:`.
fn caused(style: Style, thrown: &[Thrown]) -> String {
    let one = |t: &Thrown| match style {
        Style::Java => lines(&head(t), &t.frames, java),
        Style::DotNet => lines(&head(t), &t.frames, dotnet),
        Style::Ruby => ruby(t),
        Style::Go => format!("panic: {}\n\ngoroutine 1 [running]:\n{}", head(t), body(&t.frames, go)),
        Style::Rust => format!("thread 'main' panicked at {}\nstack backtrace:\n{}", head(t), numbered(&t.frames, rust)),
        Style::Native => format!("{}\n{}", head(t), numbered(&t.frames, native)),
        _ => lines(&head(t), &t.frames, javascript),
    };
    thrown.iter().rev().map(|t| one(t).trim_end().to_owned()).collect::<Vec<_>>().join("\nCaused by: ")
}

fn head(t: &Thrown) -> String {
    match (t.kind.is_empty(), t.value.is_empty()) {
        (false, false) => format!("{}: {}", t.kind, t.value),
        (false, true) => t.kind.clone(),
        (true, _) => t.value.clone(),
    }
}

/// Newest frame first, a line each.
fn body(frames: &[Frame], print: fn(&Frame) -> String) -> String {
    frames.iter().rev().map(print).collect::<Vec<_>>().join("\n")
}

fn lines(head: &str, frames: &[Frame], print: fn(&Frame) -> String) -> String {
    format!("{head}\n{}", body(frames, print))
}

fn numbered(frames: &[Frame], print: fn(usize, &Frame) -> String) -> String {
    frames.iter().rev().enumerate().map(|(at, f)| print(at, f)).collect::<Vec<_>>().join("\n")
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// `file:line`, as much of it as is known.
fn place(f: &Frame) -> String {
    let file = or(&f.file, &f.module);
    if f.line.is_empty() { file.to_owned() } else { format!("{file}:{}", f.line) }
}

fn python(t: &Thrown) -> String {
    let mut out = String::from("Traceback (most recent call last):\n");
    for f in &t.frames {
        out += &format!("  File \"{}\", line {}, in {}\n", or(&f.file, &f.module), or(&f.line, "0"), or(&f.function, "<unknown>"));
        if !f.context.trim().is_empty() {
            out += &format!("    {}\n", f.context.trim());
        }
    }
    if t.frames.is_empty() { head(t) } else { out + &head(t) }
}

fn java(f: &Frame) -> String {
    let function = or(&f.function, "<unknown>");
    let whole =
        if f.module.is_empty() || function.starts_with(&format!("{}.", f.module)) { function.to_owned() } else { format!("{}.{function}", f.module) };
    let file = f.file.rsplit('/').next().unwrap_or(&f.file);
    let source = match (file.is_empty(), f.line.is_empty()) {
        (false, false) => format!("{file}:{}", f.line),
        (false, true) => file.to_owned(),
        (true, _) => "Unknown Source".to_owned(),
    };
    format!("\tat {whole}({source})")
}

fn javascript(f: &Frame) -> String {
    let place = place(f);
    let place = if f.column.is_empty() || f.line.is_empty() { place } else { format!("{place}:{}", f.column) };
    if f.function.is_empty() || f.function == "?" { format!("    at {place}") } else { format!("    at {} ({place})", f.function) }
}

fn dotnet(f: &Frame) -> String {
    let function = if f.module.is_empty() || f.function.starts_with(&f.module) { f.function.clone() } else { format!("{}.{}", f.module, f.function) };
    let function = if function.contains('(') { function } else { format!("{function}()") };
    if f.file.is_empty() { format!("   at {function}") } else { format!("   at {function} in {}:line {}", f.file, or(&f.line, "0")) }
}

fn ruby(t: &Thrown) -> String {
    let one = |f: &Frame| format!("{}:in `{}'", place(f), or(&f.function, "<main>"));
    let mut frames = t.frames.iter().rev();
    let first = frames.next().map(|f| format!("{}: ", one(f))).unwrap_or_default();
    let rest: String = frames.map(|f| format!("\n\tfrom {}", one(f))).collect();
    format!("{first}{} ({}){rest}", t.value, t.kind)
}

fn php(t: &Thrown) -> String {
    let one =
        |(at, f): (usize, &Frame)| format!("#{at} {}({}): {}()\n", or(&f.file, "[internal function]"), or(&f.line, "0"), or(&f.function, "{main}"));
    let place = t.frames.last().map(|f| format!(" in {}", place(f))).unwrap_or_default();
    let frames: String = t.frames.iter().rev().enumerate().map(one).collect();
    format!("{}{place}\nStack trace:\n{}#{} {{main}}", head(t), frames, t.frames.len())
}

fn go(f: &Frame) -> String {
    let function = if f.module.is_empty() || f.function.contains('/') { f.function.clone() } else { format!("{}.{}", f.module, f.function) };
    format!("{function}(...)\n\t{}:{}", f.file, or(&f.line, "0"))
}

fn rust(at: usize, f: &Frame) -> String {
    let function = if f.module.is_empty() || f.function.contains("::") { f.function.clone() } else { format!("{}::{}", f.module, f.function) };
    let head = format!("{at:>4}: {}", or(&function, "<unknown>"));
    if f.file.is_empty() { head } else { format!("{head}\n             at {}", place(f)) }
}

fn native(at: usize, f: &Frame) -> String {
    let address = or(&f.address, "0x0000000000000000");
    let function = or(&f.function, "??");
    let source = if f.file.is_empty() {
        f.package.rsplit('/').next().filter(|p| !p.is_empty()).map(|p| format!(" ({p})")).unwrap_or_default()
    } else {
        format!(" {}", place(f))
    };
    format!("    #{at} {address} in {function}{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<Value> {
        let text = r#"[{"type":"Timeout","module":"net","value":"read","stacktrace":{"frames":[{"function":"main","module":"acme.Run","filename":"src/Run.java","lineno":9},{"function":"post","module":"acme.Client","filename":"src/Client.java","lineno":31,"colno":4,"context_line":" send() "}]}},
            {"type":"RefundError","value":"gave up","stacktrace":{"frames":[]}}]"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_platform_in_its_own_form() {
        let rows = [
            ("java", "RefundError: gave up\nCaused by: net.Timeout: read\n\tat acme.Client.post(Client.java:31)\n\tat acme.Run.main(Run.java:9)"),
            (
                "python",
                "Traceback (most recent call last):\n  File \"src/Run.java\", line 9, in main\n  File \"src/Client.java\", line 31, in post\n    send()\nnet.Timeout: read\n\nThe above exception was the direct cause of the following exception:\n\nRefundError: gave up",
            ),
            ("javascript", "RefundError: gave up\nCaused by: net.Timeout: read\n    at post (src/Client.java:31:4)\n    at main (src/Run.java:9)"),
            (
                "csharp",
                "RefundError: gave up\nCaused by: net.Timeout: read\n   at acme.Client.post() in src/Client.java:line 31\n   at acme.Run.main() in src/Run.java:line 9",
            ),
            ("ruby", "gave up (RefundError)\nCaused by: src/Client.java:31:in `post': read (net.Timeout)\n\tfrom src/Run.java:9:in `main'"),
        ];
        for (platform, text) in rows {
            assert_eq!(exceptions(platform, &values()), text, "{platform}");
        }
        assert!(exceptions("go", &values()[..1]).contains("goroutine 1 [running]:\nacme.Client.post(...)\n\tsrc/Client.java:31"));
        assert!(exceptions("rust", &values()[..1]).contains("   0: acme.Client::post\n             at src/Client.java:31"));
        assert!(exceptions("native", &values()[..1]).contains("    #0 0x0000000000000000 in post src/Client.java:31"));
        assert!(exceptions("php", &values()[..1]).contains("#0 src/Client.java(31): post()\n#1 src/Run.java(9): main()\n#2 {main}"));
        assert_eq!(exceptions("java", &[]), "");
    }
}
