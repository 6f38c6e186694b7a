//! What was found: groups, classes, gaps, metrics, with the evidence behind each. The only thing that a brief is made of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::known::Origin;
use crate::score::{Quote, Score};
use crate::time::Moment;

/// Version of the form of [`Findings`]: additive within a major number.
pub const FINDINGS_SCHEMA: &str = "refrain-findings/1.0";

/// A number with its interval. All three are finite, `low <= value <= high`, rounded to 9 significant digits.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Best single number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Percentage that the interval is meant to hold: 80 for cost and forecast, 95 for rates and ratios.
    pub level: u8,
}

impl Estimate {
    /// An estimate; nothing where a number is not finite. Ends are widened to hold the value, and −0 becomes 0.
    pub fn new(value: f64, low: f64, high: f64, level: u8) -> Option<Self> {
        if ![value, low, high].iter().all(|x| x.is_finite()) {
            return None;
        }
        let value = tidy(value);
        Some(Self { value, low: tidy(low).min(value), high: tidy(high).max(value), level })
    }

    /// A counted number without uncertainty.
    pub fn exact(value: f64) -> Option<Self> {
        Self::new(value, value, value, 100)
    }
}

/// Rounds to 9 significant digits and turns −0 into 0, so that a last-bit difference never reaches a file.
pub fn tidy(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    format!("{x:.8e}").parse::<f64>().unwrap_or(0.0) + 0.0
}

/// Everything that one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// [`FINDINGS_SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub program: String,
    /// Version of each algorithm by name (`trace-grammar`, `duplicate-score`, `mechanism-view` …).
    pub versions: BTreeMap<String, String>,
    /// The newest plausible moment in the data, or what `--as-of` said.
    pub as_of: Moment,
    /// Hash over keys and content of all records, 32 hexadecimal digits.
    pub store_hash: String,
    /// Hash of the model file in force, 32 hexadecimal digits.
    pub model_hash: String,
    /// What was looked at.
    pub scope: Scope,
    /// Records of one defect.
    pub groups: Vec<Group>,
    /// Recurring mechanisms, the one with the most members first.
    pub classes: Vec<Class>,
    /// What fits nothing. Required, and on the first page (law H3).
    pub unclassified: Unclassified,
    /// Gaps in the order of rank; gaps of grade D follow, unranked.
    pub gaps: Vec<Gap>,
    /// Rates, durations, counts.
    pub metrics: Vec<Metric>,
    /// Ideal against actual stage of escapes.
    pub matrix: StageMatrix,
    /// Cost of all escapes together.
    pub cost: CostSummary,
    /// How well the forecasts did on the past.
    pub backtest: Backtest,
    /// Since the run before; nothing at the first run.
    pub changes: Option<Changes>,
    /// What would change the order, and what is not seen.
    pub caveats: Vec<Caveat>,
    /// Decisions in force, and those without present effect.
    pub decisions: Vec<DecisionNote>,
    /// The rules that set the definitions in force (escape, cost rates, thresholds), as name and text.
    pub definitions: BTreeMap<String, String>,
    /// What the first page asks for; nothing where no gap is ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
}

/// The gaps that are asked for, taken together: those that resampling cannot tell apart from the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    /// Ids of the gaps in the order of rank, at least one.
    pub gaps: Vec<String>,
    /// Escapes behind them, each counted once.
    pub escapes: u64,
    /// Their teams in alphabetical order.
    pub teams: Vec<String>,
    /// Days of work, low and high.
    pub days: (f64, f64),
    /// Cost of that work.
    pub price: Option<Estimate>,
    /// What they avoid together over the horizon, 80 %.
    pub avoidable: Option<Estimate>,
    /// Days ahead that `avoidable` covers.
    pub horizon_days: u32,
    /// Share of draws in which they avoid more than they cost, 0..1.
    pub pays: Option<f64>,
    /// Draws behind `avoidable` and `pays`.
    pub draws: u64,
    /// Their part of the capped cost of all escapes, 0..1.
    pub cost_share: Option<f64>,
}

/// What a run looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// Records in the store that are not withdrawn.
    pub records: u64,
    /// Records that describe a defect and are not withdrawn.
    pub defect_records: u64,
    /// Different defects: defect records with duplicates folded.
    pub defects: u64,
    /// Defect records folded into another.
    pub folded: u64,
    /// Records that are no defects (notices, wishes).
    pub not_defects: u64,
    /// Records that their source retracted.
    pub withdrawn: u64,
    /// Defects detected later than their ideal stage.
    pub escapes: u64,
    /// Defects whose actual or ideal stage is unknown.
    pub stage_unknown: u64,
    /// Team by name with its defects.
    pub teams: BTreeMap<String, u64>,
    /// Records without a team.
    pub team_unknown: u64,
    /// System name with its records.
    pub sources: BTreeMap<String, u64>,
    /// First and last day of the defects in scope.
    pub period: Option<(Moment, Moment)>,
    /// Records with a date after `as_of`, set aside from every time series.
    pub future: Vec<Key>,
    /// Share of defect records in which a field is present, by field, 0..1.
    pub coverage: BTreeMap<String, f64>,
}

/// How certain a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GroupOrigin {
    /// A person decided it.
    Person,
    /// The source systems say it (duplicate link, alias).
    Source,
    /// Equal content or equal trace and message.
    Certain,
    /// The score passed the threshold: a suggestion until a person or the source says so.
    Suggested,
}

/// Records that describe one defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Key of the exemplar.
    pub id: Key,
    /// All members, the exemplar among them, sorted.
    pub members: Vec<Key>,
    /// How it came about: the weakest origin among its links.
    pub origin: GroupOrigin,
    /// Whether the group is folded into one defect when counting.
    pub folded: bool,
    /// The link that ties each further member to the group.
    pub links: Vec<GroupLink>,
    /// Links without which the group falls apart.
    pub bridges: Vec<(Key, Key)>,
}

/// Why two records are taken as one defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupLink {
    /// The later record.
    pub a: Key,
    /// The earlier record.
    pub b: Key,
    /// How it came about.
    pub origin: GroupOrigin,
    /// `duplicate` where the earlier one is open, else `recurrence` or `regression` (law J1).
    pub relation: String,
    /// In words (`equal content`, `duplicate link in JIRA:PAY-7`).
    pub because: String,
    /// Where a score decided: the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// How a class or a membership came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClassOrigin {
    /// A row of the mechanism lexicon.
    Lexicon,
    /// Found in the data, not in the lexicon.
    Open,
    /// A person said so.
    Person,
}

/// One defect as member of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// Exemplar record of the defect.
    pub key: Key,
    /// Further records of the same defect; they do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Key>,
    /// Owner, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// When it was noticed, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Title of the record.
    pub title: String,
    /// How it came in.
    pub origin: ClassOrigin,
    /// Why: prior + weights with the words that speak.
    pub score: Score,
    /// Odds against the next best class are thin.
    pub border: bool,
    /// Speaks against the membership.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counter: Vec<Quote>,
    /// Stage where it was found, and whether that is stated, derived or assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual_stage: Option<(String, Origin)>,
    /// Stage where it could have been found first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ideal_stage: Option<(String, Origin)>,
    /// Why it got past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<(String, Origin)>,
    /// Detected later than its ideal stage.
    pub escape: bool,
    /// Counts as a recurrence (law G3).
    pub recurrence: bool,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<DefectCost>,
}

/// One team within a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassTeam {
    /// Its name.
    pub team: String,
    /// Its defects in the class.
    pub members: u64,
    /// When it had the first and the last.
    pub span: Option<(Moment, Moment)>,
    /// Defects by calendar quarter (`2024Q1`), only those above 0.
    pub quarters: BTreeMap<String, u64>,
}

/// A recurring mechanism with members from one or more teams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Class {
    /// Lineage id (`C-14`) or provisional id (`P-…`) until a refit or a decision issues one.
    pub id: String,
    /// Issued for good.
    pub lineage: bool,
    /// As people read it.
    pub name: String,
    /// Its shape in one sentence.
    pub shape: String,
    /// How it came about.
    pub origin: ClassOrigin,
    /// Row of the lexicon, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// Family above it.
    pub family: String,
    /// CWE and ODC nodes, or empty for unmapped.
    pub taxonomy: Vec<String>,
    /// Its defects in order of time, then key.
    pub members: Vec<Member>,
    /// Teams in alphabetical order.
    pub teams: Vec<ClassTeam>,
    /// At least two teams have independent defects of it.
    pub systemic: bool,
    /// At least three members, all within the last period.
    pub emerging: bool,
    /// The most typical member.
    pub exemplar: Key,
    /// Words of the three most typical members.
    pub typical: Vec<Quote>,
    /// What binds it: terms with their weight, the heaviest first.
    pub binding: Vec<(String, f64)>,
    /// Nearest class, and the terms that separate the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<(String, Vec<String>)>,
    /// Mean similarity of members to the exemplar, 95 % bootstrap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohesion: Option<Estimate>,
    /// Defects after the first of the class was resolved, in any team.
    pub recurrences: u64,
    /// Of these, those in another team than the earlier ones.
    pub cross_team: u64,
    /// Bursts (several members of one incident) folded before counting.
    pub bursts: u64,
    /// What its members cost.
    pub cost: CostSummary,
    /// What comes next.
    pub forecast: Outlook,
    /// Quotes that speak against the class or against members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counter: Vec<Quote>,
    /// When the first of its defects was resolved: what comes after is a recurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_resolved: Option<Moment>,
}

/// What fits no class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unclassified {
    /// Defects in no class.
    pub total: u64,
    /// Of all defects, 0..1.
    pub share: f64,
    /// By reason (`no-evidence`, `below-threshold`, `conflict`, `hot-key`, `unsupported-language`, `single`).
    pub by_reason: BTreeMap<String, u64>,
    /// By source system.
    pub by_source: BTreeMap<String, u64>,
    /// Each with its reason, sorted.
    pub records: Vec<(Key, String)>,
    /// What they cost.
    pub cost: Option<CostSummary>,
}

/// What one defect cost, in money of the configured currency, by origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefectCost {
    /// All together.
    pub total: Estimate,
    /// Each line: what, amount, how it is known, and the field or rule.
    pub lines: Vec<CostLine>,
}

/// One line of a cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostLine {
    /// `engineer hours`, `downtime`, `users`, `support`, `money`.
    pub what: String,
    /// Quantity in its own unit, with the factor, as text: `6.5 h × €95`.
    pub factors: String,
    /// In money.
    pub amount: Estimate,
    /// Stated, derived or assumed.
    pub origin: Origin,
    /// Field, rule or assumption.
    pub because: String,
}

/// Cost of a set of defects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostSummary {
    /// ISO 4217 code.
    pub currency: String,
    /// Sum of what is known, raw.
    pub raw: f64,
    /// Sum with each defect capped (shrunk towards its class and family): the one that ranks.
    pub capped: Option<Estimate>,
    /// Mean of one defect, shrunk, 80 %.
    pub per_defect: Option<Estimate>,
    /// Part of `raw` that is stated, derived, assumed.
    pub stated: f64,
    /// See `stated`.
    pub derived: f64,
    /// See `stated`.
    pub assumed: f64,
    /// Defects with any cost.
    pub n: u64,
    /// Engineer hours, downtime minutes and users as stated, summed, by unit.
    pub quantities: BTreeMap<String, f64>,
    /// By what and how it is known, the dearest first: the lines of all its defects added up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<CostLine>,
}

/// A forecast, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "outlook")]
pub enum Outlook {
    /// How many further defects over the horizon.
    Forecast {
        /// Expected number, 80 % interval.
        count: Estimate,
        /// Days ahead.
        horizon_days: u32,
        /// `gamma-poisson` or `trailing-mean`, whichever won the back-test.
        method: String,
        /// Events and periods behind it.
        events: u64,
        /// See `events`.
        periods: u64,
        /// Count per period up to now, oldest first, with the period's name.
        history: Vec<(String, u64)>,
        /// Past one-step forecasts: period, estimate, what came.
        past: Vec<(String, Estimate, u64)>,
        /// Probability of at least one more, 0..1.
        again: f64,
        /// Teams with their own expected number; also those that have not had it yet, with the reason in words.
        teams: Vec<TeamRisk>,
    },
    /// Too little to say.
    Withheld {
        /// Why, in words.
        because: String,
    },
}

/// Risk of one team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamRisk {
    /// Its name.
    pub team: String,
    /// Expected number over the horizon.
    pub count: Estimate,
    /// In words (`3 before`, `none before; same component kind`).
    pub because: String,
}

/// Grade of the evidence behind a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Grade {
    /// At least 3 independent escapes in at least 2 teams, the mechanism stated in at least 2 reviews or fixes, nothing open against it.
    A,
    /// At least 3, supported by fields or by trace and fix.
    B,
    /// At least 2, by quoted text.
    C,
    /// One escape, or an inferred stage: listed, never ranked.
    D,
}

/// State of a control where a class escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlPresence {
    /// No team has it.
    Missing,
    /// Some teams have it.
    Partly,
    /// It was there and the class escaped all the same.
    Failing,
    /// Nothing is known.
    Unknown,
}

/// A class, the control that would have caught it, and the stage: the unit that is ranked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// `G-` and the class id and the control id, stable between runs: `G-C-14-replay-test`.
    pub id: String,
    /// Place in the ranking from 1; nothing for grade D.
    pub rank: Option<u32>,
    /// Id of the class.
    pub class: String,
    /// Name of the class.
    pub class_name: String,
    /// Id of the control.
    pub control: String,
    /// Name of the control.
    pub control_name: String,
    /// Stage at which the control speaks, id and name.
    pub stage: (String, String),
    /// State of the control.
    pub presence: ControlPresence,
    /// Teams in alphabetical order.
    pub teams: Vec<String>,
    /// Escapes behind it.
    pub escapes: u64,
    /// Of these, found in production.
    pub in_production: u64,
    /// Recurrences behind it.
    pub recurrences: u64,
    /// What they cost.
    pub cost: CostSummary,
    /// What comes next.
    pub forecast: Outlook,
    /// Share that the control would have caught, 0..1, 80 %.
    pub caught: Estimate,
    /// Members that it would plausibly have caught.
    pub caught_members: Vec<Key>,
    /// Forecast × cost per defect × share caught, over the horizon, 80 %.
    pub avoidable: Option<Estimate>,
    /// Days of work to put it in place, low and high, all teams together.
    pub days: (f64, f64),
    /// Cost of that work.
    pub price: Option<Estimate>,
    /// Probability to be among the first five, from resampling with a fixed seed, 0..1.
    pub top5: f64,
    /// Probability to be first, 0..1.
    pub first: f64,
    /// Grade of the evidence.
    pub grade: Grade,
    /// Why this grade.
    pub grade_because: String,
    /// Share of the cost that is assumed, 0..1.
    pub assumed_share: f64,
    /// What would change its place, in words.
    pub fragile: String,
    /// The formula with its factors, as name and value, in order; their product or sum is the rank score.
    pub terms: Vec<(String, f64)>,
    /// Quotes that support the gap.
    pub evidence: Vec<Quote>,
    /// Quotes that speak against it: the control was there, or the defect is of another kind.
    pub counter: Vec<Quote>,
    /// Why it escaped: bucket with its members.
    pub buckets: BTreeMap<String, u64>,
    /// The ready ticket.
    pub ticket: Ticket,
    /// What people decided about it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Before and after an adopted control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// A ticket that a person may copy. refrain never posts it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// One line.
    pub title: String,
    /// What to build.
    pub what: String,
    /// Why.
    pub why: String,
    /// How to tell that it is done.
    pub accept: String,
    /// How its effect will be measured.
    pub measure: String,
}

/// What an adopted control did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Since when.
    pub on: Moment,
    /// Events and exposure (days) before.
    pub before: (u64, f64),
    /// Events and exposure (days) after.
    pub after: (u64, f64),
    /// Rate after / rate before, 95 %; nothing where too little is known.
    pub ratio: Option<Estimate>,
    /// `effective`, `not effective`, `unproven`, with the words that go with it.
    pub verdict: String,
}

/// One metric with its definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// Row of the METRICS table (`escape-rate`).
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Team, service, stage or severity that it is of; empty for all.
    pub of: String,
    /// What it means, in one sentence.
    pub definition: String,
    /// `share`, `days`, `hours`, `count`, `per week`.
    pub unit: String,
    /// The number with its interval; nothing where there is too little, and then `note` says so.
    pub value: Option<Estimate>,
    /// Numerator and denominator of a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<(u64, u64)>,
    /// Median, 90th percentile and n of a duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<(f64, f64, u64)>,
    /// The single values in order where n is below 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dots: Vec<f64>,
    /// A series over periods, where the metric is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<(String, f64)>,
    /// What was left out, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Records behind it, sorted; at most 1,000, the count is in `ratio` or `spread`.
    pub records: Vec<Key>,
    /// What a reader must know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Ideal stage (rows) against actual stage (columns), counts of escapes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageMatrix {
    /// Stage ids in order, earliest first, then `unknown`.
    pub stages: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
    /// Short heads.
    pub shorts: Vec<String>,
    /// `cells[ideal][actual]`.
    pub cells: Vec<Vec<u64>>,
    /// By leak bucket and `unknown`; sums to all escapes.
    pub buckets: BTreeMap<String, u64>,
    /// Whether the stage is in production, in the order of `stages`.
    pub production: Vec<bool>,
}

/// How well forecasts did on the past, by rolling origin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backtest {
    /// One-step forecasts made.
    pub forecasts: u64,
    /// Of these, those whose 80 % interval held what came.
    pub held: u64,
    /// Mean Poisson deviance of each method by name.
    pub deviance: BTreeMap<String, f64>,
    /// The one in use.
    pub method: String,
    /// Why there is none, where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What is different from the run before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// As-of of the run before.
    pub since: Option<Moment>,
    /// Records that came in.
    pub new_records: u64,
    /// Classes that were not there, by id.
    pub new_classes: Vec<String>,
    /// Class, members before, members now.
    pub grown: Vec<(String, u64, u64)>,
    /// Class, members before, members now.
    pub shrunk: Vec<(String, u64, u64)>,
    /// Classes that are gone, by id and name.
    pub closed: Vec<(String, String)>,
    /// Record, class before, class now (empty: none), why.
    pub moved: Vec<(Key, String, String, String)>,
}

/// Something a reader must know before acting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Caveat {
    /// `order`, `fragile`, `forecast`, `cost`, `not-seen`, `data`.
    pub topic: String,
    /// One or two sentences.
    pub text: String,
    /// Records behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Key>,
}

/// A decision as a brief shows it: never with its author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionNote {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: Moment,
    /// What, in words.
    pub what: String,
    /// Why.
    pub why: String,
    /// `in force`, `no present effect: …`, `content changed since`.
    pub effect: String,
}
