//! Storing secrets that arrive over time.

use strongroom_contract::v1::{
    BatchImportSecretsRequest, ImportProgress, ImportSecretsStreamRequest, ImportSecretsStreamResponse,
};
use tokio::sync::mpsc;

use crate::{Answer, Answers, Call, Operations, Piece};

impl Operations {
    pub async fn import_secrets_stream(
        &self,
        call: &Call,
        mut pieces: mpsc::Receiver<Piece<ImportSecretsStreamRequest>>,
        answers: Answers<ImportSecretsStreamResponse>,
    ) -> Answer<()> {
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Message(message) => {
                    let request = BatchImportSecretsRequest { project_id: message.project_id, secrets: message.secrets, ..Default::default() };
                    let answer = self.batch_import_secrets(call, request).await?;
                    answers.tell(ImportSecretsStreamResponse { outcomes: answer.outcomes, progress: Some(ImportProgress { success: answer.success, ..Default::default() }) }).await;
                }
                Piece::Unreadable { .. } => {}
                Piece::End => return Ok(()),
            }
        }
        Ok(())
    }
}
