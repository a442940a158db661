//! Imports larger than one request: entries are streamed, and what became of them comes back meanwhile.

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_import_files::FileEntry;

use super::{QUESTION, new_secret};
use crate::batches::{Changing, Ended, Question, Report, ask, is_any_change, told};
use crate::connection::Session;
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::progress;

/// Entries in one message. Many share its cost; with values of 64 KB, the most an operator can allow, they are 6.4 MB, and
/// a server takes messages of 40 MiB unless configured otherwise.
const SHARE: usize = 100;

/// Shows what would be stored, asks, and has it stored.
///
/// A stream has no token: what is done can differ from what was shown if somebody else writes in between.
pub async fn carry_out(
    changing: &Changing,
    session: &mut Session,
    out: Output,
    options: v1::ImportOptions,
    entries: Vec<FileEntry>,
) -> Result<Ended<v1::ImportSecretsStreamResponse>, CommandError> {
    let entries = Arc::new(entries);
    if !changing.yes {
        let trial = v1::ImportOptions { dry_run: true, ..options.clone() };
        let plan = streamed(session, trial, &entries).await?;
        if changing.dry_run || !is_any_change(&plan) {
            return Ok(Ended { answer: plan, is_done: false });
        }
        out.show(&told(&plan, "would be"))?;
        ask(&plan, Question::YesOrNo(QUESTION)).await?;
    }
    Ok(Ended { answer: streamed(session, options, &entries).await?, is_done: true })
}

/// Sends all entries, and gathers the answers into one.
async fn streamed(
    session: &mut Session,
    options: v1::ImportOptions,
    entries: &Arc<Vec<FileEntry>>,
) -> Result<v1::ImportSecretsStreamResponse, CommandError> {
    let bar = progress::bar(entries.len());
    let mut whole = v1::ImportSecretsStreamResponse::default();
    let path = "/strongroom.v1.Batches/ImportSecretsStream";
    let mut answers = session.stream(path, messages(options, entries.clone())).await?;
    loop {
        let answer: v1::ImportSecretsStreamResponse = match answers.message().await {
            Ok(Some(answer)) => answer,
            Ok(None) => break,
            Err(status) => {
                bar.finish_and_clear();
                note_broken(&whole, entries.len());
                return Err(status.into());
            }
        };
        bar.inc(u64::try_from(answer.outcomes.len()).unwrap_or_default());
        whole.outcomes.extend(answer.outcomes);
        whole.progress = answer.progress;
    }
    bar.finish_and_clear();
    if let Some(failure) = cut_off(&whole, entries.len()) {
        note_broken(&whole, entries.len());
        return Err(failure);
    }
    Ok(whole)
}

/// A stream can also end without a word of why. Only what says that it is finished, and tells of every entry, is whole.
fn cut_off(told: &v1::ImportSecretsStreamResponse, total: usize) -> Option<CommandError> {
    let finished = told.progress.as_ref().is_some_and(|progress| progress.finished);
    (!finished || told.outcomes.len() < total).then(|| {
        CommandError::Failed(
            "the import ended before all of it was done. Look what was done, then import the file again with --on-existing \
             skip."
                .to_owned(),
        )
    })
}

fn messages(
    options: v1::ImportOptions,
    entries: Arc<Vec<FileEntry>>,
) -> impl Iterator<Item = v1::ImportSecretsStreamRequest> {
    let first = v1::ImportSecretsStreamRequest { options: Some(options), ..Default::default() };
    let shares = (0..entries.len()).step_by(SHARE).map(move |from| {
        let share = entries.iter().skip(from).take(SHARE);
        v1::ImportSecretsStreamRequest { secrets: share.map(new_secret).collect(), ..Default::default() }
    });
    std::iter::once(first).chain(shares)
}

/// What was told is stored, whatever became of the connection.
fn note_broken(told: &v1::ImportSecretsStreamResponse, total: usize) {
    note(format_args!("{} of {total} entries were told about before this.", told.outcomes.len()));
    if !told.batch_id().is_empty() {
        note(format_args!("Look how far it got with: strongroom batch show {}", told.batch_id()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_ends_early_is_no_success() {
        for (finished, outcomes, whole) in
            [(true, 3, true), (false, 3, false), (true, 2, false), (false, 0, false)]
        {
            let told = v1::ImportSecretsStreamResponse {
                outcomes: vec![v1::Outcome::default(); outcomes],
                progress: Some(v1::ImportProgress { finished, ..v1::ImportProgress::default() }),
            };
            assert_eq!(cut_off(&told, 3).is_none(), whole, "{finished} {outcomes}");
        }
        assert!(cut_off(&v1::ImportSecretsStreamResponse::default(), 1).is_some());
    }
}
