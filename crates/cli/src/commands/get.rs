//! `strongroom get`: prints one value exactly as it was stored.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stdout};

use serde_json::value::RawValue;
use strongroom_contract::v1;

use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{self, Output};
use crate::values::{ReadVersion, Value};

/// Print a value: exactly its bytes, with a line break only on a terminal
#[derive(clap::Args)]
pub struct Get {
    /// Name of the secret
    name: String,
    /// Version to read, such as v2 [default: the current one]
    #[arg(long)]
    version: Option<String>,
    /// Stage of the version to read, such as SYSPREVIOUS
    #[arg(long, conflicts_with = "version")]
    stage: Option<String>,
    /// Member to print, if the value is a JSON object
    #[arg(long, value_name = "MEMBER")]
    field: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Get {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        let version_id = self.version_id(&mut session).await?;
        let request = v1::ShowSecretVersionRequest {
            secret_name: self.name.clone(),
            version_id,
            ..v1::ShowSecretVersionRequest::default()
        };
        let path = "/strongroom.v1.Versions/ShowSecretVersion";
        let answer: v1::ShowSecretVersionResponse = session.call(path, request).await?;
        let read = ReadVersion(answer.version.unwrap_or_default());
        match (&self.field, out) {
            (Some(field), Output::Json) => out.result(&member(&read.value()?, field)?, String::new),
            (Some(field), Output::Text) => print(&unquoted(&member(&read.value()?, field)?)),
            (None, Output::Json) => out.result(&read.0, String::new),
            (None, Output::Text) => print(&read.value()?),
        }
    }

    async fn version_id(&self, session: &mut Session) -> Result<String, CommandError> {
        let Some(stage_name) = self.stage.clone() else {
            return Ok(self.version.clone().unwrap_or_else(|| "latest".to_owned()));
        };
        let request = v1::ShowSecretStageRequest {
            secret_name: self.name.clone(),
            stage_name,
            ..v1::ShowSecretStageRequest::default()
        };
        let path = "/strongroom.v1.Stages/ShowSecretStage";
        let answer: v1::ShowSecretStageResponse = session.call(path, request).await?;
        Ok(answer.stage.unwrap_or_default().version_id)
    }
}

/// On a terminal, adds a line break and rejects binary values.
fn print(value: &Value) -> Result<(), CommandError> {
    let terminal = stdout().is_terminal();
    if terminal && !value.is_text {
        return Err(CommandError::Usage(
            "the value is binary, so it is not written to a terminal. Redirect the output, or pass --output json.".to_owned(),
        ));
    }
    output::bytes(&value.bytes)?;
    if terminal { output::bytes(b"\n") } else { Ok(()) }
}

/// A member of a JSON value, as written.
fn member(value: &Value, field: &str) -> Result<Box<RawValue>, CommandError> {
    // The parser error would quote the value, so it is dropped.
    let not_an_object =
        |_| CommandError::Failed("the value is not a JSON object, so it has no members.".to_owned());
    let mut members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_slice(&value.bytes).map_err(not_an_object)?;
    members.remove(field).ok_or_else(|| CommandError::NotFound(format!("the value has no member `{field}`.")))
}

/// A string without its quotes and escapes, and any other JSON as written.
fn unquoted(member: &RawValue) -> Value {
    let text = serde_json::from_str::<String>(member.get()).unwrap_or_else(|_| member.get().to_owned());
    Value { bytes: text.into_bytes().into(), is_text: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &str, field: &str) -> Result<String, CommandError> {
        let value = Value { bytes: value.as_bytes().to_vec().into(), is_text: true };
        member(&value, field).map(|found| String::from_utf8(unquoted(&found).bytes.to_vec()).unwrap())
    }

    #[test]
    fn member_is_printed_as_written() {
        let value = r#"{"text": "a\n\"b\"", "number": 12345678901234567890123, "inner": {"a" : 1}}"#;
        assert_eq!(found(value, "text").unwrap(), "a\n\"b\"");
        assert_eq!(found(value, "number").unwrap(), "12345678901234567890123");
        assert_eq!(found(value, "inner").unwrap(), r#"{"a" : 1}"#);
        assert!(matches!(found(value, "none"), Err(CommandError::NotFound(_))));
    }

    #[test]
    fn error_does_not_quote_a_value_that_is_not_an_object() {
        let rejected = found("hunter2", "a").err().unwrap();
        assert!(!strongroom_server::chain(&rejected).contains("hunter2"));
    }
}
