//! The plain bytes of a secret. They can be looked at and handed out, and in no other way leave this type: no `Debug`,
//! `Display`, `Serialize` or `Clone`, and the buffer is cleared when the value is dropped.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use zeroize::optimization_barrier;

/// Plain bytes that must not leak.
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
/// The same lines compile for what is not secret, so the rejections above are about the type:
/// ```
/// println!("{:?}", strongroom_sealing::Value::new(vec![1]).expose());
/// ```
pub struct Value(Vec<u8>);

impl Value {
    /// Takes over the buffer; nothing is copied.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are the same bytes. How long it takes tells neither where they differ nor whether they are equally long,
    /// because what is compared are digests.
    pub fn equals(&self, other: &Self) -> bool {
        let (own, others) = (digest(&SHA256, &self.0), digest(&SHA256, &other.0));
        verify_slices_are_equal(own.as_ref(), others.as_ref()).is_ok()
    }

    /// Hands the buffer out without copying it. From here on the receiver is responsible for it.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    /// A value of zeros to be written over.
    pub(crate) fn blank(bytes: usize) -> Self {
        Self(vec![0; bytes])
    }

    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Overwrites the whole allocation, spare room included. One block write and a barrier: clearing byte by byte, as
    /// `Zeroizing` does, takes longer than opening the value did.
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
    fn the_buffer_is_handed_over_not_copied() {
        let text = String::from("value");
        let address = text.as_ptr();
        let bytes = Value::from(text).into_bytes();
        assert_eq!(bytes, b"value");
        assert_eq!(bytes.as_ptr(), address);
    }

    #[test]
    fn values_are_equal_byte_for_byte() {
        let value = |text: &str| Value::from(text.to_owned());
        for (one, other, equal) in
            [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "a\0", false), ("", "a", false)]
        {
            assert_eq!(value(one).equals(&value(other)), equal, "{one:?} {other:?}");
        }
    }

    #[test]
    fn clearing_reaches_the_whole_allocation() {
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
