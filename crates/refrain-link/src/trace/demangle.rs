//! Mangled names, as far as an identity needs them: the path of names, without types.

/// `_ZN3foo3barEi` becomes `foo::bar`, `_ZN4shop6settle17h0123456789abcdefE` becomes `shop::settle`, `$s4Shop6settleyyF` stays.
///
/// Reads nested and plain names of the Itanium scheme; substitutions and types are left out. Nothing where the name is of another kind.
pub(super) fn demangle(name: &str) -> Option<String> {
    let body = name.strip_prefix("__Z").or_else(|| name.strip_prefix("_Z"))?;
    let (nested, rest) = match body.strip_prefix('N') {
        Some(rest) => (true, rest.trim_start_matches(['K', 'V', 'r'])),
        None => (false, body.strip_prefix('L').unwrap_or(body)),
    };
    let mut parts: Vec<String> = Vec::new();
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix("St") {
        parts.push("std".to_owned());
        rest = after;
    }
    while let Some((part, after)) = part(rest, parts.last().map(String::as_str)) {
        parts.push(part);
        rest = skip_arguments(after);
        if !nested {
            break;
        }
    }
    if parts.last().is_some_and(|p| p.len() == 17 && p.starts_with('h') && p[1..].bytes().all(|b| b.is_ascii_hexdigit())) {
        parts.pop();
    }
    (!parts.is_empty()).then(|| parts.join("::"))
}

/// One name with its length, a constructor or a destructor.
fn part<'t>(text: &'t str, before: Option<&str>) -> Option<(String, &'t str)> {
    if let Some(rest) = text.strip_prefix(['C', 'D']).filter(|r| r.starts_with(|c: char| c.is_ascii_digit())) {
        let tilde = if text.starts_with('D') { "~" } else { "" };
        return Some((format!("{tilde}{}", before?), &rest[1..]));
    }
    let text = text.strip_prefix('L').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let len: usize = text.get(..digits)?.parse().ok()?;
    let part = text.get(digits..digits.checked_add(len)?)?;
    let part = if part.starts_with("_GLOBAL__N_") { "(anonymous namespace)" } else { part };
    (len > 0).then(|| (part.to_owned(), &text[digits + len..]))
}

/// Template arguments `I … E` after a name: names in them carry lengths, so the closing letter is found by reading, not by counting.
fn skip_arguments(text: &str) -> &str {
    let Some(mut rest) = text.strip_prefix('I') else { return text };
    let mut depth = 1;
    while depth > 0 {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let len = rest[..digits].parse::<usize>().unwrap_or(0);
            let Some(after) = digits.checked_add(len).and_then(|n| rest.get(n..)) else { return "" };
            rest = after;
            continue;
        }
        let Some(c) = rest.chars().next() else { return "" };
        depth += i32::from(matches!(c, 'I' | 'N' | 'X')) - i32::from(c == 'E');
        rest = &rest[c.len_utf8()..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn names_are_spelt_out() {
        for (mangled, plain) in [
            ("_ZN3foo3barEi", "foo::bar"),
            ("_ZN4base5debug10StackTraceC1Ev", "base::debug::StackTrace::StackTrace"),
            ("_ZN7logging10LogMessageD2Ev", "logging::LogMessage::~LogMessage"),
            ("_Z4mainv", "main"),
            ("_ZN4shop6settle17h0123456789abcdefE", "shop::settle"),
            ("_ZN12_GLOBAL__N_11fEv", "(anonymous namespace)::f"),
            ("_ZNK2v86HandleINS_5ArrayEE3getEv", "v8::Handle::get"),
        ] {
            assert_eq!(demangle(mangled).as_deref(), Some(plain), "{mangled}");
        }
        assert_eq!(demangle("main"), None);
        assert_eq!(demangle("_ZN999999999999999999999x"), None);
    }
}
