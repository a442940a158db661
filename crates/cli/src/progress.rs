//! Progress bars. They are shown only if standard error is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// For work of unknown length.
pub fn counter(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template(&format!("{{spinner}} {{human_pos}} {what}"));
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

pub fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}, {eta} to go");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
