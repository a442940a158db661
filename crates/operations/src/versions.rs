//! The values of a secret.

mod batch_get_secret_value;
mod create_secret_version;
mod list_secret_versions;
mod read_value;
mod show_secret_version;
mod update_version;
