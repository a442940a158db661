//! Records as callers see them.

use strongroom_access::Caller;
use strongroom_contract::v1;
use strongroom_storage::Timestamp;
use strongroom_storage::records::{SecretRecord, StageRecord, TagRecord, VersionRecord};
use uuid::Uuid;

use crate::lifecycle;
use crate::lifecycle::version_id;

/// The id of the default enterprise project, as existing clients expect it back.
pub(crate) const DEFAULT_ENTERPRISE_PROJECT: &str = "0";

pub(crate) fn id(record: &SecretRecord) -> String {
    Uuid::from_slice(&record.id).unwrap_or_default().to_string()
}

/// A secret without its value, and when that was last read. Every field is set, because existing clients read them all.
pub(crate) fn secret(record: SecretRecord, caller: &Caller, last_used: Option<Timestamp>) -> v1::Secret {
    let state = lifecycle::state(&record).into();
    v1::Secret {
        id: id(&record),
        name: record.name,
        state,
        kms_key_id: record.kms_key_id,
        description: record.description,
        create_time: record.create_time,
        update_time: record.update_time,
        scheduled_delete_time: record.scheduled_delete_time,
        secret_type: record.secret_type,
        auto_rotation: record.auto_rotation,
        rotation_period: record.rotation_period,
        rotation_config: record.rotation_config,
        rotation_time: None,
        next_rotation_time: None,
        last_used_time: last_used.map(Timestamp::milliseconds),
        event_subscriptions: record.event_subscriptions,
        enterprise_project_id: record.enterprise_project_id,
        rotation_func_urn: record.rotation_func_urn,
        domain_id: caller.domain_id.to_string(),
        replica_type: v1::ReplicaType::Standalone.into(),
        replicas: Vec::new(),
        tags: tags(&record.tags),
    }
}

pub(crate) fn tags(tags: &[TagRecord]) -> Vec<v1::Tag> {
    tags.iter().map(|tag| v1::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect()
}

pub(crate) fn version(secret: &SecretRecord, version: &VersionRecord) -> v1::VersionMetadata {
    let stages = secret.stages.iter().filter(|stage| stage.version == version.number);
    v1::VersionMetadata {
        id: version_id(version.number),
        create_time: version.create_time,
        expire_time: version.expire_time,
        kms_key_id: version.kms_key_id.clone(),
        secret_name: secret.name.clone(),
        version_stages: stages.map(|stage| stage.name.clone()).collect(),
    }
}

pub(crate) fn stage(secret: &SecretRecord, stage: &StageRecord) -> v1::Stage {
    v1::Stage {
        name: stage.name.clone(),
        update_time: stage.update_time,
        secret_name: secret.name.clone(),
        version_id: version_id(stage.version),
    }
}

/// A number as the wire carries it. What is counted stays far below the bound.
pub(crate) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Where a page stands. `next_marker` is given only while items follow, because existing clients ask until it is missing.
pub(crate) fn page_info<T>(page: &[T], more: bool, marker: impl Fn(&T) -> &String) -> v1::PageInfo {
    v1::PageInfo {
        next_marker: page.last().filter(|_| more).map(|last| marker(last).clone()),
        previous_marker: page.first().map(|first| marker(first).clone()),
        current_count: count(page.len()),
    }
}
