//! Laws D1 to D4, and what holds of any text: spans in order, no panic, linear time, the same trace again from what was printed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use refrain_link::trace::{Extractor, FrameStatistics, Noise, Trace, UserRules, extract, fingerprints, likeness, lossless, normalise, similarity};

fn read(text: &str) -> Vec<Trace> {
    let mut traces = extract(text);
    traces.iter_mut().for_each(|t| normalise(t, &UserRules::default()));
    traces
}

fn one(text: &str) -> Trace {
    let mut traces = read(text);
    assert!(!traces.is_empty(), "no trace in {text}");
    let primary = traces.iter().position(|t| t.primary).unwrap();
    traces.swap_remove(primary)
}

fn keys(text: &str) -> Vec<String> {
    fingerprints(&one(text), &UserRules::default()).all().map(|p| p.key.clone()).collect()
}

/// One text a format: family, text, innermost function, frames of all blocks.
const CASES: &[(&str, &str, &str, usize)] = &[
    ("java", include_str!("cases/java.txt"), "com.acme.pay.PoolGate.borrow", 5),
    ("java", include_str!("cases/kotlin.txt"), "com.acme.pay.Ledger.flush", 3),
    ("java", include_str!("cases/android_anr.txt"), "java.lang.Object.wait", 4),
    ("python", include_str!("cases/python.txt"), "flush", 3),
    ("js-v8", include_str!("cases/javascript.txt"), "Ledger.flush", 3),
    ("js-firefox", include_str!("cases/firefox.txt"), "flush", 2),
    ("dotnet", include_str!("cases/dotnet.txt"), "Acme.Pay.Ledger.Flush", 3),
    ("go", include_str!("cases/go.txt"), "main.(*Ledger).flush", 2),
    ("rust", include_str!("cases/rust.txt"), "pay::ledger::flush", 3),
    ("ruby", include_str!("cases/ruby.txt"), "flush", 3),
    ("php", include_str!("cases/php.txt"), "Ledger->flush", 3),
    ("asan", include_str!("cases/asan.txt"), "pay::Ledger::flush", 3),
    ("ubsan", include_str!("cases/ubsan.txt"), "pay::Ledger::add", 2),
    ("msan", include_str!("cases/msan.txt"), "pay::Ledger::sum", 3),
    ("tsan", include_str!("cases/tsan.txt"), "pay::Ledger::put", 4),
    ("lsan", include_str!("cases/lsan.txt"), "malloc", 3),
    ("gdb", include_str!("cases/gdb.txt"), "pay::Ledger::flush", 3),
    ("valgrind", include_str!("cases/valgrind.txt"), "flush", 2),
    ("ios", include_str!("cases/apple.txt"), "-[Ledger flush:]", 3),
    ("linux-kernel", include_str!("cases/kernel.txt"), "pay_ioctl", 4),
    ("windows", include_str!("cases/windows.txt"), "Ledger::Flush", 3),
    ("minidump", include_str!("cases/minidump.txt"), "pay::Ledger::Flush", 2),
    ("android-native", include_str!("cases/tombstone.txt"), "pay_flush", 3),
    ("erlang", include_str!("cases/erlang.txt"), "ledger:flush/1", 3),
    ("elixir", include_str!("cases/elixir.txt"), "Pay.Ledger.flush/1", 3),
    ("dart", include_str!("cases/dart.txt"), "Ledger.flush", 2),
    ("lua", include_str!("cases/lua.txt"), "flush", 3),
    ("perl", include_str!("cases/perl.txt"), "Pay::Ledger::flush", 2),
    ("cpp-other", include_str!("cases/chrome.txt"), "pay::Ledger::Flush", 3),
];

#[test]
fn law_d2_every_format_is_read() {
    let mut wrong = Vec::new();
    for (family, text, function, frames) in CASES {
        let traces = read(text);
        let Some(trace) = traces.iter().find(|t| t.primary) else {
            wrong.push(format!("{family}: no trace"));
            continue;
        };
        let top = trace.blocks[trace.root].frames.iter().find(|f| f.noise != Noise::Raise);
        let top = top.and_then(|f| f.function.as_deref().or(f.module.as_deref())).unwrap_or("");
        if trace.family != *family || !top.contains(function) || trace.frame_count() != *frames {
            let found = trace.blocks.iter().flat_map(|b| &b.frames).map(|f| f.raw.as_str()).collect::<Vec<_>>();
            wrong.push(format!("{family}: {} {top:?}, {} frames {found:?}", trace.family, trace.frame_count()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn law_d2_prose_holds_no_trace() {
    let parts = [
        "When I press Export at 12:30 nothing happens.",
        "It fails in Ledger.flush(), see line 12 of ledger.py and the caller at Runner.run(...).",
        "| version | 3.2.1 | host | a@b.example:8080 |",
        "2024-03-01 08:14:22,113 ERROR [worker-7] c.acme.Ledger - settling failed at 08:15 (try 3)",
        "+    raise KeyError(name)\n-    return None\n@@ -12,7 +12,7 @@ def settle(name):",
        "1. log in 2. go to Settings 3. choose CSV #1 of 4",
        "func flush(ctx context.Context) error { return fmt.Errorf(\"x\") }",
        "commit 3fa85f6457174562b3fc2c963f66afa6c2d1e0aa\nAuthor: n <n@x.example>",
        "level=warn ts=2024-03-01T08:14:22Z caller=scrape.go:114 msg=\"append failed\"",
        "The error was: NullPointerException in the ledger, thrown at random.",
    ];
    let mut n = 17_usize;
    for _ in 0..1_000 {
        let text: Vec<&str> = (0..6)
            .map(|_| {
                n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                parts[(n >> 33) % parts.len()]
            })
            .collect();
        let text = text.join("\n");
        let found = extract(&text);
        assert!(found.is_empty(), "{:?} in {text}", found.iter().map(|t| &text[t.start..t.end]).collect::<Vec<_>>());
    }
}

#[test]
fn law_d1_place_and_cause_are_two_layers() {
    let trace = one(CASES[0].1);
    let prints = fingerprints(&trace, &UserRules::default());
    let (site, cause) = (prints.crash_site.unwrap(), prints.root_cause.unwrap());
    assert_ne!(site.key, cause.key, "where it broke and what broke have ids of their own");
    assert!(!site.text.contains("SQLException") && cause.text.contains("SQLException"));
    let moved = CASES[0].1.replace("PoolGate.java:41", "PoolGate.java:57").replace("at org.acme.Runner.run", "at org.acme.Runner.again");
    assert_eq!(fingerprints(&one(&moved), &UserRules::default()).root_cause.unwrap().key, cause.key, "a commit is no identity");
}

/// What a run, a build, a machine or a deployment changes, as from and to.
const VOLATILE: &[(&str, &str)] = &[
    (":120:17", ":7:3301"),
    ("ledger.4a4119c3cdfd10266d84.js", "ledger.903b5f59ae58aa01.js"),
    ("localhost:8080", "localhost:9131"),
    ("0x602000000010", "0x61400000f8a0"),
    ("0x00000000004f5a10", "0x00007f12ab345678"),
    ("/home/build-7/checkout/src/", "/tmp/tmp.x81/checkout/src/"),
    ("/srv/tenant-7/app/", "/opt/deploy/2024-03-01/app/"),
    ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "16fd2706-8baf-433b-82eb-8c7fada847da"),
    ("lambda$flush$3", "lambda$flush$11"),
    ("$$Lambda$123/0x0000000800c8b440", "$$Lambda$77/0x0000000800d00000"),
    ("$Proxy17", "$Proxy4"),
    ("pool 7 exhausted", "pool 12 exhausted"),
    ("2024-03-01T08:14:22", "2025-11-30T23:59:01"),
    ("h1159314b25b06f7c", "h0042ab8812ffe019"),
    ("goroutine 18", "goroutine 4711"),
    ("==4711==", "==99=="),
];

#[test]
fn law_d3_volatile_tokens_do_not_count() {
    let texts: Vec<&str> = CASES.iter().map(|c| c.1).chain([include_str!("cases/volatile.txt")]).collect();
    let mut used = BTreeSet::new();
    for text in &texts {
        let before = keys(text);
        for (from, to) in VOLATILE.iter().filter(|(from, _)| text.contains(from)) {
            used.insert(*from);
            assert_eq!(keys(&text.replace(from, to)), before, "{from} -> {to} in {text}");
        }
    }
    assert_eq!(used.len(), VOLATILE.len(), "each is tried: {used:?}");
    for (from, to) in [("java.sql.SQLException", "java.io.IOException"), ("com.acme.pay.PoolGate.borrow", "com.acme.pay.Cache.get")] {
        let text = texts[0];
        let (before, after) = (keys(text), keys(&text.replace(from, to)));
        assert!(before.iter().zip(&after).take(3).all(|(a, b)| a != b), "{from} -> {to} is another failure");
    }
}

#[test]
fn law_d4_a_wrapper_joins_nothing() {
    let wrapped = |n: usize| {
        format!(
            "org.acme.JobFailure: job failed\n\tat org.acme.Runner.run(Runner.java:88)\n\tat org.acme.Runner.loop(Runner.java:12)\n\
             Caused by: java.lang.IllegalStateException: step\n\tat com.acme.step{n}.Worker{n}.act(Worker{n}.java:41)\n\
             \tat com.acme.step{n}.Plan{n}.go(Plan{n}.java:7)\n\t... 2 more\n"
        )
    };
    let traces: Vec<Trace> = (0..5).map(|n| one(&wrapped(n))).collect();
    let mut statistics = FrameStatistics::default();
    traces.iter().for_each(|t| statistics.add(t));
    for grain in 0..4 {
        let keys: BTreeSet<String> = traces.iter().map(|t| fingerprints(t, &UserRules::default()).all().nth(grain).unwrap().key.clone()).collect();
        assert_eq!(keys.len(), 5, "five causes stay five at every grain");
    }
    for (n, a) in traces.iter().enumerate() {
        for b in &traces[n + 1..] {
            let value = similarity(a, b, &statistics).value;
            assert!(value < 0.5, "a shared wrapper is worth little: {value}");
        }
    }
}

#[test]
fn law_d4_generic_tops_are_no_identity() {
    let crash = "==1==ERROR: AddressSanitizer: ABRT on unknown address 0x01\n    #0 0x1 in raise /x/raise.c:54\n    #1 0x2 in abort /x/abort.c:89\n    #2 0x3 in __libc_start_main (/lib/libc.so.6+0x2d0)\n";
    let prints = fingerprints(&one(crash), &UserRules::default());
    assert!(prints.crash_site.is_none() && prints.root_cause.is_none() && prints.top_frames.is_none(), "{prints:?}");
    assert!(!prints.absent.is_empty(), "and it is said why");
}

fn holds_of_any(text: &str) {
    let traces = read(text);
    let mut end = 0;
    for trace in &traces {
        assert!(trace.start >= end && trace.start <= trace.end && trace.end <= text.len(), "{}..{}", trace.start, trace.end);
        assert!(text.is_char_boundary(trace.start) && text.is_char_boundary(trace.end));
        end = trace.end;
        for frame in trace.blocks.iter().flat_map(|b| &b.frames) {
            assert!(frame.start <= frame.end && text.get(frame.start..frame.end).is_some(), "{frame:?}");
        }
        fingerprints(trace, &UserRules::default());
    }
    assert!(traces.iter().filter(|t| t.primary).count() <= 1);
}

/// Lines of every format, to be cut and mixed.
fn lines() -> Vec<&'static str> {
    CASES.iter().flat_map(|c| c.1.lines()).collect()
}

// Runs for as long as wanted: `PROPTEST_CASES=1000000 cargo test -p refrain-link --test trace_laws read`.
proptest! {
    #[test]
    fn every_format_with_bytes_changed_is_read(
        case in 0_usize..1_000,
        edits in proptest::collection::vec((0_usize..10_000, any::<u8>(), 0_u8..4), 1..24),
    ) {
        let mut bytes = CASES[case % CASES.len()].1.repeat(2).into_bytes();
        for (at, byte, kind) in edits {
            let at = at % bytes.len();
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 8 => drop(bytes.remove(at)),
                _ => {
                    let piece = bytes[at..(at + 40).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        holds_of_any(&lossless(&bytes));
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        holds_of_any(&lossless(&bytes));
    }

    #[test]
    fn cut_and_mixed_lines_are_read(picks in proptest::collection::vec((0_usize..10_000, 0_usize..200, 0_usize..40, any::<bool>()), 0..40)) {
        let lines = lines();
        let mut text = String::new();
        for (line, keep, blanks, newline) in picks {
            let line = lines[line % lines.len()];
            let end = (0..=keep.min(line.len())).rev().find(|e| line.is_char_boundary(*e)).unwrap_or(0);
            text.push_str(&" ".repeat(blanks % 9));
            text.push_str(&line[..end]);
            text.push_str(if newline { "\n" } else { " " });
        }
        holds_of_any(&text);
    }
}

/// What quoting, logging and indenting put before every line.
const BEFORE: &[&str] = &["", "> ", "> > ", "[ERROR] ", "    ", "E/Pay     ( 4711): ", "2024-03-01 08:14:22,113 "];

#[test]
fn what_was_printed_reads_the_same() {
    let told = |t: &Trace| {
        let frames = t.blocks.iter().flat_map(|b| &b.frames).map(|f| (f.name.clone(), f.line)).collect::<Vec<_>>();
        (t.family, t.exception_type.clone(), frames)
    };
    let mut wrong = Vec::new();
    for (family, text, ..) in CASES {
        let plain = told(&one(text));
        for before in BEFORE {
            let quoted: String = text.lines().map(|l| format!("{before}{l}\n")).collect();
            let again = read(&format!("It failed again:\n\n{quoted}\nThanks.\n"));
            let again = again.iter().find(|t| t.primary).map(told);
            if again.as_ref() != Some(&plain) {
                wrong.push(format!("{family} behind {before:?}: {again:?} instead of {plain:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn similarity_is_symmetric_and_one_only_for_identical() {
    let statistics = FrameStatistics::default();
    let all: Vec<Trace> = CASES.iter().map(|c| one(c.1)).collect();
    for (n, a) in all.iter().enumerate() {
        for (m, b) in all.iter().enumerate() {
            let there = similarity(a, b, &statistics);
            let back = similarity(b, a, &statistics);
            assert_eq!(there.value, back.value);
            assert_eq!(there.value == 1.0, n == m, "{} against {}: {}", CASES[n].0, CASES[m].0, there.value);
            let ready = |t: &Trace| refrain_link::trace::Comparable::new(t, &statistics);
            assert_eq!(there.value, likeness(&ready(a), &ready(b)));
        }
    }
}

#[test]
fn hostile_text_is_read_to_its_end() {
    let million = 1_000_000;
    let texts = [
        format!("java.lang.StackOverflowError\n{}", "\tat a.Shop.even(Shop.java:1)\n".repeat(100_000)),
        format!("Traceback (most recent call last):\n{}E: x\n", "  File \"a.py\", line 1, in f\n    f()\n".repeat(50_000)),
        format!("x.YException: {}\n\tat a.B.c(D.java:1)\n\tat a.B.e(D.java:2)\n", "m".repeat(million)),
        "at ".repeat(million / 3),
        " at a.B.c(".repeat(million / 10),
        "#0 ".repeat(million / 3),
        "(".repeat(million),
        "<".repeat(million),
        format!("#0 0x1 in {}\n", "f<".repeat(million / 2)),
        "Caused by: a.B: c\n".repeat(million / 18),
        "goroutine 1 [running]:\nmain.f()\n\t/x.go:1\n\n".repeat(million / 40),
        "[ERROR] ".repeat(million / 8),
        "\u{1b}[31m".repeat(million / 5),
        "{{{code}".repeat(million / 8),
    ];
    for text in &texts {
        holds_of_any(text);
    }
    let parts: Vec<Trace> = Extractor::new(texts[0].as_bytes()).map(Result::unwrap).collect();
    assert_eq!(parts.len(), 1);
    assert!(parts[0].blocks[0].frames.len() < 5_000 && parts[0].frame_count() == 100_000, "kept frames are bounded, all are counted");
}
