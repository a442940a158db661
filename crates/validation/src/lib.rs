#![doc = include_str!("../README.md")]

mod backup;
mod base64;
mod batch;
mod characters;
mod entry;
pub mod limits;
mod name;
mod number;
mod password;
mod policy;
mod problem;
mod rotation;
mod rotation_config;
mod safeguards;
pub mod search;
mod selection;
mod tag;
mod tags;
mod user;
mod value;
mod version;

pub use backup::secret_blob;
pub use batch::{
    Place, Repeat, batch_get, batch_id, batch_import, batch_marker, entry_line, import_stream, late_options,
    repeated, repeated_names, stream_entries,
};
pub use entry::{Entry, entry, entry_of_batch, update};
pub use name::{marker, secret_id, secret_name, stage_name, version_id, version_marker, version_stages};
pub use number::{batch_limit, expire_time, list_limit, outcome_limit, outcome_offset, recovery_window};
pub use password::{PasswordForm, PasswordPolicy, password_form};
pub use policy::policies;
pub use problem::{Code, Expected, Problem, wrong_type};
pub use rotation::rotation_period_seconds;
pub use rotation_config::instance_id_of;
pub use safeguards::safeguards;
pub use search::search_query;
pub use selection::{Selection, batch_cancel, batch_delete};
pub use tag::{tag_key, tag_value};
pub use tags::{
    SoughtTag, Tag, instance_limit, instance_offset, name_matches, tag_batch, tag_search, unknown_action,
};
pub use user::{access_key_description, user_password};
pub use value::value;
pub use version::{NewVersion, new_version};
