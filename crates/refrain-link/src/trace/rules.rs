//! The ordered, named rules that take what is unstable out of a frame's name.
//!
//! Each rule gives the new name, or nothing where it does not apply. Their order matters and is the order of the table.

use schemars::JsonSchema;
use serde::Serialize;

use super::demangle::demangle;

/// Name of a rule of normalisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RuleName(pub String);

/// Families that name functions in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The Java virtual machine.
    Jvm,
    /// Python.
    Python,
    /// JavaScript.
    JavaScript,
    /// .NET.
    DotNet,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// Ruby.
    Ruby,
    /// C, C++ and what is compiled to machine code.
    Native,
    /// Apple: Objective-C, Swift, C++.
    Apple,
    /// Erlang and Elixir.
    Beam,
    /// Everything else.
    Other,
}

impl Group {
    /// Every group, in the order of their declaration.
    pub(super) const ALL: &[Self] = &[
        Self::Jvm,
        Self::Python,
        Self::JavaScript,
        Self::DotNet,
        Self::Go,
        Self::Rust,
        Self::Ruby,
        Self::Native,
        Self::Apple,
        Self::Beam,
        Self::Other,
    ];
}

/// The group of a family.
pub fn group(family: &str) -> Group {
    match family {
        "java" | "android-anr" => Group::Jvm,
        "python" => Group::Python,
        "js-v8" | "js-firefox" | "js-safari" | "js-opera" => Group::JavaScript,
        "dotnet" => Group::DotNet,
        "go" => Group::Go,
        "rust" => Group::Rust,
        "ruby" => Group::Ruby,
        "ios" => Group::Apple,
        "elixir" | "erlang" => Group::Beam,
        "asan" | "ubsan" | "msan" | "tsan" | "lsan" | "cfi" | "gdb" | "cpp-other" | "valgrind" | "glibc-backtrace" | "android-native"
        | "minidump" | "windows" | "linux-kernel" => Group::Native,
        _ => Group::Other,
    }
}

/// One rule.
pub struct Rule {
    /// Stable name, shown by `explain-trace`.
    pub name: &'static str,
    /// What it takes away, in one line.
    pub what: &'static str,
    /// Families.
    pub of: &'static [Group],
    /// The new name, where the rule applies.
    pub apply: fn(&str) -> Option<String>,
}

use Group::{Apple, Beam, DotNet, Go, JavaScript, Jvm, Native, Ruby, Rust};

/// Every rule on names, in the order in which they are applied.
pub const RULES: &[Rule] = &[
    Rule { name: "mangled-name", what: "mangled names are spelt out", of: &[Native, Apple, Rust], apply: demangle },
    Rule { name: "crate-hash", what: "hashes of crates and symbols", of: &[Rust, Native], apply: crate_hash },
    Rule { name: "async-wrapper", what: "async, new, get, set and [as x] around a name", of: &[JavaScript], apply: script_words },
    Rule { name: "receiver", what: "the receiver's type, which differs by how a function was called", of: &[JavaScript], apply: receiver },
    Rule { name: "closure-path", what: "nesting marks of anonymous functions", of: &[JavaScript], apply: script_closure },
    Rule { name: "coroutine", what: "classes of suspended functions and their generated methods", of: &[Jvm], apply: coroutine },
    Rule { name: "lambda-name", what: "numbers of lambdas", of: &[Jvm], apply: jvm_lambda },
    Rule { name: "proxy-name", what: "numbers and hashes of proxies and accessors", of: &[Jvm], apply: jvm_proxy },
    Rule { name: "scala-name", what: "specialised and synthetic names of Scala", of: &[Jvm], apply: scala_name },
    Rule { name: "inner-number", what: "numbers of anonymous classes and accessors", of: &[Jvm], apply: inner_number },
    Rule { name: "state-machine", what: "state machines, closures and lambdas of C#", of: &[DotNet], apply: dotnet_name },
    Rule { name: "generic-arity", what: "arity and arguments of generic types", of: &[DotNet], apply: dotnet_generic },
    Rule { name: "generic-arguments", what: "type arguments", of: &[Go], apply: go_generic },
    Rule { name: "go-closure", what: "numbers of closures and wrappers of Go", of: &[Go], apply: go_closure },
    Rule { name: "module-version", what: "versions and vendoring in import paths", of: &[Go], apply: go_version },
    Rule { name: "rust-closure", what: "closures and shims of Rust", of: &[Rust], apply: rust_closure },
    Rule { name: "label", what: "block in, rescue in, ensure in", of: &[Ruby], apply: ruby_label },
    Rule { name: "owner", what: "the class that newer Ruby prints in front of a method", of: &[Ruby], apply: ruby_owner },
    Rule { name: "clone-suffix", what: "suffixes of compilers' clones and of versions of symbols", of: &[Native, Apple, Rust], apply: clone_suffix },
    Rule { name: "lambda-type", what: "lambdas of C++", of: &[Native, Apple], apply: cpp_lambda },
    Rule { name: "parameters", what: "parameter lists", of: &[Native, Apple], apply: parameters },
    Rule { name: "template-arguments", what: "template and generic arguments", of: &[Native, Rust, Apple], apply: templates },
    Rule { name: "return-type", what: "a return type in front of a template's name", of: &[Native], apply: return_type },
    Rule { name: "inline-namespace", what: "inline and anonymous namespaces, ABI tags", of: &[Native, Apple], apply: namespaces },
    Rule { name: "interceptor", what: "prefixes of intercepted functions", of: &[Native], apply: interceptor },
    Rule { name: "block-invoke", what: "blocks of Objective-C and Swift's attributes", of: &[Apple], apply: apple_block },
    Rule { name: "selector-brackets", what: "selectors whose brackets were lost", of: &[Apple], apply: selector },
    Rule { name: "generated-function", what: "numbers of funs and comprehensions", of: &[Beam], apply: beam_fun },
    Rule { name: "argument-list", what: "arguments in place of the arity", of: &[Beam], apply: beam_arguments },
    Rule { name: "volatile-number", what: "hexadecimal ids and long numbers", of: &[], apply: volatile },
];

impl Rule {
    /// Whether the rule is for families of the group; a rule without groups is for all.
    pub fn is_for(&self, group: Group) -> bool {
        self.of.is_empty() || self.of.contains(&group)
    }
}

fn changed(before: &str, after: String) -> Option<String> {
    (after != before).then_some(after)
}

/// Takes every balanced pair of brackets out, marks and all. `keep` decides on those to leave, by what stands before them.
fn without_pairs(name: &str, open: char, close: char, stands: &str, keep: fn(&str, &str) -> bool) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(open) {
        let Some(end) = matching(&rest[at..], open, close) else { break };
        let inner = &rest[at..at + end];
        out.push_str(&rest[..at]);
        let leave = keep(&out, inner);
        out.push_str(if leave { inner } else { stands });
        rest = &rest[at + end..];
    }
    out.push_str(rest);
    changed(name, out)
}

/// Bytes up to and with the bracket that closes the first one. `->` closes nothing.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && !(close == '>' && before == '-') {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return Some(at + c.len_utf8());
        }
        before = c;
    }
    None
}

/// Replaces runs of digits after `mark` by nothing.
fn digits_after(name: &str, mark: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(mark) {
        let end = at + mark.len();
        out.push_str(&rest[..end]);
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.push_str(rest);
    changed(name, out)
}

/// `::h0123456789abcdef` at the end, `[e28293b1aa0f68bd]` behind a crate.
fn crate_hash(name: &str) -> Option<String> {
    let head = name.rsplit_once("::h").filter(|(_, h)| h.len() == 16 && h.bytes().all(|b| b.is_ascii_hexdigit())).map_or(name, |(n, _)| n);
    let hash = |_: &str, inner: &str| !(inner.len() >= 10 && inner.len() <= 18 && inner[1..inner.len() - 1].bytes().all(|b| b.is_ascii_hexdigit()));
    let bare = without_pairs(head, '[', ']', "", hash).unwrap_or_else(|| head.to_owned());
    changed(name, bare)
}

fn script_words(name: &str) -> Option<String> {
    let head = name.split(" [as ").next().unwrap_or(name);
    let mut rest = head.trim();
    for word in ["async*", "async ", "new ", "get ", "set ", "promise callback*", "setTimeout handler*"] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let called = rest.rfind('(').filter(|_| rest.ends_with(')') && !rest.contains('@')).map_or(rest, |at| &rest[..at]);
    changed(name, called.to_owned())
}

/// `Object.run`, `Layer.handle`: the type is that of the receiver at the call, the function keeps its own name.
fn receiver(name: &str) -> Option<String> {
    const ANY: &[&str] =
        &["Object.", "Function.", "Timeout.", "global.", "Window.", "Module.", "process.", "_this.", "self.", "exports.", "e.", "t.", "n."];
    let found = ANY.iter().find_map(|r| name.strip_prefix(r))?;
    (!found.is_empty() && found != "<anonymous>").then(|| found.to_owned())
}

/// `test/<`, `App.prototype.foo/</this.x`, `.plugin/e.fn[c]/<`.
fn script_closure(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').filter(|p| *p != "<" && !p.is_empty()).collect();
    let last = parts.last().copied().unwrap_or("<anonymous>");
    let last = last.strip_suffix('<').unwrap_or(last);
    changed(name, last.to_owned())
}

/// `X$fn$1.invokeSuspend` becomes `X.fn`, `BufferedChannel.receive$suspendImpl` loses its suffix.
fn coroutine(name: &str) -> Option<String> {
    let head = name.strip_suffix("$suspendImpl").unwrap_or(name);
    let head = head.strip_suffix("$default").unwrap_or(head);
    let Some(class) = head.strip_suffix(".invokeSuspend") else { return changed(name, head.to_owned()) };
    let trimmed = class.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('$');
    let (outer, function) = trimmed.rsplit_once('$').unwrap_or((trimmed, "invokeSuspend"));
    Some(format!("{outer}.{function}"))
}

/// `lambda$main$1`, `$$Lambda$123/0x0000000800c8b440`, `$$inlined$forEach$1`, `ExternalSyntheticLambda0`.
fn jvm_lambda(name: &str) -> Option<String> {
    let mut out = name.to_owned();
    if let Some(at) = out.find("$$Lambda") {
        let method = out.rfind('.').filter(|dot| *dot > at).map(|dot| out[dot..].to_owned()).unwrap_or_default();
        out.truncate(at);
        out.push_str("$$Lambda");
        out.push_str(&method);
    }
    if let Some(at) = out.find("lambda$") {
        out = format!("{}{}", &out[..at], out[at..].trim_end_matches(|c: char| c.is_ascii_digit() || c == '$'));
    }
    for mark in ["ExternalSyntheticLambda", "$$inlined$", "$lambda$", "$lambda-"] {
        out = digits_after(&out, mark).unwrap_or(out);
    }
    changed(name, out)
}

/// `$Proxy17`, `GeneratedMethodAccessor42`, `$$EnhancerBySpringCGLIB$$1a2b3c4d`, `_$$_jvst3f_0`, `ByteBuddy$abc123`.
fn jvm_proxy(name: &str) -> Option<String> {
    let mut out = name.to_owned();
    for mark in [
        "$Proxy",
        "GeneratedMethodAccessor",
        "GeneratedConstructorAccessor",
        "GeneratedSerializationConstructorAccessor",
        "GeneratedIteratorForCodegenStage",
    ] {
        out = digits_after(&out, mark).unwrap_or(out);
    }
    for mark in ["$$EnhancerBy", "$$FastClassBy", "$$SpringCGLIB", "_$$_jvst", "ByteBuddy$", "$$_Weld", "_$$_javassist"] {
        if let Some(at) = out.find(mark) {
            let method = out[at..].find('.').map(|dot| out[at + dot..].to_owned()).unwrap_or_default();
            out = format!("{}{}{method}", &out[..at], mark.trim_end_matches(['$', '_']));
        }
    }
    let hidden = out.find("/0x").map(|at| {
        let method = out[at..].find('.').map(|dot| out[at + dot..].to_owned()).unwrap_or_default();
        format!("{}{method}", &out[..at])
    });
    changed(name, hidden.unwrap_or(out))
}

/// `$anonfun$bar$1`, `$$anonfun$3.apply`, `f$mcV$sp`, `foreach$`, `lzycompute`.
fn scala_name(name: &str) -> Option<String> {
    let mut out = name.replace("$lzycompute", "");
    if let Some(at) = out.find("$mc").filter(|at| out[*at..].contains("$sp")) {
        let end = out[at..].find("$sp").map_or(out.len(), |e| at + e + 3);
        out = format!("{}{}", &out[..at], &out[end..]);
    }
    if let Some((class, method)) = out.rsplit_once('.')
        && let Some(rest) = method.strip_prefix("$anonfun$")
    {
        let plain = rest.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('$');
        out = format!("{class}.$anonfun${plain}");
    }
    if let Some(at) = out.find("$$anonfun$") {
        let inner = out[at + 10..].trim_start_matches(|c: char| c.is_ascii_digit());
        let plain = inner.split(".apply").next().unwrap_or(inner).trim_start_matches('$');
        let plain = plain.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('$');
        out = format!("{}.$anonfun${plain}", &out[..at]);
    }
    let traited = out.strip_suffix('$').map(str::to_owned).unwrap_or(out);
    changed(name, traited)
}

/// `Foo$1.run`, `access$000`, `$2$1`: the number says nothing.
fn inner_number(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() < rest.len() && after.chars().next().is_none_or(|c| matches!(c, '.' | '$' | '(' | '_')) {
            rest = after;
        }
    }
    out.push_str(rest);
    changed(name, out)
}

/// `<Name>d__12.MoveNext`, `<>c.<Main>b__0_1`, `<>c__DisplayClass3_0`, `<Outer>g__Inner|4_0`, `<Main>c__AnonStorey0.<>m__0`.
fn dotnet_name(name: &str) -> Option<String> {
    const MARKS: &[&str] = &[">d__", ">b__", ">g__", ">c", ">f__", ">m__"];
    let open = name.find('<').filter(|_| MARKS.iter().any(|m| name.contains(m)))?;
    let head = name[..open].trim_end_matches(['+', '.', '/']);
    let mut inner = name[open..].split('<').filter_map(|p| p.split_once('>')).filter(|(n, _)| !n.is_empty());
    let found = inner.find(|(_, tail)| tail.starts_with("d__") || tail.starts_with("b__") || tail.starts_with("g__") || tail.starts_with("c__"));
    let Some((outer, tail)) = found else { return Some(head.to_owned()) };
    let local = tail.strip_prefix("g__").and_then(|t| t.split('|').next()).filter(|l| !l.is_empty());
    Some(local.map_or_else(|| format!("{head}.{outer}"), |l| format!("{head}.{outer}.{l}")))
}

/// `` Dictionary`2[System.String,X].get_Item `` becomes `Dictionary.get_Item`.
fn dotnet_generic(name: &str) -> Option<String> {
    let bare = without_pairs(name, '[', ']', "", |_, _| false).unwrap_or_else(|| name.to_owned());
    let mut out = String::with_capacity(bare.len());
    let mut rest = bare.as_str();
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        rest = rest[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.push_str(rest);
    changed(name, out.replace('+', "."))
}

fn go_generic(name: &str) -> Option<String> {
    without_pairs(name, '[', ']', "", |_, _| false)
}

/// `.func1.2`, `.gowrap1`, `-fm`, `.deferwrap2`, `init.0`.
fn go_closure(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.strip_suffix("-fm").unwrap_or(name).split('.').collect();
    while parts.len() > 1 {
        let last = parts[parts.len() - 1];
        let word = last.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered =
            matches!(word, "func" | "gowrap" | "deferwrap" | "" | "glob") && (word.len() < last.len() || word == "glob" || last.is_empty());
        if !numbered {
            break;
        }
        parts.pop();
    }
    changed(name, parts.join("."))
}

/// `github.com/x/y@v1.2.3/z`, `a/vendor/b`, `%2e`.
fn go_version(name: &str) -> Option<String> {
    let plain = name.replace("%2e", ".");
    let plain = plain.rsplit_once("/vendor/").map_or(plain.clone(), |(_, p)| p.to_owned());
    let parts: Vec<&str> = plain.split('/').map(|p| p.split_once("@v").map_or(p, |(n, _)| n)).collect();
    changed(name, parts.join("/"))
}

fn rust_closure(name: &str) -> Option<String> {
    let mut out = name.to_owned();
    for mark in ["::{{closure}}", "::{closure#0}", "::{{vtable.shim}}", "::{closure_env#0}"] {
        out = out.replace(mark, "");
    }
    while let Some(at) = out.find("::{closure#") {
        let end = out[at..].find('}').map_or(out.len(), |e| at + e + 1);
        out.replace_range(at..end, "");
    }
    changed(name, out)
}

fn ruby_label(name: &str) -> Option<String> {
    let rest = name.strip_prefix("block ").or_else(|| name.strip_prefix("rescue ")).or_else(|| name.strip_prefix("ensure "))?;
    let inner = rest.rsplit_once("in ").map(|(_, n)| n)?;
    Some(inner.to_owned())
}

/// `Integer#times`, `Foo::Bar.baz` of Ruby 3.4.
fn ruby_owner(name: &str) -> Option<String> {
    let method = name.rsplit(['#', '.']).next()?;
    (name.starts_with(char::is_uppercase) && method.len() < name.len()).then(|| method.to_owned())
}

/// `.isra.0`, `.part.1`, `.constprop.2`, `.cold`, `.llvm.123`, `@plt`, `@@GLIBC_2.2.5`, `$8d18….cfi`.
fn clone_suffix(name: &str) -> Option<String> {
    let mut out = name.split("@plt").next().unwrap_or(name).split("@@").next().unwrap_or(name);
    out = out.split(" [clone ").next().unwrap_or(out).trim_end();
    for mark in [".isra.", ".part.", ".constprop.", ".cold", ".llvm.", ".lto_priv.", ".cfi", ".thunk", "$cfi"] {
        out = out.split(mark).next().unwrap_or(out);
    }
    let hashed =
        out.rsplit_once('$').filter(|(h, t)| t.len() == 32 && !h.is_empty() && t.bytes().all(|b| b.is_ascii_hexdigit())).map_or(out, |(h, _)| h);
    changed(name, hashed.to_owned()).filter(|n| !n.is_empty())
}

/// `{lambda(int)#2}`, `$_0`, `'lambda'(int)`, `(lambda at x.cc:1:2)`, `operator()`.
fn cpp_lambda(name: &str) -> Option<String> {
    let braces = without_pairs(name, '{', '}', "{lambda}", |_, inner| !inner.starts_with("{lambda")).unwrap_or_else(|| name.to_owned());
    let quoted = braces.replace("'lambda'", "{lambda}");
    let at = without_pairs(&quoted, '(', ')', "{lambda}", |_, inner| !inner.starts_with("(lambda at")).unwrap_or(quoted);
    let numbered = digits_after(&at, "$_").map(|n| n.replace("$_", "{lambda}")).unwrap_or(at);
    changed(name, numbered)
}

/// Parameter lists; `operator()`, `(anonymous namespace)` and selectors of Objective-C stay.
fn parameters(name: &str) -> Option<String> {
    if name.starts_with("-[") || name.starts_with("+[") {
        return None;
    }
    let bare = without_pairs(name, '(', ')', "", |before, inner| {
        inner == "()" && before.ends_with("operator") || inner.starts_with("(anonymous") || inner.starts_with("(.anonymous") || before.is_empty()
    })?;
    let tail = bare.trim_end().trim_end_matches(" const").trim_end_matches(" volatile").trim_end_matches("&&").trim_end_matches(" &");
    Some(tail.trim_end().to_owned()).filter(|t| !t.is_empty())
}

fn templates(name: &str) -> Option<String> {
    let keep = |before: &str, inner: &str| {
        before.ends_with("operator")
            || before.ends_with("operator<")
            || before.ends_with("operator-")
            || inner.contains(" as ") && before.is_empty()
            || matches!(inner, "<init>" | "<clinit>" | "<lambda>" | "<module>" | "<redacted>" | "<unknown>" | "<signal handler called>")
    };
    without_pairs(name, '<', '>', "", keep)
}

/// `unsigned short ns::read` becomes `ns::read`.
fn return_type(name: &str) -> Option<String> {
    let at = name.find("operator").unwrap_or(name.len());
    let head = &name[..at];
    let blank = head.rfind(' ')?;
    let rest = name[blank + 1..].trim_start_matches(['*', '&']);
    let typed =
        !name.starts_with("<") && !name.contains("(anonymous ") && !rest.is_empty() && !head.contains("signal handler") && !name.contains("'");
    typed.then(|| rest.to_owned())
}

const NAMESPACES: &[(&str, &str)] = &[
    ("std::__1::", "std::"),
    ("std::__cxx11::", "std::"),
    ("std::__ndk1::", "std::"),
    ("std::__u::", "std::"),
    ("std::__Cr::", "std::"),
    ("[abi:cxx11]", ""),
    ("(anonymous namespace)::", ""),
    ("`anonymous namespace'::", ""),
    ("_GLOBAL__N_1::", ""),
    ("(.anonymous)::", ""),
    ("[inlined]", ""),
    ("virtual thunk to ", ""),
    ("non-virtual thunk to ", ""),
    ("__cdecl ", ""),
    ("__stdcall ", ""),
    ("__thiscall ", ""),
];

fn namespaces(name: &str) -> Option<String> {
    let out = NAMESPACES.iter().fold(name.to_owned(), |n, (from, to)| if n.contains(from) { n.replace(from, to) } else { n });
    changed(name, out.trim().to_owned()).filter(|n| !n.is_empty())
}

fn interceptor(name: &str) -> Option<String> {
    ["__interceptor_", "___interceptor_", "__GI_", "__asan_wrap_", "__wrap_"].iter().find_map(|p| name.strip_prefix(p)).map(str::to_owned)
}

/// `__24-[X y]_block_invoke_2`, `@objc X.y`, `specialized`, `partial apply for`, `closure #1 in`.
fn apple_block(name: &str) -> Option<String> {
    let mut out = name;
    for word in [
        "@objc ",
        "specialized ",
        "partial apply for ",
        "merged ",
        "thunk for ",
        "implicit closure #1 in ",
        "closure #1 in ",
        "closure #2 in ",
        "closure #3 in ",
    ] {
        out = out.strip_prefix(word).unwrap_or(out);
    }
    if let Some(at) = out.find("_block_invoke") {
        out = out[..at].trim_start_matches('_').trim_start_matches(|c: char| c.is_ascii_digit());
    }
    changed(name, out.to_owned()).filter(|n| !n.is_empty())
}

/// `-KrollEvent invoke:` becomes `-[KrollEvent invoke:]`.
fn selector(name: &str) -> Option<String> {
    let rest = name.strip_prefix(['-', '+'])?;
    let lost = rest.starts_with(char::is_uppercase) && rest.split(' ').count() == 2;
    lost.then(|| format!("{}[{rest}]", &name[..1]))
}

/// `-run/1-fun-0-`, `anonymous fn/2 in X.f/1`, `Enum."-reduce/3-lists^foldl/2-0-"/3`.
fn beam_fun(name: &str) -> Option<String> {
    if let Some((_, inner)) = name.split_once(" in ").filter(|(h, _)| h.starts_with("anonymous fn")) {
        return Some(inner.to_owned());
    }
    let (head, rest) = name.split_once("\"-").or_else(|| name.split_once(":-"))?;
    let inner = rest.split("-fun-").next().and_then(|r| r.split("-lists^").next()).and_then(|r| r.split("-lc$").next()).unwrap_or(rest);
    let mark = if name.contains("\"-") { "" } else { ":" };
    Some(format!("{head}{mark}{}", inner.trim_end_matches('-')))
}

/// `Shop.Cart.price(%{price: nil})` becomes `Shop.Cart.price/1`.
fn beam_arguments(name: &str) -> Option<String> {
    let (head, rest) = name.split_once('(').filter(|(h, _)| !h.is_empty())?;
    let inner = rest.strip_suffix(')')?;
    let mut depth = 0_i32;
    let commas = inner.bytes().filter(|b| {
        depth += i32::from(matches!(b, b'{' | b'[' | b'(')) - i32::from(matches!(b, b'}' | b']' | b')'));
        *b == b',' && depth == 0
    });
    let count = commas.count() + usize::from(!inner.trim().is_empty());
    Some(format!("{head}/{count}"))
}

/// Runs of eight and more hexadecimal digits with a digit among them, and numbers of five and more digits.
fn volatile(name: &str) -> Option<String> {
    if name.len() < 5 || !name.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while !rest.is_empty() {
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = &rest[..len];
        out.push_str(if is_volatile(word) { "#" } else { word });
        rest = &rest[len..];
        if let Some(c) = rest.chars().next() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    changed(name, out)
}

fn is_volatile(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let hex = word.strip_prefix("0x").unwrap_or(word);
    let all_hex = hex.bytes().all(|b| b.is_ascii_hexdigit());
    (digits >= 2 && all_hex && hex.len() >= 8) || (digits == word.len() && digits >= 5) || (word.starts_with("0x") && all_hex && hex.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (rule, name, what it leaves); `=` where it must not apply.
    const CASES: &[(&str, &str, &str)] = &[
        ("mangled-name", "_ZN8titanium13TypeConverter18jsArrayToJavaArrayEN2v86HandleINS1_5ArrayEEE", "titanium::TypeConverter::jsArrayToJavaArray"),
        ("mangled-name", "_start", "="),
        ("crate-hash", "std[e28293b1aa0f68bd]::rt::lang_start", "std::rt::lang_start"),
        ("crate-hash", "shop::settle::h0123456789abcdef", "shop::settle"),
        ("async-wrapper", "get total [as total]", "total"),
        ("receiver", "Object.openSync", "openSync"),
        ("receiver", "Cart.load", "="),
        ("closure-path", "App.prototype.foo/</this.x", "this.x"),
        ("coroutine", "a.b.ChannelsTest$testOffer$1.invokeSuspend", "a.b.ChannelsTest.testOffer"),
        ("lambda-name", "Shop.lambda$main$1", "Shop.lambda$main"),
        ("lambda-name", "a.B$$Lambda$123/0x0000000800c8b440.run", "a.B$$Lambda.run"),
        ("proxy-name", "com.sun.proxy.$Proxy17.call", "com.sun.proxy.$Proxy.call"),
        ("proxy-name", "a.B$$EnhancerBySpringCGLIB$$1a2b3c4d.f", "a.B$$EnhancerBy.f"),
        ("scala-name", "a.U$.$anonfun$listLeafFiles$7", "a.U$.$anonfun$listLeafFiles"),
        ("scala-name", "scala.runtime.java8.JFunction0$mcJ$sp.apply", "scala.runtime.java8.JFunction0.apply"),
        ("inner-number", "a.Foo$1.run", "a.Foo$.run"),
        ("inner-number", "a.Foo.access$000", "a.Foo.access$"),
        ("inner-number", "a.Foo$2fa.run", "="),
        ("state-machine", "A.E.<Third>d__2.MoveNext", "A.E.Third"),
        ("state-machine", "A.<>c.<Main>b__0_1", "A.Main"),
        ("state-machine", "M.W+<Main>c__AnonStorey0.<>m__0", "M.W.Main"),
        ("state-machine", "A.<Outer>g__Inner|4_0", "A.Outer.Inner"),
        ("generic-arity", "S.Dictionary`2[System.String,X].get_Item", "S.Dictionary.get_Item"),
        ("generic-arguments", "x/y.Foo[...]", "x/y.Foo"),
        ("go-closure", "main.main.func1.2", "main.main"),
        ("module-version", "github.com/x/y@v1.2.3/z.F", "github.com/x/y/z.F"),
        ("rust-closure", "<m::Mail as m::Job>::run::{{closure}}", "<m::Mail as m::Job>::run"),
        ("label", "block (2 levels) in deliver", "deliver"),
        ("owner", "Integer#times", "times"),
        ("owner", "deliver", "="),
        ("clone-suffix", "key_gc.constprop.1", "key_gc"),
        ("lambda-type", "f()::{lambda(int)#2}::operator()(int)", "f()::{lambda}::operator()(int)"),
        ("parameters", "a::f(int, std::vector<int> const&) const", "a::f"),
        ("parameters", "(anonymous namespace)::g(char*)", "(anonymous namespace)::g"),
        ("parameters", "-[NSArray objectAtIndex:]", "="),
        ("template-arguments", "a::b<int, c<d> >::operator<", "a::b::operator<"),
        ("template-arguments", "<m::Mail as m::Job>::run", "="),
        ("return-type", "unsigned short ns::read", "ns::read"),
        ("inline-namespace", "std::__1::vector::at", "std::vector::at"),
        ("inline-namespace", "(anonymous namespace)::g", "g"),
        ("interceptor", "__interceptor_malloc", "malloc"),
        ("block-invoke", "__24-[X y]_block_invoke_2", "-[X y]"),
        ("selector-brackets", "-KrollEvent invoke:", "-[KrollEvent invoke:]"),
        ("selector-brackets", "-[KrollEvent invoke:]", "="),
        ("generated-function", "anonymous fn/2 in Shop.Cart.total/1", "Shop.Cart.total/1"),
        ("generated-function", "shop:-run/1-fun-0-", "shop:run/1"),
        ("argument-list", "Shop.Cart.price(%{price: nil, x: 1})", "Shop.Cart.price/1"),
        ("volatile-number", "handler_7f3a9b2c1d_x", "handler_#_x"),
        ("volatile-number", "Utf8.decode", "="),
    ];

    #[test]
    fn every_rule_has_a_case_and_does_what_it_says() {
        for rule in RULES {
            assert!(CASES.iter().any(|(r, _, _)| *r == rule.name), "no case for {}", rule.name);
        }
        for (name, before, after) in CASES {
            let rule = RULES.iter().find(|r| r.name == *name).unwrap_or_else(|| panic!("{name}"));
            let left = (rule.apply)(before);
            assert_eq!(left.as_deref().unwrap_or("="), *after, "{name} on {before}");
        }
    }
}
