//! Tests of the whole product: each operation over gRPC, gRPC-Web and REST, comparing the answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod product;
mod transports;

mod batch_cancel_deletions;
mod batch_create_or_delete_tags;
mod batch_delete_secrets;
mod batch_get_secret_value;
mod batch_import_secrets;
mod cancel_deletion;
mod change_password;
mod check_secrets;
mod confirm_clock;
mod create_access_key;
mod create_secret;
mod create_secret_tag;
mod create_secret_version;
mod create_token;
mod delete_access_key;
mod delete_secret;
mod delete_secret_stage;
mod delete_secret_tag;
mod download_secret_blob;
mod generate_random_password;
mod import_secrets_stream;
mod import_secrets_with_progress;
mod list_access_keys;
mod list_auth_domains;
mod list_batches;
mod list_project_secrets_tags;
mod list_projects;
mod list_resource_instances;
mod list_secret_tags;
mod list_secret_versions;
mod list_secrets;
mod revoke_token;
mod rotate_root_key;
mod safeguards;
mod schedule_deletion;
mod search_secrets;
mod show_access_key;
mod show_batch;
mod show_clock;
mod show_limits;
mod show_root_key;
mod show_secret;
mod show_secret_stage;
mod show_secret_version;
mod show_secrets_config;
mod undo_batch;
mod update_access_key;
mod update_secret;
mod update_secret_stage;
mod update_secrets_config;
mod update_version;
mod upload_secret_blob;

mod access;
mod allow_origin;
mod broken_streams;
mod connections;
mod coverage;
mod early_rejections;
mod in_flight;
mod log_ins;
mod openapi;
mod port;
mod protocol;
mod replay;
mod scrub;
mod start;
mod strict;
mod wrong_requests;
