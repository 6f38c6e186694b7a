//! Character references of HTML.

/// The references that occur in exports; numeric ones are computed.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("shy", ""),
    ("zwnj", ""),
    ("zwj", ""),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("hellip", "…"),
    ("bull", "•"),
    ("middot", "·"),
    ("deg", "°"),
    ("plusmn", "±"),
    ("times", "×"),
    ("micro", "µ"),
    ("para", "¶"),
    ("sect", "§"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("euro", "€"),
    ("pound", "£"),
    ("cent", "¢"),
    ("yen", "¥"),
    ("larr", "←"),
    ("rarr", "→"),
    ("uarr", "↑"),
    ("darr", "↓"),
    ("harr", "↔"),
    ("rArr", "⇒"),
    ("le", "≤"),
    ("ge", "≥"),
    ("ne", "≠"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("ecirc", "ê"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("acirc", "â"),
    ("ccedil", "ç"),
    ("ntilde", "ñ"),
    ("oacute", "ó"),
    ("ograve", "ò"),
    ("iacute", "í"),
    ("uacute", "ú"),
    ("ugrave", "ù"),
    ("aring", "å"),
    ("aelig", "æ"),
    ("oslash", "ø"),
    ("lbrace", "{"),
    ("rbrace", "}"),
    ("lbrack", "["),
    ("rbrack", "]"),
    ("lpar", "("),
    ("rpar", ")"),
    ("num", "#"),
    ("colon", ":"),
    ("period", "."),
    ("comma", ","),
    ("sol", "/"),
    ("bsol", "\\"),
    ("vert", "|"),
    ("ast", "*"),
    ("lowbar", "_"),
    ("grave", "`"),
    ("Tab", "\t"),
    ("NewLine", "\n"),
];

/// Longest reference looked for, in bytes behind the `&`.
const LONGEST: usize = 10;

/// A text with its character references resolved, once. What is none stays as it is.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(&rest[1..]) {
            Some((value, length)) => {
                out.push_str(&value);
                rest = &rest[length + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What the reference behind a `&` stands for, and its length with the `;`.
fn reference(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(LONGEST + 1).position(|b| b == b';')?;
    let name = &text[..end];
    let value = match name.strip_prefix('#') {
        Some(number) => char_of(number)?.to_string(),
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())?,
    };
    Some((value, end + 1))
}

fn char_of(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')).map(|c| if c == '\u{a0}' { ' ' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_once() {
        assert_eq!(unescape("&lt;a&gt; &amp;lt; &#39;x&#x27; &nbsp;|&unknown; & &#0; &"), "<a> &lt; 'x'  |&unknown; & &#0; &");
    }
}
