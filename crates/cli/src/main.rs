//! The `strongroom` binary.

mod connection;
mod root_key;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use strongroom_server::Settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted secret manager
#[derive(Parser)]
#[command(name = "strongroom", version)]
struct Command {
    #[command(subcommand)]
    action: Action,
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
    /// Look at the root key of a running server, or replace it
    #[command(subcommand)]
    RootKey(root_key::RootKey),
    /// Print the description of the REST API, as YAML
    Openapi,
    /// Print the contract as a binary protobuf FileDescriptorSet, for protoc and other tools
    Descriptors,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Command::parse().action).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "strongroom: {}", strongroom_server::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(action: Action) -> Result<(), Box<dyn Error>> {
    match action {
        Action::Serve(settings) => strongroom_server::serve(*settings).await?,
        Action::RootKey(action) => root_key::run(action).await?,
        Action::Openapi => std::io::stdout().write_all(strongroom_server::openapi().as_bytes())?,
        Action::Descriptors => std::io::stdout().write_all(strongroom_contract::FILE_DESCRIPTOR_SET)?,
    }
    Ok(())
}
