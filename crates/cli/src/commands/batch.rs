//! `strongroom batch`: lists, shows and undoes the batches of the last 30 days.

use clap::Subcommand;
use serde::Serialize;
use strongroom_contract::v1;

use crate::batches::{self, BatchFlags, Question};
use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::outcomes::{self, Tense};
use crate::output::{Output, moment, printable, table};

/// Outcomes on a page: the maximum of ShowBatch.
const OUTCOMES_PER_PAGE: i32 = 1_000;

/// List, show and undo batches
#[derive(Subcommand)]
pub enum Batch {
    /// List the batches of the last 30 days, newest first
    List {
        /// Most batches to list
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the outcome of each entry of a batch
    Show {
        /// Id of the batch
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Undo a batch: remove what it created, or cancel the deletions it scheduled
    Undo {
        /// Id of the batch
        id: String,
        #[command(flatten)]
        flags: BatchFlags,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Serialize)]
struct Listed {
    batches: Vec<v1::Batch>,
}

impl Batch {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::List { limit, connection } => {
                let listed = Listed { batches: fetch_newest(&mut connection.open().await?, limit).await? };
                out.result(&listed, || render(&listed.batches))
            }
            Self::Show { id, connection } => {
                let shown = fetch_all_outcomes(&mut connection.open().await?, id).await?;
                out.result(&shown, || {
                    let batch = shown.batch.clone().unwrap_or_default();
                    render(&[batch]) + &outcomes::rows(&shown.outcomes, Tense::Done)
                })
            }
            Self::Undo { id, flags, connection } => {
                let mut session = connection.open().await?;
                let request = v1::UndoBatchRequest {
                    batch_id: id,
                    atomic: flags.atomic,
                    ..v1::UndoBatchRequest::default()
                };
                let question = Question::YesOrNo("Undo this batch?");
                let answer = flags.run_with_optional_preview(&mut session, out, request, question).await?;
                batches::check_rejected(&answer)
            }
        }
    }
}

async fn fetch_newest(session: &mut Session, limit: usize) -> Result<Vec<v1::Batch>, CommandError> {
    /// The maximum of ListBatches.
    const BATCHES_PER_PAGE: usize = 100;
    let (mut found, mut marker) = (Vec::new(), String::new());
    while found.len() < limit {
        let wanted = (limit - found.len()).min(BATCHES_PER_PAGE);
        let request = v1::ListBatchesRequest {
            limit: i32::try_from(wanted).ok(),
            marker,
            ..v1::ListBatchesRequest::default()
        };
        let page: v1::ListBatchesResponse =
            session.call("/strongroom.v1.Batches/ListBatches", request).await?;
        found.extend(page.batches);
        match page.page_info.and_then(|info| info.next_marker) {
            Some(next) => marker = next,
            None => break,
        }
    }
    Ok(found)
}

async fn fetch_all_outcomes(
    session: &mut Session,
    batch_id: String,
) -> Result<v1::ShowBatchResponse, CommandError> {
    let mut shown = v1::ShowBatchResponse::default();
    loop {
        let request = v1::ShowBatchRequest {
            batch_id: batch_id.clone(),
            limit: Some(OUTCOMES_PER_PAGE),
            offset: i32::try_from(shown.outcomes.len()).unwrap_or(i32::MAX),
            ..v1::ShowBatchRequest::default()
        };
        let page: v1::ShowBatchResponse = session.call("/strongroom.v1.Batches/ShowBatch", request).await?;
        shown.batch = page.batch;
        if page.outcomes.is_empty() {
            return Ok(shown);
        }
        shown.outcomes.extend(page.outcomes);
    }
}

fn render(batches: &[v1::Batch]) -> String {
    let titles = ["BATCH", "WHEN", "WHO", "WHAT", "OUTCOMES", ""];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(batches.iter().map(|batch| {
        let counts =
            batch.actions.iter().map(|action| format!("{} {}", action.count, outcomes::word(action.action)));
        let ending = match (batch.undone_by.as_str(), batch.finished) {
            ("", true) => String::new(),
            ("", false) => "not finished".to_owned(),
            (by, _) if batch.can_undo => format!("partly undone by {by}"),
            (by, _) => format!("undone by {by}"),
        };
        vec![
            batch.batch_id.clone(),
            moment(Some(batch.create_time)),
            printable(&batch.user_name),
            batch.operation.clone(),
            counts.collect::<Vec<_>>().join(", "),
            ending,
        ]
    }));
    table(&rows)
}
