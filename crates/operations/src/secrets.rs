//! One secret.

mod cancel_deletion;
mod create_secret;
mod delete_secret;
mod list_secrets;
mod schedule_deletion;
mod search_secrets;
mod show_secret;
mod update_secret;
