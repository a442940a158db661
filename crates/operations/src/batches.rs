//! Many secrets in one call: batch import, batch delete, cancelling deletions, and undo.

mod batch_cancel_deletions;
mod batch_delete_secrets;
mod batch_import_secrets;
mod import_secrets_stream;
mod import_secrets_with_progress;
mod list_batches;
mod show_batch;
mod undo_batch;
