//! Every rule hides its example; what looks like it stays.

use super::*;

fn masker() -> Masker {
    Masker::new("tarnwick", &["Northgate Bank".into()])
}

#[test]
fn law_p1_every_rule_hides_its_example() {
    assert_eq!(COMPILED.len(), RULES.len(), "a pattern does not compile");
    assert!(RULES.len() >= 30);
    for rule in RULES {
        let (text, secret) = rule.example;
        let masked = masker().mask(text);
        assert!(!masked.text.contains(secret), "{}: {}", rule.name, masked.text);
        assert!(masked.hits.iter().any(|h| h.rule == rule.name || h.start == 0 || !h.mask.is_empty()), "{}", rule.name);
        let embedded = format!("Before it, {text}; and after.");
        assert!(!masker().clean(&embedded).contains(secret), "{}: {}", rule.name, masker().clean(&embedded));
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let plain = [
        "The worker timed out after 30 s and retried.",
        "first seen 11 minutes after catalogue-api 7.4.0 on 2026-06-30 at 10:12:33",
        "KeyError: 'vat_rate' in invoice_builder.compose",
        "java.io.IOException at org.acme.boot.Runner.run(Runner.java:88)",
        "libfoo version 1.2.3.4 and 12 of 1,234 orders",
        "std::collections::HashMap and a::b",
        "order 4111 1111 1111 1112 parts", // fails the checksum
        "the token expired and the password was wrong twice",
        "import { Component } from '@angular/core'",
        "between 2025-01-01 and 2025-12-31, 0.25 of 2024",
    ];
    for text in plain {
        assert_eq!(masker().clean(text), text);
    }
}

#[test]
fn law_p1_the_same_value_has_the_same_mask_and_another_key_another() {
    let text = "10.42.7.19 then anna.lind@tarnwick.example then 10.42.7.19";
    let masked = masker().mask(text);
    assert_eq!(masked.hits[0].mask, masked.hits[2].mask);
    assert_ne!(masked.text, Masker::new("other", &[]).clean(text));
    assert_eq!(masked, masker().mask(text));
}

#[test]
fn listed_names_are_hidden_as_whole_words() {
    assert!(masker().clean("NORTHGATE BANK could not pay").starts_with("[name "));
    assert_eq!(masker().clean("Northgate Banking"), "Northgate Banking");
}

#[test]
fn an_explanation_names_the_rule_and_never_the_value() {
    let told = masker().explain("login=alind failed\nfrom 10.42.7.19");
    assert!(told.contains("2:6: ip-v4: 10 bytes -> [ip "), "{told}");
    assert!(told.contains("1:7: named-user: 5 bytes") && told.ends_with("2 masks\n"), "{told}");
    assert!(!told.contains("alind") && !told.contains("10.42"));
}

proptest::proptest! {
    #[test]
    fn masking_any_text_neither_breaks_nor_masks_twice(text in "\\PC{0,200}") {
        let masked = masker().mask(&text);
        proptest::prop_assert!((0.0..=1.0).contains(&masked.share));
        let again = masker().mask(&masked.text);
        proptest::prop_assert!(again.hits.len() <= masked.hits.len() + 2);
    }
}
