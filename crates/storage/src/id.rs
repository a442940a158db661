//! Ids and timestamps in records and keys.

use std::fmt;

use crate::StorageError;

/// The id of a domain, project, user, secret or request: 16 bytes, displayed as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Parses 32 hexadecimal digits of either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }

    /// Decodes an id from a record.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, StorageError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| StorageError::Malformed { problem: "an id is not 16 bytes long" })
    }

    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Encodes the id for a record.
    pub fn to_stored(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Id({self})")
    }
}

/// A time in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Seconds since 1970, rounded down.
    pub const fn whole_seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_32_hexadecimal_digits() {
        let text = "00c4be1f9a7d4d0f8d1f0b9b7c6a5e4d";
        assert_eq!(Id::parse(text).unwrap().to_string(), text);
        assert_eq!(Id::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for wrong in ["", "00", "+0c4be1f9a7d4d0f8d1f0b9b7c6a5e4d", "g0c4be1f9a7d4d0f8d1f0b9b7c6a5e4d"] {
            assert_eq!(Id::parse(wrong), None, "{wrong}");
        }
        assert!(Id::from_stored(&[0; 15]).is_err());
    }

    #[test]
    fn seconds_round_down_before_1970_too() {
        assert_eq!(Timestamp::from_milliseconds(1_999).whole_seconds(), 1);
        assert_eq!(Timestamp::from_milliseconds(-1).whole_seconds(), -1);
    }
}
