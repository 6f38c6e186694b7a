//! A forgotten record leaves no text in any file of the store.
#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

mod common;

use common::{all_bytes, at, create, import, key, now, told};
use refrain_record::{Decided, Key};
use refrain_store::search::{IndexDoc, Order, Request, parse_query};
use refrain_store::{Access, FileNote, Names, Put, Store};

const SECRET: &str = "Customer Thornwick-Quill was billed twice";
const DETAIL: &str = "the voucher ZEBRA-7781 was read from the clipboard";

fn holds(dir: &std::path::Path, text: &str) -> Vec<String> {
    let found = all_bytes(dir).into_iter().filter(|(_, bytes)| bytes.windows(text.len()).any(|w| w == text.as_bytes()));
    found.map(|(path, _)| path.display().to_string()).collect()
}

fn index(store: &Store) {
    let records = store.records().unwrap().records;
    store.fresh_index(&records.len().to_string(), || records.iter().map(IndexDoc::of)).unwrap();
}

#[test]
fn law_p3_no_byte_of_the_text_is_left_and_the_key_is_refused() {
    let (dir, mut store) = create();
    let place = dir.path().join("store");
    let others: Vec<_> = (0..300).map(|n| told(&format!("JIRA:PAY-{n}"), &format!("ordinary record {n}"), &"filler ".repeat(n))).collect();
    let secret = |detail: &str| told("JIRA:SEC-1", SECRET, detail);
    import(&mut store, &[("pay.json", &others), ("sec.json", &[secret("first telling of it all")])]);
    import(&mut store, &[("sec.json", &[secret(DETAIL)]), ("copy/sec.json", &[secret(DETAIL)])]);
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    run.begin_file("sec.json").unwrap();
    run.put(&secret(DETAIL)).unwrap();
    run.finish_file(true, &FileNote { raw: None, report: serde_json::json!({"skips": [{"found": format!("x {}…", &DETAIL[..30]), "line": 3}]}) })
        .unwrap();
    run.commit().unwrap();
    store.put_summary(now(), &serde_json::json!({"classes": [{"title": SECRET, "members": 3}]})).unwrap();
    let model = store.put_model(serde_json::json!({"exemplar": SECRET}).to_string().as_bytes()).unwrap();
    store.decide(Decided::NoClass { key: key("JIRA:SEC-1") }, "kim", "an accident", now()).unwrap();
    index(&store);
    let found = |store: &Store, query: &str| {
        let expr = parse_query(query).unwrap();
        let request = Request { expr: &expr, order: Order::Relevance, skip: 0, limit: 9, facets: &[] };
        store.index().unwrap().search(&request).unwrap().total
    };
    assert_eq!((holds(&place, SECRET).is_empty(), found(&store, "zebra"), found(&store, "ordinary")), (false, 1, 300));

    let forgotten = store.forget(&key("JIRA:SEC-1"), "the customer asked", at("2026-02-01")).unwrap();
    assert_eq!((forgotten.tombstone.parts, forgotten.notes, forgotten.pages_held), (3, 2, false));
    assert_eq!((forgotten.decisions_quoting, forgotten.models_quoting), (vec![], vec![model.clone()]));
    store.drop_model(&model).unwrap();
    assert!(store.refit_due().unwrap().is_some());
    index(&store);
    assert_eq!((found(&store, "zebra"), found(&store, "ordinary")), (0, 300));
    for text in [SECRET, DETAIL, &DETAIL[..30], "Thornwick", "thornwick", "ZEBRA", "zebra", "first telling"] {
        assert_eq!(holds(&place, text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(store.runs().unwrap()[2].files[0].report["skips"][0]["line"], 3, "the rest of a note stays");
    assert_eq!(import(&mut store, &[("sec.json", &[secret(DETAIL)])]), [Put::Forgotten]);
    store.rebuild_index("0", std::iter::empty()).unwrap();
    assert_eq!(store.tombstones().unwrap()[0].refused, 1);
    assert_eq!(store.record(&key("JIRA:SEC-1")).unwrap(), None);
    assert_eq!(store.resolve("sec-1").unwrap(), Names::One(key("JIRA:SEC-1")));
    assert_eq!((store.count().unwrap(), store.check().unwrap()), (300, vec![]));
    assert!(store.revisions(&key("JIRA:SEC-1")).unwrap().iter().all(|r| r.record.is_none() && r.hash.is_empty()));
    drop(store);
    assert_eq!(holds(&place, "Thornwick"), Vec::<String>::new());
}

#[test]
fn old_pages_that_a_reader_holds_go_with_the_next_writer() {
    let (dir, mut store) = create();
    let place = dir.path().join("store");
    import(&mut store, &[("sec.json", &[told("JIRA:SEC-1", SECRET, DETAIL)])]);
    // A second connection in the middle of reading holds the state it saw.
    let reader = rusqlite::Connection::open(place.join("refrain.db")).unwrap();
    let mut statement = reader.prepare("SELECT json FROM parts").unwrap();
    let mut rows = statement.query([]).unwrap();
    rows.next().unwrap();
    let forgotten = store.forget(&key("JIRA:SEC-1"), "asked", now()).unwrap();
    assert!(forgotten.pages_held);
    drop(rows);
    drop(statement);
    drop((reader, store));
    drop(Store::open(&place, Access::Write).unwrap());
    assert_eq!(holds(&place, "Thornwick"), Vec::<String>::new());
}

#[test]
fn only_what_is_there_can_be_forgotten_and_a_reason_is_asked_for() {
    let (_dir, mut store) = create();
    let unknown: Key = key("JIRA:PAY-1");
    assert!(store.forget(&unknown, "asked", now()).unwrap_err().to_string().contains("found no record"));
    import(&mut store, &[("a.json", &[told("JIRA:PAY-1", "a title that is long", "text")])]);
    assert!(store.forget(&unknown, "  ", now()).is_err());
    let first = store.forget(&unknown, "asked", now()).unwrap().tombstone;
    assert_eq!(store.forget(&unknown, "again", at("2027-01-01")).unwrap().tombstone, first);
}
