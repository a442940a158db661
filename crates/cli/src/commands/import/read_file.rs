//! Reads a file, or standard input.

use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::CommandError;

pub fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let failed = |source| CommandError::Read { path: path.to_owned(), source };
    if path == Path::new("-") {
        let mut bytes = Zeroizing::new(Vec::new());
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(bytes);
    }
    std::fs::read(path).map(Zeroizing::new).map_err(failed)
}
