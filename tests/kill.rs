//! `kill -9` at random points of an import: nothing acknowledged is lost, the store is clean, the next run finishes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves
#![cfg(unix)]

mod support;

use std::process::Stdio;
use std::time::Duration;

use support::{Desk, jira_page};

/// How often the import is killed.
const KILLS: u64 = 50;

#[test]
fn law_n7_kill_at_any_point_loses_nothing_acknowledged() {
    let desk = Desk::new();
    for file in 0..8 {
        desk.write(&format!("in/{file}.json"), jira_page(file * 300, 300));
    }
    desk.write("first/first.json", jira_page(90_000, 5));
    desk.good(&["import", "first"]);
    let mut killed = 0;
    for n in 0..KILLS {
        let mut child = desk.command(&["import", "in", "--quiet"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the whole import: the golden ratio visits the interval evenly and never in step with it.
        let share = (n as f64 * 0.618_033_988_75).fract();
        std::thread::sleep(Duration::from_micros((share * 400_000.0) as u64));
        killed += u64::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if n % 5 == 0 {
            let run = desk.run(&["store", "check"]);
            assert_eq!(run.code, 0, "after kill {n}: {}{}", run.out, run.err);
        }
        assert_eq!(desk.run(&["explain", "PAY-90003"]).code, 0, "acknowledged before kill {n}");
    }
    assert!(killed > 0, "no run was caught alive");
    desk.good(&["import", "in"]);
    assert_eq!(desk.run(&["store", "check"]).code, 0);
    assert_eq!(desk.run(&["explain", "PAY-2399"]).code, 0);
}
