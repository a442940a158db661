//! The `strongroom` binary: the server, and the commands that speak to one.

mod batches;
mod commands;
mod connection;
mod failure;
mod memory;
mod outcomes;
mod output;
mod policies;
mod private_file;
mod progress;
mod sealed;
mod selection;
mod terminal;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use strongroom_server::Settings;

use commands::{
    access_key, admin, batch, clock, completions, delete, export, get, import, list, login, logout, password,
    put, recipient_key, restore, root_key, run, store,
};
use failure::{CommandError, EXIT_CODES};
use output::Output;

/// A self-hosted secret manager
#[derive(Parser)]
#[command(name = "strongroom", version, after_help = format!("{}\n\n{EXIT_CODES}", connection::EXPLAINED))]
struct Command {
    #[command(subcommand)]
    action: Action,
    /// For people or for programs
    #[arg(long, value_enum, global = true, default_value = "text")]
    output: Output,
}

#[derive(Subcommand)]
enum Action {
    /// Run the server
    #[command(
        after_help = "The root key can also be given in the environment, never as a flag, which others can see:\n  \
        STRONGROOM_ROOT_KEY             the key as a root key file holds it: strongroom-root-key-v1:, then 32 bytes in Base64\n  \
        STRONGROOM_ROOT_KEY_PASSPHRASE  a passphrase the key is made from\n\n\
        To change a root key that is given so, start the server with the new one above and the one before here, until the \
        log or `strongroom root-key status` says that no rotation runs any more:\n  \
        STRONGROOM_ROOT_KEY_PREVIOUS             the key before\n  \
        STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE  the passphrase before"
    )]
    Serve(Box<Settings>),
    Import(Box<import::Import>),
    Export(export::Export),
    Get(get::Get),
    List(list::List),
    Put(put::Put),
    Delete(delete::Delete),
    Restore(restore::Restore),
    #[command(subcommand)]
    Batch(batch::Batch),
    Run(run::Run),
    RecipientKey(recipient_key::RecipientKey),
    Login(login::Login),
    Logout(logout::Logout),
    /// Change your password
    #[command(subcommand)]
    Password(password::Password),
    /// Create, list, deactivate and delete your access keys
    #[command(subcommand)]
    AccessKey(access_key::AccessKey),
    /// What an administrator does on the machine that holds the store
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Look at the root key of a running server, or replace it
    #[command(subcommand)]
    RootKey(root_key::RootKey),
    /// Look at the clock of a running server, or confirm that it is right
    #[command(subcommand)]
    Clock(clock::Clock),
    /// Look for damage in the store of a stopped server, or save what is left of it
    #[command(subcommand)]
    Store(store::Store),
    /// Print the description of the REST API, as YAML
    Openapi,
    /// Print the contract as a binary protobuf FileDescriptorSet, for protoc and other tools
    Descriptors,
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    strongroom_server::hide_memory();
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    let (output, ended) = match Command::try_parse() {
        Ok(Command { action, output }) => (output, carry_out(action, output).await),
        Err(wrong) => match Output::asked_for(std::env::args_os()) {
            Output::Json if wrong.use_stderr() => (Output::Json, Err(unread(&wrong))),
            Output::Json | Output::Text => wrong.exit(),
        },
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

/// What is wrong with a command line, without how it is used.
fn unread(wrong: &clap::Error) -> CommandError {
    let told = wrong.to_string();
    let sentence = told.split("\n\n").next().unwrap_or_default();
    CommandError::Usage(sentence.trim_start_matches("error: ").trim_end().to_owned())
}

async fn carry_out(action: Action, out: Output) -> Result<(), CommandError> {
    match action {
        Action::Serve(settings) => {
            tokio::spawn(memory::return_freed());
            Ok(strongroom_server::serve(*settings).await?)
        }
        Action::Import(import) => import.run(out).await,
        Action::Export(export) => export.run(out).await,
        Action::Get(get) => get.run(out).await,
        Action::List(list) => list.run(out).await,
        Action::Put(put) => put.run(out).await,
        Action::Delete(delete) => delete.run(out).await,
        Action::Restore(restore) => restore.run(out).await,
        Action::Batch(batch) => batch.run(out).await,
        Action::Run(run) => run.run().await,
        Action::RecipientKey(recipient_key) => recipient_key.run(out),
        Action::Login(login) => login.run(out).await,
        Action::Logout(logout) => logout.run(out).await,
        Action::Password(password) => password.run(out).await,
        Action::AccessKey(access_key) => access_key.run(out).await,
        Action::Admin(admin) => admin.run(out).await,
        Action::RootKey(root_key) => root_key.run(out).await,
        Action::Clock(clock) => clock.run(out).await,
        Action::Store(store) => store.run(out).await,
        Action::Openapi => output::bytes(strongroom_server::openapi().as_bytes()),
        Action::Descriptors => output::bytes(strongroom_contract::FILE_DESCRIPTOR_SET),
        Action::Completions(completions) => completions.run(),
    }
}
