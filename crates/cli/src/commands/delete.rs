//! `strongroom delete`: schedules the deletion of secrets, or deletes them at once.

use strongroom_contract::v1;

use crate::batches::{self, BatchFlags, Question};
use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::selection::Selection;

const NOTHING_FOUND: &str = "no secret was found that can be deleted.";

/// Schedule the deletion of secrets, or delete them at once
#[derive(clap::Args)]
pub struct Delete {
    /// Names of secrets
    names: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Days until they are deleted for good, 7 to 30; until then `strongroom restore` cancels it
    // The default and the bounds are those of ScheduleDeletion.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i32).range(7..=30))]
    window: i32,
    /// Delete at once and for good
    #[arg(long, conflicts_with = "window")]
    now: bool,
    /// Expected number of secrets; with any other number nothing is deleted
    #[arg(long, value_name = "COUNT")]
    expect: Option<i32>,
    #[command(flatten)]
    flags: BatchFlags,
    #[command(flatten)]
    connection: Connection,
}

impl Delete {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let kinds = [!self.names.is_empty(), self.selection.query.is_some(), !self.selection.tags.is_empty()];
        if kinds.iter().filter(|given| **given).count() != 1 {
            return Err(CommandError::Usage(
                "select secrets by exactly one of: names, --query, --tag.".to_owned(),
            ));
        }
        if self.now && self.flags.yes && self.names.is_empty() && self.expect.is_none() {
            return Err(CommandError::Usage(
                "--now with --yes and a selection needs --expect COUNT, the expected number of secrets."
                    .to_owned(),
            ));
        }
        let mut session = self.connection.open().await?;
        let is_active = |secret: &v1::Secret| secret.scheduled_delete_time.is_none();
        let names = self.selection.names(&mut session, self.names, is_active, NOTHING_FOUND).await?;
        let count = names.len();
        let request = v1::BatchDeleteSecretsRequest {
            names,
            tags: self.selection.tag_values(),
            recovery_window_in_days: (!self.now).then_some(self.window),
            expect_total: self.expect,
            atomic: self.flags.atomic,
            ..v1::BatchDeleteSecretsRequest::default()
        };
        let is_counted = self.flags.yes && self.expect.is_some();
        let question = match (self.now, is_counted) {
            (true, true) => Question::None,
            (true, false) => {
                Question::Count("This cannot be undone. Type the number of secrets to delete for good:")
            }
            (false, _) => Question::YesOrNo("Schedule their deletion?"),
        };
        let result = self.flags.run_with_optional_preview(&mut session, out, request, question).await;
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) if failure.is_too_large_for_one_transaction() && self.now && !is_counted => {
                return Err(CommandError::Usage(
                    "this is too large for a preview, which --now needs. Select fewer secrets at a time, or pass --yes and \
                     --expect COUNT."
                        .to_owned(),
                ));
            }
            Err(failure) => {
                return Err(self
                    .selection
                    .explain_too_many_names(&mut session, count, "--tag", failure)
                    .await);
            }
        };
        if answer.outcomes.is_empty() && self.expect != Some(0) {
            return Err(CommandError::NotFound(NOTHING_FOUND.to_owned()));
        }
        if !self.now && !answer.batch_id.is_empty() && batches::changes_anything(&answer) {
            note(format_args!("To cancel this, run: strongroom restore --batch {}", answer.batch_id));
        }
        batches::check_rejected(&answer)
    }
}
