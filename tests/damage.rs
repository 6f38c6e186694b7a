//! Two hundred damaged inputs: a clear message, the right exit code, no panic, and the good records beside them kept.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use support::{Desk, jira_page};

/// A way to damage a text. The number varies it.
type Damage = fn(&str, usize) -> Vec<u8>;

fn cut(text: &str, n: usize) -> Vec<u8> {
    text.as_bytes()[..text.len() * (n + 1) / 22].to_vec()
}

fn wrong_bytes(text: &str, n: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let step = 11 + n * 7;
    bytes.iter_mut().step_by(step * 13).for_each(|b| *b = 0xff);
    bytes
}

fn wrong_types(text: &str, n: usize) -> Vec<u8> {
    let fields = ["\"key\":\"", "\"summary\":\"", "\"created\":\"", "\"project\":{", "\"fields\":{", "\"issues\":[", "\"description\":\""];
    let field = fields[n % fields.len()];
    text.replacen(field, &field.replace(['"', '{', '['], "").replace(':', "\":[[7],").replacen("", "\"", 1), 1 + n / fields.len()).into_bytes()
}

fn deep(_: &str, n: usize) -> Vec<u8> {
    let depth = 1000 * (n + 1) * (n + 1);
    let open = ["[", "{\"a\":", "{\"issues\":[", "<a>"][n % 4];
    open.repeat(depth).into_bytes()
}

fn huge_field(text: &str, n: usize) -> Vec<u8> {
    text.replacen("booked", &"x".repeat(100_000 * (n + 1)), 1).into_bytes()
}

fn repeated_keys(text: &str, n: usize) -> Vec<u8> {
    text.replace("\"summary\":", &"\"summary\":3,".repeat(n + 1)).replace("3,\"", "3,\"summary\":\"").into_bytes()
}

fn mixed_ends(text: &str, n: usize) -> Vec<u8> {
    let ends = ["\r\n", "\r", "\n\r", "\u{2028}", "\0\n"];
    text.replace(',', &format!(",{}", ends[n % ends.len()])).into_bytes()
}

fn utf16(text: &str, n: usize) -> Vec<u8> {
    let mark = if n.is_multiple_of(2) { vec![0xff, 0xfe] } else { vec![0xfe, 0xff] };
    let unit = |u: u16| if n.is_multiple_of(2) { u.to_le_bytes() } else { u.to_be_bytes() };
    let mut bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect();
    bytes.truncate(bytes.len() - n % 3);
    bytes
}

fn marks(text: &str, n: usize) -> Vec<u8> {
    let mut bytes = [0xef, 0xbb, 0xbf].repeat(n % 3 + 1);
    bytes.extend(text.as_bytes());
    bytes.extend(["", "\u{1a}", "\n\n\n", "]", "}}"][n % 5].as_bytes());
    bytes
}

fn swapped(text: &str, n: usize) -> Vec<u8> {
    let marks = ['{', '}', '[', ']', '"', ':', ',', '\\'];
    let (a, b) = (marks[n % 8], marks[(n / 3 + 1) % 8]);
    text.chars().map(|c| if c == a { b } else { c }).collect::<String>().into_bytes()
}

const DAMAGES: &[(&str, Damage)] = &[
    ("cut", cut),
    ("wrong-bytes", wrong_bytes),
    ("wrong-types", wrong_types),
    ("deep", deep),
    ("huge-field", huge_field),
    ("repeated-keys", repeated_keys),
    ("mixed-ends", mixed_ends),
    ("utf16", utf16),
    ("marks", marks),
    ("swapped", swapped),
];

/// How often each damage is done, each time another way.
const EACH: usize = 20;

fn csv() -> String {
    let row = |n: usize| {
        format!("\"Refund {n} booked twice\",PAY-{n},{n},Done,High,Fixed,01/Mar/24 11:11,04/Mar/24 17:00,\"posted again\nwhen no answer comes\"\n")
    };
    "Summary,Issue key,Issue id,Status,Priority,Resolution,Created,Resolved,Description\n".to_owned() + &(1..20).map(row).collect::<String>()
}

fn xml() -> String {
    let bug = |n: usize| {
        format!(
            "<bug><bug_id>{n}</bug_id><creation_ts>2024-03-01 10:11:12 +0000</creation_ts><short_desc>Refund {n} booked twice</short_desc><product>Shop</product><component>Refunds</component><long_desc isprivate=\"0\"><bug_when>2024-03-01 10:11:12 +0000</bug_when><thetext>posted again, &lt;twice&gt;</thetext></long_desc></bug>"
        )
    };
    format!("<?xml version=\"1.0\"?>\n<bugzilla version=\"5.0\">{}</bugzilla>", (1..20).map(bug).collect::<String>())
}

#[test]
fn two_hundred_damaged_inputs_end_well() {
    let texts = [("json", jira_page(1, 20)), ("csv", csv()), ("xml", xml())];
    for (number, (name, damage)) in DAMAGES.iter().enumerate() {
        let desk = Desk::new();
        desk.write("in/good.json", jira_page(1000, 10));
        for n in 0..EACH {
            let (end, text) = &texts[(n + number) % texts.len()];
            desk.write(&format!("in/{name}-{n}.{end}"), damage(text, n));
        }
        let run = desk.run(&["import", "in", "--format", "json"]);
        assert!(run.code == 0 || run.code == 1, "{name}: exit {}\n{}", run.code, run.err);
        assert!(!run.err.contains("panicked"), "{name}\n{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let files = report["files"].as_array().unwrap();
        assert_eq!(files.len(), EACH + 1, "{name}: every file is in the report");
        assert_eq!(desk.run(&["explain", "PAY-1003"]).code, 0, "{name}: the good file is kept");
    }
}
