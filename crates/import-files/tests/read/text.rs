//! Bytes that are text, and bytes that are not.

use strongroom_import_files::{Code, decode};

fn text(bytes: &[u8]) -> (String, bool) {
    let decoded = decode(bytes).ok().unwrap();
    (decoded.text.to_string(), decoded.note.is_some())
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn text_in_the_encodings_of_files() {
    assert_eq!(text("A=ü".as_bytes()), ("A=ü".to_owned(), false));
    assert_eq!(text(b""), (String::new(), false));
    assert_eq!(text("\u{feff}A=ü".as_bytes()), ("A=ü".to_owned(), true));
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        assert_eq!(text(&utf16("A=ü€𝄞\r\n", unit)), ("A=ü€𝄞\r\n".to_owned(), true));
        assert_eq!(text(&utf16("", unit)), (String::new(), true));
    }
}

#[test]
fn bytes_that_are_no_text_are_reported_with_their_line() {
    let mut half = utf16("a\nb", u16::to_le_bytes);
    half.pop();
    for (bytes, line) in [
        (&b"A=x\nB=\xFC\nC=y"[..], 2),
        (b"\xEF\xBB\xBFA=\xFF", 1),
        (b"\xFF\xFEa\0\n\0\x00\xD8", 2),
        (half.as_slice(), 2),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 1),
    ] {
        let problem = decode(bytes).err().unwrap();
        assert_eq!((problem.line, problem.code), (line, Code::NotText), "{bytes:?}");
    }
}

#[test]
fn binary_files_are_named_with_the_way_on() {
    for (start, says) in [
        (&b"age-encryption.org/v1\n"[..], "age --decrypt"),
        (b"Salted__", "openssl enc"),
        (b"\0GITCRYPT\0", "git-crypt unlock"),
        (b"\x03\xD9\xA2\x9A", "keepassxc-cli export"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1F\x8B", "gunzip"),
        (b"\xFE\xED\xFE\xED", "keytool"),
        (b"\x30\x82", "PKCS #12"),
        (b"\x85", "gpg --decrypt"),
    ] {
        let problem = decode(&[start, b"\xFF\n\xFF"].concat()).err().unwrap();
        assert_eq!((problem.line, problem.code), (1, Code::NotText));
        assert!(problem.message.contains(says), "{}", problem.message);
    }
}

#[test]
fn utf16_without_a_mark_is_reported_as_such() {
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes = utf16("A=ü€𝄞\r\nB=x", unit).split_off(2);
        let problem = decode(&bytes).err().unwrap();
        assert_eq!((problem.line, problem.code), (1, Code::NotText));
        assert!(problem.message.contains("UTF-16"), "{}", problem.message);
    }
    // NUL is a character of UTF-8 too.
    for bytes in [&b"A=x\0"[..], b"\0", b"\0\0\0\0", b"A\0=\0 x y"] {
        assert_eq!(text(bytes).0.as_bytes(), bytes);
    }
}
