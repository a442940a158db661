//! From a place in a text to its line and column.
//!
//! A line ends at a line feed, at a carriage return with a line feed, and at a carriage return alone: the same rule for every
//! format.

/// How far into a line columns are counted. Chosen: nobody looks for a column by number beyond it, and counting from the
/// start of a line of megabytes for each of its problems would take forever.
const COUNTED_BYTES: usize = 4_096;

pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let mut starts = vec![0];
        let mut at = 0;
        while let Some(end) = next_line_end(text, at) {
            at = end.next;
            starts.push(at);
        }
        Self { text, starts }
    }

    /// The line of a byte of the text, from 1. What lies behind the text is in its last line.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// The character of its line that a byte belongs to, from 1; 0 when it is too far to the right.
    pub fn column(&self, at: usize) -> usize {
        let start = self.starts.get(self.line(at) - 1).copied().unwrap_or_default();
        if at - start.min(at) > COUNTED_BYTES {
            return 0;
        }
        self.text.get(start..at).map_or(0, |before| before.chars().count() + 1)
    }
}

/// The end of a line: the first byte that is no longer its text, and the first byte of the next line.
pub struct LineEnd {
    pub at: usize,
    pub next: usize,
}

/// The first end of a line from a place on; none in the last line.
pub fn next_line_end(text: &str, from: usize) -> Option<LineEnd> {
    let rest = text.as_bytes().get(from..)?;
    let at = memchr::memchr2(b'\n', b'\r', rest)?;
    let length = if rest.get(at..at + 2) == Some(b"\r\n") { 2 } else { 1 };
    Some(LineEnd { at: from + at, next: from + at + length })
}

/// Where the text of a line ends.
pub fn end_of_line(text: &str, from: usize) -> usize {
    next_line_end(text, from).map_or(text.len(), |end| end.at)
}

/// Where the next line starts, or the end of the text.
pub fn next_line(text: &str, from: usize) -> usize {
    next_line_end(text, from).map_or(text.len(), |end| end.next)
}

/// From here to the end of the line, without what ends it.
pub fn rest_of_line(text: &str, from: usize) -> &str {
    text.get(from..end_of_line(text, from)).unwrap_or_default()
}

/// Every line with the place where it starts.
pub fn each_line(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        (at < text.len()).then(|| {
            let start = at;
            at = next_line(text, start);
            (start, rest_of_line(text, start))
        })
    })
}

/// How many lines end in a text.
pub fn count_line_ends(bytes: &[u8]) -> usize {
    let alone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| bytes.get(*at) == Some(&b'\n') || alone(*at))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_start_at_one() {
        let lines = Lines::of("ab\nüx\n");
        for (at, expected) in
            [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 2)), (6, (2, 3)), (7, (3, 1)), (70, (3, 0))]
        {
            assert_eq!((lines.line(at), lines.column(at)), expected, "{at}");
        }
        assert_eq!(Lines::of("").line(0), 1);
    }

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let text = "a\rb\r\nc\n\rd";
        let lines: Vec<_> = each_line(text).collect();
        assert_eq!(lines, [(0, "a"), (2, "b"), (5, "c"), (7, ""), (8, "d")]);
        assert_eq!(Lines::of(text).line(8), 5);
        assert_eq!(count_line_ends(text.as_bytes()), 4);
    }

    #[test]
    fn columns_far_to_the_right_are_not_counted() {
        assert_eq!(Lines::of(&"x".repeat(5_000)).column(4_999), 0);
    }
}
