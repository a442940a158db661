//! `strongroom list`: lists secrets without their values.

use serde::Serialize;
use strongroom_contract::{spelling, v1};

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, moment, printable, table};
use crate::selection::Selection;

/// List secrets, never their values
#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    selection: Selection,
    /// Print only the names, one per line
    #[arg(long)]
    names: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Serialize)]
struct Listed {
    secrets: Vec<v1::Secret>,
}

impl List {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        let listed = Listed { secrets: self.selection.secrets(&mut session).await? };
        out.result(&listed, || match self.names {
            true => listed.secrets.iter().map(|secret| secret.name.clone() + "\n").collect(),
            false => render(&listed.secrets),
        })
    }
}

fn render(secrets: &[v1::Secret]) -> String {
    let titles = ["NAME", "STATE", "TYPE", "UPDATED", "DELETED ON", "DESCRIPTION"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(secrets.iter().map(|secret| {
        vec![
            secret.name.clone(),
            spelling::of::<v1::SecretState>(secret.state).to_owned(),
            spelling::of::<v1::SecretType>(secret.secret_type).to_owned(),
            moment(Some(secret.update_time)),
            moment(secret.scheduled_delete_time),
            printable(&secret.description),
        ]
    }));
    table(&rows)
}
