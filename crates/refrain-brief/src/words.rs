//! Every phrase of the brief, so that its wording can be read and changed in one place.
//!
//! `{name}` is a slot, `*…*` is set bold. A phrase says no more than the numbers in its slots carry: no adjectives of judgement,
//! no "root cause", no names of people. Phrases that hang on a number have a singular and a plural through [`many`].

use crate::text::{Run, Text};

/// Nouns that are counted, with their plural where it is not `+ s`.
const PLURALS: &[(&str, &str)] = &[
    ("class", "classes"),
    ("is", "are"),
    ("has", "have"),
    ("was", "were"),
    ("it", "they"),
    ("this", "these"),
    ("burst", "bursts"),
    ("person-day", "person-days"),
    ("reply", "replies"),
    ("further class", "further classes"),
    ("does", "do"),
];

/// The word for `n` of something: `escape`, `escapes`.
pub fn noun(n: u64, one: &str) -> String {
    if n == 1 {
        return one.to_owned();
    }
    PLURALS.iter().find(|(o, _)| *o == one).map_or_else(|| format!("{one}s"), |(_, many)| (*many).to_owned())
}

/// `1 escape`, `17 escapes`, with a space that does not break.
pub fn many(n: u64, one: &str) -> String {
    format!("{}\u{a0}{}", crate::print::count(n), noun(n, one))
}

const SMALL: [&str; 13] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// Small numbers as words, others as digits: for teams, gaps and controls in a sentence.
pub fn in_words(n: u64) -> String {
    SMALL.get(n as usize).map_or_else(|| crate::print::count(n), |w| (*w).to_owned())
}

/// With a capital at the front.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Words for a probability (seven steps of ICD 203), always printed with the number.
const LIKELY: &[(f64, &str)] = &[
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (f64::INFINITY, "almost certain"),
];

/// The word for a probability.
pub fn likely(p: f64) -> &'static str {
    LIKELY.iter().find(|(to, _)| p <= *to).map_or("almost certain", |(_, word)| word)
}

/// Fills the slots of a phrase. A slot without a text stays empty.
pub fn fill(phrase: &str, slots: &[(&str, Text)]) -> Text {
    let mut out = Text::new();
    for (i, part) in phrase.split('*').enumerate() {
        let filled = fill_plain(part, slots);
        out = if i % 2 == 1 { out.t(filled.bold()) } else { out.t(filled) };
    }
    out
}

fn fill_plain(phrase: &str, slots: &[(&str, Text)]) -> Text {
    let mut out = Text::new();
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out = out.s(before);
        if let Some((_, text)) = slots.iter().find(|(n, _)| *n == name) {
            out = out.t(text.clone());
        }
        rest = tail;
    }
    out.s(rest)
}

/// Joins sentences with a space between them.
pub fn sentences(parts: Vec<Text>) -> Text {
    parts.into_iter().filter(|p| !p.is_empty()).fold(Text::new(), |all, part| if all.is_empty() { part } else { all.s(" ").t(part) })
}

/// As plain words, for labels.
pub fn words_of(runs: &[Run]) -> String {
    runs.iter().map(Run::plain).collect()
}

macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// All phrases by name, for review and for the tests.
        pub const PHRASES: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

#[rustfmt::skip]
phrases! {
    /// Scope line.
    OVER = "{organisation}Escape brief · {period}as of {as_of}";
    /// Headline where every control asked for is missing.
    HEAD_MISSING = "{Controls} let {escapes} escape in {teams}.";
    /// Headline where nothing is known about the controls.
    HEAD_UNKNOWN = "{Controls} {address} {escapes} that escaped in {teams}.";
    /// Second line with price and saving.
    HEAD_SAVES = "{Together} cost {price} and should avoid about {avoidable} in {horizon}.";
    /// Second line where the price is above what is avoided.
    HEAD_LOSES = "{Together} cost {price}, more than the {avoidable} avoided in {horizon}.";
    /// Second line without price.
    HEAD_AVOIDS = "{Together} should avoid about {avoidable} in {horizon}.";
    /// Second line without cost, with a forecast.
    HEAD_EXPECTED = "About {count} more are expected in {horizon}; what they cost is not known.";
    /// Second line where neither is known.
    HEAD_TOO_FEW = "Too few to say what comes next, and what they cost is not known.";
    /// Nothing recorded.
    HEAD_EMPTY = "No defect is in scope.";
    /// Defects, no escapes.
    HEAD_NO_ESCAPES = "{defects}, and none is known to have escaped its stage.";
    /// Escapes, no ranked gap.
    HEAD_NO_GAP = "{escapes}, and no mechanism with enough evidence to ask for a control.";
    /// Second line of it.
    HEAD_NO_GAP_WHY = "A gap is ranked from two escapes with quoted text on; {single} stand alone.";
    /// The ask.
    ASK = "*Decision asked:* fund {days}{split}. {interval}{pays}{share}";
    /// The ask where the price is above what is avoided.
    ASK_WHETHER = "*Decision asked:* whether to spend {days}{split}. {interval}{pays}{share}";
    /// Its interval.
    ASK_INTERVAL = "The {level} interval of what {they} avoid is {range}.";
    /// How often it pays.
    ASK_PAYS = " It exceeds the cost in {pays} of {draws} draws.";
    /// Their part of the cost.
    ASK_SHARE = " {gaps} {are} {escapes} of {all} escapes and {share} of their cost.";
    /// Part without cost.
    ASK_COUNT = " {gaps} {are} {escapes} of {all} escapes.";
    /// Nothing is asked.
    ASK_NONE = "*Nothing is asked for yet.* {why}";
    /// Why nothing is asked.
    ASK_NONE_WHY = "{unclassified} of {defects} defects fit no class; {listed} listed with evidence too thin to rank.";
    /// Strip.
    STRIP_TEAMS = "{teams}, {sources}";
    /// Strip.
    STRIP_FOLDED = "{folded} duplicates folded";
    /// Strip.
    STRIP_OTHER = "{n} not defects";
    /// Strip.
    STRIP_WITHDRAWN = "{n} withdrawn";
    /// Strip.
    STRIP_RATE = "{rate}{thin}% of defects";
    /// Strip.
    STRIP_RATE_INTERVAL = "({level}{thin}%: {low}–{high})";
    /// Strip.
    STRIP_INTERVAL = "{level}{thin}%: {low}–{high}";
    /// Strip.
    STRIP_ASSUMED = "{share}{thin}% of it assumed";
    /// Strip.
    STRIP_UNCLASSIFIED = "{n} of {all} defects";
    /// Strip.
    STRIP_UNKNOWN = "{n} of {all} defects";
    /// Small print under the gaps.
    GAPS_NOTE = "Small figures: {level}{thin}% intervals. Avoidable = forecast × cost per defect × share the control would have caught. Evidence: A, mechanism stated in reviews or fixes, 3 or more escapes, 2 or more teams, no open counter-evidence; B, supported by fields or traces; C, by quoted text.{teams}";
    /// Small print under the gaps where no cost is known.
    GAPS_NOTE_COUNT = "Small figures: {level}{thin}% intervals. No cost is known, so the order is by forecast × share the control would have caught. Evidence: A, mechanism stated in reviews or fixes, 3 or more escapes, 2 or more teams, no open counter-evidence; B, supported by fields or traces; C, by quoted text.{teams}";
    /// The rest of the gaps.
    GAPS_REST = " {n} more {are} ranked below, {d} listed without rank.";
    /// Pareto title.
    PARETO = "{top} carry {share}{thin}% of the {what}";
    /// Pareto subtitle with cost.
    PARETO_SUB = "Cost by class, {period}, with {level}{thin}% interval{broken} {cite}";
    /// Pareto subtitle without cost.
    PARETO_SUB_COUNT = "Escapes by class, {period}; no cost is known{broken} {cite}";
    /// Where the bar of the further classes is longer than the scale.
    PARETO_BROKEN = "; interrupted bar not to scale";
    /// Matrix title.
    MATRIX = "{production} of {all} escapes were found in production";
    /// Matrix subtitle.
    MATRIX_SUB = "Ideal stage against stage found {cite}";
    /// Matrix note on stages that are left out.
    MATRIX_NOTE = "Left out, because no escape has them: {stages}.";
    /// First brief.
    CHANGED_FIRST = "*First brief:* nothing to compare with yet.";
    /// Records since.
    CHANGED_NEW = "*New records:* {n} since.";
    /// Grown classes.
    CHANGED_GROWN = "*Grown:* {list}.";
    /// Shrunk classes.
    CHANGED_SHRUNK = "*Shrunk:* {list}.";
    /// New classes.
    CHANGED_CLASSES = "*New:* {list}.";
    /// Closed classes.
    CHANGED_CLOSED = "*Gone:* {list}.";
    /// Moved records.
    CHANGED_MOVED = "*Moved:* {n} changed class. {cite}";
    /// Nothing moved.
    CHANGED_STILL = "*Moved:* no record changed class. {cite}";
    /// No class changed.
    CHANGED_NONE = "*Classes:* none new, grown, shrunk or gone.";
    /// From-to in a list.
    CHANGED_ITEM = "{class} from {before} to {now}";
    /// Effect of a control.
    EFFECT = "*Control, {verdict}:* {control}, {before} before, {after} after{ratio}.";
    /// Its ratio.
    EFFECT_RATIO = " (rate ratio {value}, {level}{thin}% {low}–{high})";
    /// What goes with every comparison before and after (law J5).
    EFFECT_PROOF = " Association, not proof.";
    /// Who is first.
    SURE_ORDER = "*Order:* first in resampling is {list} of draws{undecided}.";
    /// Their order is open.
    SURE_UNDECIDED = ": their order is not decided";
    /// What would change it.
    SURE_FRAGILE = "*What would change it:* {text}";
    /// Back-test.
    SURE_FORECAST = "*Forecast:* {level}{thin}% intervals held in {held} of {all} back-tests. ";
    /// No back-test.
    SURE_NO_FORECAST = "*Forecast:* {note} ";
    /// Cost origins.
    SURE_COST = "*Cost:* {stated}{thin}% stated, {derived}{thin}% derived, {assumed}{thin}% assumed.";
    /// No cost.
    SURE_NO_COST = "*Cost:* no record states one, and no rule supplies it.";
    /// Unclassified.
    SURE_UNCLASSIFIED = "*Unclassified:* {n} of {all} defects ({share}{thin}%): {reasons}. {cite}";
    /// Unclassified without reasons.
    SURE_UNCLASSIFIED_PLAIN = "*Unclassified:* {n} of {all} defects ({share}{thin}%). {cite}";
    /// Not seen.
    SURE_NOT_SEEN = "*Not seen:* {text}";
    /// Data.
    SURE_DATA = "*Data:* {text}";
    /// Timeline title.
    TIME = "{recurrences} of {all} came after the first one was fixed";
    /// Timeline title without recurrences.
    TIME_PLAIN = "{all} {in_teams}";
    /// Timeline subtitle.
    TIME_SUB = "Defects by date found; filled = in production ({inside}), ring = before or unknown ({outside}){undated}";
    /// Undated members.
    TIME_UNDATED = "; {n} without date not drawn";
    /// Stage chart title.
    STAGES = "{production} of {all} were found in production";
    /// Stage chart subtitle.
    STAGES_SUB = "Escapes by the stage that found them; the control speaks at {stage}";
    /// Buckets.
    STAGES_NOTE = "Why they got past: {buckets}.";
    /// Cost title.
    COST = "{total} in {period}, {stated}{thin}% of it stated";
    /// Cost note.
    COST_NOTE = "Ranked by cost capped per defect; raw sum {raw}. {per} {cite}";
    /// Cost per defect.
    COST_PER = "{each} for one defect ({level}{thin}%: {low}–{high}).";
    /// No cost.
    COST_NONE = "No cost is known for this class, so it is ranked below those with one.";
    /// Forecast title.
    FORECAST = "{count} more expected in {horizon} ({low}–{high})";
    /// Forecast subtitle.
    FORECAST_SUB = "Circle = expected, band = {level}{thin}%, cross = what came; earlier rows are one period each";
    /// Forecast note.
    FORECAST_NOTE = "{held} of {all} earlier forecasts held. At least one more: {word} ({p}{thin}%). Method: {method}, from {events} in {periods}. {cite}";
    /// Forecast note without earlier forecasts.
    FORECAST_NOTE_NEW = "At least one more: {word} ({p}{thin}%). Too little history to test earlier forecasts. Method: {method}, from {events} in {periods}. {cite}";
    /// Forecast withheld.
    FORECAST_NONE = "No forecast: {because}";
    /// Teams at risk.
    RISK = "Expected by team: {teams}.";
    /// Quotes head.
    QUOTES = "What the records say";
    /// No quote.
    QUOTES_NONE = "No text can be quoted: what supports this stands in fields, or would be mostly masked.";
    /// Ticket head.
    TICKET = "The control, as a ticket";
    /// Ticket measure line.
    TICKET_LINE = "*Done when* {accept} *Effort* {days}{price}. *Would have caught* {caught} of {all} (share {share}, {level}{thin}%: {low}–{high}).{avoids} *Check:* {measure}";
    /// Product with its factors.
    TICKET_AVOIDS = " *Avoids* {factors} = {avoidable} ({low}–{high}) in {horizon}.";
    /// Against head.
    AGAINST = "What speaks against it";
    /// Against: nothing.
    AGAINST_NONE = "No quote and no field speaks against it.";
    /// Against: border members.
    AGAINST_BORDER = "{n} of {all} members lie near the border to another class: {keys}.";
    /// Against: assumed.
    AGAINST_ASSUMED = "{share}{thin}% of its cost is assumed.";
    /// Decided head.
    DECIDED = "What people decided";
    /// Decided: nothing.
    DECIDED_NONE = "Nothing yet.";
    /// Grade line.
    GRADE = "evidence {grade}";
    /// Formula.
    FORMULA = "Place in the order: {terms}.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many() {
        assert_eq!(
            (many(1, "class"), many(0, "escape"), many(1_248, "defect")),
            ("1\u{a0}class".into(), "0\u{a0}escapes".into(), "1,248\u{a0}defects".into())
        );
        assert_eq!((in_words(6), in_words(13), capital("two")), ("six".into(), "13".into(), "Two".into()));
    }

    #[test]
    fn no_phrase_judges_or_names_a_cause() {
        let avoided = ["root cause", "very ", "alarming", "significant", "huge", "critical failure", "unfortunately", "blame"];
        for (name, phrase) in PHRASES {
            let lower = phrase.to_lowercase();
            assert!(avoided.iter().all(|w| !lower.contains(w)), "{name}: {phrase}");
            assert_eq!(phrase.matches('{').count(), phrase.matches('}').count(), "{name}");
            assert_eq!(phrase.matches('*').count() % 2, 0, "{name}");
        }
    }

    #[test]
    fn slots_keep_their_numbers() {
        let text = fill("*Order:* {x} of {y}.", &[("x", "1".into()), ("y", "2".into())]);
        assert_eq!(text.plain(), "Order: 1 of 2.");
        assert!(matches!(&text.0[0], Run::Bold { text } if text == "Order:"));
    }
}
