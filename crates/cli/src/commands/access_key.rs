//! `strongroom access-key`: manages the access keys of the caller, which sign requests of programs.

use clap::Subcommand;
use strongroom_contract::{spelling, v1};

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note, printable, table};
use crate::terminal;

#[derive(Subcommand)]
pub enum AccessKey {
    /// Create an access key. Its secret key is printed only once
    Create(Create),
    /// List your access keys, the oldest first
    List(Connection),
    /// Reject requests signed with an access key, until it is activated again
    Deactivate(Named),
    /// Accept requests signed with an access key again
    Activate(Named),
    /// Delete an access key for good
    Delete(Delete),
}

#[derive(clap::Args)]
pub struct Create {
    /// What the access key is used for
    #[arg(long, default_value = "")]
    description: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Named {
    /// The access key
    access_key: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Delete {
    /// The access key
    access_key: String,
    /// Delete without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

impl AccessKey {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Create(create) => create.run(out).await,
            Self::List(connection) => list(&connection, out).await,
            Self::Deactivate(named) => named.set(v1::AccessKeyStatus::Inactive, out).await,
            Self::Activate(named) => named.set(v1::AccessKeyStatus::Active, out).await,
            Self::Delete(delete) => delete.run(out).await,
        }
    }
}

impl Create {
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        let wanted = v1::NewAccessKey { description: self.description, ..v1::NewAccessKey::default() };
        let request = v1::CreateAccessKeyRequest { credential: Some(wanted) };
        let path = "/strongroom.v1.Iam/CreateAccessKey";
        let answer: v1::CreateAccessKeyResponse = session.call(path, request).await?;
        let made = answer.credential.unwrap_or_default();
        out.result(&made, || format!("access key: {}\nsecret key: {}\n", made.access, made.secret))?;
        note("The secret key is not shown again. Store it where the program reads it.");
        Ok(())
    }
}

async fn list(connection: &Connection, out: Output) -> Result<(), CommandError> {
    let mut session = connection.open().await?;
    let path = "/strongroom.v1.Iam/ListAccessKeys";
    let answer: v1::ListAccessKeysResponse = session.call(path, v1::ListAccessKeysRequest::default()).await?;
    out.result(&answer, || {
        let titles = ["ACCESS KEY", "STATUS", "CREATED", "DESCRIPTION"].map(str::to_owned).to_vec();
        let rows = answer.credentials.iter().map(row);
        table(&std::iter::once(titles).chain(rows).collect::<Vec<_>>())
    })
}

fn row(key: &v1::AccessKey) -> Vec<String> {
    let created = key.create_time.get(..16).unwrap_or_default().replace('T', " ");
    vec![key.access.clone(), status(key).to_owned(), created, printable(&key.description)]
}

fn status(key: &v1::AccessKey) -> &'static str {
    spelling::of::<v1::AccessKeyStatus>(key.status)
}

impl Named {
    async fn set(self, wanted: v1::AccessKeyStatus, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        let change = v1::AccessKeyChange { status: wanted.into(), description: None };
        let request = v1::UpdateAccessKeyRequest { access_key: self.access_key, credential: Some(change) };
        let path = "/strongroom.v1.Iam/UpdateAccessKey";
        let answer: v1::UpdateAccessKeyResponse = session.call(path, request).await?;
        let key = answer.credential.unwrap_or_default();
        out.result(&key, || format!("{} is {}\n", key.access, status(&key)))
    }
}

impl Delete {
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        if !self.yes {
            let question = format!(
                "Delete the access key {} for good? Requests signed with it will be rejected.",
                self.access_key
            );
            terminal::confirm(&question, "--yes").await?;
        }
        let request = v1::DeleteAccessKeyRequest { access_key: self.access_key.clone() };
        let path = "/strongroom.v1.Iam/DeleteAccessKey";
        let answer: v1::DeleteAccessKeyResponse = session.call(path, request).await?;
        out.result(&answer, || format!("deleted {}\n", self.access_key))
    }
}
