//! Mentions of people and fields that hold them: dropped at import.

/// Words behind an `@` that are code, not a person: they occur in pasted, unfenced code.
const CODE_WORDS: &[&str] = &[
    "override",
    "test",
    "before",
    "beforeeach",
    "beforeclass",
    "after",
    "aftereach",
    "afterclass",
    "suppresswarnings",
    "autowired",
    "bean",
    "component",
    "service",
    "controller",
    "restcontroller",
    "repository",
    "configuration",
    "entity",
    "table",
    "column",
    "id",
    "inject",
    "injectable",
    "input",
    "output",
    "param",
    "params",
    "return",
    "returns",
    "throws",
    "see",
    "link",
    "code",
    "deprecated",
    "since",
    "version",
    "author",
    "media",
    "import",
    "charset",
    "keyframes",
    "font-face",
    "supports",
    "property",
    "interface",
    "implementation",
    "protocol",
    "class",
    "end",
    "selector",
    "synthesize",
    "optional",
    "required",
    "nullable",
    "notnull",
    "nonnull",
    "data",
    "getter",
    "setter",
    "builder",
    "value",
    "path",
    "get",
    "post",
    "put",
    "delete",
    "requestmapping",
    "getmapping",
    "postmapping",
    "transactional",
    "async",
    "staticmethod",
    "classmethod",
    "dataclass",
    "pytest",
    "mock",
    "patch",
    "ignore",
    "disabled",
    "timeout",
    "parameterizedtest",
    "jsonproperty",
    "todo",
    "type",
    "app",
    "decorator",
    "main",
    "objc",
    "available",
    "escaping",
    "state",
    "published",
    "latest",
    "next",
    "beta",
    "alpha",
    "rc",
];

/// A text without mentions (`@name`). Code between fences and in backquotes, scoped packages (`@acme/ledger`), e-mail addresses and
/// annotations stay.
pub fn drop_mentions(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let mut code = false;
    let lines = text.split('\n').map(|line| {
        let fence = super::is_fence(line);
        code ^= fence;
        if code || fence { line.to_owned() } else { in_line(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn in_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut quoted = false;
    let mut before = ' ';
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        quoted ^= c == '`';
        let taken = if c == '@' && !quoted && !is_word(before) { mention(&rest[1..]) } else { 0 };
        if taken > 0 {
            rest = &rest[1 + taken..];
            if out.ends_with(' ') && rest.starts_with([' ', ',', '.', ':', ')']) {
                out.pop();
            }
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
        before = c;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '/' | '@' | '\\' | '$' | '[')
}

/// Bytes of the name behind an `@`; 0 where it is no person.
fn mention(text: &str) -> usize {
    let name: &str = &text[..text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(text.len())];
    let behind = text[name.len()..].chars().next();
    let person = name.chars().next().is_some_and(char::is_alphabetic) && name.len() <= 60 && !CODE_WORDS.contains(&name.to_lowercase().as_str());
    let package = matches!(behind, Some('/' | '(' | '\\' | '@' | '{' | '='));
    // `@name.surname` is one mention, `@name.` the end of a sentence; `@name.method(` is code.
    let more = text[name.len()..]
        .strip_prefix('.')
        .map_or(0, |tail| tail.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(tail.len()));
    let more = if more > 0 { more + 1 } else { 0 };
    let called = text[name.len() + more..].starts_with('(');
    if person && !package && !called { name.len() + more } else { 0 }
}

/// Words in names of fields that hold people.
const PERSON_WORDS: &[&str] = &[
    "reporter",
    "assignee",
    "assigned to",
    "author",
    "creator",
    "created by",
    "updated by",
    "opened by",
    "closed by",
    "resolved by",
    "changed by",
    "reported by",
    "requested by",
    "requester",
    "requestor",
    "caller",
    "watcher",
    "watchers",
    "cc",
    "user",
    "users",
    "user name",
    "username",
    "display name",
    "person",
    "people",
    "e mail",
    "email",
    "mail",
    "phone",
    "contact",
    "approver",
    "approvers",
    "reviewer",
    "reviewers",
    "tester",
    "qa contact",
    "developer",
    "lead",
    "participants",
    "participant",
    "subscribers",
    "responders",
    "acknowledger",
    "assignees",
    "owner",
    "customer name",
    "account manager",
    "full name",
    "first name",
    "last name",
    "login",
    "attendees",
    "voters",
];

/// Whether a field of that name holds a person, by whole words (`Assigned To`, `sys_created_by`, `qaContact`).
pub fn is_person_field(name: &str) -> bool {
    let words = words(name);
    PERSON_WORDS.iter().any(|person| words == *person || words.ends_with(&format!(" {person}")))
}

/// Lower-case words of a field's name; humps and marks separate.
pub fn words(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (lower && c.is_uppercase()) {
            out.push(' ');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_go_and_code_stays() {
        let rows = [
            ("cc @dana-k, @lee.marsh please look", "cc, please look"),
            ("thanks @dana.", "thanks."),
            ("write to team@acme.example", "write to team@acme.example"),
            ("@Override\npublic void run()", "@Override\npublic void run()"),
            ("uses @acme/ledger@2.1 and `@dana`", "uses @acme/ledger@2.1 and `@dana`"),
            ("[@ pay::client::post]", "[@ pay::client::post]"),
            ("```\n@dana\n```", "```\n@dana\n```"),
            ("post@https://shop.example/app.js:31", "post@https://shop.example/app.js:31"),
            ("HEAD@{1} and x=@y.run()", "HEAD@{1} and x=@y.run()"),
        ];
        for (text, plain) in rows {
            assert_eq!(drop_mentions(text), plain);
        }
    }

    #[test]
    fn fields_of_people() {
        for name in
            ["Assigned To", "assigned_to", "sys_created_by", "Reporter", "qaContact", "Creator", "System.AssignedTo", "Custom field (QA Contact)"]
        {
            assert!(is_person_field(name), "{name}");
        }
        for name in ["Team", "Assignment group", "Users affected", "Environment", "Component", "contact type"] {
            assert!(!is_person_field(name), "{name}");
        }
    }
}
