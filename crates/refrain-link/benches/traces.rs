//! Throughput of extract, parse, normalise and fingerprint on one core, in megabytes a second.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use refrain_link::trace::{Extractor, UserRules, fingerprints, normalise};

/// Bytes of each text.
const BYTES: usize = 8 << 20;

/// Prose and log lines as they stand in trackers: no line of a trace, words such as `at` and `in` as often as people write them.
const PLAIN: &[&str] = &[
    "2024-03-01 08:14:22,113 INFO  [worker-7] c.acme.pay.Ledger - settled 412 entries in 31 ms, next run at 08:15\n",
    "When I open the page and press the button, nothing happens; it worked at version 3.2.1 and in the release before.\n",
    "level=warn ts=2024-03-01T08:14:22Z caller=scrape.go:114 msg=\"append failed\" target=http://10.0.0.7:9100/metrics\n",
    "Steps: 1. log in as admin 2. go to Settings > Export 3. choose CSV. Expected: a file. Found: an empty page.\n",
    "The queue grows until the node is restarted, see the graph attached; it happens at night, mostly on Mondays.\n\n",
    "| host | cpu | memory | note |\n| a-17 | 31 % | 2.1 GB | in use |\n",
];

/// Texts full of traces: nothing else between them than a line of a log.
const TRACES: &[&str] = &[
    "2024-03-01 08:14:22,113 ERROR [worker-7] c.acme.pay.Ledger - settling failed\norg.acme.JobFailure: settlement 4711 failed\n\tat org.acme.Runner.run(Runner.java:88)\n\tat java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1149)\n\tat java.lang.Thread.run(Thread.java:748)\nCaused by: java.sql.SQLException: pool 7 exhausted\n\tat com.pay.PoolGate.borrow(PoolGate.java:41)\n\tat com.pay.Ledger.lambda$flush$3(Ledger.java:19)\n\t... 2 more\n",
    "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 12, in <module>\n    main()\n  File \"/srv/app/jobs/settle.py\", line 88, in settle\n    raise KeyError(name)\nKeyError: 'pool-7'\n\n",
    "TypeError: Cannot read properties of undefined (reading 'id')\n    at Ledger.flush (/srv/app/dist/ledger.js:120:17)\n    at async Runner.run (/srv/app/dist/runner.js:44:5)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n\n",
    "==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x0000004f5 bp 0x7ffe sp 0x7ffd\nREAD of size 8 at 0x602000000010 thread T0\n    #0 0x4f5a in pay::Ledger::flush(std::vector<int>&) /src/ledger.cc:41:9\n    #1 0x4f6b in main /src/main.cc:12:3\n    #2 0x7f12 in __libc_start_main (/lib/libc.so.6+0x2d0)\n\n",
    "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.(*Ledger).flush(0xc000010000, 0x5)\n\t/src/pay/ledger.go:41 +0x1d\nmain.main()\n\t/src/pay/main.go:12 +0x85\nexit status 2\n",
];

fn text(parts: &[&str]) -> String {
    let mut out = String::with_capacity(BYTES + 1024);
    let mut n = 0;
    while out.len() < BYTES {
        out.push_str(parts[n % parts.len()]);
        n = n.wrapping_mul(5).wrapping_add(7) % 1_000_003;
    }
    out
}

/// Seconds that this thread had a core, where the system says so; else those that went by.
fn seconds(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|t| t.split(' ').next().and_then(|n| n.parse::<f64>().ok()));
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |n| n / 1e9)
}

fn measure(name: &str, bytes: usize, mut work: impl FnMut() -> usize) {
    let mut best = f64::INFINITY;
    let mut found = 0;
    let start = Instant::now();
    for _ in 0..5 {
        let before = seconds(start);
        found = black_box(work());
        best = best.min(seconds(start) - before);
    }
    println!("{name:28} {:8.1} MB/s  {found} traces", bytes as f64 / 1e6 / best);
}

/// Extract, parse, normalise and fingerprint, as `refrain traces` does.
fn all(text: &str, rules: &UserRules) -> usize {
    let traces = Extractor::new(text.as_bytes()).filter_map(Result::ok);
    traces
        .map(|mut trace| {
            normalise(&mut trace, rules);
            black_box(fingerprints(&trace, rules));
        })
        .count()
}

fn main() {
    let rules = UserRules::default();
    for (name, parts) in [("text without traces", PLAIN), ("text full of traces", TRACES)] {
        let text = text(parts);
        measure(name, text.len(), || all(&text, &rules));
        measure(&format!("{name}, extract"), text.len(), || Extractor::new(text.as_bytes()).filter(Result::is_ok).count());
    }
}
