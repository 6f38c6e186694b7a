//! The rules of masking, a row each. A pattern runs in linear time; what it cannot say (checksums, neighbours) is in its check.

/// A kind of thing that is masked.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Name in explanations.
    pub name: &'static str,
    /// Word in the mask.
    pub kind: &'static str,
    /// What it looks like; a group `v` narrows what is replaced.
    pub pattern: &'static str,
    /// What else must hold at `start..end` of the text.
    pub check: fn(&str, usize, usize) -> bool,
    /// Text in which it must be found, and the part that must be gone: walked by a test.
    pub example: (&'static str, &'static str),
}

/// For names that the configuration lists.
pub const NAME: Rule = Rule { name: "listed-name", kind: "name", pattern: "", check: always, example: ("", "") };

/// Every rule. The order settles only who names the mask where two rules hit the same place.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule { name: "private-key", kind: "key", pattern: r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", check: always,
        example: ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow") },
    Rule { name: "json-web-token", kind: "token", pattern: r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}\.?[A-Za-z0-9_-]*", check: always,
        example: ("sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl", "eyJzdWIiOiI0MiJ9") },
    Rule { name: "vendor-token", kind: "token", pattern: r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|xapp-|sk_live_|sk_test_|rk_live_|pk_live_|sk-|npm_|hf_|pypi-|dop_v1_|shpat_|SG\.|ya29\.|AIza|lin_api_|ATATT|whsec_)[A-Za-z0-9_.=-]{10,}", check: always,
        example: ("push with ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c") },
    Rule { name: "cloud-key", kind: "key", pattern: r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b", check: always,
        example: ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE") },
    Rule { name: "webhook", kind: "url", pattern: r"https?://(?:hooks\.slack\.com|[a-z0-9.-]*webhook[a-z0-9.-]*|discord(?:app)?\.com/api/webhooks)/[^\s<>)]+", check: always,
        example: ("posted to https://hooks.slack.com/services/T00/B00/abcDEF123", "abcDEF123") },
    Rule { name: "url-password", kind: "password", pattern: r"://(?P<v>[^\s/@:]*:[^\s/@]+)@", check: always,
        example: ("postgres://ledger:hunter2@db/ledger", "hunter2") },
    Rule { name: "bearer", kind: "token", pattern: r"(?i)\b(?:bearer|basic|apikey|digest)\s+(?P<v>[A-Za-z0-9+/._~-]{8,}=*)", check: mixed,
        example: ("Authorization: Bearer a8f3kq0zx91", "a8f3kq0zx91") },
    Rule { name: "named-secret", kind: "secret", pattern: r#"(?i)(?:passw(?:or)?d|passphrase|passwort|mot de passe|pwd|secret|token|api[_ -]?key|access[_ -]?key|account[_ -]?key|client[_ -]?secret|private[_ -]?key|credentials?|authorization|session[_ -]?id|sessionid|set-cookie|cookie|sig|signature|otp|pin|cvv|cvc)["']?\s*(?::=|[:=]|\bis\b|\bwas\b)\s*["']?(?P<v>[^\s"',;&<>)\]]{3,})"#, check: not_prose,
        example: ("api_key = \"9f8e7d6c5b\"", "9f8e7d6c5b") },
    Rule { name: "e-mail", kind: "e-mail", pattern: r"[\p{L}\p{N}][\p{L}\p{N}._%+'-]*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*", check: always,
        example: ("mail to anna.lind@tarnwick.example bounced", "anna.lind") },
    Rule { name: "e-mail-in-words", kind: "e-mail", pattern: r"(?i)\b[a-z0-9._%+-]+\s?[\[(]\s?at\s?[\])]\s?[a-z0-9-]+(?:\s?(?:\.|[\[(]\s?dot\s?[\])])\s?[a-z0-9-]+)+", check: always,
        example: ("write to anna.lind [at] tarnwick [dot] example", "anna.lind") },
    Rule { name: "account-iban", kind: "account", pattern: r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", check: iban,
        example: ("refund to GB82 WEST 1234 5698 7654 32", "5698") },
    Rule { name: "card", kind: "card", pattern: r"\b\d(?:[ -]?\d){12,18}\b", check: luhn,
        example: ("card 4111 1111 1111 1111 was charged twice", "4111 1111") },
    Rule { name: "national-id", kind: "id", pattern: r"\b(?:\d{3}-\d{2}-\d{4}|[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])\b", check: always,
        example: ("SSN 078-05-1120", "078-05-1120") },
    Rule { name: "account-number", kind: "account", pattern: r"(?i)\b(?:account|acct|a/c|konto|iban|sort code|routing|passport|tax id|vat|ssn|insurance|policy|customer|patient|member|tenant)(?:[ _-]?(?:no|number|nr|num|id|ref))?\.?\s*[:=#]?\s*#?(?P<v>[A-Z]{0,3}\d[\dA-Z -]{3,}\d)", check: digits_enough,
        example: ("account no. 00123-4567 was debited", "4567") },
    Rule { name: "cloud-account", kind: "account", pattern: r"\barn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:(?P<v>\d{12}[^\s]*)", check: always,
        example: ("arn:aws:iam::123456789012:role/deploy", "123456789012") },
    Rule { name: "wallet", kind: "account", pattern: r"\b(?:0x[a-fA-F0-9]{40}|bc1[a-z0-9]{25,60})\b", check: always,
        example: ("paid to 0x52908400098527886E0F7030069857D2E4169EE7", "52908400098527886E0F") },
    Rule { name: "mac-address", kind: "device", pattern: r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b", check: always,
        example: ("device 3C:22:FB:7A:10:9e lost the link", "3C:22:FB") },
    Rule { name: "ip-v6", kind: "ip", pattern: r"(?i)(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,7}|[0-9a-f]{1,4}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?", check: ip_v6,
        example: ("from 2001:db8:85a3::8a2e:370:7334", "8a2e") },
    Rule { name: "ip-v4", kind: "ip", pattern: r"\b\d{1,3}(?:\.\d{1,3}){3}\b", check: ip_v4,
        example: ("node 10.42.7.19 refused", "10.42.7.19") },
    Rule { name: "ip-in-name", kind: "host", pattern: r"\bip(?:-\d{1,3}){4}[a-z0-9.-]*", check: always,
        example: ("pod on ip-10-42-7-19.ec2.internal", "10-42-7-19") },
    Rule { name: "phone", kind: "phone", pattern: r"(?:\+|\b00)\d[\d ()./-]{6,16}\d", check: phone,
        example: ("call +44 20 7946 0958 first", "7946") },
    Rule { name: "phone-national", kind: "phone", pattern: r"(?:\(0?\d{2,5}\)|\b0\d{2,5}|\b[2-9]\d{2})[ /.-]\d{3,4}(?:[ .-]\d{2,4}){1,3}\b", check: phone,
        example: ("on-call at (020) 7946 0123", "7946") },
    Rule { name: "phone-named", kind: "phone", pattern: r"(?i)\b(?:phone|tel|telephone|mobile|cell|fax|call|telefon)\.?\s*(?:no\.?|number)?\s*[:=]?\s*(?P<v>[\d(+][\d ()./-]{5,}\d)", check: phone,
        example: ("tel: 555 0199 22", "555 0199") },
    Rule { name: "user-path", kind: "user", pattern: r"(?i)(?:/home/|/users/|[a-z]:\\users\\|\\users\\|/export/home/)(?P<v>[^\s/\\:'\x22)]+)", check: always,
        example: (r"C:\Users\alind\build\app.dll", "alind") },
    Rule { name: "mention", kind: "user", pattern: r"(?:\[~[^\]\n]{2,80}\]|<@[A-Z0-9]{4,}(?:\|[^>\n]*)?>)", check: always,
        example: ("[~accountid:5b10ac8d82e05b22cc7d4ef5] please look", "5b10ac8d") },
    Rule { name: "handle", kind: "user", pattern: r"(?:^|[\s(,;])(?P<v>@[A-Za-z][A-Za-z0-9_-]{1,38})", check: handle,
        example: ("thanks @anna-lind for the log", "anna-lind") },
    Rule { name: "named-user", kind: "user", pattern: r#"(?i)\b(?:user(?:[_ -]?(?:name|id))?|login|uid|assignee|reporter|reported by|owner|author|signed-off-by|co-authored-by)["']?\s*[:=]\s*["']?(?P<v>[^\s"',;<>)]{2,}(?-i:(?: [A-Z][\p{L}'-]+)*))"#, check: always,
        example: ("login=alind failed", "alind") },
    Rule { name: "birth-date", kind: "date", pattern: r"(?i)\b(?:born|dob|date of birth|birth ?date)\s*(?:on|is|was)?\s*[:=]?\s*(?P<v>\d{1,4}[./ -](?:\d{1,2}|[a-z]{3,9})[./ -]\d{1,4})", check: always,
        example: ("date of birth 1984-03-12", "1984-03-12") },
    Rule { name: "street", kind: "address", pattern: r"\b\d{1,5}[a-z]? (?:[A-Z][\p{L}'-]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Court|Close|Way)\b", check: always,
        example: ("delivered to 12 Harbour Mill Road", "Harbour Mill") },
    Rule { name: "coordinates", kind: "place", pattern: r"-?\d{1,2}\.\d{4,},\s?-?\d{1,3}\.\d{4,}", check: always,
        example: ("at 51.50735, -0.12776", "51.50735") },
    Rule { name: "host-in-url", kind: "host", pattern: r"(?i)\b(?:https?|wss?|ftp|ssh|amqps?|rediss?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|jdbc:[a-z]+|kafka|grpc|tcp|udp|ldaps?)://(?:[^\s/@]*@)?(?P<v>[^\s/:?#\x22'<>)\]@]+)", check: always,
        example: ("GET https://ledger.tarnwick.example/v2", "ledger.tarnwick") },
    Rule { name: "host", kind: "host", pattern: r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:internal|local|localdomain|corp|lan|intra|intranet|example|test|invalid|com|net|org|io|dev|cloud|app|co|eu|uk|de|fr|se|nl|ch|at|pl|es|it|us|jp|cn|in|br|au|ca|svc)\b", check: host,
        example: ("ledger-db.prod.internal timed out", "ledger-db.prod") },
    Rule { name: "host-numbered", kind: "host", pattern: r"\b[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:prod|prd|stg|stage|staging|uat|dev|qa|live)(?:-[a-z0-9]+)*-?\d{1,4}[a-z]?\b", check: always,
        example: ("ledger-prod-03 was full", "ledger-prod-03") },
    Rule { name: "uuid", kind: "id", pattern: r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", check: always,
        example: ("session 5f0c2b1e-9a7d-4c3e-8f21-0b6d9e4a1c77", "9a7d-4c3e") },
    Rule { name: "long-token", kind: "token", pattern: r"\b[A-Za-z0-9+/_-]{32,}={0,2}", check: random_looking,
        example: ("cookie jar 9aF3kQ0zX91bTq7LmN2vRs8dWy4cUe6hJp5", "9aF3kQ0zX91b") },
];

/// Word in the mask of a rule.
pub fn kind_of(name: &str) -> &'static str {
    RULES.iter().find(|r| r.name == name).map_or(NAME.kind, |r| r.kind)
}

fn always(_: &str, _: usize, _: usize) -> bool {
    true
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Checksum of card numbers (ISO/IEC 7812).
fn luhn(text: &str, start: usize, end: usize) -> bool {
    let digits = digits(&text[start..end]);
    let doubled = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 1 { doubled(*d) } else { *d }).sum();
    sum.is_multiple_of(10) && digits.iter().any(|d| *d != digits[0])
}

/// Checksum of account numbers (ISO 13616): the rearranged number is 1 modulo 97.
fn iban(text: &str, start: usize, end: usize) -> bool {
    let plain: String = text[start..end].chars().filter(char::is_ascii_alphanumeric).collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let turned = plain[4..].chars().chain(plain[..4].chars());
    let rest = turned.filter_map(|c| c.to_digit(36)).fold(0_u32, |r, d| if d > 9 { (r * 100 + d) % 97 } else { (r * 10 + d) % 97 });
    rest == 1
}

/// Four numbers up to 255, and not a version.
fn ip_v4(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end().to_lowercase();
    let version = text[..start].ends_with(['v', 'V', '-']) || ["version", "release", "build", "ver."].iter().any(|w| before.ends_with(w));
    !version && text[start..end].split('.').all(|part| part.parse::<u16>().is_ok_and(|n| n <= 255))
}

/// At least three groups, a hexadecimal letter or an empty group: `10:12:33` is a time.
fn ip_v6(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    let joined = text[..start].ends_with(|c: char| c.is_alphanumeric() || c == ':') || text[end..].starts_with(|c: char| c.is_alphanumeric());
    let groups = found.split(':').filter(|g| !g.is_empty()).count();
    let digit = found.bytes().any(|b| b.is_ascii_digit());
    !joined && digit && (found.contains("::") || groups == 8) && groups >= 2
}

/// 7 to 15 digits, and no date.
fn phone(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    let parts: Vec<&str> = found.split(['-', '.', '/']).collect();
    let date = parts.len() == 3
        && parts.iter().all(|p| p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit()))
        && (parts[0].len() == 4 || parts[2].len() == 4 && parts[1].len() == 2);
    (7..=15).contains(&digits(found).len()) && !date
}

fn digits_enough(text: &str, start: usize, end: usize) -> bool {
    digits(&text[start..end]).len() >= 5
}

/// A word of prose after `token:` is no secret (`token: expired at noon`); letters with digits or signs are.
fn not_prose(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    let before = text[..start].trim_end_matches(['"', '\'', ' ']);
    let assigned = before.ends_with('=') || text[..start].ends_with(['"', '\'']);
    let prose = found.chars().all(|c| c.is_lowercase() || c == '.' || c == '-');
    assigned || !prose || ["password", "passwort", "passphrase", "pwd", "secret"].iter().any(|w| named(before, w))
}

fn named(before: &str, word: &str) -> bool {
    before.trim_end_matches([':', '=', ' ']).to_lowercase().ends_with(word)
}

/// Letters and digits together, or long.
fn mixed(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    found.bytes().any(|b| b.is_ascii_digit()) || found.len() >= 20
}

/// Not a package scope (`@angular/core`) and not the middle of an address.
fn handle(text: &str, _: usize, end: usize) -> bool {
    !text[end..].starts_with(['/', '.', '@']) || text[end..].starts_with(". ")
}

/// A host, not a piece of code (`java.io.IOException`, `stdin.in(x)`) or of a file name.
fn host(text: &str, start: usize, end: usize) -> bool {
    let after = text[end..].chars().next();
    let before = text[..start].chars().next_back();
    let last = text[start..end].rsplit('.').next().unwrap_or("");
    let code = matches!(after, Some('(' | '_' | '$' | '#')) || text[end..].strip_prefix('.').is_some_and(|r| r.starts_with(char::is_alphabetic));
    let path = matches!(before, Some('/' | '\\' | '_' | '$' | '.' | '@'));
    // `self.app` and `foo.in` are code far more often than hosts: two-letter and short endings want two dots before them.
    let weak = ["app", "in", "it", "at", "es", "co", "test", "io", "dev", "us", "svc", "local"].contains(&last);
    !code && !path && (!weak || text[start..end].matches('.').count() >= 2)
}

/// Digits, and both cases or many digits: a hash or a random token, not a long word or path.
fn random_looking(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    let count = |f: fn(&u8) -> bool| found.bytes().filter(f).count();
    let (digit, upper, lower) = (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let signs = found.len() - digit - upper - lower;
    digit >= 3 && signs * 6 <= found.len() && (digit * 6 >= found.len() || upper > 0 && lower > 0)
}
