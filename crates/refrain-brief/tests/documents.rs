//! What people read, and the laws that a brief keeps.

#![allow(clippy::unwrap_used)]

mod support;

use refrain_brief::{Brief, FORMATS, Format, Options, VIEWS, View, compose, render, verify};
use refrain_record::findings::Findings;
use support::{nothing, tarnwick};

fn options() -> Options {
    let urls = [("JIRA".to_owned(), "https://tracker.tarnwick.example/browse/{id}".to_owned())].into();
    Options { organisation: "Tarnwick Commerce".into(), urls, mask_key: "tarnwick".into(), ..Options::default() }
}

/// Every view of the shop, of something it has.
fn views(f: &Findings) -> Vec<View> {
    let record = f.classes[0].members[0].key.to_string();
    let of = |view: &str| if view == "team" { "Payments" } else { "C-7" };
    let mut all: Vec<View> = VIEWS.iter().map(|(name, _, _)| View::parse(name, Some(of(name))).unwrap()).collect();
    all.push(View::Retrospective(record));
    all
}

fn text_of(f: &Findings, view: View, format: &str) -> String {
    let document = render(f, view, Format::parse(format).unwrap(), &options()).unwrap();
    String::from_utf8_lossy(&document.bytes).into_owned()
}

#[test]
fn law_k1_every_number_is_recomputed_from_its_path() {
    let f = tarnwick::findings();
    for view in views(&f) {
        let brief = compose(&f, &view, &options()).unwrap();
        let verdict = verify(&brief, &f, &options()).unwrap();
        assert!(verdict.agrees(), "{view:?}: {:?} {:?} {}", verdict.numbers, verdict.quotes, verdict.words);
    }
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    assert!(brief.numbers.len() > 300, "{}", brief.numbers.len());
    let cited = |id: &String| brief.citations.iter().any(|c| c.id == *id);
    assert!(brief.numbers.iter().all(|n| cited(&n.cite)), "a number whose citation is not in the list");
}

/// Alters every number, in the index and in the sentences, and expects the check to name each.
#[test]
fn law_k1_each_altered_number_is_found() {
    let f = tarnwick::findings();
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let mut altered = brief.clone();
    altered.numbers.iter_mut().for_each(|n| n.value += 1.0);
    let found = verify(&altered, &f, &options()).unwrap().numbers;
    assert!(brief.numbers.iter().all(|n| found.iter().any(|m| m.path == n.path)));
    let json = String::from_utf8(render(&f, View::Leadership, Format::Json, &options()).unwrap().bytes).unwrap();
    let in_text = json.replacen("\"value\": 38.0", "\"value\": 83.0", 1);
    assert_ne!(json, in_text);
    let read = refrain_brief::verify::read(in_text.as_bytes()).unwrap();
    assert_eq!(verify(&read, &f, &options()).unwrap().numbers[0].path, "ask.escapes");
}

#[test]
fn an_altered_form_quote_or_word_is_found() {
    let f = tarnwick::findings();
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let altered = |change: &dyn Fn(&mut Brief)| {
        let mut copy = brief.clone();
        change(&mut copy);
        verify(&copy, &f, &options()).unwrap()
    };
    assert_eq!(altered(&|b| b.numbers[3].text = "9,999".into()).numbers.len(), 1);
    assert_eq!(altered(&|b| b.unclassified.share = 0.01).numbers.len(), 1);
    assert_eq!(altered(&|b| b.quotes[0].text = "It was the night shift.".into()).quotes.len(), 1);
    assert_eq!(altered(&|b| b.quotes[0].source.hash = "0000000000000000".into()).quotes.len(), 1);
    assert!(altered(&|b| b.title = "All is well.".into()).words);
    let mut other = f.clone();
    other.store_hash = "another".into();
    assert!(verify(&brief, &other, &options()).unwrap().other_records);
}

#[test]
fn law_k2_the_definitions_in_force_are_printed() {
    let f = tarnwick::findings();
    let text = text_of(&f, View::Leadership, "md");
    for word in ["Capped at €140 k per defect", "Discounted Gamma–Poisson", "later stage than its ideal stage"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn law_k4_every_format_prints_the_numbers_of_the_json() {
    let f = tarnwick::findings();
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let (html, md) = (text_of(&f, View::Leadership, "html"), text_of(&f, View::Leadership, "md"));
    for number in &brief.numbers {
        assert!(html.contains(&number.text), "{} not in HTML", number.text);
        assert!(md.contains(&number.text), "{} not in Markdown", number.text);
    }
}

#[test]
fn law_h3_the_share_that_fits_no_class_is_on_the_first_page_of_every_format() {
    let f = tarnwick::findings();
    let first = &compose(&f, &View::Leadership, &options()).unwrap().sections[0];
    let told = serde_json::to_string(first).unwrap();
    assert!(told.contains("Unclassified") && told.contains("unclassified.share"));
    for format in ["html", "md", "json", "slack", "openmetrics"] {
        assert!(text_of(&f, View::Leadership, format).to_lowercase().contains("unclassified"), "{format}");
    }
    assert!(text_of(&nothing(0), View::Leadership, "html").contains("Unclassified"));
}

#[test]
fn law_h4_a_store_of_any_size_gives_a_document_of_every_kind() {
    for n in [0, 1, 2, 5, 50] {
        for row in FORMATS {
            for view in [View::Leadership, View::Release, View::Taxonomy, View::Audit] {
                let document = render(&nothing(n), view, row.format, &options()).unwrap();
                let text = String::from_utf8_lossy(&document.bytes);
                let text = text.split("<script>").next().unwrap();
                assert!(!text.contains("NaN") && !text.contains("inf "), "{n} {}", row.name);
            }
        }
    }
    let text = text_of(&nothing(1), View::Leadership, "md");
    assert!(text.contains("# 1\u{a0}defect, and none is known to have escaped its stage."), "{text}");
}

#[test]
fn law_f1_the_same_findings_give_the_same_bytes() {
    let f = tarnwick::findings();
    for row in FORMATS {
        let one = render(&f, View::Leadership, row.format, &options()).unwrap();
        let two = render(&f.clone(), View::Leadership, row.format, &options()).unwrap();
        assert_eq!(one.bytes, two.bytes, "{}", row.name);
    }
}

#[test]
fn teams_below_the_minimum_are_not_compared_but_their_membership_is_shown() {
    let mut f = tarnwick::findings();
    f.scope.teams.insert("Identity".into(), 3);
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let rates: Vec<String> =
        brief.tables().iter().filter(|t| t.id == "escape-rate" || t.id == "metrics").flat_map(|t| &t.rows).map(|r| r.cells[0].main.plain()).collect();
    assert!(!rates.is_empty() && rates.iter().all(|r| !r.contains("Identity")), "{rates:?}");
    assert!(text_of(&f, View::Leadership, "html").contains("others") || text_of(&f, View::Leadership, "html").contains("Others"));
    let lanes = brief.tables().into_iter().find(|t| t.id == "timeline-C-7").unwrap();
    assert!(lanes.rows.iter().any(|r| r.cells[0].main.plain() == "Identity"));
}

#[test]
fn a_case_study_names_nobody_and_nothing() {
    let f = tarnwick::findings();
    for format in ["html", "md", "json"] {
        let text = text_of(&f, View::CaseStudy("C-12".into()), format);
        for name in ["Tarnwick", "Payments", "Fulfilment", "Data Platform", "ship_to", "catalogue-api", "JIRA", "vat_rate", &f.store_hash] {
            assert!(!text.contains(name), "{format}: {name}");
        }
        assert!(text.contains("A producer renames, drops or loosens a field"), "{format}: the mechanism is gone");
    }
}

#[test]
fn a_view_of_something_unknown_says_what_exists() {
    let error = render(&tarnwick::findings(), View::Team("Billing".into()), Format::Html, &options()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "view `team`: found `Billing`, expected one that the findings hold, such as Catalogue, Data Platform, Fulfilment, Identity, Orders"
    );
}

/// Writes every format and view into the folder that the environment names, to be looked at.
#[test]
fn write_for_looking() {
    let Ok(folder) = std::env::var("REFRAIN_LOOK") else { return };
    let f = tarnwick::findings();
    for row in FORMATS {
        let document = render(&f, View::Leadership, row.format, &options()).unwrap();
        std::fs::write(format!("{folder}/{}", document.file_name), document.bytes).unwrap();
    }
    for view in views(&f) {
        let document = render(&f, view, Format::Html, &options()).unwrap();
        std::fs::write(format!("{folder}/{}", document.file_name), document.bytes).unwrap();
    }
}
