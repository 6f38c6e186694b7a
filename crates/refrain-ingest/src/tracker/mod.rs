//! Trackers, incident tools and crash reporters: one module a family of formats.

pub mod azure;
pub mod bugzilla;
mod fields;
mod filing;
pub mod github;
pub mod gitlab;
pub mod jira;
mod labels;
pub mod linear;
pub mod opsgenie;
pub mod pagerduty;
pub mod sentry;
pub mod servicenow;
mod words;
