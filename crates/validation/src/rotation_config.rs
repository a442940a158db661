//! Reads a rotation configuration, a JSON object in a string that names an instance and an account.
//!
//! Accepts what is in use: documented and older keys, double quotes, and the single quotes of published examples. Only the
//! outermost object is read. Nested values are skipped without recursion, so that deep nesting cannot overflow the stack.

use std::borrow::Cow;
use std::str::Chars;

/// The instance identifier in a configuration, if there is one.
#[must_use]
pub fn instance_id_of(rotation_config: &str) -> Option<Cow<'_, str>> {
    RotationConfig::read(rotation_config)?.instance_id
}

/// The fields of a configuration. Empty texts and other types count as absent.
#[derive(Default)]
pub(crate) struct RotationConfig<'a> {
    pub instance_id: Option<Cow<'a, str>>,
    pub secret_sub_type: Option<Cow<'a, str>>,
}

impl<'a> RotationConfig<'a> {
    /// `None` if the text is not a JSON object.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let mut current = Self::default();
        let mut older = Self::default();
        reader.expect('{')?;
        if !reader.take('}') {
            loop {
                let key = reader.string()?;
                reader.expect(':')?;
                let value = reader.value()?.filter(|value| !value.is_empty());
                match key.as_ref() {
                    "InstanceId" => current.instance_id = value,
                    "SecretSubType" => current.secret_sub_type = value,
                    "RDSInstanceId" | "rds_instance_id" => older.instance_id = value,
                    "Secret_sub_type" => older.secret_sub_type = value,
                    _ => {}
                }
                if !reader.take(',') {
                    break;
                }
            }
            reader.expect('}')?;
        }
        reader.at_end().then(|| Self {
            instance_id: current.instance_id.or(older.instance_id),
            secret_sub_type: current.secret_sub_type.or(older.secret_sub_type),
        })
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest;
        true
    }

    fn expect(&mut self, sign: char) -> Option<()> {
        self.take(sign).then_some(())
    }

    /// Reads any value. Returns the text of a string.
    fn value(&mut self) -> Option<Option<Cow<'a, str>>> {
        self.skip_space();
        match self.rest.chars().next()? {
            '"' | '\'' => self.string().map(Some),
            '{' | '[' => self.nested().map(|()| None),
            _ => self.word().map(|()| None),
        }
    }

    /// Skips a number or a word such as `true`.
    fn word(&mut self) -> Option<()> {
        let rest =
            self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        if rest.len() == self.rest.len() {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Skips an object or a list. Checks only that strings are closed and brackets match.
    fn nested(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            self.skip_space();
            let mut rest = self.rest.chars();
            match rest.next()? {
                '{' => open.push('}'),
                '[' => open.push(']'),
                sign @ ('}' | ']') => {
                    if open.pop()? != sign {
                        return None;
                    }
                }
                '"' | '\'' => {
                    self.string()?;
                    continue;
                }
                ',' | ':' => {}
                _ => {
                    self.word()?;
                    continue;
                }
            }
            self.rest = rest.as_str();
            if open.is_empty() {
                return Some(());
            }
        }
    }

    /// Reads a string in double or single quotes, borrowed unless it has escapes.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.skip_space();
        let quote = self.rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let inside = self.rest.strip_prefix(quote)?;
        let plain = inside.find(|c: char| c == quote || c == '\\' || c < ' ')?;
        let (start, tail) = inside.split_at_checked(plain)?;
        if let Some(rest) = tail.strip_prefix(quote) {
            self.rest = rest;
            return Some(Cow::Borrowed(start));
        }
        let mut text = start.to_owned();
        let mut signs = tail.chars();
        loop {
            match signs.next()? {
                '\\' => text.push(escaped(&mut signs)?),
                sign if sign == quote => break,
                sign if sign < ' ' => return None,
                sign => text.push(sign),
            }
        }
        self.rest = signs.as_str();
        Some(Cow::Owned(text))
    }
}

/// The character after a backslash.
fn escaped(signs: &mut Chars<'_>) -> Option<char> {
    match signs.next()? {
        sign @ ('"' | '\'' | '\\' | '/') => Some(sign),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            let first = unit(signs)?;
            // Characters beyond the first plane are surrogate pairs; a lone surrogate is not a character.
            let second = if first & 0xfc00 == 0xd800 {
                if signs.next()? != '\\' || signs.next()? != 'u' {
                    return None;
                }
                Some(unit(signs)?)
            } else {
                None
            };
            char::decode_utf16([first].into_iter().chain(second)).next()?.ok()
        }
        _ => None,
    }
}

/// Four hexadecimal digits.
fn unit(signs: &mut Chars<'_>) -> Option<u16> {
    let mut number = 0;
    for _ in 0..4 {
        number = number << 4 | u16::try_from(signs.next()?.to_digit(16)?).ok()?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn instance_is_read_from_all_forms_in_use() {
        for (config, instance) in [
            (r#"{"InstanceId":"abc","SecretSubType":"SingleUser"}"#, "abc"),
            (r#" { "SecretSubType" : "MultiUser" , "InstanceId" : "abc" } "#, "abc"),
            ("{'InstanceId':'abc','SecretSubType':'SingleUser'}", "abc"),
            (r#"{'InstanceId':"a'c"}"#, "a'c"),
            (r#"{"RDSInstanceId":"abc"}"#, "abc"),
            (r#"{"rds_instance_id":"abc","Secret_sub_type":"SingleUser"}"#, "abc"),
            (r#"{"RDSInstanceId":"old","InstanceId":"abc"}"#, "abc"),
            (r#"{"InstanceId":"abc","RDSInstanceId":"old"}"#, "abc"),
            (r#"{"InstanceId":"","RDSInstanceId":"abc"}"#, "abc"),
            (r#"{"InstanceId":"first","InstanceId":"abc"}"#, "abc"),
            (r#"{"Instance\u0049d":"\u0061b\u0063"}"#, "abc"),
            (r#"{"InstanceId":"\"\\\/\b\f\n\r\t\ud83d\ude00\'"}"#, "\"\\/\u{8}\u{c}\n\r\t\u{1f600}'"),
            (
                r#"{"x":{"InstanceId":"no","y":["]","}"]},"InstanceId":"abc","z":[1,-2.5e+3,true,null]}"#,
                "abc",
            ),
        ] {
            assert_eq!(instance_id_of(config).as_deref(), Some(instance), "{config}");
        }
    }

    #[test]
    fn object_without_an_instance_has_none() {
        for config in [
            "{}",
            " {\t} ",
            r#"{"InstanceId":5}"#,
            r#"{"InstanceId":null}"#,
            r#"{"InstanceId":""}"#,
            r#"{"instanceid":"a"}"#,
            r#"{"a":{"InstanceId":"b"}}"#,
        ] {
            assert!(RotationConfig::read(config).is_some(), "{config}");
            assert_eq!(instance_id_of(config), None, "{config}");
        }
    }

    #[test]
    fn text_that_is_not_an_object_is_rejected() {
        for config in [
            "",
            "abc",
            "null",
            "[]",
            "\"a\"",
            "{",
            "}",
            "{}}",
            "{} {}",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{a:1}"#,
            r#"{"a":"b}"#,
            r#"{"a":'b"}"#,
            r#"{"a":"\x41"}"#,
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ud83d\u0041"}"#,
            r#"{"a":"\ude00"}"#,
            r#"{"a":"\u00g1"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"a":[}}"#,
            r#"{"a":[1}"#,
            r#"{"a":{]}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\\"\n\"}",
            "{\u{a0}}",
            r#"{"a":é}"#,
        ] {
            assert!(RotationConfig::read(config).is_none(), "{config}");
        }
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = format!("{{\"a\":{}{},\"InstanceId\":\"abc\"}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(instance_id_of(&deep).as_deref(), Some("abc"));
        assert_eq!(instance_id_of(&"{\"a\":".repeat(100_000)), None);
    }

    fn nested() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn instance_is_found_among_other_members(id in ".+", other in nested(), pretty in any::<bool>()) {
            let config = json!({"0": other, "InstanceId": id, "~": other});
            let text = if pretty { serde_json::to_string_pretty(&config) } else { serde_json::to_string(&config) }.unwrap();
            let found = instance_id_of(&text);
            prop_assert_eq!(found.as_deref(), Some(id.as_str()));
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in r#"[{}\[\]"'\\u0-9a-f:, ]{0,40}|\PC*"#) {
            let _ = instance_id_of(&text);
        }
    }
}
