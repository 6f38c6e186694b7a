//! Forecasts of real series, against the best simple methods on the same origins.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use refrain_classes::forecast::evaluate::{Grain, SetScore, quarter, read, score, set};

/// Corpus, first and last target quarter.
type Window = (&'static str, &'static str, &'static str);
/// The figure that must be reached within 1 % or beaten: the best of last value, trailing mean of four and a discounted Gamma–Poisson with
/// a fixed prior, computed apart from this program.
type Bar = (Grain, u64, f64);

const REPORTED: Window = ("oss-fuzz-vulns", "2021Q2", "2026Q2");
const BARS: &[Bar] = &[(Grain::Class, 195, 3.644), (Grain::Team, 1500, 1.547), (Grain::Pair, 3000, 0.803)];
const OTHERS: &[Window] = &[("oss-fuzz-vulns", "2020Q3", "2026Q2"), ("rustsec", "2018Q1", "2026Q2"), ("kev", "2022Q1", "2025Q2")];

fn series() -> Option<String> {
    let Ok(folder) = std::env::var("REFRAIN_CORPORA") else {
        println!("skipped: REFRAIN_CORPORA is not set");
        return None;
    };
    Some(std::fs::read_to_string(format!("{folder}/gold/forecast_series.csv")).unwrap())
}

fn judge(text: &str, window: Window, grain: Grain) -> SetScore {
    let rows = read(text).unwrap();
    let found = score(&set(&rows, window.0, grain, quarter(window.1).unwrap(), quarter(window.2).unwrap()));
    let held = found.held_large.map_or("-".into(), |(share, n)| format!("{share:.3} of {n}"));
    println!(
        "{} from {} {}: {:.3?} held {:.3}, from 5 on {held}, width {:.1}",
        window.0,
        window.1,
        grain.name(),
        found.deviance,
        found.held,
        found.width
    );
    found
}

#[test]
fn law_j2_the_chosen_method_is_at_least_as_good_as_the_best_simple_one() {
    let Some(text) = series() else { return };
    let mut better = 0;
    for (grain, points, best) in BARS {
        let found = judge(&text, REPORTED, *grain);
        let chosen = found.deviance["chosen"];
        assert_eq!(found.points, *points, "{}", grain.name());
        assert!(chosen <= best * 1.01, "{}: {chosen} against {best}", grain.name());
        better += u32::from(chosen < *best);
    }
    assert!(better >= 1);
}

#[test]
fn law_j2_intervals_hold_what_they_claim() {
    let Some(text) = series() else { return };
    let (mut hits, mut all) = (0.0, 0.0);
    for window in [&[REPORTED], OTHERS].concat() {
        for grain in Grain::ALL {
            let found = judge(&text, window, grain);
            assert!(found.held >= 0.75, "{} {}", window.0, grain.name());
            if let Some((share, n)) = found.held_large {
                hits += share * n as f64;
                all += n as f64;
                if n >= 80 {
                    assert!((0.75..=0.88).contains(&share), "{} from {} {}: {share} of {n}", window.0, window.1, grain.name());
                }
            }
        }
    }
    assert!((0.75..=0.88).contains(&(hits / all)), "from 5 on: {} of {all}", hits / all);
}

#[test]
fn law_j2_never_more_than_one_percent_above_trailing_mean_and_last_value() {
    let Some(text) = series() else { return };
    for window in [&[REPORTED], OTHERS].concat() {
        for grain in Grain::ALL {
            let found = judge(&text, window, grain);
            let simple = found.deviance["trailing-mean"].min(found.deviance["last-value"]);
            assert!(found.deviance["chosen"] <= simple * 1.01, "{} from {} {}: {:?}", window.0, window.1, grain.name(), found.deviance);
        }
    }
}
