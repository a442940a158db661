//! Where a request has lists, so that their elements can be counted before they are decoded.
//!
//! An element of two bytes becomes a struct of hundreds. Without a count, the size of a body says little about the memory
//! that decoding it takes.

use std::cell::Cell;

/// Elements beyond its limit that a list may have and still be decoded, so that the rules can report the exact number.
/// Chosen by us: more than mistakes usually make, and well under a megabyte of structs.
pub const MARGIN: usize = 1_000;

/// The limit of lists in which one element is one line of a stream. Chosen by us: as many as the largest import may have; a
/// stream can have any number of messages.
pub const MAX_LINES: usize = 100_000;

/// How many elements a list may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// As many as an import may have entries, which the operator sets.
    ImportEntries,
    /// As many as the contract says.
    Items(usize),
}

impl Limit {
    /// How many elements are allowed where an import may have `import_entries`.
    #[must_use]
    pub fn allowed(self, import_entries: usize) -> usize {
        match self {
            Self::ImportEntries => import_entries,
            Self::Items(items) => items,
        }
    }
}

/// A message of a request.
#[derive(Debug)]
pub struct Shape {
    /// Those of its fields that are lists or messages. The others cannot take more memory than they have bytes.
    pub fields: &'static [Field],
    /// All its fields.
    pub members: &'static [Member],
}

/// A field of a message, as REST calls it.
#[derive(Debug)]
pub struct Member {
    pub number: u32,
    pub name: &'static str,
    pub place: Place,
    /// The message that it is in JSON, or that each of its elements is.
    pub in_json: Option<&'static Shape>,
}

/// Where REST carries a field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A member of the body, or of an object in it.
    Body,
    /// The body by itself.
    WholeBody,
    Query,
    Path,
    Header,
}

#[derive(Debug)]
pub struct Field {
    pub number: u32,
    pub name: &'static str,
    /// Present if the field is a list.
    pub list: Option<List>,
    /// Present if the field, or each of its elements, is a message.
    pub message: Option<&'static Shape>,
}

#[derive(Debug)]
pub struct List {
    pub limit: Limit,
    /// Bytes that the struct of one element takes, what it points to not counted.
    pub element_bytes: usize,
}

/// Implemented for every message that a request can hold.
pub trait Shaped {
    const SHAPE: &'static Shape;
}

impl Shaped for () {
    const SHAPE: &'static Shape = &Shape { fields: &[], members: &[] };
}

/// What was counted while a JSON value was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Bytes of the structs of all list elements.
    pub bytes: usize,
    /// The limit of a list that had too many elements to be read, if there was one. Reading has failed then.
    pub exceeded: Option<usize>,
}

#[derive(Clone, Copy)]
struct Counting {
    import_entries: usize,
    count: Count,
}

thread_local! {
    /// serde's derived code has no way to hand state down to the lists of a message, so it is kept beside it while one value
    /// is read, which happens on one thread and without interruption.
    static COUNTING: Cell<Option<Counting>> = const { Cell::new(None) };
}

/// Runs `read`, which deserializes one value, and counts the elements of all its lists.
pub fn counted<T>(import_entries: usize, read: impl FnOnce() -> T) -> (T, Count) {
    COUNTING.set(Some(Counting { import_entries, count: Count::default() }));
    let value = read();
    let counting = COUNTING.take();
    (value, counting.map(|counting| counting.count).unwrap_or_default())
}

/// Adds the next element of a list to the count, where there is one. False if the list has too many.
pub(crate) fn add_element(limit: Limit, elements: usize, element_bytes: usize) -> bool {
    let Some(mut counting) = COUNTING.get() else { return true };
    let allowed = limit.allowed(counting.import_entries);
    let fits = elements <= allowed.saturating_add(MARGIN);
    match fits {
        true => counting.count.bytes = counting.count.bytes.saturating_add(element_bytes),
        false => counting.count.exceeded = Some(allowed),
    }
    COUNTING.set(Some(counting));
    fits
}
