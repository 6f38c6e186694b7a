//! Fields of one's own making, by their names: what sites call the stage, the cause, the team.

use refrain_record::{CostUnit, Role};

use super::filing::Filing;
use crate::text::plain_words;

/// What a field of that name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Harm.
    Severity,
    /// Owner.
    Team,
    /// Deployed unit.
    Service,
    /// Where it was found.
    Stage,
    /// Where it should have been found.
    IdealStage,
    /// Why it got through: a leak bucket where the words name one, else what the section on detection says.
    Bucket,
    /// Text of this role, where it is more than a word or two; else a class that the source assigns.
    Text(Role),
    /// When it was noticed.
    Detected,
    /// When it was resolved.
    Resolved,
    /// When it entered.
    Introduced,
    /// Something of where it ran.
    Environment,
    /// Affected versions.
    Versions,
    /// Minutes of impairment.
    Minutes,
    /// Hours of work.
    Hours,
    /// Users affected.
    Users,
    /// Contacts to support.
    Contacts,
    /// A class that the source assigns.
    Kinds,
    /// Of no use for rules: ranks, boards, charts.
    Noise,
}

use Means::{
    Bucket, Contacts, Detected, Environment, Hours, IdealStage, Introduced, Kinds, Minutes, Noise, Resolved, Service, Severity, Stage, Team, Text,
    Users, Versions,
};

/// Names as [`plain_words`] writes them. The name must be the whole phrase.
const NAMES: &[(&str, Means)] = &[
    ("severity", Severity),
    ("bug severity", Severity),
    ("defect severity", Severity),
    ("incident severity", Severity),
    ("sev", Severity),
    ("severity level", Severity),
    ("customer severity", Severity),
    ("schweregrad", Severity),
    ("sévérité", Severity),
    ("gravité", Severity),
    ("severidad", Severity),
    ("team", Team),
    ("squad", Team),
    ("owning team", Team),
    ("owner team", Team),
    ("responsible team", Team),
    ("scrum team", Team),
    ("feature team", Team),
    ("dev team", Team),
    ("development team", Team),
    ("engineering team", Team),
    ("assigned team", Team),
    ("assignment group", Team),
    ("agile team", Team),
    ("team name", Team),
    ("tribe", Team),
    ("service", Service),
    ("affected service", Service),
    ("affected services", Service),
    ("services", Service),
    ("microservice", Service),
    ("application", Service),
    ("affected application", Service),
    ("business service", Service),
    ("product service", Service),
    ("affected system", Service),
    ("found in stage", Stage),
    ("stage found", Stage),
    ("found in", Stage),
    ("detected in", Stage),
    ("found by stage", Stage),
    ("detection stage", Stage),
    ("detected in phase", Stage),
    ("found in phase", Stage),
    ("phase found", Stage),
    ("phase detected", Stage),
    ("detection phase", Stage),
    ("found in environment", Stage),
    ("detected in environment", Stage),
    ("environment found", Stage),
    ("test phase", Stage),
    ("discovered in", Stage),
    ("where found", Stage),
    ("how found", Stage),
    ("found during", Stage),
    ("detected by", Stage),
    ("found by", Stage),
    ("how was it found", Stage),
    ("escaped to", Stage),
    ("detection environment", Stage),
    ("test stage", Stage),
    ("test level", Stage),
    ("found at", Stage),
    ("detection method", Stage),
    ("ideal stage", IdealStage),
    ("should have been found in", IdealStage),
    ("should be found in", IdealStage),
    ("earliest stage", IdealStage),
    ("expected stage", IdealStage),
    ("expected detection stage", IdealStage),
    ("ideal detection stage", IdealStage),
    ("escaped from", IdealStage),
    ("should have been caught in", IdealStage),
    ("missed in", IdealStage),
    ("missed in phase", IdealStage),
    ("expected detection phase", IdealStage),
    ("leak bucket", Bucket),
    ("bucket", Bucket),
    ("escape reason", Bucket),
    ("why missed", Bucket),
    ("reason missed", Bucket),
    ("why not found", Bucket),
    ("why it escaped", Bucket),
    ("why escaped", Bucket),
    ("reason for escape", Bucket),
    ("test escape reason", Bucket),
    ("escape category", Bucket),
    ("escape analysis", Bucket),
    ("leakage reason", Bucket),
    ("root cause", Text(Role::Cause)),
    ("root cause analysis", Text(Role::Cause)),
    ("rca", Text(Role::Cause)),
    ("cause", Text(Role::Cause)),
    ("root cause description", Text(Role::Cause)),
    ("root cause details", Text(Role::Cause)),
    ("cause analysis", Text(Role::Cause)),
    ("cause of defect", Text(Role::Cause)),
    ("technical cause", Text(Role::Cause)),
    ("probable cause", Text(Role::Cause)),
    ("cause notes", Text(Role::Cause)),
    ("ursache", Text(Role::Cause)),
    ("grundursache", Text(Role::Cause)),
    ("cause racine", Text(Role::Cause)),
    ("contributing factors", Text(Role::Cause)),
    ("contributing factor", Text(Role::Cause)),
    ("rca summary", Text(Role::Cause)),
    ("analysis", Text(Role::Cause)),
    ("trigger", Text(Role::Trigger)),
    ("what changed", Text(Role::Trigger)),
    ("impact", Text(Role::Impact)),
    ("customer impact", Text(Role::Impact)),
    ("business impact", Text(Role::Impact)),
    ("user impact", Text(Role::Impact)),
    ("impact description", Text(Role::Impact)),
    ("auswirkung", Text(Role::Impact)),
    ("how detected", Text(Role::Detection)),
    ("detection", Text(Role::Detection)),
    ("how was it detected", Text(Role::Detection)),
    ("resolution details", Text(Role::Fix)),
    ("resolution notes", Text(Role::Fix)),
    ("fix description", Text(Role::Fix)),
    ("fix notes", Text(Role::Fix)),
    ("workaround", Text(Role::Fix)),
    ("solution", Text(Role::Fix)),
    ("mitigation", Text(Role::Fix)),
    ("corrective action", Text(Role::Actions)),
    ("corrective actions", Text(Role::Actions)),
    ("preventive action", Text(Role::Actions)),
    ("preventive actions", Text(Role::Actions)),
    ("follow up actions", Text(Role::Actions)),
    ("lessons learned", Text(Role::Lessons)),
    ("steps to reproduce", Text(Role::Symptom)),
    ("reproduction steps", Text(Role::Symptom)),
    ("repro steps", Text(Role::Symptom)),
    ("steps", Text(Role::Symptom)),
    ("actual result", Text(Role::Symptom)),
    ("actual results", Text(Role::Symptom)),
    ("expected result", Text(Role::Symptom)),
    ("symptoms", Text(Role::Symptom)),
    ("expected results", Text(Role::Symptom)),
    ("observed behavior", Text(Role::Symptom)),
    ("stack trace", Text(Role::Trace)),
    ("stacktrace", Text(Role::Trace)),
    ("error log", Text(Role::Trace)),
    ("log output", Text(Role::Trace)),
    ("crash log", Text(Role::Trace)),
    ("console output", Text(Role::Trace)),
    ("incident start", Detected),
    ("incident start time", Detected),
    ("detected at", Detected),
    ("detection time", Detected),
    ("date detected", Detected),
    ("detected on", Detected),
    ("discovered on", Detected),
    ("discovery date", Detected),
    ("date found", Detected),
    ("found on", Detected),
    ("start time", Detected),
    ("time detected", Detected),
    ("date discovered", Detected),
    ("impact start", Detected),
    ("outage start", Detected),
    ("incident end", Resolved),
    ("incident end time", Resolved),
    ("impact end", Resolved),
    ("outage end", Resolved),
    ("restored at", Resolved),
    ("end time", Resolved),
    ("introduced on", Introduced),
    ("introduced at", Introduced),
    ("date introduced", Introduced),
    ("merged at", Introduced),
    ("merge date", Introduced),
    ("deployed at", Introduced),
    ("deployment date", Introduced),
    ("introduced date", Introduced),
    ("os", Environment),
    ("operating system", Environment),
    ("platform", Environment),
    ("browser", Environment),
    ("device", Environment),
    ("region", Environment),
    ("data center", Environment),
    ("datacenter", Environment),
    ("runtime", Environment),
    ("deployment", Environment),
    ("deployment segment", Environment),
    ("cluster", Environment),
    ("tenant", Environment),
    ("database", Environment),
    ("hardware", Environment),
    ("environments", Environment),
    ("os version", Environment),
    ("browser version", Environment),
    ("app version", Environment),
    ("cloud", Environment),
    ("found in version", Versions),
    ("found in build", Versions),
    ("affected version", Versions),
    ("affected versions", Versions),
    ("version found", Versions),
    ("build found", Versions),
    ("affects build", Versions),
    ("downtime", Minutes),
    ("downtime minutes", Minutes),
    ("downtime min", Minutes),
    ("outage minutes", Minutes),
    ("outage duration minutes", Minutes),
    ("impact minutes", Minutes),
    ("impact duration minutes", Minutes),
    ("duration minutes", Minutes),
    ("engineer hours", Hours),
    ("hours spent", Hours),
    ("effort hours", Hours),
    ("fix effort hours", Hours),
    ("actual effort hours", Hours),
    ("completed work", Hours),
    ("users affected", Users),
    ("affected users", Users),
    ("customers affected", Users),
    ("affected customers", Users),
    ("number of users affected", Users),
    ("customer count", Users),
    ("support tickets", Contacts),
    ("support cases", Contacts),
    ("number of support cases", Contacts),
    ("ticket count", Contacts),
    ("linked support cases", Contacts),
    ("zendesk ticket count", Contacts),
    ("cwe", Kinds),
    ("cwe id", Kinds),
    ("defect type", Kinds),
    ("odc type", Kinds),
    ("odc defect type", Kinds),
    ("bug category", Kinds),
    ("defect category", Kinds),
    ("root cause category", Kinds),
    ("cause category", Kinds),
    ("root cause type", Kinds),
    ("failure mode", Kinds),
    ("rca category", Kinds),
    ("error type", Kinds),
    ("bug type", Kinds),
    ("rank", Noise),
    ("development", Noise),
    ("chart date of first response", Noise),
    ("chart time in status", Noise),
    ("work ratio", Noise),
    ("workratio", Noise),
    ("lexorank", Noise),
    ("epic color", Noise),
    ("epic colour", Noise),
    ("flagged", Noise),
    ("attachment", Noise),
    ("thumbnail", Noise),
    ("watches", Noise),
    ("last viewed", Noise),
    ("progress", Noise),
    ("aggregate progress", Noise),
    ("global rank", Noise),
    ("status category changed", Noise),
    ("avatar", Noise),
];

/// What a field of that name means, where its name is known.
pub fn meaning(name: &str) -> Option<Means> {
    let words = plain_words(name);
    NAMES.iter().find(|(known, _)| *known == words).map(|(_, means)| *means)
}

/// Words up to which a text field is a choice from a list rather than a text.
const CHOICE_WORDS: usize = 4;

/// Files a field of the site's own making. `values`: in plain form.
pub fn file(filing: &mut Filing<'_>, name: &str, values: &[String]) {
    let values: Vec<&str> = values.iter().map(|v| v.trim()).filter(|v| !v.is_empty()).collect();
    let means = meaning(name);
    let Some(first) = values.first().copied().filter(|_| means != Some(Noise)) else { return };
    match means {
        Some(Text(role)) if is_text(role, first) => {
            let section = plain_words(name).replace(' ', "-");
            return filing.text(role, &section, &values.join("\n"));
        }
        Some(Text(Role::Cause)) | Some(Kinds) => filing.record.kinds.extend(values.iter().map(|v| (*v).to_owned())),
        Some(means) => one(filing, means, name, first, &values),
        None => {}
    }
    values.iter().for_each(|value| filing.field(name, value));
}

fn is_text(role: Role, value: &str) -> bool {
    value.split_whitespace().count() > CHOICE_WORDS || value.contains('\n') || role == Role::Symptom || role == Role::Trace
}

fn one(filing: &mut Filing<'_>, means: Means, name: &str, first: &str, values: &[&str]) {
    match means {
        Severity => filing.severity(first, name),
        Team => filing.team(first, name),
        Service => filing.service(first, name),
        Stage => filing.stage(first, name),
        IdealStage => filing.ideal_stage(first, name),
        Bucket => {
            if !filing.bucket(first, name) && first.split_whitespace().count() > CHOICE_WORDS {
                filing.text(Role::Detection, &plain_words(name).replace(' ', "-"), &values.join("\n"));
            }
        }
        Detected => filing.detected(first, name),
        Resolved => filing.resolved(first, name),
        Introduced => filing.introduced(first, name),
        Environment => filing.environment(&plain_words(name), &values.join(", ")),
        Versions => filing.record.versions.extend(values.iter().map(|v| (*v).to_owned())),
        Minutes => number(filing, CostUnit::DowntimeMinutes, name, first),
        Hours => number(filing, CostUnit::EngineerHours, name, first),
        Users => number(filing, CostUnit::Users, name, first),
        Contacts => number(filing, CostUnit::SupportContacts, name, first),
        Kinds | Text(_) | Noise => {}
    }
}

fn number(filing: &mut Filing<'_>, unit: CostUnit, name: &str, text: &str) {
    match text.replace([',', ' ', '\''], "").parse::<f64>() {
        Ok(amount) => filing.cost(unit, amount, name),
        Err(_) => filing.remark(name, format!("found `{}`, expected a number; no cost was taken from it", crate::entry::excerpt(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_in_the_form_they_are_compared_in() {
        for (at, (name, _)) in NAMES.iter().enumerate() {
            assert_eq!(plain_words(name), *name);
            assert!(NAMES[..at].iter().all(|(other, _)| other != name), "{name} stands twice");
        }
    }

    #[test]
    fn names_as_sites_write_them() {
        assert_eq!(meaning("Found in Stage"), Some(Stage));
        assert_eq!(meaning("Root-Cause"), Some(Text(Role::Cause)));
        assert_eq!(meaning("Story Points"), None);
    }
}
