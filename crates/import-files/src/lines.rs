//! From a place in a text to its line and column.

/// How far into a line columns are counted. Chosen: nobody looks for a column by number beyond it, and counting from the
/// start of a line of megabytes for each of its complaints would take forever.
const COUNTED_BYTES: usize = 4_096;

pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
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
    fn columns_far_to_the_right_are_not_counted() {
        assert_eq!(Lines::of(&"x".repeat(5_000)).column(4_999), 0);
    }
}
