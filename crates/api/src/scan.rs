//! Counts the elements of lists in a protobuf message while its bytes arrive, before it is decoded.
//!
//! prost makes a struct of every element, however small the element is on the wire. The scan follows only what the shape of
//! the message knows: lists and messages. It rejects what prost would reject too, and groups, which the contract has none of.

use strongroom_contract::shape::{Field, MARGIN, Shape};

use crate::error::ApiError;

/// Reads one message, piece by piece.
pub(crate) struct Scan {
    import_entries: usize,
    /// No field may be unknown.
    is_strict: bool,
    /// Bytes read so far.
    position: usize,
    next: Next,
    varint: Varint,
    open: Vec<Open>,
    /// Elements so far of each field of each open message.
    elements: Vec<usize>,
}

/// What comes next.
#[derive(Clone, Copy)]
enum Next {
    Key,
    Value,
    /// The length of a field, which the innermost open message may know by this index.
    Length(Option<usize>),
    Skipped(usize),
}

/// A message whose end has not come yet.
struct Open {
    shape: &'static Shape,
    end: usize,
    /// Where its counts begin.
    first: usize,
    /// Its field in the message around it.
    field: usize,
}

#[derive(Default)]
struct Varint {
    value: u64,
    shift: u32,
}

impl Varint {
    /// Adds a byte; answers with the number when it was the last.
    fn add(&mut self, byte: u8) -> Result<Option<u64>, ApiError> {
        if self.shift > 63 || (self.shift == 63 && byte > 1) {
            return Err(ApiError::unreadable());
        }
        self.value |= u64::from(byte & 0x7f) << self.shift;
        self.shift += 7;
        Ok((byte < 0x80).then(|| std::mem::take(self).value))
    }
}

impl Scan {
    /// For a message of this many bytes.
    pub(crate) fn new(shape: &'static Shape, length: usize, import_entries: usize, is_strict: bool) -> Self {
        let root = Open { shape, end: length, first: 0, field: 0 };
        Self {
            import_entries,
            is_strict,
            position: 0,
            next: Next::Key,
            varint: Varint::default(),
            open: vec![root],
            elements: vec![0; shape.fields.len()],
        }
    }

    /// Reads the next bytes. Answers with the bytes of the structs that the elements in them become.
    pub(crate) fn read(&mut self, mut bytes: &[u8]) -> Result<usize, ApiError> {
        let mut structs = 0;
        loop {
            if let Next::Skipped(length) = self.next {
                let read = length.min(bytes.len());
                self.position += read;
                bytes = bytes.get(read..).unwrap_or_default();
                self.next = if read == length { Next::Key } else { Next::Skipped(length - read) };
            }
            let Some((byte, rest)) = bytes.split_first() else { return Ok(structs) };
            if matches!(self.next, Next::Skipped(_)) {
                continue;
            }
            self.close_ended();
            bytes = rest;
            self.position += 1;
            if self.position > self.end() {
                return Err(ApiError::unreadable());
            }
            if let Some(value) = self.varint.add(*byte)? {
                structs += self.number(value)?;
            }
        }
    }

    /// Goes on after a whole number was read.
    fn number(&mut self, value: u64) -> Result<usize, ApiError> {
        match self.next {
            Next::Key => self.key(value).map(|()| 0),
            Next::Value => {
                self.next = Next::Key;
                Ok(0)
            }
            Next::Length(field) => self.length(field, value),
            Next::Skipped(_) => Ok(0),
        }
    }

    fn key(&mut self, key: u64) -> Result<(), ApiError> {
        let number = u32::try_from(key >> 3).map_err(|_| ApiError::unreadable())?;
        if self.is_strict && !self.has_member(number) {
            return Err(ApiError::UnknownMember {
                field: format!("{}{number}", self.inside()),
                sentence: "The server does not know the field of this number. Update it, or leave the field out. Nothing was done.".to_owned(),
            });
        }
        self.next = match key & 7 {
            0 => Next::Value,
            1 => self.skipped(8)?,
            2 => Next::Length(self.known(number)),
            5 => self.skipped(4)?,
            _ => return Err(ApiError::unreadable()),
        };
        Ok(())
    }

    fn length(&mut self, field: Option<usize>, length: u64) -> Result<usize, ApiError> {
        let length = usize::try_from(length).map_err(|_| ApiError::unreadable())?;
        self.next = self.skipped(length)?;
        let Some((index, field)) = field.and_then(|index| Some((index, self.field(index)?))) else {
            return Ok(0);
        };
        let structs = self.count(index, field)?;
        if let Some(shape) = field.message {
            let first = self.elements.len();
            self.elements.resize(first + shape.fields.len(), 0);
            self.open.push(Open { shape, end: self.position + length, first, field: index });
            self.next = Next::Key;
        }
        Ok(structs)
    }

    /// Counts an element, if the field is a list.
    fn count(&mut self, index: usize, field: &'static Field) -> Result<usize, ApiError> {
        let Some(list) = &field.list else { return Ok(0) };
        let first = self.open.last().map_or(0, |open| open.first);
        let Some(elements) = self.elements.get_mut(first + index) else { return Ok(0) };
        *elements += 1;
        let allowed = list.limit.allowed(self.import_entries);
        if *elements > allowed.saturating_add(MARGIN) {
            return Err(ApiError::TooMany { field: self.path(field), allowed });
        }
        Ok(list.element_bytes)
    }

    /// The field as JSON would name it: `secrets[3].event_subscriptions`.
    fn path(&self, last: &Field) -> String {
        self.inside() + last.name
    }

    /// What the innermost message is in, as JSON would name it: `secrets[3].`.
    fn inside(&self) -> String {
        let mut path = String::new();
        for (around, inner) in self.open.iter().zip(self.open.iter().skip(1)) {
            let Some(field) = around.shape.fields.get(inner.field) else { continue };
            let elements = self.elements.get(around.first + inner.field).copied().unwrap_or_default();
            path += field.name;
            if field.list.is_some() {
                path += &format!("[{}]", elements.saturating_sub(1));
            }
            path += ".";
        }
        path
    }

    fn has_member(&self, number: u32) -> bool {
        let members = self.open.last().map_or(&[][..], |open| open.shape.members);
        members.iter().any(|member| member.number == number)
    }

    fn skipped(&self, length: usize) -> Result<Next, ApiError> {
        match self.position.checked_add(length) {
            Some(after) if after <= self.end() => Ok(Next::Skipped(length)),
            _ => Err(ApiError::unreadable()),
        }
    }

    fn close_ended(&mut self) {
        if !matches!(self.next, Next::Key) || self.varint.shift > 0 {
            return;
        }
        while self.open.len() > 1 && self.open.last().is_some_and(|open| open.end <= self.position) {
            if let Some(closed) = self.open.pop() {
                self.elements.truncate(closed.first);
            }
        }
    }

    fn end(&self) -> usize {
        self.open.last().map_or(0, |open| open.end)
    }

    fn known(&self, number: u32) -> Option<usize> {
        self.open.last()?.shape.fields.iter().position(|field| field.number == number)
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        self.open.last()?.shape.fields.get(index)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use strongroom_contract::shape::Shaped;
    use strongroom_contract::v1::{
        BatchDeleteSecretsRequest, BatchImportSecretsRequest, NewSecret, TagValues,
    };

    use super::*;

    /// What becomes of the bytes, whole and cut into pieces.
    fn scanned<M: Shaped>(bytes: &[u8]) -> Result<usize, String> {
        let read = |piece: usize| {
            let mut scan = Scan::new(M::SHAPE, bytes.len(), 10, false);
            let read = bytes.chunks(piece).map(|piece| scan.read(piece)).sum::<Result<usize, _>>();
            read.map_err(|rejected| rejected.sentence())
        };
        let whole = read(bytes.len().max(1));
        for piece in [1, 2, 3, 7] {
            assert_eq!(read(piece), whole, "in pieces of {piece}");
        }
        whole
    }

    #[test]
    fn elements_are_counted_at_every_depth() {
        let secret = NewSecret {
            name: "a".to_owned(),
            secret_string: Some("\n\0\n\0\n\0".repeat(100)),
            event_subscriptions: vec!["e".to_owned(); 3],
            ..Default::default()
        };
        let import =
            BatchImportSecretsRequest { secrets: vec![secret; 5], atomic: true, ..Default::default() };
        let structs = 5 * size_of::<NewSecret>() + 15 * size_of::<String>();
        assert_eq!(scanned::<BatchImportSecretsRequest>(&import.encode_to_vec()), Ok(structs));
        let tags = TagValues { key: "k".to_owned(), values: vec![String::new(); 4] };
        let delete =
            BatchDeleteSecretsRequest { tags: vec![tags; 2], expect_total: Some(-1), ..Default::default() };
        let structs = 2 * size_of::<TagValues>() + 8 * size_of::<String>();
        assert_eq!(scanned::<BatchDeleteSecretsRequest>(&delete.encode_to_vec()), Ok(structs));
    }

    #[test]
    fn a_list_far_beyond_its_limit_is_rejected_with_its_name() {
        let entries = |count: usize| [0x12, 0].repeat(count);
        assert!(scanned::<BatchImportSecretsRequest>(&entries(10 + MARGIN)).is_ok());
        let told = scanned::<BatchImportSecretsRequest>(&entries(11 + MARGIN)).unwrap_err();
        assert!(told.starts_with("secrets: ") && told.contains("at most 10 "), "{told}");
        let secret = NewSecret { event_subscriptions: vec![String::new(); MARGIN + 2], ..Default::default() };
        let import =
            BatchImportSecretsRequest { secrets: vec![NewSecret::default(), secret], ..Default::default() };
        let told = scanned::<BatchImportSecretsRequest>(&import.encode_to_vec()).unwrap_err();
        assert!(told.starts_with("secrets[1].event_subscriptions: "), "{told}");
    }

    #[test]
    fn an_unknown_field_is_rejected_where_nothing_may_be_unknown() {
        let read = |bytes: &[u8], is_strict| {
            let mut scan = Scan::new(BatchDeleteSecretsRequest::SHAPE, bytes.len(), 10, is_strict);
            scan.read(bytes).map(drop).map_err(|rejected| rejected.sentence())
        };
        let tags = vec![TagValues { key: "k".to_owned(), values: vec![] }];
        let known = BatchDeleteSecretsRequest { tags, names: vec!["a".to_owned()], ..Default::default() };
        assert!(read(&known.encode_to_vec(), true).is_ok());
        // Field 50, a number; and field 9 of the first tag.
        for (bytes, field) in [(&[0x90, 3, 1][..], "50: "), (&[0x32, 2, 0x48, 1], "tags[0].9: ")] {
            assert!(read(bytes, false).is_ok());
            let told = read(bytes, true).unwrap_err();
            assert!(told.starts_with(field) && told.ends_with("Nothing was done."), "{told}");
        }
    }

    #[test]
    fn what_is_no_message_is_rejected() {
        for bytes in [
            // Longer than what is around it: a text, an element, a number of fixed length.
            &[0x0a, 5, 0][..],
            &[0x12, 2, 0x0a, 5, 1, 1, 1, 1, 1],
            &[0x12, 1, 0x09, 0, 0, 0, 0, 0, 0, 0, 0],
            // A group, and a number that does not end.
            &[0x13, 0x14],
            &[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert!(scanned::<BatchImportSecretsRequest>(bytes).is_err(), "{bytes:?}");
            assert!(BatchImportSecretsRequest::decode(bytes).is_err() || bytes[0] == 0x13, "{bytes:?}");
        }
    }
}
