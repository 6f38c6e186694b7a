//! Makes frames comparable: names by ordered rules with a log, noise, the program's own code, recursion.

use super::model::{Block, Frame, InApp, Noise, Touch, Trace};
use super::noise::{foreign, noise};
use super::places::stable_file;
use super::rules::{Group, RULES, RuleName, group};
use super::user::UserRules;

/// Longest name that is kept; a template's can be endless.
const NAME_BYTES: usize = 300;
/// Longest period of a recursion that is folded.
const LONGEST_PERIOD: usize = 24;
/// Frames of a block that are normalised: enough for every fingerprint and comparison.
const FRAMES_NAMED: usize = 1_024;

/// Fills every frame's `name`, `noise`, `in_app` and `rules`, and marks what recurs. Running it again changes nothing.
pub fn normalise(trace: &mut Trace, rules: &UserRules) {
    let group = group(trace.family);
    for block in &mut trace.blocks {
        for frame in block.frames.iter_mut().take(FRAMES_NAMED) {
            name(frame, group);
            frame.noise = noise(group, &frame.name);
            frame.in_app = in_app(frame, group, rules);
        }
        fold(block);
    }
}

/// The identity of a frame, and the log of how it came about.
fn name(frame: &mut Frame, group: Group) {
    frame.rules.clear();
    let symbol = frame.function.clone().filter(|f| Some(f) != frame.module.as_ref() && f != "<redacted>" && !f.is_empty());
    let mut now = symbol.unwrap_or_default();
    for rule in RULES.iter().filter(|r| r.is_for(group)) {
        if now.is_empty() {
            break;
        }
        if let Some(left) = (rule.apply)(&now) {
            frame.rules.push(Touch { rule: RuleName(rule.name.to_owned()), left: left.clone() });
            now = left;
        }
    }
    let (whole, rule) = identity(frame, group, now);
    if let Some(rule) = rule {
        frame.rules.push(Touch { rule: RuleName(rule.to_owned()), left: whole.clone() });
    }
    frame.name = short(whole);
}

fn short(mut name: String) -> String {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}

/// Adds the file where a function's name alone says too little, or stands in where there is none. Lines never.
fn identity(frame: &Frame, group: Group, function: String) -> (String, Option<&'static str>) {
    let file = frame.file.as_deref().map(stable_file).filter(|f| !f.is_empty());
    match (group, file) {
        (Group::JavaScript, Some(file)) => {
            let named = if function.is_empty() { "<anonymous>" } else { &function };
            (format!("{named}@{file}"), Some("file-of-function"))
        }
        (Group::Python | Group::Ruby, Some(file)) if !function.is_empty() => (format!("{file}:{function}"), Some("file-of-function")),
        (Group::Other, Some(file)) if function.starts_with("function <") || function == "main chunk" => {
            (format!("{file}:{function}"), Some("file-of-function"))
        }
        (_, Some(file)) if function.is_empty() => (file, Some("file-for-function")),
        _ if function.is_empty() => offset(frame),
        _ => (function, None),
    }
}

/// Module, with the offset in it where that is stable between runs of one build. Nothing else is known of the frame.
fn offset(frame: &Frame) -> (String, Option<&'static str>) {
    let Some(module) = frame.module.as_deref() else { return (String::new(), None) };
    let module = stable_file(module);
    match frame.address.as_deref().filter(|a| a.starts_with('+')) {
        Some(offset) => (format!("{module}{offset}"), Some("module-and-offset")),
        None => (module, Some("module-only")),
    }
}

fn in_app(frame: &Frame, group: Group, rules: &UserRules) -> InApp {
    if let Some(rule) = rules.in_app.iter().find(|r| r.fits(frame)) {
        return InApp { is: rule.is, rule: format!("rule {}", rule.name) };
    }
    if frame.name.is_empty() {
        return InApp { is: false, rule: "nothing known".to_owned() };
    }
    if let Some(kind) = machinery(frame.noise) {
        return InApp { is: false, rule: kind.to_owned() };
    }
    let function = match group {
        Group::Python | Group::Ruby | Group::JavaScript => frame.function.as_deref().unwrap_or(&frame.name),
        _ => &frame.name,
    };
    match foreign(group, function, frame.file.as_deref(), frame.module.as_deref()) {
        Some(rule) => InApp { is: false, rule: rule.to_owned() },
        None => InApp { is: true, rule: "no rule says otherwise".to_owned() },
    }
}

fn machinery(noise: Noise) -> Option<&'static str> {
    match noise {
        Noise::Raise => Some("raises"),
        Noise::Entry => Some("entry"),
        Noise::Allocator => Some("allocator"),
        Noise::Glue => Some("glue"),
        Noise::Framework => Some("framework"),
        Noise::None => None,
    }
}

/// Folds a group of frames that follows itself again and again into its first turn, with a count. The other turns stay, marked.
///
/// A turn is the same functions at the same lines: equal names at other lines are overloads, or functions without a name.
fn fold(block: &mut Block) {
    let frames = &mut block.frames;
    frames.iter_mut().for_each(|f| (f.folded, f.recurs) = (0, true));
    let mut kept: Vec<usize> = (0..frames.len()).collect();
    for period in 1..=LONGEST_PERIOD {
        kept = fold_period(frames, kept, period);
    }
    kept.into_iter().for_each(|at| frames[at].recurs = false);
    let again = || Touch { rule: RuleName("recursion".to_owned()), left: String::new() };
    frames.iter_mut().filter(|f| f.recurs).for_each(|f| f.rules.push(again()));
}

/// The places that are left when each turn of `period` frames that equals the one before it is taken out.
fn fold_period(frames: &mut [Frame], places: Vec<usize>, period: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::with_capacity(places.len());
    for place in places {
        kept.push(place);
        let n = kept.len();
        let frame = |at: usize| &frames[kept[at]];
        let again = |at: usize| (&frame(at).name, frame(at).line) == (&frame(at - period).name, frame(at - period).line);
        if n >= 2 * period && (n - period..n).all(|at| !frame(at).name.is_empty() && again(at)) {
            kept.truncate(n - period);
            kept[n - 2 * period..].iter().for_each(|at| frames[*at].folded += 1);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::*;

    fn named(text: &str) -> Trace {
        let mut traces = extract(text);
        normalise(&mut traces[0], &UserRules::default());
        traces.remove(0)
    }

    #[test]
    fn recursion_of_any_period_is_folded() {
        let pair = "\tat a.Shop.even(Shop.java:1)\n\tat a.Shop.odd(Shop.java:2)\n";
        let trace = named(&format!("java.lang.StackOverflowError\n{}\tat a.Shop.main(Shop.java:9)\n", pair.repeat(300)));
        let names: Vec<&str> = trace.blocks[0].frames.iter().filter(|f| !f.recurs).map(|f| f.name.as_str()).collect();
        assert_eq!(trace.blocks[0].frames.len(), 601, "what was printed stays");
        assert_eq!(names, ["a.Shop.even", "a.Shop.odd", "a.Shop.main"]);
        assert_eq!(trace.blocks[0].frames[0].folded, 299);
        let trace = named("a.X: y\n\tat a.Json.from(Json.java:1)\n\tat a.Json.from(Json.java:7)\n\tat a.Shop.main(Shop.java:9)\n");
        assert!(trace.blocks[0].frames.iter().all(|f| !f.recurs), "overloads");
    }

    #[test]
    fn each_rule_leaves_its_mark() {
        let trace = named("java.lang.X: y\n\tat a.Shop.lambda$main$1(Shop.java:1)\n\tat java.lang.Thread.run(Thread.java:2)\n");
        let first = &trace.blocks[0].frames[0];
        assert_eq!(first.name, "a.Shop.lambda$main");
        assert_eq!(first.rules.iter().map(|r| r.rule.0.as_str()).collect::<Vec<_>>(), ["lambda-name"]);
        assert!(first.in_app.is);
        assert_eq!(trace.blocks[0].frames[1].noise, Noise::Entry);
    }
}
