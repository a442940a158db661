//! The values of a secret.

mod show_secret_version;
