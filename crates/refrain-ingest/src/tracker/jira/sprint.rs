//! Sprints, which old servers write as the printed form of an object.

/// Keys in the order in which they are printed; the goal is the last and may hold anything.
const KEYS: &[&str] = &[
    "id",
    "rapidViewId",
    "state",
    "name",
    "startDate",
    "endDate",
    "completeDate",
    "activatedDate",
    "sequence",
    "goal",
    "autoStartStop",
    "synced",
    "incompleteIssuesDestinationId",
];

/// The sprint's name out of `…Sprint@1f2[id=9,state=CLOSED,name=S9, part [2],startDate=…,goal=a, b]`; nothing for another text.
pub fn name(text: &str) -> Option<&str> {
    let inside = text.split_once("Sprint@")?.1.split_once('[')?.1;
    let from = inside.strip_prefix("name=").or_else(|| inside.split_once(",name=").map(|(_, rest)| rest))?;
    let end = KEYS.iter().filter_map(|key| from.find(&format!(",{key}="))).min().unwrap_or(from.trim_end_matches(']').len());
    from.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_commas_and_brackets() {
        let text =
            "com.atlassian.greenhopper.service.sprint.Sprint@1f2[id=9,rapidViewId=3,state=CLOSED,name=S9, part [2],startDate=2024-01-01,goal=a, b]";
        assert_eq!(name(text), Some("S9, part [2]"));
        assert_eq!(name("Sprint@1[name=S1]"), Some("S1"));
        assert_eq!(name("S9"), None);
    }
}
