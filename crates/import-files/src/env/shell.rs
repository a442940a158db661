//! What shells write into lists of variables beyond `NAME=value`: `export`, `declare -x`, `$'…'`, `; export NAME`.

use zeroize::Zeroizing;

/// The name in the text before `=`, without the command that sets it, and whether there was one.
pub fn without_command(key: &str) -> (&str, bool) {
    let is_command = |word: &str| matches!(word, "export" | "declare" | "typeset" | "readonly");
    let Some((_, rest)) = key.split_once([' ', '\t']).filter(|(word, _)| is_command(word)) else {
        return (key, false);
    };
    let mut rest = rest.trim_start();
    while let Some((option, others)) = rest.split_once([' ', '\t']).filter(|(word, _)| word.starts_with('-'))
    {
        rest = others.trim_start();
        if option == "--" {
            break;
        }
    }
    (rest, true)
}

/// Whether the text before `=` is how another kind of shell sets a variable.
pub fn is_other_shell(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    ["set ", "setx ", "setenv ", "$env:", "let ", "env "].iter().any(|start| lower.starts_with(start))
}

/// A value without the `export NAME` that old shells need behind it.
pub fn without_export<'a>(value: &'a str, name: &str) -> &'a str {
    let trimmed = value.trim_end_matches([' ', '\t', ';']);
    let before = trimmed
        .strip_suffix(name)
        .map(|rest| (rest.trim_end_matches([' ', '\t']), rest))
        .filter(|(shorter, rest)| shorter.len() < rest.len())
        .and_then(|(rest, _)| rest.strip_suffix("export"))
        .map(|rest| rest.trim_end_matches([' ', '\t']));
    match before.and_then(|rest| rest.strip_suffix(';').or_else(|| rest.strip_suffix("&&"))) {
        Some(value) => value.trim_end_matches([' ', '\t']),
        None => value,
    }
}

/// Whether a value without quotes goes on with what a shell takes for another assignment.
pub fn has_assignment(value: &str) -> bool {
    value.match_indices('=').any(|(at, _)| {
        let before = value.get(..at).unwrap_or_default();
        let start = before.rfind([' ', '\t']).map(|blank| blank + 1);
        let name = start.and_then(|start| before.get(start..)).unwrap_or_default();
        name.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Whether a value without quotes is a list in a shell: `(a b)`.
pub fn is_array(value: &str) -> bool {
    value.starts_with('(') && value.ends_with(')') && value.contains([' ', '\t', '"', '\''])
}

/// Whether a value without quotes has a sign that people escape in a shell only.
pub fn has_escape(value: &str) -> bool {
    ["\\ ", "\\\"", "\\'", "\\$", "\\&", "\\(", "\\;", "\\#"].iter().any(|escape| value.contains(escape))
}

/// Text between `$'` and `'` as a shell decodes it; none when an escape means no character.
pub fn ansi_c(written: &str) -> Option<String> {
    // Never longer than it is written, so that no part of it stays behind when it would have to grow.
    let mut bytes = Zeroizing::new(Vec::with_capacity(written.len()));
    let mut rest = written.chars().peekable();
    while let Some(next) = rest.next() {
        if next != '\\' {
            bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.next()?;
        let mut number = |first: Option<u32>, radix: u32, most: usize| {
            let mut value = first;
            for _ in 0..most {
                let Some(digit) = rest.peek().and_then(|next| next.to_digit(radix)) else { break };
                value = Some(value.unwrap_or_default() * radix + digit);
                rest.next();
            }
            value
        };
        match escape {
            'a' => bytes.push(0x07),
            'b' => bytes.push(0x08),
            'e' | 'E' => bytes.push(0x1B),
            'f' => bytes.push(0x0C),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(0x0B),
            '\\' | '\'' | '"' | '?' => bytes.push(escape as u8),
            '0'..='7' => bytes.push(u8::try_from(number(escape.to_digit(8), 8, 2)? & 0xFF).ok()?),
            'x' => bytes.push(u8::try_from(number(None, 16, 2)?).ok()?),
            'u' | 'U' => {
                let value = number(None, 16, if escape == 'u' { 4 } else { 8 })?;
                let character = char::from_u32(value)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'c' => bytes.push(rest.next().filter(char::is_ascii)? as u8 & 0x1F),
            // A shell keeps the backslash of an escape that it does not know.
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    String::from_utf8(std::mem::take(&mut *bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ansi_c_escapes_are_those_of_bash() {
        for (written, expected) in [
            (r"line one\nline two", "line one\nline two"),
            (r"it\'s \\ \x41\101\u00e9\U0001D11E\cA", "it's \\ AAé𝄞\u{1}"),
            (r"\xc3\xa9", "é"),
            (r"\e[0m\q", "\u{1b}[0m\\q"),
        ] {
            assert_eq!(ansi_c(written).as_deref(), Some(expected), "{written}");
        }
        for written in [r"\xff", r"\ud800", r"\x", "\\"] {
            assert_eq!(ansi_c(written), None, "{written}");
        }
    }

    #[test]
    fn export_behind_a_value_is_no_part_of_it() {
        for (text, expected) in [
            ("x; export A", "x"),
            ("x;export A;", "x"),
            ("x && export A", "x"),
            ("x; export B", "x; export B"),
            ("x export A", "x export A"),
            ("x; exportA", "x; exportA"),
        ] {
            assert_eq!(without_export(text, "A"), expected, "{text}");
        }
    }
}
