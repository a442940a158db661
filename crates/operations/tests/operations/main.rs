//! Each operation on the memory engine, with a clock the test sets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod audit;
mod backups;
mod batch_cancel_deletions;
mod batch_delete_secrets;
mod batch_get_secret_value;
mod batch_import_policies;
mod batch_import_secrets;
mod batches;
mod checker;
mod clock;
mod concurrency;
mod counted;
mod deletion;
mod groups;
mod iam;
mod import_secrets_stream;
mod keys;
mod limits;
mod list_resource_instances;
mod list_secrets;
mod replay;
mod root_key;
mod root_key_crashes;
mod root_key_damage;
mod round_trips;
mod safeguards;
mod search_secrets;
mod selections;
mod sequences;
mod stages;
mod strongroom;
mod tags;
mod transactions;
mod undo_batch;
mod undo_batch_cut_off;
mod unknown_outcomes;
mod update_secret;
mod uses;
mod values;
mod versions;
