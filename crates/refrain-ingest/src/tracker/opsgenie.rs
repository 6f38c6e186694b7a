//! Opsgenie incidents and alerts, as last copies of a service that ends.

use refrain_record::{Kind, Known, Role};

use super::filing::{Filing, Refer};
use super::labels;
use crate::entry::{items_at, system_for, text_at, texts_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text::plain;

/// Incidents of the REST interface.
pub const ROW: SourceRow = SourceRow {
    name: "opsgenie",
    title: "Opsgenie incidents",
    system: "OG",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Introduced,
        Fills::Detected,
        Fills::Resolved,
        Fills::Labels,
    ],
    export: "GET $OPSGENIE/v1/incidents?limit=100&offset=0&order=asc, following paging.next",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"tinyId\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let incident = json::sample(&value, &["data"]);
    from_keys("Opsgenie incident", 94, &["tinyId", "message", "createdAt"], |key| incident.get(key).is_some())
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(ROW.system, path, setup);
    json::for_each_item(input, &["data"], sink, &mut |incident, line, sink| {
        let text = |name: &str| text_at(incident, name).unwrap_or_default();
        let Some(mut filing) = Filing::begin(Refer::ids(system), &text("tinyId"), Kind::Incident, &text("message"), line, setup, sink) else {
            return;
        };
        filing.alias(&text("id"), "id");
        filing.text(Role::Description, "description", &plain(&text("description")));
        labels::file(&mut filing, &texts_at(incident, "tags"));
        filing.created(&text("createdAt"), "createdAt");
        filing.detected(&text("createdAt"), "createdAt");
        filing.updated(&text("updatedAt"), "updatedAt");
        // The impact began before anybody was told: the delay is real.
        if let Some(start) = filing.moment(&text("impactStartDate"), "impactStartDate") {
            filing.record.introduced = Known::derived(start, "impact-start");
        }
        let ended = [text("impactEndDate"), text("resolvedAt")].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
        filing.resolved(&ended, "impactEndDate");
        filing.status(&text("status"), "", None);
        filing.severity_by(&text("priority"), super::words::priority(&text("priority")), "priority-is-severity");
        texts_at(incident, "impactedServices").iter().for_each(|service| filing.service(service, "impactedServices"));
        if let Some(team) = text_at(incident, "ownerTeam") {
            filing.team(&team, "ownerTeam");
        }
        items_at(incident, "responders")
            .iter()
            .filter(|r| text_at(r, "type").as_deref() == Some("team"))
            .filter_map(|r| text_at(r, "name"))
            .for_each(|team| filing.team(&team, "responders"));
        filing.stage_by("production-internal", "monitoring-is-production");
        filing.give(ROW.name, path);
    });
}
