//! The whole product on a free port: each operation through gRPC, gRPC-Web and REST, with the answers compared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod doors;
mod product;

mod batch_delete_secrets;
mod batch_get_secret_value;
mod batch_import_secrets;
mod cancel_deletion;
mod check_secrets;
mod create_secret;
mod create_token;
mod delete_secret;
mod generate_random_password;
mod list_projects;
mod list_secrets;
mod schedule_deletion;
mod show_limits;
mod show_secret;
mod show_secret_version;
mod show_secrets_config;
mod update_secrets_config;

mod access;
mod coverage;
mod openapi;
mod port;
mod start;
mod wrong_requests;
