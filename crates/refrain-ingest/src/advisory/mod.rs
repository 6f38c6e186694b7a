//! Published security flaws: OSV, RustSec, CISA KEV, GitHub advisories, advisories in the manner of curl, 0-day root-cause pages.
//!
//! What a source says of the *class* of a flaw (CWE ids, categories, keywords, a crash type, a "Bug class" line) goes to
//! [`refrain_record::Record::kinds`], so that an evaluation can blind it by field. Text that still names the class, because taking
//! it out would mutilate the text: titles and descriptions of OSV (OSS-Fuzz titles begin with the crash type), KEV (names end in
//! it) and RustSec; the `crash` section of OSS-Fuzz records; the `bug-class` section of root-cause pages.

pub mod curl;
pub mod ghsa;
pub mod kev;
pub mod osv;
pub mod p0;
pub mod rustsec;
pub mod shared;
