//! The values of a secret.

mod batch_get_secret_value;
mod read_value;
mod show_secret_version;
