//! Splits a query into words of letters with their position and whether they are quoted.

use super::problem_at::ProblemAt;
use crate::problem::Code;

pub(super) struct Letter {
    character: char,
    /// Position in characters, from 0.
    pub(super) at: usize,
    quoted: bool,
}

impl Letter {
    /// Whether it is this sign outside of quotes.
    pub(super) fn is(&self, sign: char) -> bool {
        !self.quoted && self.character == sign
    }

    pub(super) fn is_one_of(&self, signs: &str) -> bool {
        signs.chars().any(|sign| self.is(sign))
    }

    pub(super) fn is_of_a_name(&self) -> bool {
        !self.quoted && (self.character.is_ascii_alphabetic() || self.character == '_')
    }
}

/// Letters between white space. Quoted white space belongs to the word.
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) letters: Vec<Letter>,
}

pub(super) fn text(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.character).collect()
}

/// The words of a query, in order. Within quotes, a backslash escapes a quote or a backslash.
pub(super) fn words(query: &str) -> Vec<Result<Word, ProblemAt>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut opened = None;
    let mut characters = query.chars().enumerate().peekable();
    while let Some((at, character)) = characters.next() {
        let quoted = opened.is_some();
        if !quoted && character.is_whitespace() {
            words.extend(word.take().map(Ok));
            continue;
        }
        let word = word.get_or_insert_with(|| Word { at, letters: Vec::new() });
        let character = match character {
            '"' => {
                opened = if quoted { None } else { Some(at) };
                continue;
            }
            '\\' if quoted => {
                let escaped = characters.next_if(|(_, next)| matches!(next, '"' | '\\'));
                escaped.map_or('\\', |(_, escaped)| escaped)
            }
            plain => plain,
        };
        word.letters.push(Letter { character, at, quoted });
    }
    match opened {
        Some(at) => {
            let sentence = "The quote is not closed. Write another at the end of the text.";
            words.push(Err(ProblemAt::new(at, Code::Malformed, sentence)));
        }
        None => words.extend(word.map(Ok)),
    }
    words
}
