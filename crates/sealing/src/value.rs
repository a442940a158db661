//! The plain bytes of a secret. [`Value`] has no `Debug`, `Display`, `Serialize` or `Clone`, and its buffer is cleared on drop.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use zeroize::optimization_barrier;

/// Plain bytes of a secret.
///
/// ```compile_fail
/// println!("{:?}", strongroom_sealing::Value::new(vec![1])); // no Debug
/// ```
/// ```compile_fail
/// println!("{}", strongroom_sealing::Value::new(vec![1])); // no Display
/// ```
/// ```compile_fail
/// let copy = strongroom_sealing::Value::new(vec![1]).clone(); // no Clone
/// ```
/// The first line compiles for plain bytes, so the failures above are due to the type:
/// ```
/// println!("{:?}", strongroom_sealing::Value::new(vec![1]).expose());
/// ```
pub struct Value(Vec<u8>);

impl Value {
    /// Takes the buffer without copying it.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Compares digests of the values, so the time reveals neither the position of a difference nor a difference in length.
    pub fn equals(&self, other: &Self) -> bool {
        let (own, others) = (digest(&SHA256, &self.0), digest(&SHA256, &other.0));
        verify_slices_are_equal(own.as_ref(), others.as_ref()).is_ok()
    }

    /// Returns the buffer without copying it. The caller is then responsible for clearing it.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    /// A value of zeros, to be overwritten.
    pub(crate) fn blank(bytes: usize) -> Self {
        Self(vec![0; bytes])
    }

    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Overwrites the whole allocation, including spare capacity, with one block write and a barrier. Clearing byte by byte, as
    /// `Zeroizing` does, takes longer than opening the value.
    fn clear(&mut self) {
        self.0.clear();
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.clear();
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_is_moved_not_copied() {
        let text = String::from("value");
        let address = text.as_ptr();
        let bytes = Value::from(text).into_bytes();
        assert_eq!(bytes, b"value");
        assert_eq!(bytes.as_ptr(), address);
    }

    #[test]
    fn equals_compares_all_bytes() {
        let value = |text: &str| Value::from(text.to_owned());
        for (one, other, equal) in
            [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "a\0", false), ("", "a", false)]
        {
            assert_eq!(value(one).equals(&value(other)), equal, "{one:?} {other:?}");
        }
    }

    #[test]
    fn clearing_overwrites_the_whole_allocation() {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(b"value that was longer");
        bytes.truncate(5);
        let mut value = Value::new(bytes);
        let address = value.expose().as_ptr();
        value.clear();
        assert_eq!(value.expose(), [0; 64]);
        assert_eq!(value.expose().as_ptr(), address);
    }
}
