//! A body of lines, read while it comes: each is an element of the request, or a message of it with what holds for all.
//!
//! An element that is wrong is told by its number and does not end the stream. A message that is wrong does.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use strongroom_contract::lines::Lines;
use strongroom_contract::object::Object;
use strongroom_contract::shape::{Shaped, counted};
use strongroom_operations::Piece;
use tokio::sync::mpsc;

use crate::budget::Charge;
use crate::error::ApiError;
use crate::gzip::Source;
use crate::incoming::COPIES;
use crate::rest::{BYTE_ORDER_MARK, about_json};
use crate::stream::Sent;
use crate::strict::{self, Strict};
use crate::{Api, Rpc};

/// What a line that is no element is charged: its sentence, and what is reported of it later.
const UNREADABLE: usize = 512;

/// The lines of a body as messages, none of them longer than what a body may have, each charged until its operation is done
/// with it. `first` puts into the first message what stands elsewhere in the request.
pub(crate) fn lines<T: Lines + Shaped + 'static>(
    rpc: &'static Rpc,
    api: &Api,
    body: Source,
    payer: &Charge,
    first: impl FnOnce(&mut T) + Send + 'static,
) -> Sent<mpsc::Receiver<Piece<T>>> {
    let (of_request, payer) = (api.clone(), payer.empty());
    Sent::fetched(api, move |pieces| fetch(rpc, of_request, body, payer, first, pieces))
}

async fn fetch<T: Lines + Shaped>(
    rpc: &'static Rpc,
    api: Api,
    mut body: Source,
    held: Charge,
    first: impl FnOnce(&mut T) + Send,
    pieces: mpsc::Sender<Piece<T>>,
) -> Result<(), ApiError> {
    let (mut splitter, mut reader) =
        (Splitter::new(api.body_limit), Reader::new(&rpc.strict, api.import_entries));
    let mut first = Some(first);
    loop {
        let chunk = body.next().await?;
        let ended = chunk.is_none();
        let chunk = chunk.unwrap_or_default();
        held.take_or_wait(COPIES * chunk.len()).await?;
        let ends_line = ended || memchr::memchr(b'\n', &chunk).is_some();
        let bytes = if ends_line { splitter.held.len() + chunk.len() } else { 0 };
        api.decoded(bytes, || {
            splitter.split(&chunk, |number, line| reader.read(number, line))?;
            if ended { splitter.end(|number, line| reader.read(number, line)) } else { Ok(()) }
        })
        .await?;
        // What is left is the beginning of a line.
        let charge = held.split(held.bytes().saturating_sub(COPIES * splitter.held.len()));
        charge.take_or_wait(std::mem::take(&mut reader.structs)).await?;
        for mut piece in reader.take(ended, &Arc::new(charge)) {
            if let (Piece::Message { message, .. }, Some(first)) = (&mut piece, first.take()) {
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
    strict: &'static Strict,
    /// What holds for all lines allows nothing unknown in them.
    is_strict: bool,
    import_entries: usize,
    opened: bool,
    message: T,
    read: Vec<Read<T>>,
    /// Bytes of what has become of the lines, beside the bytes of the lines themselves.
    structs: usize,
}

enum Read<T> {
    Message(T),
    Unreadable { line: i32, sentence: String },
}

impl<T: Lines + Shaped> Reader<T> {
    fn new(strict: &'static Strict, import_entries: usize) -> Self {
        Self {
            strict,
            is_strict: false,
            import_entries,
            opened: false,
            message: T::default(),
            read: Vec::new(),
            structs: 0,
        }
    }

    fn read(&mut self, number: i32, line: Result<&[u8], String>) -> Result<(), ApiError> {
        // Some editors begin a text with a mark of its encoding.
        let marked = line.as_ref().ok().and_then(|line| line.strip_prefix(BYTE_ORDER_MARK));
        let line = marked.filter(|_| number == 1).map_or(line, Ok);
        if line.as_ref().is_ok_and(|line| line.iter().all(u8::is_ascii_whitespace)) {
            return Ok(());
        }
        let told = |sentence: String| ApiError::Body(format!("Line {number}: {sentence}"));
        let is_message = line.clone().and_then(is_message::<T>);
        if !std::mem::replace(&mut self.opened, true) {
            // A first line that is not even JSON is the sign of another kind of file: better told once than for each line,
            // and before anything is done that it did not mean.
            if !is_message.clone().map_err(told)? {
                // What is wrong with an element is told with its outcome.
                let unnamed = |line: T::Line| !T::is_named(&line);
                if line.clone().and_then(|line| self.value(line)).is_ok_and(unnamed) {
                    let what =
                        "This is neither what holds for all lines nor an element with a name. Correct it.";
                    return Err(told(what.to_owned()));
                }
                self.read.push(Read::Message(T::default()));
            }
        }
        if let (Ok(true), Ok(line)) = (&is_message, &line) {
            if self.strict.concerns(line) {
                let read = strict::Line::read(T::SHAPE, self.strict, line);
                self.is_strict |= read.has_named;
                if let Some(unknown) = read.rejected(self.is_strict) {
                    return Err(told(unknown.sentence()));
                }
            }
            let message = self.value(line).map_err(told)?;
            self.flush();
            self.read.push(Read::Message(message));
            return Ok(());
        }
        match is_message.and(line).and_then(|line| self.known(line)).and_then(|line| self.value(line)) {
            Ok(element) => {
                self.structs += size_of::<T::Line>();
                self.message.push(number, element);
            }
            Err(sentence) => {
                self.structs += UNREADABLE;
                self.flush();
                self.read.push(Read::Unreadable { line: number, sentence });
            }
        }
        Ok(())
    }

    /// The line, if nothing is unknown in it that must not be.
    fn known<'a>(&self, line: &'a [u8]) -> Result<&'a [u8], String> {
        if !self.is_strict && !self.strict.concerns(line) {
            return Ok(line);
        }
        let read = strict::Line::read(<T::Line as Shaped>::SHAPE, self.strict, line);
        read.rejected(self.is_strict).map_or(Ok(line), |unknown| Err(unknown.sentence()))
    }

    fn value<V: DeserializeOwned>(&mut self, line: &[u8]) -> Result<V, String> {
        let (value, count) = counted(self.import_entries, || value::<Object<V>>(line));
        self.structs += count.bytes;
        match (value, count.exceeded) {
            (Err(Wrong { list, .. }), Some(allowed)) => {
                Err(ApiError::TooMany { field: list, allowed }.sentence())
            }
            (value, _) => value.map(|object| object.0).map_err(|wrong| wrong.sentence),
        }
    }

    fn flush(&mut self) {
        if self.message != T::default() {
            self.read.push(Read::Message(std::mem::take(&mut self.message)));
        }
    }

    /// What has come since. A request without lines is a message too.
    fn take(&mut self, ended: bool, charge: &Arc<Charge>) -> Vec<Piece<T>> {
        self.flush();
        if ended && !self.opened {
            self.read.push(Read::Message(T::default()));
        }
        let read = std::mem::take(&mut self.read).into_iter().map(|read| match read {
            Read::Message(message) => Piece::Message { message, charge: Some(charge.clone()) },
            Read::Unreadable { line, sentence } => {
                Piece::Unreadable { line, sentence, charge: Some(charge.clone()) }
            }
        });
        read.chain(ended.then_some(Piece::End)).collect()
    }
}

/// Whether a line is a message by itself, because it has a member of one.
fn is_message<T: Lines>(line: &[u8]) -> Result<bool, String> {
    value::<HasMember<T>>(line).map(|found| found.is_one).map_err(|wrong| wrong.sentence)
}

/// Looks at the names of an object's members, and keeps none.
struct HasMember<T> {
    is_one: bool,
    of: PhantomData<T>,
}

impl<'de, T: Lines> Deserialize<'de> for HasMember<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self { is_one: false, of: PhantomData })
    }
}

impl<'de, T: Lines> Visitor<'de> for HasMember<T> {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self, A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            self.is_one |= T::MEMBERS.contains(&name.as_ref());
            members.next_value::<IgnoredAny>()?;
        }
        Ok(self)
    }
}

/// What is wrong with a line, and the list it is wrong in.
struct Wrong {
    sentence: String,
    list: String,
}

fn value<T: DeserializeOwned>(line: &[u8]) -> Result<T, Wrong> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| Wrong {
        sentence: about_json("The line", &format!("column {}", error.inner().column()), &error),
        list: error.path().to_string(),
    })?;
    reader.end().map_err(|_| Wrong {
        sentence: "Something follows the JSON value. Write one value a line.".to_owned(),
        list: String::new(),
    })?;
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
        mut take: impl FnMut(i32, Result<&[u8], String>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
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
        take: impl FnOnce(i32, Result<&[u8], String>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
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
    use crate::IMPORT_SECRETS_STREAM;
    use crate::budget::{Budget, InFlight, Payer};

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
        let (mut splitter, mut reader) = (
            Splitter::new(1_000),
            Reader::<ImportSecretsStreamRequest>::new(&IMPORT_SECRETS_STREAM.strict, 10),
        );
        let budget = Budget::new(InFlight { total: 1 << 20, caller: 1 << 20 });
        let charge = Arc::new(budget.open(Payer::Anyone).unwrap());
        let mut seen = String::new();
        for chunk in [Some(body), None] {
            match chunk {
                Some(chunk) => splitter.split(chunk.as_bytes(), |number, line| reader.read(number, line)),
                None => splitter.end(|number, line| reader.read(number, line)),
            }
            .map_err(|rejected| rejected.sentence())?;
            for piece in reader.take(chunk.is_none(), &charge) {
                seen.push_str(&match piece {
                    Piece::Message { message, .. } => {
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
            (r#"{"name":"a","onExisting":"SKIP"}"#, "m0 m1 end"),
            (r#"{"name":"a","on_existing":"SKIP","other":1}"#, "m0 u1 end"),
            (
                "{\"options\":{\"on_existing\":\"SKIP\"}}\n{\"name\":\"b\",\"other\":1}\n{\"name\":\"c\"}",
                "m0o u2 m1 end",
            ),
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
