//! The worked mappings in `data/mappings`, each on its own cases. `UPDATE=1` rewrites what is expected.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use refrain_ingest::{FileReader, Head, Input, Mapping, ReadSetup};
use support::{cases, compare, damage, entries, root, shown};

fn mappings() -> Vec<(String, Mapping)> {
    let pages = entries(&root().join("data/mappings")).into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml"));
    pages
        .map(|path| {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let mapping = Mapping::parse(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{stem}: {error}"));
            (stem, mapping)
        })
        .collect()
}

fn read(mapping: &Mapping, path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let head = Head { path: &name, text: &text, whole: true };
    assert!(mapping.sniff(&head).is_some(), "{name} is not recognised by {}", mapping.name);
    let mut setup = ReadSetup::default();
    for lookup in mapping.lookups() {
        if let Ok(table) = fs::read_to_string(path.with_file_name(lookup)) {
            setup.lookups.insert(lookup.to_owned(), table);
        }
    }
    let mut out = String::new();
    mapping.read(&mut Input { path: &name, folders: &[], text: &mut text.as_bytes() }, &setup, &mut |item| out += &shown(&item));
    out
}

fn folder(stem: &str) -> PathBuf {
    root().join("crates/refrain-ingest/cases").join(format!("map-{stem}"))
}

#[test]
fn every_mapping_reads_its_cases() {
    for (stem, mapping) in mappings() {
        let lookups = mapping.lookups();
        let cases: Vec<PathBuf> = cases(&folder(&stem)).into_iter().filter(|path| !lookups.iter().any(|name| path.ends_with(name))).collect();
        assert!(!cases.is_empty(), "{stem}: no case");
        cases.iter().for_each(|case| compare(case, &read(&mapping, case)));
    }
}

#[test]
fn no_two_mappings_claim_one_case() {
    let all = mappings();
    for (stem, _) in &all {
        for case in cases(&folder(stem)).into_iter().filter(|case| !case.ends_with("releases.csv")) {
            let (name, text) = (case.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&case).unwrap());
            let head = Head { path: &name, text: &text, whole: true };
            let claims: Vec<&str> = all.iter().filter(|(_, mapping)| mapping.sniff(&head).is_some()).map(|(name, _)| name.as_str()).collect();
            assert_eq!(claims, [stem.as_str()], "{}", case.display());
        }
    }
}

#[test]
fn the_page_that_the_readme_shows_is_a_mapping() {
    let text = fs::read_to_string(root().join("data/mappings/README.md")).unwrap();
    let page = text.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mapping = Mapping::parse(page).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((mapping.lookups(), mapping.fields.len()), (vec!["releases.csv"], 15));
}

proptest! {
    #[test]
    fn damaged_tables_and_trees_are_survived(pick in any::<prop::sample::Index>(), case in any::<prop::sample::Index>(), way in any::<u8>(), at in any::<usize>(), with in any::<u8>()) {
        let all = mappings();
        let (stem, mapping) = &all[pick.index(all.len())];
        let cases = cases(&folder(stem));
        let bytes = damage(&fs::read(&cases[case.index(cases.len())]).unwrap(), way, at, with);
        let text = String::from_utf8_lossy(&bytes);
        let mut records = 0;
        mapping.read(&mut Input { path: "x", folders: &[], text: &mut text.as_bytes() }, &ReadSetup::default(), &mut |_| records += 1);
        let _ = refrain_ingest::propose(&Head { path: "x", text: &text, whole: true });
        prop_assert!(records <= bytes.len() * 20);
    }

    #[test]
    fn damaged_pages_read_or_say_where_they_do_not(pick in any::<prop::sample::Index>(), way in any::<u8>(), at in any::<usize>(), with in any::<u8>()) {
        let pages: Vec<PathBuf> = entries(&root().join("data/mappings")).into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
        let page = damage(&fs::read(&pages[pick.index(pages.len())]).unwrap(), way, at, with);
        let text = String::from_utf8_lossy(&page);
        if let Err(error) = Mapping::parse(&text) {
            prop_assert!(error.line as usize <= text.lines().count() + 1 && !error.text.is_empty());
        }
    }
}
