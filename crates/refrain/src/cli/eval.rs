//! Commands that measure: what is compared, and what is told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `eval …`
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Classes against gold classes
    Classes(EvalClasses),
    /// Duplicates against resolved duplicates or a gold file
    Duplicates(EvalDuplicates),
    /// Reading of stack traces against what was checked by hand
    Traces {
        /// CSV with file,family,expected_type,expected_message,frames_first,top_function,checked; files stand beside it
        #[arg(value_name = "INDEX")]
        index: Option<PathBuf>,
        /// Folder with files.csv and spans.csv: texts with the places of their traces
        #[arg(long, value_name = "FOLDER")]
        in_text: Option<PathBuf>,
    },
}

/// Options of `eval classes`.
#[derive(Args, Clone, Debug)]
pub struct EvalClasses {
    /// CSV with record_key,corpus,team,class,grain
    #[arg(long, value_name = "FILE")]
    pub gold: PathBuf,
    /// Fit only on the records that gold scores
    #[arg(long)]
    pub only_gold: bool,
    /// Only these corpora
    #[arg(long, value_delimiter = ',')]
    pub corpus: Vec<String>,
    /// Without these gold classes
    #[arg(long, value_delimiter = ',')]
    pub exclude_class: Vec<String>,
    /// Which text is read
    #[arg(long, value_enum, default_value_t = EvalFields::Body)]
    pub fields: EvalFields,
    /// Fields that carry the label and are not read
    #[arg(long, value_delimiter = ',')]
    pub blind: Vec<String>,
    /// CSV of phrases to remove from the text
    #[arg(long, value_name = "FILE")]
    pub mask_phrases: Option<PathBuf>,
    /// Forced, or with the default abstention
    #[arg(long, value_enum, default_value_t = Abstain::Default)]
    pub abstain: Abstain,
    /// Share of the lexicon that is kept
    #[arg(long, default_value_t = 1.0)]
    pub lexicon_share: f64,
    /// Which draw of that share
    #[arg(long, default_value_t = 0)]
    pub draw: u64,
    /// Write record_key,class_id here
    #[arg(long, value_name = "FILE")]
    pub assign: Option<PathBuf>,
}

/// Options of `eval duplicates`.
#[derive(Args, Clone, Debug)]
pub struct EvalDuplicates {
    /// CSV with id,dup_group and, where given, role,leak
    #[arg(long, value_name = "FILE")]
    pub gold: Option<PathBuf>,
    /// What is compared
    #[arg(long = "using", value_enum, default_value_t = Using::All)]
    pub using: Using,
    /// Only candidates of the last days
    #[arg(long, value_name = "DAYS")]
    pub window: Option<f64>,
    /// Write query_id,rank,candidate_id,score here
    #[arg(long, value_name = "FILE")]
    pub ranking: Option<PathBuf>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Using {
    Text,
    Trace,
    All,
}

/// Which text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EvalFields {
    /// Everything but the title.
    Body,
    /// Everything.
    All,
}

/// Whether abstention is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Abstain {
    /// Never.
    Forced,
    /// By the product's own rule.
    Default,
}
