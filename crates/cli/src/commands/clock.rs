//! `strongroom clock`: shows and confirms the clock of a running server.

use clap::Subcommand;
use strongroom_contract::{spelling, v1};

use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{Output, moment, note};
use crate::terminal;

#[derive(Subcommand)]
pub enum Clock {
    /// Show the clock of the server, and whether it is trusted
    Show(Connection),
    /// Confirm that the clock of the server is right, so that it is trusted
    ///
    /// Everything past its deletion date by this clock is then removed for good. Check the time first. If it is wrong, correct
    /// the clock of the machine instead. A clock is also in doubt, but usually right, after the machine was off for over an hour.
    Confirm(Confirm),
}

#[derive(clap::Args)]
pub struct Confirm {
    /// Confirm without asking whether the time is right
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Clock {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Show(connection) => show(&fetch(&mut connection.open().await?).await?, out),
            Self::Confirm(Confirm { yes, connection }) => {
                let mut session = connection.open().await?;
                let clock = fetch(&mut session).await?;
                if !yes {
                    let question = format!("Is it {} UTC now?", moment(Some(clock.time)));
                    terminal::confirm(&question, "--yes").await?;
                }
                let request = v1::ConfirmClockRequest { time: clock.time };
                let answer: v1::ConfirmClockResponse =
                    session.call("/strongroom.v1.Clocks/ConfirmClock", request).await?;
                show(&answer.clock.unwrap_or_default(), out)?;
                note("The clock is trusted.");
                Ok(())
            }
        }
    }
}

async fn fetch(session: &mut Session) -> Result<v1::ServerClock, CommandError> {
    let answer: v1::ShowClockResponse =
        session.call("/strongroom.v1.Clocks/ShowClock", v1::ShowClockRequest {}).await?;
    Ok(answer.clock.unwrap_or_default())
}

fn show(clock: &v1::ServerClock, out: Output) -> Result<(), CommandError> {
    out.result(clock, || {
        let mut lines = format!(
            "clock:        {} UTC\ntrusted time: {} UTC\nstate:        {}\n",
            moment(Some(clock.time)),
            moment(Some(clock.trusted_time)),
            spelling::of::<v1::ClockState>(clock.state),
        );
        if let Some(seconds) = clock.trusted_in_seconds {
            lines.push_str(&format!("trusted in:   {} hours, or when you confirm it\n", hours(seconds)));
        }
        lines
    })
}

/// Rounds up.
fn hours(seconds: i64) -> i64 {
    (seconds + 3_599) / 3_600
}
