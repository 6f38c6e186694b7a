//! JSON as people export it: whole, in lines, cut and nested.

use proptest::prelude::*;

use super::*;
use crate::source::Skipped;

fn read_as(text: &str, pages: bool) -> (Vec<(String, String, u32)>, Vec<Skipped>) {
    let (mut items, mut bad) = (Vec::new(), Vec::new());
    let mut bytes = std::io::BufReader::with_capacity(7, text.as_bytes());
    let mut input = Input { path: "x.json", folders: &[], text: &mut bytes };
    let mut sink = |item: Item| {
        if let Item::Skipped(s) = item {
            bad.push(s);
        }
    };
    run(&mut input, &["issues", "data", "nodes"], pages, &mut sink, &mut |v, page, line, _| {
        items.push((v["k"].to_string(), page["names"].as_str().unwrap_or("-").to_owned(), line));
    });
    (items, bad)
}

fn keys(text: &str) -> Vec<String> {
    read_as(text, false).0.into_iter().map(|(k, ..)| k).collect()
}

#[test]
fn every_envelope_gives_the_same_items() {
    let rows = [
        "{\"k\":1}{\"k\":2}",
        "[{\"k\":1},{\"k\":2}]",
        "{\"k\":1}\n{\"k\":2}\n",
        "\u{1e}{\"k\":1}\n\u{1e}{\"k\":2}\n",
        "[{\"k\":1}]\n[{\"k\":2}]",
        "[[{\"k\":1}],[{\"k\":2}]]",
        "{\"issues\":[{\"k\":1},{\"k\":2}],\"total\":2}",
        "{\"total\":2,\"issues\":[{\"k\":1}]}{\"issues\":[{\"k\":2}]}",
        "[{\"issues\":[{\"k\":1}]},\n{\"issues\":[{\"k\":2}]}]",
        "{\"data\":{\"issues\":{\"nodes\":[{\"k\":1},{\"k\":2}]}}}",
        "{\"data\":{\"k\":1}}{\"k\":2}",
        "{\r\n  \"issues\": [\r\n    { \"k\": 1 },\r\n    { \"k\": 2 }\r\n  ]\r\n}\r\n",
    ];
    for text in rows {
        assert_eq!(keys(text), ["1", "2"], "{text}");
        assert!(read_as(text, true).1.is_empty(), "{text}");
    }
    assert!(keys("{\"issues\":[],\"total\":0}").is_empty() && keys("[]").is_empty());
}

#[test]
fn what_stands_behind_the_list_explains_its_items() {
    let (items, _) =
        read_as("{\"issues\":[{\"k\":1}],\"names\":\"late\"}\n{\"names\":\"early\",\"issues\":[{\"k\":2}]}\n{\"issues\":[{\"k\":3}]}", true);
    let names: Vec<&str> = items.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["late", "early", "-"]);
}

#[test]
fn law_a1_each_broken_item_costs_itself_only() {
    let good = |n: usize| format!("{{\"k\":{n},\"id\":\"a\",\"user\":{{\"id\":1,\"k\":2}}}}");
    let breaks =
        ["{\"k\":oops,\"id\":\"a\"}", "{\"k\":2,\"id\":\"cut,\"user\":{}}", "{\"k\":2,\"user\":{\"id\":1}", "{\"k\":2 \"id\":3}", "{\"k\":[1,2}"];
    for broken in breaks {
        for (open, between, close) in [
            ("[", ",", "]"),
            ("[\n  ", ",\n  ", "\n]"),
            ("", "\n", "\n"),
            ("{\"issues\":[", ",", "],\"total\":9}"),
            ("{\"issues\": [\n", ",\n", "]}"),
        ] {
            let items = [good(1), broken.to_owned(), broken.to_owned(), good(3), good(4)];
            let text = format!("{open}{}{close}", items.join(between));
            let (read, bad) = read_as(&text, false);
            assert_eq!(read.len(), 3, "{text}\n{bad:?}");
            assert_eq!(bad.len(), 2, "{text}\n{bad:?}");
        }
    }
}

#[test]
fn a_fault_names_its_line_and_what_was_expected() {
    let (items, bad) = read_as("{\"k\":1}\n{\"k\":\"cut\n{\"k\":3}\n", false);
    assert_eq!(items.iter().map(|i| i.2).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((bad[0].at.line, bad[0].expected.as_str()), (2, "a closing quote before the end of the line"));
    let (items, bad) = read_as("[{\"k\":1},{\"k\":2", false);
    assert_eq!((items.len(), bad.len()), (1, 1));
    let (items, bad) = read_as("[{\"k\":1},{\"k\":2}", false);
    assert_eq!((items.len(), bad.len()), (2, 1));
    assert!(bad[0].expected.contains("the export was cut"));
}

#[test]
fn a_million_brackets_end_well() {
    for open in ["[", "{\"a\":", "{\"issues\":[", "{\"data\":{", "[{"] {
        let (items, bad) = read_as(&open.repeat(300_000), true);
        assert!(items.is_empty() && !bad.is_empty() && bad.len() < 10, "{open} {}", bad.len());
    }
}

#[test]
fn deep_items_cost_themselves_only() {
    let deep = format!("{{\"k\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
    let (items, bad) = read_as(&format!("{{\"k\":1}}\n{deep}\n{{\"k\":3}}\n"), false);
    assert_eq!((items.len(), bad.len()), (2, 1));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[\\[\\]{}\",:a1 \n\\\\]{0,80}", pages in any::<bool>()) {
        let _ = read_as(&text, pages);
    }

    #[test]
    fn good_items_before_a_cut_are_all_read(count in 1_usize..6, cut in 0_usize..200) {
        let items: Vec<String> = (0..count).map(|n| format!("{{\"k\":{n},\"t\":\"x\"}}")).collect();
        let text = format!("{{\"issues\":[{}]}}", items.join(","));
        let cut = cut.min(text.len());
        let whole = text[..cut].matches("\"x\"}").count();
        prop_assert_eq!(keys(&text[..cut]).len(), whole);
    }
}
