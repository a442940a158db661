//! Telling how easily a value would be guessed.

use strongroom_contract::v1::{CheckSecretsRequest, CheckSecretsResponse};
use strongroom_validation::{Code, Problem};

use crate::{Answer, Call, Operations, Rejection};

/// The one check there is.
const STRENGTH: &str = "STRENGTH";

impl Operations {
    pub async fn check_secrets(
        &self,
        _: &Call,
        request: CheckSecretsRequest,
    ) -> Answer<CheckSecretsResponse> {
        let mut problems = Vec::new();
        if request.r#type != STRENGTH {
            problems.push(Problem {
                field: "type",
                code: Code::NotOneOf,
                message:
                    "There is no check of this type. Use STRENGTH, which tells how easily a value is guessed."
                        .into(),
            });
        }
        let text = request.data.and_then(|data| data.secret_string);
        match &text {
            Some(text) => {
                problems.extend(strongroom_validation::value(Some(text), None, self.limits.value_bytes));
            }
            None => problems.push(Problem {
                field: "data.secret_string",
                code: Code::Required,
                message: "There is nothing to check. Give data with a secret_string.".into(),
            }),
        }
        match text.filter(|_| problems.is_empty()) {
            Some(text) => {
                Ok(CheckSecretsResponse { r#type: request.r#type, data: Some(self.strength(&text).await?) })
            }
            None => Err(Rejection::Invalid(problems).into()),
        }
    }
}
