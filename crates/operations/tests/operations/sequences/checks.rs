//! What has to hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_contract::v1;
use strongroom_operations::Code;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Names, Timestamp, View};

use super::found;
use super::model::{LIMITS, Model, Secret};
use super::steps::{INSTANCES, KEYS, NAMES, STAGES, VALUES};
use crate::strongroom::{Strongroom, rejection};

const PROJECT: Id = Id::new([2; 16]);

#[derive(Default)]
pub struct Checks {
    /// Every secret there has been, and the highest number of a version it has had.
    known: BTreeMap<Id, u32>,
}

impl Checks {
    pub async fn all(&mut self, strongroom: &Strongroom, model: &mut Model) {
        for name in NAMES {
            match model.secrets.get_mut(name) {
                Some(secret) => {
                    shown_as_it_is(strongroom, name, secret).await;
                    model.ids.insert(name, secret.id.clone());
                }
                None => nowhere(strongroom, name).await,
            }
        }
        listed(strongroom, model).await;
        read_together(strongroom, model).await;
        found::what_is_looked_for(strongroom, model).await;

        let view = strongroom.storage.view().await.unwrap();
        let records = view.secrets(PROJECT, "", usize::MAX).await.unwrap();
        for record in &records {
            sound(record);
        }
        indexes_say_what_a_full_scan_says(&view, &records).await;
        self.values_are_those_of_versions(&view, &records).await;
    }

    /// A version that is named has its value, and no other value is left.
    async fn values_are_those_of_versions(&mut self, view: &View, records: &[SecretRecord]) {
        let mut held = BTreeSet::new();
        for record in records {
            let id = Id::from_stored(&record.id).unwrap();
            let highest = self.known.entry(id).or_default();
            *highest = record.last_version.max(*highest);
            held.extend(record.versions.iter().map(|version| (id, version.number)));
        }
        for (id, highest) in &self.known {
            for number in 0..=*highest + 1 {
                let found = view.value(*id, number).await.unwrap().is_some();
                assert_eq!(found, held.contains(&(*id, number)), "the value of version {number}");
            }
            let known = view.secret_by_id(*id).await.unwrap().is_some();
            assert_eq!(known, records.iter().any(|record| record.id == id.to_stored()));
        }
    }
}

async fn shown_as_it_is(strongroom: &Strongroom, name: &str, secret: &mut Secret) {
    let shown = v1::Secret { last_used_time: None, ..strongroom.show(name).await.unwrap().secret.unwrap() };
    if secret.id.is_empty() {
        secret.id.clone_from(&shown.id);
    }
    assert_eq!(shown, secret.shown(name));

    let mut versions = strongroom.versions(name).await.unwrap();
    versions.iter_mut().for_each(|version| version.version_stages.sort_unstable());
    assert_eq!(versions, secret.shown_versions(name));
    for stage in STAGES {
        let shown = strongroom.stage(name, stage).await.ok();
        let shown = shown.map(|stage| (stage.version_id, stage.update_time));
        let expected = secret.stages.get(stage).map(|(number, since)| (format!("v{number}"), *since));
        assert_eq!(shown, expected, "{stage} of {name}");
    }

    let numbers = secret.versions.keys().map(|number| format!("v{number}"));
    for version in numbers.chain(["latest".to_owned()]) {
        let read = strongroom.read_version(name, &version).await;
        if secret.due.is_some() {
            assert_eq!(rejection(read).code(), Code::PendingDeletion, "{version} of {name}, which waits");
            continue;
        }
        let number = match version.strip_prefix('v') {
            Some(number) => number.parse().unwrap(),
            None => secret.stages["SYSCURRENT"].0,
        };
        assert_eq!(read.unwrap().secret_string.as_ref(), Some(&secret.versions[&number].value));
    }
}

async fn nowhere(strongroom: &Strongroom, name: &str) {
    let codes = [
        rejection(strongroom.show(name).await).code(),
        rejection(strongroom.read(name).await).code(),
        rejection(strongroom.versions(name).await).code(),
        rejection(strongroom.stage(name, "SYSCURRENT").await).code(),
    ];
    assert_eq!(codes, [Code::SecretNotFound; 4], "{name}");
}

async fn listed(strongroom: &Strongroom, model: &Model) {
    let (mut names, mut marker) = (Vec::new(), Some(String::new()));
    while let Some(after) = marker {
        let request = v1::ListSecretsRequest { limit: Some(2), marker: after, ..Default::default() };
        let answer =
            strongroom.operations.list_secrets(&strongroom.call("ListSecrets"), request).await.unwrap();
        names.extend(answer.secrets.into_iter().map(|secret| secret.name));
        marker = answer.page_info.unwrap().next_marker;
    }
    assert_eq!(names, model.secrets.keys().copied().collect::<Vec<_>>());
    let call = strongroom.call("ShowLimits");
    let limits = strongroom.operations.show_limits(&call, v1::ShowLimitsRequest::default()).await.unwrap();
    assert_eq!(limits.secrets_used as usize, model.secrets.len());
}

/// One that waits or is missing keeps nobody from the others.
async fn read_together(strongroom: &Strongroom, model: &Model) {
    let request = v1::BatchGetSecretValueRequest {
        secret_name_list: NAMES.map(str::to_owned).to_vec(),
        ..Default::default()
    };
    let call = strongroom.call("BatchGetSecretValue");
    let answer = strongroom.operations.batch_get_secret_value(&call, request).await.unwrap();
    let mut expected = (Vec::new(), Vec::new());
    for name in NAMES {
        match model.secrets.get(name) {
            Some(secret) if secret.due.is_none() => {
                let current = &secret.versions[&secret.stages["SYSCURRENT"].0];
                expected.0.push((name.to_owned(), Some(current.value.clone())));
            }
            Some(_) => expected.1.push((name.to_owned(), Code::PendingDeletion.as_str().to_owned())),
            None => expected.1.push((name.to_owned(), Code::SecretNotFound.as_str().to_owned())),
        }
    }
    let read = answer.versions.into_iter();
    let read = read.map(|read| (read.version_metadata.unwrap().secret_name, read.secret_string)).collect();
    let rejected = answer.not_returned.into_iter();
    let rejected = rejected.map(|rejected| (rejected.secret_name, rejected.error_code)).collect();
    assert_eq!((read, rejected), expected);
}

/// What holds of every record by itself, whatever the model says.
fn sound(record: &SecretRecord) {
    let current = record.stages.iter().filter(|stage| stage.name == "SYSCURRENT").count();
    assert_eq!(current, 1, "exactly one SYSCURRENT");
    let names: BTreeSet<_> = record.stages.iter().map(|stage| &stage.name).collect();
    assert_eq!(names.len(), record.stages.len(), "a stage on at most one version");
    let numbers: Vec<_> = record.versions.iter().map(|version| version.number).collect();
    assert!(record.stages.iter().all(|stage| numbers.contains(&stage.version)));
    assert!(
        numbers.is_sorted_by(|one, next| one < next)
            && numbers.iter().all(|number| *number <= record.last_version)
    );
    assert!(record.versions.is_sorted_by(|one, next| one.create_time < next.create_time));
    assert!(record.versions.len() <= LIMITS.versions && record.stages.len() <= LIMITS.stages);
}

async fn indexes_say_what_a_full_scan_says(view: &View, records: &[SecretRecord]) {
    let of = |wanted: &dyn Fn(&SecretRecord) -> bool| -> Vec<SecretRecord> {
        records.iter().filter(|record| wanted(record)).cloned().collect()
    };
    for record in records {
        let found = view.secret_by_id(Id::from_stored(&record.id).unwrap()).await.unwrap().unwrap();
        assert_eq!((found.0, &found.1.record), (PROJECT, record));
    }
    for instance in INSTANCES {
        let found = view.secrets_of_instance(PROJECT, Some(instance), |_| true, usize::MAX).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|kept| kept.record).collect();
        assert_eq!(found, of(&|record| record.instance_id == instance));
    }
    let found = view.secrets_of_instance(PROJECT, None, |_| true, usize::MAX).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|kept| kept.record).collect();
    assert_eq!(found, of(&|record| !record.instance_id.is_empty()));

    for (key, value) in KEYS.iter().flat_map(|key| VALUES.map(|value| (*key, value))) {
        let found = view.names(PROJECT, Names::Tagged { key, value }, "", usize::MAX).await.unwrap();
        let tagged = |record: &SecretRecord| {
            record.tags.iter().any(|tag| (tag.key.as_str(), tag.value.as_str()) == (key, value))
        };
        assert_eq!(found, of(&tagged).into_iter().map(|record| record.name).collect::<Vec<_>>());
    }

    let found = view.overdue(Timestamp::from_milliseconds(i64::MAX), usize::MAX).await.unwrap();
    let mut waiting = of(&|record| record.scheduled_delete_time.is_some());
    waiting.sort_by(|one, other| {
        (one.scheduled_delete_time, &one.name).cmp(&(other.scheduled_delete_time, &other.name))
    });
    assert_eq!(found.into_iter().map(|(_, kept)| kept.record).collect::<Vec<_>>(), waiting);
}
