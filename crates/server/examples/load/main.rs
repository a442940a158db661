//! A load run over real sockets: the release binary in a process of its own, and gRPC clients against it.
//!
//! Prints medians and rates. Client and server share the machine, so read the figures against each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise, and prints"
)]

mod process;
mod work;

use std::time::{Duration, Instant};

use process::Process;
use work::Client;

/// Callers at once, from one script to a busy service.
const CALLERS: [usize; 3] = [1, 16, 64];

/// Entries of a stream.
const STREAMED: usize = 100_000;

/// Time for one rate.
const LAP: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    println!("| work | figure |\n|---|---|");
    let mut starts = Vec::new();
    for _ in 0..7 {
        starts.push(Process::start().ready_after);
    }
    row("first start to ready, median of 7", milliseconds(median(starts)));
    let server = Process::start();
    let again = server.again();
    row("second start to ready", milliseconds(again.ready_after));
    row("memory idle", format!("{:.1} MB", again.memory()));

    let client = Client::log_in(&again).await;
    // The first value makes the project's key, once.
    client.import("cancel", 1, 32).await;
    for size in [32, 32_768] {
        // The body limit is 40 MiB, so the larger one fits with its names.
        let (before, flushes) = (again.cpu(), client.flushes().await);
        let mut took = Vec::new();
        for run in 0..9 {
            took.push(client.import(&format!("i{size}-{run}"), 1_000, size).await);
        }
        let per_entry = (again.cpu() - before).as_secs_f64() * 1e6 / 9_000.0;
        row(&format!("import of 1,000 x {size} B in one call, median of 9"), milliseconds(median(took)));
        row(&format!("  server CPU an entry, {size} B"), format!("{per_entry:.1} us"));
        row("  flushes a call", format!("{:.2}", (client.flushes().await - flushes) as f64 / 9.0));
    }
    for run in 0..3 {
        again.forget_peak();
        let (cpu, flushes, memory) = (again.cpu(), client.flushes().await, again.memory());
        let took = client.stream(&format!("s{run}"), STREAMED).await;
        let cpu = (again.cpu() - cpu).as_secs_f64() * 1e6 / STREAMED as f64;
        let flushes = client.flushes().await - flushes;
        let rate = STREAMED as f64 / took.as_secs_f64();
        row(
            &format!("stream of {STREAMED} x 32 B"),
            format!("{rate:.0}/s, {cpu:.1} us CPU each, {flushes} flushes"),
        );
        let peak = again.peak();
        row("  memory before, most, after", format!("{memory:.1}, {peak:.1}, {:.1} MB", again.memory()));
    }
    let mut took = Vec::new();
    for run in 0..9 {
        client.import_of_instance(&format!("d{run}"), 1_000).await;
        took.push(client.delete_instance(&format!("d{run}")).await);
    }
    row("delete of 1,000 in one call, median of 9", milliseconds(median(took)));
    let mut took = Vec::new();
    for run in 0..9 {
        client.import_of_instance(&format!("c{run}"), 1_000).await;
        let batch = client.schedule_instance(&format!("c{run}")).await;
        took.push(client.cancel_batch(batch).await);
    }
    row("cancel of 1,000 deletions in one call, median of 9", milliseconds(median(took)));
    let mut took = Vec::new();
    for _ in 0..500 {
        client.schedule("cancel-0").await;
        let started = Instant::now();
        client.cancel("cancel-0").await;
        took.push(started.elapsed());
    }
    row("cancel one, median of 500", milliseconds(median(took)));
    let started = Instant::now();
    let listed = client.list_all().await;
    row(&format!("list {listed} with metadata, 1,000 a page"), milliseconds(started.elapsed()));

    for callers in CALLERS {
        let (cpu, flushes) = (again.cpu(), client.flushes().await);
        let written = client.write_for(callers, LAP).await;
        let cpu = (again.cpu() - cpu).as_secs_f64() * 1e6 / written as f64;
        let flushes = (client.flushes().await - flushes) as f64 / written as f64;
        let rate = written as f64 / LAP.as_secs_f64();
        row(
            &format!("durable writes of 32 B, {callers} at once"),
            format!("{rate:.0}/s, {cpu:.0} us CPU, {flushes:.2} flushes each"),
        );
    }
    for callers in CALLERS {
        let cpu = again.cpu();
        let read = client.read_for(callers, LAP).await;
        let cpu = (again.cpu() - cpu).as_secs_f64() * 1e6 / read as f64;
        row(
            &format!("reads of 32 B, {callers} at once"),
            format!("{:.0}/s, {cpu:.0} us CPU", read as f64 / LAP.as_secs_f64()),
        );
    }
    row("memory after all of it", format!("{:.1} MB", again.memory()));
    row("store on disk", format!("{:.1} MB", again.disk()));
}

fn row(work: &str, figure: String) {
    println!("| {work} | {figure} |");
}

fn milliseconds(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1e3)
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}
