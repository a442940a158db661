//! Files sealed with age.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{Decryptor, Encryptor, IdentityFile, Recipient, tag, tagpq, x25519};
use zeroize::Zeroizing;

use crate::failure::CommandError;
use crate::private_file;

/// The first bytes of a sealed file, armored and binary.
const MAGIC: [&[u8]; 2] = [b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/"];

pub fn is_sealed(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.trim_ascii_start().starts_with(magic))
}

/// Public keys from flags and from files with one key per line.
pub fn recipients(given: &[String], files: &[PathBuf]) -> Result<Vec<Box<dyn Recipient>>, CommandError> {
    let mut recipients: Vec<Box<dyn Recipient>> = Vec::new();
    for text in given {
        recipients.push(recipient(text)?);
    }
    for path in files {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| CommandError::Read { path: path.clone(), source })?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            recipients.push(recipient(line)?);
        }
    }
    Ok(recipients)
}

fn recipient(text: &str) -> Result<Box<dyn Recipient>, CommandError> {
    if let Ok(known) = x25519::Recipient::from_str(text) {
        return Ok(Box::new(known));
    }
    if let Ok(known) = tag::Recipient::from_str(text) {
        return Ok(Box::new(known));
    }
    if let Ok(known) = tagpq::Recipient::from_str(text) {
        return Ok(Box::new(known));
    }
    // The text may be a secret key given by mistake, so the error does not quote it.
    Err(CommandError::Usage(
        "a recipient is not a public age key. Pass the key that age-keygen prints: age1, then letters and digits."
            .to_owned(),
    ))
}

/// Seals as armored text, which survives mail and terminals.
pub fn seal(plain: &[u8], recipients: &[Box<dyn Recipient>]) -> Result<Vec<u8>, CommandError> {
    let failed =
        |error: &dyn std::error::Error| CommandError::Failed(format!("could not seal the export: {error}."));
    let recipients = recipients.iter().map(|recipient| recipient.as_ref());
    let encryptor = Encryptor::with_recipients(recipients).map_err(|error| failed(&error))?;
    let armored =
        ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).map_err(|error| failed(&error))?;
    let mut writer = encryptor.wrap_output(armored).map_err(|error| failed(&error))?;
    writer.write_all(plain).map_err(|error| failed(&error))?;
    let armored = writer.finish().map_err(|error| failed(&error))?;
    armored.finish().map_err(|error| failed(&error))
}

/// Opens a sealed file with the secret keys in these files.
pub fn open(sealed: &[u8], identities: &[PathBuf]) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let failed = |error: &dyn std::error::Error| {
        CommandError::Usage(format!("could not open the sealed file: {error}."))
    };
    if identities.is_empty() {
        return Err(CommandError::Usage(
            "the file is sealed with age. Pass --identity FILE with the secret key.".to_owned(),
        ));
    }
    let mut keys = Vec::new();
    for path in identities {
        keys.extend(identity(path)?);
    }
    let decryptor = Decryptor::new(ArmoredReader::new(sealed)).map_err(|error| failed(&error))?;
    let keys = keys.iter().map(|key| key.as_ref() as &dyn age::Identity);
    let mut reader = decryptor.decrypt(keys).map_err(|error| failed(&error))?;
    // The plaintext is never longer than the file, so the buffer does not grow and leaves no copies.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plain).map_err(|error| failed(&error))?;
    Ok(plain)
}

fn identity(path: &Path) -> Result<Vec<Box<dyn age::Identity + Send + Sync>>, CommandError> {
    let bytes = private_file::read(path)?;
    let wrong = || {
        CommandError::Usage(format!(
            "{} is not a file with a secret age key, as age-keygen writes it.",
            path.display()
        ))
    };
    let file = IdentityFile::from_buffer(bytes.as_slice()).map_err(|_| wrong())?;
    file.into_identities().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;

    #[test]
    fn sealed_file_opens_for_its_recipient_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = |name: &str| {
            let secret = x25519::Identity::generate();
            let path = folder.path().join(name);
            private_file::write(&path, secret.to_string().expose_secret().as_bytes(), false).unwrap();
            (secret.to_public().to_string(), path)
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _signals = runtime.enter();
        let (mine, my_file) = key("mine");
        let (_, other_file) = key("other");
        let sealed = seal(b"value \0\xff", &recipients(&[mine], &[]).unwrap()).unwrap();
        assert!(is_sealed(&sealed) && !is_sealed(b"A=b"));
        assert!(!sealed.windows(5).any(|part| part == b"value"));
        assert_eq!(open(&sealed, &[other_file.clone(), my_file]).unwrap().as_slice(), b"value \0\xff");
        assert!(open(&sealed, &[other_file]).is_err());
        assert!(matches!(open(&sealed, &[]), Err(CommandError::Usage(_))));
    }

    #[test]
    fn error_does_not_quote_a_secret_key_given_as_recipient() {
        let secret = x25519::Identity::generate();
        let text = secret.to_string().expose_secret().to_owned();
        let rejected = recipients(std::slice::from_ref(&text), &[]).err().unwrap();
        assert!(!rejected.to_string().contains(&text), "{rejected}");
    }
}
