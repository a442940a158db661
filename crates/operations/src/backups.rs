//! One secret, taken out of the store and put back.

mod blob;
mod download_secret_blob;
mod upload_secret_blob;

pub(crate) use blob::KEY as BACKUP_KEY;
