//! The `strongroom` binary: the server, and the commands that call one.

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

use clap::{CommandFactory, Parser, Subcommand};
use strongroom_server::Settings;

use commands::{
    access_key, admin, batch, clock, completions, delete, export, get, import, list, login, logout, password,
    put, recipient_key, restore, root_key, run, store,
};
use failure::{CommandError, EXIT_CODES};
use output::Output;

/// A self-hosted secret manager
#[derive(Parser)]
#[command(name = "strongroom", version, after_help = format!("{}\n\n{EXIT_CODES}", connection::ENVIRONMENT_HELP))]
struct Command {
    #[command(subcommand)]
    action: Action,
    /// Output format: text for people, json for programs
    #[arg(long, value_enum, global = true, default_value = "text")]
    output: Output,
}

#[derive(Subcommand)]
enum Action {
    /// Run the server
    #[command(
        after_help = "The root key can also be given in the environment. It is never a flag, because other users can see flags:\n  \
        STRONGROOM_ROOT_KEY             the key as in a root key file: strongroom-root-key-v1:, then 32 bytes in Base64\n  \
        STRONGROOM_ROOT_KEY_PASSPHRASE  a passphrase from which the key is derived\n\n\
        To change such a root key, start the server with the new one above and the previous one below. Remove the previous \
        one when the log or `strongroom root-key status` reports that the rotation is complete:\n  \
        STRONGROOM_ROOT_KEY_PREVIOUS             the previous key\n  \
        STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE  the previous passphrase"
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
    /// Administer the store on the machine that holds it
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Show or rotate the root key of a running server
    #[command(subcommand)]
    RootKey(root_key::RootKey),
    /// Show or confirm the clock of a running server
    #[command(subcommand)]
    Clock(clock::Clock),
    /// Check the store of a stopped server for damage, or salvage a damaged one
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
        Ok(Command { action, output }) => (output, execute(action, output).await),
        Err(wrong) => match Output::requested_in(std::env::args_os()) {
            Output::Json if wrong.use_stderr() => (Output::Json, Err(usage_error(&wrong))),
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

/// The error that clap reports, without the usage text below it.
fn usage_error(wrong: &clap::Error) -> CommandError {
    let report = wrong.to_string();
    let sentence = report.split("\n\n").next().unwrap_or_default();
    CommandError::Usage(sentence.trim_start_matches("error: ").trim_end().to_owned())
}

async fn execute(action: Action, out: Output) -> Result<(), CommandError> {
    match action {
        Action::Serve(settings) => {
            tokio::spawn(memory::return_freed_memory());
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
        Action::Completions(completions) => completions.run(Command::command()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const README: &str = include_str!("../../../README.md");

    fn collect(command: &clap::Command, flags: &mut BTreeSet<String>, variables: &mut BTreeSet<String>) {
        for argument in command.get_arguments() {
            flags.extend(argument.get_long().map(|long| format!("--{long}")));
            variables.extend(argument.get_env().map(|name| name.to_string_lossy().into_owned()));
        }
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        variables.extend(words_starting_with(&help, "STRONGROOM_"));
        command.get_subcommands().for_each(|subcommand| collect(subcommand, flags, variables));
    }

    fn words_starting_with(text: &str, prefix: &str) -> Vec<String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let words = text.split(|c| !is_part(c));
        words
            .filter(|word| word.len() > prefix.len() && word.starts_with(prefix))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn readme_names_only_flags_and_variables_that_exist() {
        let (mut flags, mut variables) = (BTreeSet::new(), BTreeSet::new());
        let mut command = Command::command();
        command.build();
        collect(&command, &mut flags, &mut variables);
        let (prose, fenced): (Vec<_>, Vec<_>) =
            README.split("```").enumerate().partition(|(position, _)| position % 2 == 0);
        let spans = prose.iter().flat_map(|(_, part)| part.split('`').skip(1).step_by(2));
        let lines = fenced.iter().flat_map(|(_, part)| part.lines());
        let commands = lines.filter(|line| line.trim_start_matches("$ ").starts_with("strongroom "));
        let text: Vec<&str> = spans.chain(commands).collect();
        let named = text.iter().flat_map(|text| words_starting_with(text, "--"));
        let unknown: Vec<_> = named.filter(|flag| !flags.contains(flag)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let named = words_starting_with(README, "STRONGROOM_");
        let unknown: Vec<_> = named.into_iter().filter(|name| !variables.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn readme_lists_every_command_and_the_exit_codes() {
        for command in Command::command().get_subcommands() {
            let name = command.get_name();
            assert!(
                README.contains(&format!("`{name}")) || README.contains(&format!("strongroom {name}")),
                "{name}"
            );
        }
        assert!(README.contains(EXIT_CODES), "the exit codes in the README differ from `--help`");
    }
}
