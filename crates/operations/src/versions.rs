//! The values of a secret.

mod create_secret_version;
mod list_secret_versions;
mod show_secret_version;
mod update_version;
