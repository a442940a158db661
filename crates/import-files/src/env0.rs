//! Variables with NUL between them, as `env -0` prints them and `/proc/PID/environ` has them: no quotes, no comments.

use zeroize::Zeroizing;

use crate::env::NUL;
use crate::line_problem::Code;
use crate::reading::Reading;
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let mut variables = sample.text.split(NUL).filter(|variable| !variable.is_empty());
    let is_variable = |variable: &str| {
        variable.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
        })
    };
    // Several assignments in lines of their own are a .env file with a NUL in a value.
    let nuls = sample.text.matches(NUL).count();
    let lines =
        sample.lines.iter().filter(|line| is_variable(line.split(NUL).next().unwrap_or_default())).count();
    if nuls > 0 && lines <= nuls && variables.all(is_variable) {
        Guess::certain("NUL characters separate variables, as `env -0` prints them.")
    } else {
        None
    }
}

pub fn read(reading: &mut Reading<'_>) {
    let text = reading.text;
    let mut at = 0;
    for variable in text.split(NUL) {
        let start = at;
        at += variable.len() + NUL.len_utf8();
        if variable.trim().is_empty() {
            continue;
        }
        let Some((name, value)) = variable.split_once('=') else {
            let message = "There is no '=' before the next NUL. Expected NAME=value, as `env -0` prints.";
            reading.problem(start, Code::Syntax, message);
            continue;
        };
        let mut entry = reading.entry(start);
        entry.name = name.to_owned();
        entry.secret_string = Some(Zeroizing::new(value.to_owned()));
        reading.entries.push(entry);
    }
}
