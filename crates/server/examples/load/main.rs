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

/// Times each batch is done.
const TURNS: usize = 9;

/// All of it, or only what is named: `start import stream delete cancel list write read`, and how often each batch is done.
#[tokio::main]
async fn main() {
    let (turns, named): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.parse::<usize>().is_ok());
    let turns = turns.first().map_or(TURNS, |turns| turns.parse().unwrap());
    let is_wanted = |work: &str| named.is_empty() || named.iter().any(|name| name == work);

    println!("| work | figure |\n|---|---|");
    if is_wanted("start") {
        start();
    }
    let server = Process::start().again();
    let client = Client::log_in(&server).await;
    let run = Run { server, client, turns };
    run.prepare().await;
    if is_wanted("import") {
        run.import().await;
    }
    if is_wanted("stream") {
        run.stream().await;
    }
    if is_wanted("delete") {
        run.delete().await;
    }
    if is_wanted("cancel") {
        run.cancel().await;
    }
    if is_wanted("list") {
        run.list().await;
    }
    if is_wanted("write") {
        run.write().await;
    }
    if is_wanted("read") {
        run.read().await;
    }
    row("memory after all of it", format!("{:.1} MB", run.server.memory()));
    row("store on disk", format!("{:.1} MB", run.server.disk()));
}

fn start() {
    let starts = (0..7).map(|_| Process::start().ready_after).collect();
    row("first start to ready, median of 7", milliseconds(median(starts)));
    let again = Process::start().again();
    row("second start to ready", milliseconds(again.ready_after));
    row("memory idle", format!("{:.1} MB", again.memory()));
}

struct Run {
    server: Process,
    client: Client,
    turns: usize,
}

impl Run {
    /// The first value makes the project's key, once; and what is cancelled and read is there.
    async fn prepare(&self) {
        self.client.import("cancel".to_owned(), 1, 32).await;
        self.client.import("read".to_owned(), 1_000, 32).await;
    }

    /// Does a batch of 1,000 some times, each after what it needs. Tells the median and what each cost the server.
    async fn batch<P: Future, W: Future<Output = Duration>>(
        &self,
        what: &str,
        prepare: impl Fn(usize) -> P,
        work: impl Fn(usize, P::Output) -> W,
    ) {
        let (mut took, mut cpu, mut flushes) = (Vec::new(), Duration::ZERO, 0);
        for turn in 0..self.turns {
            let prepared = prepare(turn).await;
            let (before, flushed) = (self.server.cpu(), self.client.flushes().await);
            took.push(work(turn, prepared).await);
            flushes += self.client.flushes().await - flushed;
            cpu += self.server.cpu() - before;
        }
        let each = cpu.as_secs_f64() * 1e3 / self.turns as f64;
        let flushes = flushes as f64 / self.turns as f64;
        let took = milliseconds(median(took));
        row(what, format!("{took}, {each:.1} us CPU each, {flushes:.2} flushes a call"));
    }

    async fn import(&self) {
        for size in [32, 32_768] {
            // The body limit is 40 MiB, so the larger one fits with its names.
            let work = |turn, ()| self.client.import(format!("i{size}-{turn}"), 1_000, size);
            self.batch(&format!("import of 1,000 x {size} B"), async |_| (), work).await;
        }
        let skipping = |turn, ()| self.client.import_or_skip(format!("p{turn}"), 1_000);
        self.batch("  32 B, those that exist are skipped", async |_| (), skipping).await;
        let trying = |turn, ()| self.client.try_import(format!("t{turn}"), 1_000);
        self.batch("  32 B, dry run", async |_| (), trying).await;
    }

    async fn stream(&self) {
        for turn in 0..3 {
            self.server.forget_peak();
            let (cpu, flushes) = (self.server.cpu(), self.client.flushes().await);
            let memory = self.server.memory();
            let took = self.client.stream(&format!("s{turn}"), STREAMED).await;
            let cpu = (self.server.cpu() - cpu).as_secs_f64() * 1e6 / STREAMED as f64;
            let flushes = self.client.flushes().await - flushes;
            let rate = STREAMED as f64 / took.as_secs_f64();
            row(
                &format!("stream of {STREAMED} x 32 B"),
                format!("{rate:.0}/s, {cpu:.1} us CPU each, {flushes} flushes"),
            );
            let (peak, after) = (self.server.peak(), self.server.memory());
            row("  memory before, most, after", format!("{memory:.1}, {peak:.1}, {after:.1} MB"));
        }
    }

    async fn delete(&self) {
        let of = |kind: &str, turn: usize| format!("{kind}{turn}");
        let prepare = |turn| self.client.import_of_instance(of("d", turn), 1_000);
        let work = async |turn, _| self.client.delete_instance(of("d", turn), None).await.1;
        self.batch("delete of 1,000", prepare, work).await;
        let prepare = |turn| self.client.import_of_instance(of("l", turn), 1_000);
        let work = async |turn, _| self.client.delete_instance(of("l", turn), Some(7)).await.1;
        self.batch("delete of 1,000 in 7 days", prepare, work).await;
    }

    async fn cancel(&self) {
        let prepare = async |turn| {
            let instance = format!("c{turn}");
            self.client.import_of_instance(instance.clone(), 1_000).await;
            self.client.delete_instance(instance, Some(7)).await.0
        };
        let work = |_, batch| self.client.cancel_batch(batch);
        self.batch("cancel of 1,000 deletions", prepare, work).await;

        let mut took = Vec::new();
        for _ in 0..500 {
            self.client.schedule("cancel-0").await;
            let started = Instant::now();
            self.client.cancel("cancel-0").await;
            took.push(started.elapsed());
        }
        row("cancel one, median of 500", milliseconds(median(took)));
    }

    async fn list(&self) {
        let started = Instant::now();
        let listed = self.client.list_all().await;
        row(&format!("list {listed} with metadata, 1,000 a page"), milliseconds(started.elapsed()));
    }

    async fn write(&self) {
        for callers in CALLERS {
            let (cpu, flushes) = (self.server.cpu(), self.client.flushes().await);
            let written = self.client.write_for(callers, LAP).await;
            let cpu = (self.server.cpu() - cpu).as_secs_f64() * 1e6 / written as f64;
            let flushes = (self.client.flushes().await - flushes) as f64 / written as f64;
            let rate = written as f64 / LAP.as_secs_f64();
            row(
                &format!("durable writes of 32 B, {callers} at once"),
                format!("{rate:.0}/s, {cpu:.0} us CPU, {flushes:.2} flushes each"),
            );
        }
    }

    async fn read(&self) {
        for callers in CALLERS {
            let cpu = self.server.cpu();
            let read = self.client.read_for(callers, LAP).await;
            let cpu = (self.server.cpu() - cpu).as_secs_f64() * 1e6 / read as f64;
            let rate = read as f64 / LAP.as_secs_f64();
            row(&format!("reads of 32 B, {callers} at once"), format!("{rate:.0}/s, {cpu:.0} us CPU"));
        }
    }
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
