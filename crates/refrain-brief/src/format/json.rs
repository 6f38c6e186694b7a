//! `brief.json`: the brief itself, with a published schema.

use refrain_record::findings::Findings;

use crate::doc::Brief;
use crate::options::{BriefError, Options};

/// Pretty, with a newline at the end.
pub fn write(brief: &Brief, _: &Findings, _: &Options) -> Result<Vec<u8>, BriefError> {
    let mut bytes = serde_json::to_vec_pretty(brief).map_err(|e| BriefError::Form { format: "json".into(), because: e.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// JSON Schema of `brief.json`.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Brief)
}

#[cfg(test)]
mod tests {
    #[test]
    fn law_h3_the_schema_requires_the_share_that_fits_no_class() {
        let schema = serde_json::to_value(super::schema()).unwrap();
        let required = |at: &serde_json::Value| at["required"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(required(&schema).contains(&"unclassified".to_owned()));
        assert!(required(&schema["$defs"]["Share"]).contains(&"share".to_owned()));
    }
}
