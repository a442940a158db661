//! Imports that are too large for one request: entries are streamed, and outcomes arrive meanwhile.

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_import_files::FileEntry;

use super::secrets::{QUESTION, new_secret};
use crate::batches::{BatchFlags, BatchResult, Question, Report, ask, changes_anything, render};
use crate::connection::Session;
use crate::failure::CommandError;
use crate::outcomes::Tense;
use crate::output::{Output, note};
use crate::progress;

/// Entries in one message. With values of 64 KiB, the highest limit, that is 6.4 MB; a server takes 40 MiB by default.
const ENTRIES_PER_MESSAGE: usize = 100;

/// Previews the import, asks, and executes it.
///
/// A stream has no dry run token: the result can differ from the preview if somebody else writes in between.
pub async fn import(
    flags: &BatchFlags,
    session: &mut Session,
    out: Output,
    options: v1::ImportOptions,
    entries: Vec<FileEntry>,
) -> Result<BatchResult<v1::ImportSecretsStreamResponse>, CommandError> {
    let entries = Arc::new(entries);
    if !flags.yes {
        let dry_run = v1::ImportOptions { dry_run: true, ..options.clone() };
        let plan = stream(session, dry_run, &entries).await?;
        if flags.dry_run || !changes_anything(&plan) {
            return Ok(BatchResult { answer: plan, is_executed: false });
        }
        out.show(&render(&plan, Tense::Preview))?;
        ask(&plan, Question::YesOrNo(QUESTION)).await?;
    }
    Ok(BatchResult { answer: stream(session, options, &entries).await?, is_executed: true })
}

/// Sends all entries and merges the answers into one.
async fn stream(
    session: &mut Session,
    options: v1::ImportOptions,
    entries: &Arc<Vec<FileEntry>>,
) -> Result<v1::ImportSecretsStreamResponse, CommandError> {
    let bar = progress::bar(entries.len());
    let mut merged = v1::ImportSecretsStreamResponse::default();
    let path = "/strongroom.v1.Batches/ImportSecretsStream";
    let mut answers = session.stream(path, messages(options, entries.clone())).await?;
    loop {
        let answer: v1::ImportSecretsStreamResponse = match answers.message().await {
            Ok(Some(answer)) => answer,
            Ok(None) => break,
            Err(status) => {
                bar.finish_and_clear();
                note_progress(&merged, entries.len());
                return Err(status.into());
            }
        };
        bar.inc(u64::try_from(answer.outcomes.len()).unwrap_or_default());
        merged.outcomes.extend(answer.outcomes);
        merged.progress = answer.progress;
    }
    bar.finish_and_clear();
    if let Some(failure) = check_complete(&merged, entries.len()) {
        note_progress(&merged, entries.len());
        return Err(failure);
    }
    Ok(merged)
}

/// A stream can end without an error. It is complete only if it is marked as finished and has every outcome.
fn check_complete(merged: &v1::ImportSecretsStreamResponse, total: usize) -> Option<CommandError> {
    let finished = merged.progress.as_ref().is_some_and(|progress| progress.finished);
    (!finished || merged.outcomes.len() < total).then(|| {
        CommandError::Failed(
            "the import ended early. Check what was done, then import the file again with --on-existing skip."
                .to_owned(),
        )
    })
}

fn messages(
    options: v1::ImportOptions,
    entries: Arc<Vec<FileEntry>>,
) -> impl Iterator<Item = v1::ImportSecretsStreamRequest> {
    let first = v1::ImportSecretsStreamRequest { options: Some(options), ..Default::default() };
    let chunks = (0..entries.len()).step_by(ENTRIES_PER_MESSAGE).map(move |from| {
        let chunk = entries.iter().skip(from).take(ENTRIES_PER_MESSAGE);
        v1::ImportSecretsStreamRequest { secrets: chunk.map(new_secret).collect(), ..Default::default() }
    });
    std::iter::once(first).chain(chunks)
}

/// Entries with an outcome are stored, even if the connection was lost afterwards.
fn note_progress(merged: &v1::ImportSecretsStreamResponse, total: usize) {
    note(format_args!("Connection lost after {} of {total} entries.", merged.outcomes.len()));
    if !merged.batch_id().is_empty() {
        note(format_args!("To see their outcomes, run: strongroom batch show {}", merged.batch_id()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_that_ends_early_is_a_failure() {
        for (finished, outcomes, whole) in
            [(true, 3, true), (false, 3, false), (true, 2, false), (false, 0, false)]
        {
            let answer = v1::ImportSecretsStreamResponse {
                outcomes: vec![v1::Outcome::default(); outcomes],
                progress: Some(v1::ImportProgress { finished, ..v1::ImportProgress::default() }),
            };
            assert_eq!(check_complete(&answer, 3).is_none(), whole, "{finished} {outcomes}");
        }
        assert!(check_complete(&v1::ImportSecretsStreamResponse::default(), 1).is_some());
    }
}
