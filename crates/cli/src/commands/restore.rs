//! `strongroom restore`: secrets that are pending deletion are kept.

use strongroom_contract::v1;

use crate::batches::{self, Changing, Question};
use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::Output;
use crate::selection::Selection;

const NONE: &str = "nothing was found that is pending deletion.";

/// Cancel the deletion of secrets, so that they are as they were
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
    changing: Changing,
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
                "say which secrets: names, --query, --tag or --batch, one of them.".to_owned(),
            ));
        }
        let mut session = self.connection.open().await?;
        let is_meant = |secret: &v1::Secret| secret.scheduled_delete_time.is_some();
        let names = self.selection.names(&mut session, self.names, is_meant, NONE).await?;
        let count = names.len();
        let request = v1::BatchCancelDeletionsRequest {
            names,
            batch_id: self.batch.clone().unwrap_or_default(),
            tags: self.selection.tag_values(),
            atomic: self.changing.atomic,
            ..v1::BatchCancelDeletionsRequest::default()
        };
        let answer = match self.changing.carry_out(&mut session, out, request, Question::None).await {
            Ok(answer) => answer,
            Err(failure) => {
                let other_ways = "--tag or --batch";
                return Err(self.selection.explained(&mut session, count, other_ways, failure).await);
            }
        };
        if answer.outcomes.is_empty() {
            return Err(CommandError::NotFound(NONE.to_owned()));
        }
        batches::all_or_some(&answer)
    }
}
