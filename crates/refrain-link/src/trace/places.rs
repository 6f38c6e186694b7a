//! Files and URLs with what is unstable in them taken out: homes, build trees, hosts, hashes, versions.

/// Roots after which a path is that of a package, the last one counts.
const ROOTS: &[&str] = &[
    "site-packages/",
    "dist-packages/",
    "node_modules/",
    "/src/main/java/",
    "/pkg/mod/",
    "/gems/",
    "/vendor/",
    "/library/std/src/",
    "/library/core/src/",
    "/library/alloc/src/",
];

/// The last part of a path that a build or an installation does not change.
///
/// From a package's root on where there is one, else the file's name; hashes of bundles, query and position are dropped.
pub(super) fn stable_file(path: &str) -> String {
    let plain = path.replace('\\', "/");
    let plain = plain.split(['?', '#']).next().unwrap_or(&plain);
    let rooted = ROOTS.iter().filter_map(|r| plain.rfind(r).map(|at| at + r.len())).max();
    let python = plain.find("/lib/python").and_then(|at| plain[at + 5..].find('/').map(|e| at + 5 + e + 1));
    let start = rooted.or(python).unwrap_or_else(|| plain.rfind('/').map_or(0, |at| at + 1));
    let kept = plain.get(start..).filter(|k| !k.is_empty()).unwrap_or(plain);
    kept.split('/').map(stable_part).collect::<Vec<_>>().join("/")
}

/// `main.4a4119c3.js` becomes `main.js`, `rake-13.0.6` becomes `rake`, `<ipython-input-10-903b5f59ae58>` becomes `<ipython-input>`.
fn stable_part(part: &str) -> String {
    let unversioned = version_at_end(part.split("@v").next().unwrap_or(part));
    if unversioned.starts_with("<ipython-input") {
        return "<ipython-input>".to_owned();
    }
    let kept: Vec<&str> = unversioned.split('.').filter(|p| !is_hash(p)).collect();
    let dashed = kept.join(".");
    let Some((stem, extension)) = dashed.rsplit_once('.') else { return dashed };
    let clean = stem.rsplit_once('-').filter(|(_, tail)| is_hash(tail)).map_or(stem, |(head, _)| head);
    format!("{clean}.{extension}")
}

/// Eight and more hexadecimal digits or a mix of letters and digits of that length, with a digit and a letter among them.
fn is_hash(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    plain && digits > 0 && text.len() >= 8 && (hex || digits >= 3) && digits < text.len()
}

fn version_at_end(part: &str) -> &str {
    part.rsplit_once('-')
        .filter(|(h, v)| {
            !h.is_empty()
                && v.starts_with(|c: char| c.is_ascii_digit())
                && v.contains('.')
                && v.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
                && v.bytes().filter(u8::is_ascii_alphabetic).count() == 0
        })
        .map_or(part, |(h, _)| h)
}

#[cfg(test)]
mod tests {
    use super::stable_file;

    #[test]
    fn what_a_build_changes_is_gone() {
        for (path, kept) in [
            ("/home/x/.pyenv/versions/3.11.7/lib/python3.11/json/decoder.py", "json/decoder.py"),
            ("/srv/tenant-7/app/billing.py", "billing.py"),
            ("C:\\Users\\n\\app\\billing.py", "billing.py"),
            ("/app/node_modules/express/lib/router/index.js", "express/lib/router/index.js"),
            ("http://localhost:8080/static/main.4a4119c3cdfd10266d84.js?v=12", "main.js"),
            ("https://x.example/assets/index-BkT3x9aQ1.js", "index.js"),
            ("/usr/lib/ruby/gems/3.0.0/gems/rake-13.0.6/lib/rake/task.rb", "rake/lib/rake/task.rb"),
            ("/root/go/pkg/mod/github.com/x/y@v1.2.3/z.go", "github.com/x/y/z.go"),
            ("webpack-internal:///./src/app.js", "app.js"),
        ] {
            assert_eq!(stable_file(path), kept, "{path}");
        }
    }
}
