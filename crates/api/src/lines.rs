//! A body of lines, read while it comes: each is an element of the request, or a message of it with what holds for all.
//!
//! An element that is wrong is told by its number and does not end the stream. A message that is wrong does.

use std::collections::BTreeMap;

use axum::body::Body;
use http_body_util::BodyExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use strongroom_contract::lines::Lines;
use strongroom_contract::object::Object;
use strongroom_operations::Piece;
use tokio::sync::mpsc;

use crate::refused::Refused;
use crate::rest::about_json;
use crate::stream::Sent;

/// The lines of a body as messages, none of them longer than `limit` bytes. `first` puts into the first message what stands
/// elsewhere in the request.
pub(crate) fn lines<T: Lines + 'static>(
    body: Body,
    limit: usize,
    first: impl FnOnce(&mut T) + Send + 'static,
) -> Sent<mpsc::Receiver<Piece<T>>> {
    Sent::fetched(move |pieces| fetch(body, limit, first, pieces))
}

async fn fetch<T: Lines>(
    mut body: Body,
    limit: usize,
    first: impl FnOnce(&mut T) + Send,
    pieces: mpsc::Sender<Piece<T>>,
) -> Result<(), Refused> {
    let (mut splitter, mut reader) = (Splitter::new(limit), Reader::new());
    let mut first = Some(first);
    loop {
        let frame = body.frame().await.transpose().map_err(|_| {
            Refused::Body("The body did not come to its end. Send what is missing in a new one.".to_owned())
        })?;
        let ended = frame.is_none();
        match frame.map(|frame| frame.into_data()) {
            Some(Ok(chunk)) => splitter.split(&chunk, |number, line| reader.read(number, line))?,
            Some(Err(_trailers)) => {}
            None => splitter.end(|number, line| reader.read(number, line))?,
        }
        for mut piece in reader.take(ended) {
            if let (Piece::Message(message), Some(first)) = (&mut piece, first.take()) {
                first(message);
            }
            // Nobody takes more once the operation has ended.
            if pieces.send(piece).await.is_err() {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

/// Makes messages of lines, and keeps apart those that are no element.
struct Reader<T> {
    opened: bool,
    message: T,
    pieces: Vec<Piece<T>>,
}

impl<T: Lines> Reader<T> {
    fn new() -> Self {
        Self { opened: false, message: T::default(), pieces: Vec::new() }
    }

    fn read(&mut self, number: i32, line: Result<&[u8], String>) -> Result<(), Refused> {
        // Some editors begin a text with a mark of its encoding.
        let marked = line.as_ref().ok().and_then(|line| line.strip_prefix(b"\xef\xbb\xbf"));
        let line = marked.filter(|_| number == 1).map_or(line, Ok);
        if line.as_ref().is_ok_and(|line| line.iter().all(u8::is_ascii_whitespace)) {
            return Ok(());
        }
        let told = |sentence: String| Refused::Body(format!("Line {number}: {sentence}"));
        let is_message = line.clone().and_then(is_message::<T>);
        if !std::mem::replace(&mut self.opened, true) {
            // A first line that is not even JSON is the sign of another kind of file: better told once than for each line,
            // and before anything is done that it did not mean.
            if !is_message.clone().map_err(told)? {
                // What is wrong with an element is told with its outcome.
                let unnamed = |line: T::Line| !T::is_named(&line);
                if line.clone().and_then(element).is_ok_and(unnamed) {
                    let what =
                        "This is neither what holds for all lines nor an element with a name. Correct it.";
                    return Err(told(what.to_owned()));
                }
                self.pieces.push(Piece::Message(T::default()));
            }
        }
        if let (Ok(true), Ok(line)) = (&is_message, &line) {
            let Object(message) = value(line).map_err(told)?;
            self.flush();
            self.pieces.push(Piece::Message(message));
            return Ok(());
        }
        match is_message.and(line).and_then(element) {
            Ok(element) => self.message.push(number, element),
            Err(sentence) => {
                self.flush();
                self.pieces.push(Piece::Unreadable { line: number, sentence });
            }
        }
        Ok(())
    }

    fn flush(&mut self) {
        if self.message != T::default() {
            self.pieces.push(Piece::Message(std::mem::take(&mut self.message)));
        }
    }

    /// What has come since. A request without lines is a message too.
    fn take(&mut self, ended: bool) -> Vec<Piece<T>> {
        self.flush();
        if ended {
            let empty = (!self.opened).then(|| Piece::Message(T::default()));
            self.pieces.extend(empty.into_iter().chain([Piece::End]));
        }
        std::mem::take(&mut self.pieces)
    }
}

/// Whether a line is a message by itself, because it has a member of one.
fn is_message<T: Lines>(line: &[u8]) -> Result<bool, String> {
    let Object(members): Object<BTreeMap<String, IgnoredAny>> = value(line)?;
    Ok(members.keys().any(|name| T::MEMBERS.contains(&name.as_str())))
}

fn element<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    value::<Object<T>>(line).map(|object| object.0)
}

fn value<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| about_json("The line", &format!("column {}", error.inner().column()), &error))?;
    reader.end().map_err(|_| "Something follows the JSON value. Write one value a line.".to_owned())?;
    Ok(value)
}

/// Cuts a body into lines, wherever its chunks end.
struct Splitter {
    limit: usize,
    /// Lines that have ended.
    number: i32,
    /// The beginning of one that has not, unless it is too long already.
    held: Vec<u8>,
    too_long: bool,
}

impl Splitter {
    fn new(limit: usize) -> Self {
        Self { limit, number: 0, held: Vec::new(), too_long: false }
    }

    fn split(
        &mut self,
        mut chunk: &[u8],
        mut take: impl FnMut(i32, Result<&[u8], String>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        while let Some((line, rest)) =
            memchr::memchr(b'\n', chunk).and_then(|end| chunk.split_at_checked(end))
        {
            chunk = rest.get(1..).unwrap_or_default();
            self.hold(line);
            self.end(&mut take)?;
        }
        self.hold(chunk);
        Ok(())
    }

    /// Ends the line at hand. A last line need not be ended by a break.
    fn end(
        &mut self,
        take: impl FnOnce(i32, Result<&[u8], String>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.number = self.number.saturating_add(1);
        let line = match std::mem::take(&mut self.too_long) {
            true => Err(format!("The line is longer than the {} bytes this server takes.", self.limit)),
            false => Ok(self.held.as_slice()),
        };
        take(self.number, line)?;
        self.held.clear();
        Ok(())
    }

    fn hold(&mut self, part: &[u8]) {
        self.too_long |= self.held.len() + part.len() > self.limit;
        match self.too_long {
            true => self.held = Vec::new(),
            false => self.held.extend_from_slice(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_contract::v1::ImportSecretsStreamRequest;

    use super::*;

    fn split(limit: usize, chunks: &[&str]) -> Vec<(i32, Result<String, String>)> {
        let (mut splitter, mut seen) = (Splitter::new(limit), Vec::new());
        let mut take = |number, line: Result<&[u8], String>| {
            seen.push((number, line.map(|line| String::from_utf8(line.to_vec()).unwrap())));
            Ok(())
        };
        for chunk in chunks {
            splitter.split(chunk.as_bytes(), &mut take).unwrap();
        }
        splitter.end(&mut take).unwrap();
        seen
    }

    #[test]
    fn lines_are_whole_wherever_chunks_end() {
        let text = "one\n\ntwo two\r\nthree";
        let whole = split(100, &[text]);
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[2], (3, Ok("two two\r".to_owned())));
        for cut in 0..text.len() {
            assert_eq!(split(100, &[&text[..cut], &text[cut..]]), whole, "{cut}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_let_go_and_those_after_it_are_read() {
        let seen = split(3, &["abc\nab", "cd", "e\nabc\n"]);
        assert!(seen[1].1.as_ref().is_err_and(|told| told.contains("3 bytes")));
        let good: Vec<_> = seen.iter().filter(|(_, line)| line.is_ok()).map(|(number, _)| *number).collect();
        assert_eq!(good, [1, 3, 4]);
    }

    /// What a body becomes: `m` with the number of entries for a message, `u` with the line of what is none.
    fn read(body: &str) -> Result<String, String> {
        let (mut splitter, mut reader) = (Splitter::new(1_000), Reader::<ImportSecretsStreamRequest>::new());
        let mut seen = String::new();
        for chunk in [Some(body), None] {
            match chunk {
                Some(chunk) => splitter.split(chunk.as_bytes(), |number, line| reader.read(number, line)),
                None => splitter.end(|number, line| reader.read(number, line)),
            }
            .map_err(|refused| refused.sentence())?;
            for piece in reader.take(chunk.is_none()) {
                seen.push_str(&match piece {
                    Piece::Message(message) => {
                        let options = if message.options.is_some() { "o" } else { "" };
                        format!("m{}{options} ", message.secrets.len())
                    }
                    Piece::Unreadable { line, .. } => format!("u{line} "),
                    Piece::End => "end".to_owned(),
                });
            }
        }
        Ok(seen)
    }

    #[test]
    fn bodies_become_messages() {
        for (body, seen) in [
            ("", "m0 end"),
            ("\n \n", "m0 end"),
            ("{\"name\":\"a\"}\n{\"name\":\"b\"}\n", "m0 m2 end"),
            ("\u{feff}{\"name\":\"a\"}", "m0 m1 end"),
            ("{\"options\":{\"dry_run\":true}}\n{\"name\":\"b\"}", "m0o m1 end"),
            ("{\"secrets\":[{\"name\":\"a\"}]}\n{\"name\":\"b\"}", "m1 m1 end"),
            ("{\"name\":\"a\"}\nx\n{\"name\":\"b\"}\n[]\n", "m0 m1 u2 m1 u4 end"),
            // Whether it may come that late is for others to say.
            ("{\"name\":\"a\"}\n{\"options\":{}}\n{\"name\":\"b\"}", "m0 m1 m0o m1 end"),
        ] {
            assert_eq!(read(body).as_deref(), Ok(seen), "{body}");
        }
        for body in [
            "x",
            "[]",
            "{\"options\":1}",
            "{\"name\":",
            "{} {}",
            "\u{feff}\u{feff}{\"name\":\"a\"}",
            "{}",
            "{\"dry_run\":true}\n{\"name\":\"b\"}",
        ] {
            assert!(read(body).is_err_and(|told| told.starts_with("Line 1: ")), "{body}");
        }
    }

    #[test]
    fn nothing_in_a_message_is_passed_over() {
        for (body, told) in [
            (
                r#"{"options":{},"name":"a"}"#,
                "Line 1: name is unknown here (column 20). Known here: options, secrets.",
            ),
            (
                r#"{"options":{},"dry_run":true}"#,
                "Line 1: dry_run is unknown here (column 23). Known here: options, secrets.",
            ),
            (
                r#"{"options":{"dryrun":true}}"#,
                "Line 1: options.dryrun is unknown here (column 20). Did you mean dry_run?",
            ),
            (
                "{\"name\":\"a\"}\n{\"options\":{\"dryrun\":true}}",
                "Line 2: options.dryrun is unknown here (column 20). Did you mean dry_run?",
            ),
        ] {
            assert_eq!(read(body), Err(told.to_owned()));
        }
    }
}
