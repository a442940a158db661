//! `strongroom delete`: secrets go, after a time in which that can be called off, or at once.

use strongroom_contract::v1;

use crate::batches::{self, Changing, Question};
use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::selection::Selection;

const NONE: &str = "nothing was found that could be deleted.";

/// Schedule the deletion of secrets, or delete them at once
#[derive(clap::Args)]
pub struct Delete {
    /// Names of secrets
    names: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Days until they are gone, in which `strongroom restore` keeps them: 7 to 30
    // The default and the bounds are those of ScheduleDeletion.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i32).range(7..=30))]
    window: i32,
    /// Delete at once and for good
    #[arg(long, conflicts_with = "window")]
    now: bool,
    /// How many secrets there must be; with any other number nothing is deleted
    #[arg(long, value_name = "COUNT")]
    expect: Option<i32>,
    #[command(flatten)]
    changing: Changing,
    #[command(flatten)]
    connection: Connection,
}

impl Delete {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let kinds = [!self.names.is_empty(), self.selection.query.is_some(), !self.selection.tags.is_empty()];
        if kinds.iter().filter(|given| **given).count() != 1 {
            return Err(CommandError::Usage(
                "say which secrets: names, --query or --tag, one of them.".to_owned(),
            ));
        }
        if self.now && self.changing.yes && self.names.is_empty() && self.expect.is_none() {
            return Err(CommandError::Usage(
                "with --now and --yes, say with --expect how many secrets there must be.".to_owned(),
            ));
        }
        let mut session = self.connection.open().await?;
        let is_meant = |secret: &v1::Secret| secret.scheduled_delete_time.is_none();
        let names = self.selection.names(&mut session, self.names, is_meant, NONE).await?;
        let count = names.len();
        let request = v1::BatchDeleteSecretsRequest {
            names,
            tags: self.selection.tag_values(),
            recovery_window_in_days: (!self.now).then_some(self.window),
            expect_total: self.expect,
            atomic: self.changing.atomic,
            ..v1::BatchDeleteSecretsRequest::default()
        };
        let is_counted = self.changing.yes && self.expect.is_some();
        let question = match (self.now, is_counted) {
            (true, true) => Question::None,
            (true, false) => Question::Count("This cannot be undone. How many secrets are deleted for good?"),
            (false, _) => Question::YesOrNo("Schedule their deletion?"),
        };
        let ended = self.changing.carry_out_even_unseen(&mut session, out, request, question).await;
        let answer = match ended {
            Ok(answer) => answer,
            Err(failure) if failure.is_too_large_for_one_step() && self.now && !is_counted => {
                return Err(CommandError::Usage(
                    "this is too much to be looked at before it is deleted for good. Name fewer secrets at a time, or say with \
                     --yes and --expect how many there must be."
                        .to_owned(),
                ));
            }
            Err(failure) => {
                return Err(self.selection.explained(&mut session, count, "--tag", failure).await);
            }
        };
        if answer.outcomes.is_empty() && self.expect != Some(0) {
            return Err(CommandError::NotFound(NONE.to_owned()));
        }
        if !self.now && !answer.batch_id.is_empty() && batches::is_any_change(&answer) {
            note(format_args!("Keep them with: strongroom restore --batch {}", answer.batch_id));
        }
        batches::all_or_some(&answer)
    }
}
