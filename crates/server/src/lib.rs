#![doc = include_str!("../README.md")]

mod clock;
mod connections;
mod credentials;
mod descriptors;
mod explorer;
mod jobs;
mod lingering;
mod listener;
mod log;
mod metrics;
mod offline;
mod page;
mod private_file;
mod process;
mod recover;
mod requests;
mod root_key;
mod routes;
mod settings;
mod start;
mod start_error;
mod threads;

pub use clock::SystemClock;
pub use explorer::openapi;
pub use offline::{CheckReport, ReportedProblem, SalvageReport, check_store, salvage_store};
pub use process::hide_memory;
pub use recover::Recovery;
pub use settings::{Settings, StoreSettings};
pub use start::Server;
pub use start_error::StartError;
pub use strongroom_operations::chain;

use std::io::Write;

/// Runs the server until it is asked to stop. Prints its address on standard output when it is ready.
pub async fn serve(settings: Settings) -> Result<(), StartError> {
    let settings = settings.resolve()?;
    log::start(&settings);
    process::apply_core_dump_setting(settings.allow_core_dumps);
    descriptors::raise_limit();
    let server = Server::start(&settings, std::sync::Arc::new(SystemClock::new())).await?;
    process::report_unlocked_keys();
    let mut out = std::io::stdout();
    // A closed standard output does not stop the server.
    let _ = writeln!(out, "listening on {}", server.endpoint()).and_then(|()| out.flush());
    server.run(listener::stop_signal()).await;
    Ok(())
}
