//! What stays of a test's name and failure when everything that changes from run to run is taken out.

/// A test name without its parameters: `books once [504]` → `books once [*]`, `adds(1, 2)` → `adds(*)`.
pub fn name(name: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    for c in name.chars() {
        match c {
            '[' | '(' | '{' => {
                if depth == 0 {
                    out.push(c);
                    out.push('*');
                }
                depth += 1;
            }
            ']' | ')' | '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    out.push(c);
                }
            }
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let plain = out.replace("(*)", "").replace("{*}", "");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first line of a message with numbers, hexadecimal runs and quoted values as `#`, at most 120 characters.
pub fn message(message: &str) -> String {
    let first = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let words: Vec<String> = unquoted(first).split_whitespace().map(word).collect();
    words.join(" ").chars().take(120).collect()
}

/// Quoted values as `#`.
fn unquoted(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let opens = matches!(c, '"' | '`') || c == '\'' && !before.is_alphanumeric();
        if opens && chars.clone().any(|d| d == c) {
            out.push('#');
            for d in chars.by_ref() {
                if d == c {
                    break;
                }
            }
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

/// A word with its digits as one `#`; a word that is mostly digits or hexadecimal as `#` alone.
fn word(word: &str) -> String {
    let hex = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') && word.bytes().any(|b| b.is_ascii_digit());
    if hex || word.starts_with("0x") || word.contains("@") && word.bytes().any(|b| b.is_ascii_digit()) {
        return "#".to_owned();
    }
    let mut out = String::new();
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = matches!(c, '.' | ',' | ':') && out.ends_with('#') && chars.peek().is_some_and(char::is_ascii_digit);
        match c {
            _ if joins => {}
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_leave_the_name() {
        let rows = [
            ("books once [504]", "books once [*]"),
            ("adds(1, (2))", "adds"),
            ("[3] retries", "[*] retries"),
            ("plain", "plain"),
            ("open [", "open [*"),
        ];
        for (given, shape) in rows {
            assert_eq!(name(given), shape, "{given}");
        }
    }

    #[test]
    fn law_d3_run_values_leave_the_message() {
        let rows = [
            ("expected 1 but was 2", "expected # but was #"),
            ("expected: <\"a b\"> but was: <\"c\">", "expected: <#> but was: <#>"),
            ("can't bind 127.0.0.1:8080", "can't bind #"),
            ("Order@1f2e3d lost after 30000ms\nat x", "# lost after #ms"),
            ("no row for 550e8400-e29b-41d4-a716-446655440000", "no row for #"),
        ];
        for (given, shape) in rows {
            assert_eq!(message(given), shape, "{given}");
        }
    }
}
