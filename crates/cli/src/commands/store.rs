//! `strongroom store`: checks a stopped store for damage, and salvages a damaged one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use strongroom_server::{ReportedProblem, StoreSettings, check_store, salvage_store};

use crate::failure::CommandError;
use crate::output::{Output, counted, note, printable};
use crate::progress;

/// Problems listed in text output. JSON output has all.
const MAX_LISTED_PROBLEMS: usize = 100;

#[derive(Subcommand)]
pub enum Store {
    /// Verify every record, index entry and value of a stopped store, and change nothing
    #[command(
        after_help = "Stop the server first. The exit code is 0 if the store is intact and 3 if it is damaged."
    )]
    Check(Check),
    /// Make a new store from everything in a damaged one that can be read and verified
    #[command(
        after_help = "Stop the server first. The damaged store is not changed. Lost records are listed, and the exit code is then 3. \
        Batches in the new store can be shown but not undone."
    )]
    Salvage(Salvage),
}

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    store: StoreSettings,
}

#[derive(Args)]
pub struct Salvage {
    #[command(flatten)]
    store: StoreSettings,
    /// Folder to make the new store in; it must not hold one
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

impl Store {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Check(check) => check.run(out).await,
            Self::Salvage(salvage) => salvage.run(out).await,
        }
    }
}

impl Check {
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let bar = progress::counter("records checked");
        let report = check_store(self.store, &mut |records| bar.set_position(records as u64)).await;
        bar.finish_and_clear();
        let report = report?;
        out.result(&report, || {
            let checked = counted(report.records, "record was", "records were");
            format!("{}{checked} checked in {}\n", render(&report.problems), report.store.display())
        })?;
        match report.problems.len() {
            0 => {
                note("No damage found.");
                Ok(())
            }
            problems => Err(CommandError::SomeRejected(format!(
                "{} found. Restore the store from a backup, or salvage it with `strongroom store salvage --to FOLDER`.",
                counted(problems, "problem was", "problems were")
            ))),
        }
    }
}

impl Salvage {
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let bar = progress::counter("records read");
        let report =
            salvage_store(self.store, &self.to, &mut |records| bar.set_position(records as u64)).await;
        bar.finish_and_clear();
        let report = report?;
        out.result(&report, || {
            let secrets = counted(report.secrets, "secret", "secrets");
            let values = counted(report.values, "value", "values");
            let uncertain: String = report
                .uncertain
                .iter()
                .map(|record| format!("may be out of date: {}\n", printable(record)))
                .collect();
            let lost = render(&report.lost);
            format!("{lost}{uncertain}{secrets} with {values} saved in {}\n", report.store.display())
        })?;
        if !report.problems.is_empty() {
            return Err(CommandError::Failed(format!(
                "the new store has {}. Do not use it; restore from a backup.",
                counted(report.problems.len(), "problem", "problems")
            )));
        }
        match report.lost.len() {
            0 => {
                note("Nothing was lost. Start the server with the new folder as --data-dir.");
                Ok(())
            }
            lost => Err(CommandError::SomeRejected(format!(
                "{} lost. The new store is intact: start the server with its folder as --data-dir.",
                counted(lost, "record was", "records or ranges of records were")
            ))),
        }
    }
}

fn render(problems: &[ReportedProblem]) -> String {
    let line = |problem: &ReportedProblem| {
        format!("{}: {}: {}\n", problem.kind, printable(&problem.record), printable(&problem.details))
    };
    let mut lines: String = problems.iter().take(MAX_LISTED_PROBLEMS).map(line).collect();
    if let Some(more) = problems.len().checked_sub(MAX_LISTED_PROBLEMS).filter(|more| *more > 0) {
        lines.push_str(&format!("... and {more} more; --output json lists all\n"));
    }
    lines
}
