//! `cargo xtask hostile` runs this against the release binary.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it reports to the person at the terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use strongroom_hostile::{Attack, Pace, Suite, all, print_table};

/// Attacks a Strongroom server that it starts itself, on loopback, with a normal client beside each attack
#[derive(Parser)]
struct Options {
    /// The `strongroom` binary to start
    #[arg(long)]
    server: PathBuf,
    /// Run only attacks whose names start with this; can be repeated
    #[arg(long)]
    only: Vec<String>,
    /// List the attacks and run none
    #[arg(long)]
    list: bool,
    /// Run the short form, as the tests do
    #[arg(long)]
    short: bool,
    /// How long each attack lasts, 1 to 60
    #[arg(long, default_value = "4", value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Print the reports as JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Folder for the store, on a real disk; a temporary one in it is removed afterwards [default: that of the server]
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every attack was held off.
fn run(options: &Options) -> Result<bool, String> {
    let wanted = |attack: &&Attack| {
        let is_named = options.only.iter().any(|name| attack.name.starts_with(name));
        (options.only.is_empty() || is_named) && (!options.short || attack.short)
    };
    let attacks: Vec<_> = all().filter(wanted).collect();
    if attacks.is_empty() {
        return Err("There is no attack of that name. --list names them all.".to_owned());
    }
    if options.list {
        for attack in attacks {
            println!("{:<26} {}", attack.name, attack.about);
        }
        return Ok(true);
    }
    let server =
        options.server.canonicalize().map_err(|error| format!("{}: {error}", options.server.display()))?;
    let beside = server.parent().map(PathBuf::from).unwrap_or_default();
    let folder = options.folder.clone().unwrap_or(beside);
    let quiet = Duration::from_secs(2);
    let pace = Pace {
        first_quiet: quiet,
        quiet,
        attack: Duration::from_secs(options.seconds),
        settle: Duration::from_secs(3),
    };
    let mut suite = Suite::new(&server, &folder, pace)?;
    let mut reports = Vec::new();
    for attack in attacks {
        eprint!("{:<26} ", attack.name);
        let report = suite.run(attack)?;
        match report.failures.as_slice() {
            [] => eprintln!("held off"),
            failures => eprintln!("{}", failures.join("; ")),
        }
        reports.push(report);
    }
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&reports).map_err(|error| error.to_string())?),
        false => println!("{}", print_table(&reports)),
    }
    Ok(reports.iter().all(|report| report.failures.is_empty()))
}
