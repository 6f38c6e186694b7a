//! What the index finds is what a plain walk over all records finds, in whatever way it was built.
#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

use std::collections::BTreeMap;

use proptest::prelude::*;
use refrain_store::search::{Candidates, Expr, Found, IndexDoc, Order, Request, SearchIndex, Wanted, parse_query, phrase_terms, terms};
use tempfile::TempDir;

fn doc(key: &str, title: &str, description: &str) -> IndexDoc {
    IndexDoc { key: key.into(), title: title.into(), description: description.into(), ..IndexDoc::default() }
}

fn shop() -> Vec<IndexDoc> {
    let day = |d: i64| Some(1_704_067_200 + d * 86_400); // 2024-01-01 and on
    vec![
        IndexDoc {
            team: vec!["Core Payments".into()],
            stage: vec!["production".into()],
            exception: "TypeError".into(),
            frames: "checkout.applyVoucher < Cart.total".into(),
            created: day(0),
            time: day(0),
            severity: Some(1),
            cost: Some(1200.0),
            ..doc("JIRA:PAY-1", "Refund sent twice", "A retry sent the refund a second time.")
        },
        IndexDoc {
            team: vec!["search".into()],
            stage: vec!["staging".into()],
            created: day(40),
            time: day(40),
            severity: Some(3),
            ..doc("JIRA:SRCH-2", "Slow results", "PaymentGate.charge2 is slow; refund page too.")
        },
        IndexDoc {
            team: vec!["search".into()],
            class: vec!["C-1".into(), "A retry repeats an effect".into()],
            created: day(200),
            time: day(200),
            cost: Some(90.5),
            ..doc("GH:acme/shop#7", "Voucher applied twice", "twice twice")
        },
        doc("GH:acme/shop#8", "", ""),
    ]
}

fn filled(docs: Vec<IndexDoc>) -> SearchIndex {
    let mut index = SearchIndex::in_memory().unwrap();
    index.sync(docs.into_iter(), "test").unwrap();
    index
}

fn ask(index: &SearchIndex, query: &str, order: Order) -> Found {
    let expr = parse_query(query).unwrap();
    index.search(&Request { expr: &expr, order, skip: 0, limit: 100, facets: &["team", "stage", "class"] }).unwrap()
}

fn keys(index: &SearchIndex, query: &str) -> Vec<String> {
    let mut keys: Vec<String> = ask(index, query, Order::Relevance).hits.iter().map(|h| h.key.to_string()).collect();
    keys.sort();
    keys
}

#[test]
fn every_form_of_query_finds_what_it_should() {
    let index = filled(shop());
    let (pay, slow, voucher, empty) = ("JIRA:PAY-1", "JIRA:SRCH-2", "GH:acme/shop#7", "GH:acme/shop#8");
    let rows: &[(&str, &[&str])] = &[
        ("", &[voucher, empty, pay, slow]),
        ("twice", &[voucher, pay]),
        ("refund -slow", &[pay]),
        ("\"sent twice\"", &[pay]),
        ("\"twice sent\"", &[]),
        ("paymentgate", &[slow]),
        ("PaymentGate.charge", &[slow]),
        ("\"payment gate charge 2\"", &[slow]),
        ("type:TypeError", &[pay]),
        ("type:typeerror", &[pay]),
        ("frame:checkout", &[pay]),
        ("frame:applyVoucher", &[pay]),
        ("vouch*", &[voucher, pay]),
        ("title:vouch*", &[voucher]),
        ("team:\"core payments\"", &[pay]),
        ("team:core", &[]),
        ("team:core*", &[pay]),
        ("team:(search OR \"Core Payments\") twice", &[voucher, pay]),
        ("-team:*", &[empty]),
        ("class:c-1", &[voucher]),
        ("class:*", &[voucher]),
        ("created:2024-01", &[pay]),
        ("created:2024-02..2024-12", &[voucher, slow]),
        ("created:2024-01-01", &[pay]),
        ("created:..2024-01-31", &[pay]),
        ("-created:2024", &[empty]),
        ("severity:1..2", &[pay]),
        ("severity:3", &[slow]),
        ("cost:90.5", &[voucher]),
        ("cost:100..", &[pay]),
        ("title:* slow", &[slow]),
        ("absent OR slow", &[slow]),
    ];
    for (query, expected) in rows {
        assert_eq!(keys(&index, query), *expected, "{query}");
    }
}

#[test]
fn facets_count_what_was_found_and_orders_put_missing_values_last() {
    let index = filled(shop());
    let found = ask(&index, "", Order::Newest);
    assert_eq!(found.facets["team"], [("search".to_owned(), 2), ("Core Payments".to_owned(), 1)]);
    assert_eq!(found.facets["stage"], [("production".to_owned(), 1), ("staging".to_owned(), 1)]);
    let order = |order| ask(&index, "", order).hits.iter().map(|h| h.key.id().to_owned()).collect::<Vec<_>>();
    assert_eq!(order(Order::Newest), ["acme/shop#7", "SRCH-2", "PAY-1", "acme/shop#8"]);
    assert_eq!(order(Order::Oldest), ["PAY-1", "SRCH-2", "acme/shop#7", "acme/shop#8"]);
    assert_eq!(order(Order::Costliest), ["PAY-1", "acme/shop#7", "acme/shop#8", "SRCH-2"]);
    assert!(index.search(&Request { expr: &Expr::All, order: Order::Newest, skip: 0, limit: 1, facets: &["title"] }).is_err());
}

#[test]
fn a_word_in_the_title_counts_more_and_pages_follow_each_other() {
    let index = filled(vec![doc("A:1", "other words", "refund"), doc("A:2", "refund", "other words"), doc("A:3", "x", "y")]);
    let found = ask(&index, "refund", Order::Relevance);
    assert_eq!(found.hits.iter().map(|h| h.key.id()).collect::<Vec<_>>(), ["2", "1"]);
    assert_eq!((found.total, found.searched), (2, 3));
    let expr = parse_query("refund").unwrap();
    let second = index.search(&Request { expr: &expr, order: Order::Relevance, skip: 1, limit: 1, facets: &[] }).unwrap();
    assert_eq!(second.hits, found.hits[1..]);
}

#[test]
fn candidates_say_what_they_left_out() {
    let index = filled(shop());
    let blend = index.search_blend().unwrap();
    let wanted: Vec<Wanted> = terms("refund twice").into_iter().map(|term| Wanted { term, weight: 1.0 }).collect();
    let all = index.candidates(&wanted, &blend, 10, None).unwrap();
    assert_eq!(all.hits.iter().map(|h| h.key.id()).collect::<Vec<_>>(), ["PAY-1", "acme/shop#7", "SRCH-2"]);
    let filter = parse_query("created:..2024-03").unwrap();
    let earlier = index.candidates(&wanted, &blend, 1, Some(&filter)).unwrap();
    assert_eq!((earlier.hits.len(), earlier.searched, earlier.excluded, earlier.cut), (1, 4, 2, 1));
    assert_eq!(earlier.hits[0], all.hits[0]);
}

#[test]
fn an_index_on_disk_is_opened_again_and_another_version_or_rubbish_is_not() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("index");
    assert!(SearchIndex::open(&folder).is_none());
    let mut index = SearchIndex::create(&folder).unwrap();
    index.sync(shop().into_iter(), "h1").unwrap();
    let again = SearchIndex::open(&folder).unwrap();
    assert_eq!((again.holds(), again.len(), again.broken_files().unwrap().len()), ("h1", 4, 0));
    assert_eq!(keys(&again, "twice"), keys(&index, "twice"));
    std::fs::write(folder.join("meta.json"), "{}").unwrap();
    assert!(SearchIndex::open(&folder).is_none());
}

/// A small language, so that words meet.
fn small_docs() -> impl Strategy<Value = Vec<IndexDoc>> {
    let words = prop::collection::vec(prop::sample::select(vec!["alpha", "beta", "GammaRay", "delta_x", "7"]), 0..6);
    let one = (0..12u8, words.clone(), words, prop::sample::select(vec!["red", "blue", ""]), prop::option::of(0..400i64));
    prop::collection::vec(one, 0..24).prop_map(|docs| {
        let docs = docs.into_iter().map(|(id, title, description, team, day)| IndexDoc {
            team: Some(team.to_owned()).filter(|t| !t.is_empty()).into_iter().collect(),
            created: day.map(|d| 1_704_067_200 + d * 86_400),
            time: day.map(|d| 1_704_067_200 + d * 86_400),
            ..doc(&format!("A:{id}"), &title.join(" "), &description.join(" "))
        });
        // One record a key, as the store gives them.
        docs.map(|d| (d.key.clone(), d)).collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

/// The plain reading of a query, record by record.
fn holds(doc: &IndexDoc, expr: &Expr) -> bool {
    let texts = |field: &Option<&'static str>| match field {
        Some("title") => vec![&doc.title],
        _ => vec![&doc.title, &doc.description],
    };
    match expr {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|p| holds(doc, p)),
        Expr::Or(parts) => parts.iter().any(|p| holds(doc, p)),
        Expr::Not(part) => !holds(doc, part),
        Expr::Words { field, words } => texts(field).iter().any(|t| stands(t, words)),
        Expr::Prefix { field, start } => texts(field).iter().any(|t| terms(t).iter().any(|w| w.starts_with(start.as_str()))),
        Expr::Name { name, .. } => doc.team.iter().any(|t| t == name),
        Expr::Range { low, high, .. } => doc.created.is_some_and(|c| low.is_none_or(|l| c as f64 >= l) && high.is_none_or(|h| (c as f64) < h)),
        Expr::Any { .. } => !doc.team.is_empty(),
    }
}

fn stands(text: &str, words: &[String]) -> bool {
    let parts = phrase_terms(text);
    parts.windows(words.len()).any(|w| w == words) || (words.len() == 1 && terms(text).contains(&words[0]))
}

const QUERIES: &[&str] = &[
    "alpha",
    "alpha beta",
    "alpha OR beta",
    "-alpha",
    "\"alpha beta\"",
    "GammaRay",
    "gammaray",
    "\"ray alpha\"",
    "delta_x",
    "del*",
    "title:alpha -beta",
    "team:red",
    "-team:blue",
    "team:*",
    "created:2024-02..2024-05",
    "(alpha OR team:red) -created:2024-03",
    "7",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_finds_what_a_plain_walk_finds(docs in small_docs()) {
        let index = filled(docs.clone());
        for query in QUERIES {
            let expr = parse_query(query).unwrap();
            let mut plain: Vec<String> = docs.iter().filter(|d| holds(d, &expr)).map(|d| d.key.clone()).collect();
            plain.sort();
            prop_assert_eq!(keys(&index, query), plain, "{}", query);
        }
    }

    #[test]
    fn law_f3_how_the_index_was_built_changes_no_score_and_no_order(docs in small_docs(), extra in small_docs(), cut in 0..24usize, limit in 1..6usize) {
        let plain = filled(docs.clone());
        let mut grown = SearchIndex::in_memory().unwrap();
        let cut = cut.min(docs.len());
        // Other records first, then replaced; in pieces, the last piece first.
        grown.sync(extra.into_iter(), "a").unwrap();
        grown.update(docs[cut..].iter().rev().cloned(), "b").unwrap();
        grown.update(docs[..cut].iter().cloned(), "c").unwrap();
        grown.sync(docs.into_iter().rev(), "d").unwrap();
        for query in QUERIES {
            let expr = parse_query(query).unwrap();
            for order in [Order::Relevance, Order::Newest, Order::Costliest] {
                let request = Request { expr: &expr, order, skip: 0, limit, facets: &["team"] };
                prop_assert_eq!(plain.search(&request).unwrap(), grown.search(&request).unwrap(), "{}", query);
            }
        }
        let blend = plain.search_blend().unwrap();
        prop_assert_eq!(&blend, &grown.search_blend().unwrap());
        let wanted: Vec<Wanted> = ["alpha", "gamma", "7"].iter().zip(1u8..).map(|(t, n)| Wanted { term: (*t).into(), weight: n.into() }).collect();
        let answer = |index: &SearchIndex| -> Candidates { index.candidates(&wanted, &blend, limit, None).unwrap() };
        prop_assert_eq!(answer(&plain), answer(&grown));
    }
}
