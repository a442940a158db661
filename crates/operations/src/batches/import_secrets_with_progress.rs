//! Storing many secrets that come all at once, and telling how it goes.

use strongroom_contract::v1::{ImportSecretsStreamRequest, ImportSecretsStreamResponse};
use tokio::sync::mpsc;

use crate::{Answer, Answers, Call, OperationError, Operations, Piece};

impl Operations {
    pub async fn import_secrets_with_progress(
        &self,
        call: &Call,
        request: ImportSecretsStreamRequest,
        answers: Answers<ImportSecretsStreamResponse>,
    ) -> Answer<()> {
        let (sender, pieces) = mpsc::channel(2);
        for piece in [Piece::message(request), Piece::End] {
            sender.send(piece).await.map_err(OperationError::internal("handing entries over"))?;
        }
        self.import_secrets_stream(call, pieces, answers).await
    }
}
