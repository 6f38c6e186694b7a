//! The command line, as one table of clap derives: parsing, help, completions and man pages all come from here.

mod eval;

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use eval::{Abstain, EvalClasses, EvalCommand, EvalDuplicates, EvalFields, Using};

/// Finds the failure that keeps coming back.
///
/// Reads the records that an organisation already has, and answers: is this a duplicate, which mechanisms recur across teams, which gap to close first.
#[derive(Debug, Parser)]
#[command(name = "refrain", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Start with:  refrain mine FOLDER-OF-EXPORTS\n\nExit codes: 0 fine, 1 finding, 2 anything abnormal.")]
pub struct Cli {
    /// Settings that hold for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Settings that hold for every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Folder of the store
    #[arg(long, global = true, value_name = "DIR", env = "REFRAIN_STORE", default_value = ".refrain", help_heading = "Everywhere")]
    pub store: PathBuf,
    /// Configuration file; else the nearest refrain.toml upwards
    #[arg(long, global = true, value_name = "FILE", env = "REFRAIN_CONFIG", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long, global = true, conflicts_with = "config", help_heading = "Everywhere")]
    pub no_config: bool,
    /// Form of the result on standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Everywhere")]
    pub format: Format,
    /// The moment taken as now (2024-03-01); else the newest plausible time in the data
    #[arg(long, global = true, value_name = "DATE", help_heading = "Everywhere")]
    pub as_of: Option<String>,
    /// Threads to use; all cores where absent. The result is the same
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    pub threads: Option<usize>,
    /// No progress, only errors
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
    /// No progress bars
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub no_progress: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, help_heading = "Everywhere")]
    pub color: Colour,
}

/// Form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document with a published schema.
    Json,
    /// Comma-separated, RFC 4180.
    Csv,
    /// Markdown.
    Md,
    /// A document that only `brief` writes, by its name among the formats of the brief.
    Document(&'static str),
}

/// Every form with what it is; documents are shown in the help of `brief` only.
#[rustfmt::skip]
const FORMS: &[Format] = &[
    Format::Text, Format::Json, Format::Csv, Format::Md,
    Format::Document("html"), Format::Document("pdf"), Format::Document("slack"), Format::Document("openmetrics"),
    Format::Document("gaps.csv"), Format::Document("classes.csv"), Format::Document("members.csv"), Format::Document("metrics.csv"),
];

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        FORMS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("For people"),
            Self::Json => PossibleValue::new("json").help("One JSON document with a published schema"),
            Self::Csv => PossibleValue::new("csv").help("Comma-separated, RFC 4180"),
            Self::Md => PossibleValue::new("md").help("Markdown"),
            Self::Document(name) => PossibleValue::new(*name).hide(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_of_the_brief_can_be_typed() {
        for row in refrain_brief::FORMATS {
            assert!(Format::from_str(row.name, false).is_ok(), "{}", row.name);
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which files, and how they are read.
#[derive(Args, Clone, Debug, Default)]
pub struct Sources {
    /// Files or folders; folders are walked, hidden files skipped, archives opened
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Set these files aside (patterns as in .gitignore; also read from .refrainignore files)
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Mapping TOML for files of no known kind; repeat for several
    #[arg(long, value_name = "FILE")]
    pub mapping: Vec<PathBuf>,
    /// owner/name of the repository, for GitHub exports that do not say it
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// Zone of times without one (Europe/Berlin); UTC otherwise
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Roll a file back when more than this share of it is skipped
    #[arg(long, value_name = "SHARE")]
    pub max_skip: Option<f64>,
    /// Nothing imported is fine
    #[arg(long)]
    pub allow_empty: bool,
    /// Go the same way without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Mask secrets and personal data before anything is stored
    #[arg(long)]
    pub mask_at_import: bool,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything: import, fold, classify, price, rank, and write the brief
    Mine {
        /// What to read.
        #[command(flatten)]
        sources: Sources,
        /// Folder for the results
        #[arg(long, value_name = "DIR", default_value = "refrain-out")]
        out: PathBuf,
        /// Use this model file for this run instead of the one in force
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// Read records into the store
    Import {
        /// What to read.
        #[command(flatten)]
        sources: Sources,
    },
    /// Propose a mapping for a file of no known kind
    Map {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// List the sources that can be read, and how to export from each
    Sources,
    /// Write a refrain.toml with the defaults, commented
    Init,
    /// Where the store stands
    Status,
    /// Settings in force, or the defaults
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Sheets for labelling by hand
    #[command(subcommand)]
    Label(LabelCommand),
    /// Check or rebuild the store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Ground state as mergeable text
    #[command(subcommand)]
    State(StateCommand),
    /// Erase a record's text and leave a tombstone
    Forget {
        /// The record.
        key: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// The model file
    #[command(subcommand)]
    Model(ModelCommand),
    /// Find records by words and fields
    Search {
        /// Words, "phrases", field:value, created:2024-01..2024-06, -not
        query: Vec<String>,
        /// How many
        #[arg(long, default_value_t = 10)]
        top: usize,
        /// Order of the results
        #[arg(long, value_enum, default_value_t = SortBy::Relevance)]
        sort: SortBy,
    },
    /// Records like one in the store, or like a new one
    Similar {
        /// A record in the store; else the options, else a JSON record on standard input
        key: Option<String>,
        /// Title of a new record
        #[arg(long)]
        title: Option<String>,
        /// File with its text
        #[arg(long, value_name = "FILE")]
        text_file: Option<PathBuf>,
        /// File with a stack trace
        #[arg(long, value_name = "FILE")]
        trace_file: Option<PathBuf>,
        /// How many
        #[arg(long, default_value_t = 10)]
        top: usize,
        /// Only duplicates, or only class siblings
        #[arg(long, value_enum)]
        only: Option<Relation>,
        /// Exit 1 where a candidate reaches the threshold
        #[arg(long)]
        fail_on_duplicate: bool,
    },
    /// Groups of records that describe one defect
    Duplicates {
        /// Only suggestions that wait for a person
        #[arg(long)]
        suggested: bool,
        /// Exit 1 where there are any
        #[arg(long)]
        fail_on_any: bool,
    },
    /// Why two records are (not) one defect, or what is known of one record
    Explain {
        /// A record.
        a: String,
        /// Another record, or a class.
        b: Option<String>,
    },
    /// The stack traces of any text
    Traces {
        /// A file, or - for standard input.
        file: PathBuf,
    },
    /// Each frame with the rules that touched it, and the fingerprints
    ExplainTrace {
        /// A file, or - for standard input.
        file: PathBuf,
    },
    /// Template lines of a source that carry no weight, and why
    ExplainBoilerplate {
        /// System name (JIRA).
        source: String,
    },
    /// Recurring classes
    #[command(subcommand)]
    Classes(ClassesCommand),
    /// The mechanism lexicon
    #[command(subcommand)]
    Taxonomy(TaxonomyCommand),
    /// Rates, durations and counts, each with its definition
    Metrics {
        /// Only this metric, with everything behind it
        #[arg(value_name = "METRIC")]
        metric: Option<String>,
    },
    /// Systemic gaps, ranked
    #[command(subcommand)]
    Gaps(GapsCommand),
    /// What comes next, by class and team, with the back-test
    Forecast,
    /// Before and after each adopted control
    Effect,
    /// Judge what is new against thresholds and a committed baseline; writes nothing
    Gate {
        /// The baseline
        #[arg(long, value_name = "FILE", default_value = "refrain-baseline.json")]
        baseline: PathBuf,
        /// Form of the verdict; else that of --format
        #[arg(long = "as", value_enum)]
        form: Option<GateForm>,
    },
    /// The state of affairs that the gate compares with
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Record what a person decided
    #[command(subcommand)]
    Decide(DecideCommand),
    /// What people decided
    #[command(subcommand)]
    Decisions(DecisionsCommand),
    /// Check the decision log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write the brief again, in any format and for any reader
    ///
    /// Formats: html (the default), pdf, md, json, slack, openmetrics, gaps.csv, classes.csv, members.csv, metrics.csv.
    /// Views: leadership, team, release, retrospective, case-study, taxonomy, audit; team, retrospective and case-study need --of.
    Brief {
        /// Reader it is for
        #[arg(long, value_name = "VIEW", default_value = "leadership")]
        view: String,
        /// Team, class or record that the view is of
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// File to write; standard output where absent
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Recompute every number and re-check every quote of a findings or brief file
    Verify {
        /// findings.json or brief.json.
        file: PathBuf,
    },
    /// What masking leaves of a text
    Mask {
        /// Show which rule touched what
        #[arg(long)]
        explain: bool,
        /// A file, or - for standard input.
        file: PathBuf,
    },
    /// Fit on one's own history
    #[command(subcommand)]
    Learn(LearnCommand),
    /// Measure against a gold standard
    #[command(subcommand)]
    Eval(EvalCommand),
    /// JSON Schemas of everything that is read or written
    Schema {
        /// Name of the schema; all names where absent.
        name: Option<String>,
    },
    /// Shell completion
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Man page
    Man,
}

/// Order of search results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum SortBy {
    Relevance,
    Time,
    Cost,
}

/// Which relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Relation {
    Duplicates,
    Siblings,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every setting with its value and where it comes from
    Show,
    /// The defaults as a commented refrain.toml, or one of the built-in tables
    Default {
        /// mechanisms, controls, stages, or a mapping's name.
        table: Option<String>,
    },
}

/// `label …`
#[derive(Debug, Subcommand)]
pub enum LabelCommand {
    /// A sheet of records with empty columns to fill
    Export {
        /// As CSV (the only form, named so that scripts read well)
        #[arg(long)]
        csv: bool,
        /// Only escapes whose stages or bucket are unknown
        #[arg(long)]
        unknown: bool,
    },
    /// Take a filled sheet back as decisions
    Import {
        /// The sheet.
        file: PathBuf,
        /// Who filled it
        #[arg(long)]
        author: Option<String>,
        /// Why these labels hold
        #[arg(long, default_value = "labelled by hand")]
        why: String,
        /// Report without writing
        #[arg(long)]
        dry_run: bool,
    },
}

/// `store …`
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum StoreCommand {
    /// Everything that can be wrong with the store
    Check,
    /// Make the index anew from the log
    Rebuild,
}

/// `state …`
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Write the ground state as text
    Export {
        /// A folder.
        folder: PathBuf,
    },
    /// Take it in
    Import {
        /// A folder.
        folder: PathBuf,
    },
}

/// `model …`
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// What stands in the model in force
    Show,
    /// What a refit would move
    Diff,
    /// Fit anew; shows what would move
    Refit {
        /// Put it in force
        #[arg(long)]
        apply: bool,
    },
    /// Keep this model whatever happens
    Pin {
        /// Its hash, or the first digits.
        hash: String,
    },
    /// Write the model file in force
    Export {
        /// A file.
        file: PathBuf,
    },
}

/// `classes …`
#[derive(Debug, Subcommand)]
pub enum ClassesCommand {
    /// All classes, largest first
    List,
    /// One class with its members and the evidence
    Show {
        /// Its id.
        id: String,
    },
    /// Every record with its class
    Export,
    /// Where a class comes from
    Lineage {
        /// Its id; all events where absent.
        id: Option<String>,
    },
    /// What is worth asking a person
    Ask,
}

/// `taxonomy …`
#[derive(Debug, Subcommand)]
pub enum TaxonomyCommand {
    /// Rows of the lexicon that match too much or never
    Review,
    /// All mechanisms
    List,
}

/// `gaps …`
#[derive(Debug, Subcommand)]
pub enum GapsCommand {
    /// All gaps in order of rank
    List {
        /// Order
        #[arg(long, value_enum, default_value_t = GapOrder::Cost)]
        by: GapOrder,
    },
    /// One gap: formula, evidence, counter-evidence
    Explain {
        /// Its id or rank.
        id: String,
    },
    /// Ready tickets; never posted
    Tickets {
        /// For which tracker
        #[arg(long = "for", value_enum, default_value_t = Tracker::Jira)]
        tracker: Tracker,
    },
}

/// Order of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum GapOrder {
    Cost,
    Recurrence,
    Users,
    Leakage,
}

/// Form of a gate's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateForm {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a pull request.
    Md,
    /// For a CI server.
    Junit,
}

/// `baseline …`
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Take the present state over; refuses records that the standing baseline does not know
    Update {
        /// The baseline
        #[arg(long, value_name = "FILE", default_value = "refrain-baseline.json")]
        baseline: PathBuf,
        /// Take new debt over, too
        #[arg(long)]
        accept_new: bool,
    },
}

/// A tracker that takes tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Tracker {
    Jira,
    Github,
    Csv,
}

/// Who decides, and why.
#[derive(Args, Clone, Debug)]
pub struct Reason {
    /// Why
    #[arg(long)]
    pub why: String,
    /// Who decides; else the login name
    #[arg(long, env = "REFRAIN_AUTHOR")]
    pub author: Option<String>,
}

/// `decide …`
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum DecideCommand {
    /// Two records describe one defect
    Same {
        a: String,
        b: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Two records describe different defects
    Different {
        a: String,
        b: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// A record belongs to a class; `none` for no class
    Class {
        key: String,
        class: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// A class bears a name
    Rename {
        class: String,
        name: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Two classes are one
    Merge {
        a: String,
        b: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// These members form a class of their own
    Split {
        class: String,
        members: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// What was found is no mechanism
    NotAClass {
        class: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Two records fail by one mechanism
    SameMechanism {
        a: String,
        b: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Two records fail by different mechanisms
    DifferentMechanism {
        a: String,
        b: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Where a record was found, and where it could have been
    Stage {
        key: String,
        #[arg(long)]
        actual: Option<String>,
        #[arg(long)]
        ideal: Option<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Why a record got past its ideal stage
    Bucket {
        key: String,
        bucket: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// A control is adopted, deferred or rejected
    Control {
        state: String,
        control: String,
        /// Team, or * for all
        #[arg(long, default_value = "*")]
        team: String,
        /// Since or until when
        #[arg(long)]
        on: String,
        #[command(flatten)]
        reason: Reason,
    },
}

/// `decisions …`
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum DecisionsCommand {
    /// All, with their present effect
    List,
    /// Take one back
    Undo {
        number: u64,
        #[command(flatten)]
        reason: Reason,
    },
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Detect any edit, deletion or reordering
    Verify,
}

/// `learn …`
#[derive(Debug, Subcommand)]
pub enum LearnCommand {
    /// Both duplicate scores, on the duplicates that were resolved in this store
    Duplicates {
        /// Write the weights here; a file of weights goes into the section `tables` of refrain.toml
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}
