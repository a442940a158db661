//! `strongroom restore`: cancels scheduled deletions.

use strongroom_contract::v1;

use crate::batches::{self, BatchFlags, Question};
use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::Output;
use crate::selection::Selection;

const NOTHING_FOUND: &str = "no secret was found that is pending deletion.";

/// Cancel the scheduled deletion of secrets
#[derive(clap::Args)]
pub struct Restore {
    /// Names of secrets that are pending deletion
    names: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// The batch that scheduled their deletion
    #[arg(long, value_name = "ID")]
    batch: Option<String>,
    #[command(flatten)]
    flags: BatchFlags,
    #[command(flatten)]
    connection: Connection,
}

impl Restore {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let kinds = [
            !self.names.is_empty(),
            self.selection.query.is_some(),
            !self.selection.tags.is_empty(),
            self.batch.is_some(),
        ];
        if kinds.iter().filter(|given| **given).count() != 1 {
            return Err(CommandError::Usage(
                "select secrets by exactly one of: names, --query, --tag, --batch.".to_owned(),
            ));
        }
        let mut session = self.connection.open().await?;
        let is_pending = |secret: &v1::Secret| secret.scheduled_delete_time.is_some();
        let names = self.selection.names(&mut session, self.names, is_pending, NOTHING_FOUND).await?;
        let count = names.len();
        let request = v1::BatchCancelDeletionsRequest {
            names,
            batch_id: self.batch.clone().unwrap_or_default(),
            tags: self.selection.tag_values(),
            atomic: self.flags.atomic,
            ..v1::BatchCancelDeletionsRequest::default()
        };
        let answer = match self.flags.run_and_print(&mut session, out, request, Question::None).await {
            Ok(answer) => answer,
            Err(failure) => {
                let other_ways = "--tag or --batch";
                return Err(self
                    .selection
                    .explain_too_many_names(&mut session, count, other_ways, failure)
                    .await);
            }
        };
        if answer.outcomes.is_empty() {
            return Err(CommandError::NotFound(NOTHING_FOUND.to_owned()));
        }
        batches::check_rejected(&answer)
    }
}
