//! The stages of a secret.

mod delete_secret_stage;
mod show_secret_stage;
mod update_secret_stage;

use strongroom_storage::records::SecretRecord;

use crate::lifecycle;
use crate::{Rejection, describe};

/// What is wrong with the names in a path to a stage.
fn judge(secret_name: &str, stage_name: &str) -> Vec<strongroom_validation::Problem> {
    let problems =
        [strongroom_validation::secret_name(secret_name), strongroom_validation::stage_name(stage_name)];
    problems.into_iter().flatten().collect()
}

/// The stage of a secret as callers see it.
fn shown(secret: &SecretRecord, name: &str) -> Result<strongroom_contract::v1::Stage, Rejection> {
    Ok(describe::stage(secret, lifecycle::stage(secret, name)?))
}
