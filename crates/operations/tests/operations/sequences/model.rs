//! What the product is to do, as plainly as it can be said: maps, and no store, no keys, no concurrency.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_contract::v1::{self, Action, OnExisting, OnPending};
use strongroom_operations::{Code, Limits};

use super::steps::{How, Name, Step, Which};
use crate::strongroom::{DAY, START};

/// Tight enough that sequences meet them. `Default` is not for constants, so each is named.
pub const LIMITS: Limits = Limits {
    stream_entries: 100,
    selected_secrets: 100,
    import_entries: 10,
    secrets: 3,
    versions: 3,
    stages: 4,
    tags: 2,
    keys: 1_000,
    value_bytes: 32_768,
    body_bytes: 1_000_000,
};

const CURRENT: &str = "SYSCURRENT";
const PREVIOUS: &str = "SYSPREVIOUS";
const SECOND: i64 = 1_000;

/// What a step comes to, in the product as in the model.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Done,
    Rejected(String),
    /// For each entry what was done, or the code of its rejection.
    Imported(Vec<Result<Action, String>>),
    Deleted {
        gone: Vec<String>,
        waiting: Vec<String>,
    },
}

#[derive(Clone)]
pub struct Version {
    pub created: i64,
    pub expires: Option<i64>,
    pub key: String,
    pub value: String,
}

#[derive(Clone)]
pub struct Secret {
    /// Known once the product has shown it.
    pub id: String,
    pub instance: Option<Name>,
    pub description: String,
    pub key: String,
    pub created: i64,
    pub updated: i64,
    pub due: Option<i64>,
    pub versions: BTreeMap<u32, Version>,
    /// The version each points at, and since when.
    pub stages: BTreeMap<Name, (u32, i64)>,
    pub tags: BTreeMap<Name, Name>,
    pub last: u32,
}

#[derive(Clone)]
pub struct Backup {
    pub name: Name,
    pub blob: String,
    secret: Secret,
}

pub struct Model {
    pub now: i64,
    /// The id that each name had last, which may lead nowhere by now.
    pub ids: BTreeMap<Name, String>,
    pub secrets: BTreeMap<Name, Secret>,
    pub backups: Vec<Backup>,
}

impl Model {
    pub fn new() -> Self {
        Self { now: START, ids: BTreeMap::new(), secrets: BTreeMap::new(), backups: Vec::new() }
    }

    pub fn take(&mut self, step: &Step, value: &str) -> Outcome {
        let done = match step {
            Step::Import(entries, how) => return Outcome::Imported(self.import_all(entries, how, value)),
            Step::DeleteOfInstance(instance) => return self.delete_of_instance(instance),
            Step::Delete(name) => self.delete(name),
            Step::Schedule(name, days) => self.schedule(name, *days),
            Step::Cancel(name) => self.cancel(name),
            Step::Describe(name, text) => {
                self.update(name, |secret| (*text).clone_into(&mut secret.description))
            }
            Step::UseKey(name, key) => self.update(name, |secret| (*key).clone_into(&mut secret.key)),
            Step::AddVersion(name, stages) => self.change(name, |secret, now| secret.add(stages, value, now)),
            Step::SetStage(name, stage, which) => self.change(name, |secret, now| {
                let number = secret.number(*which).ok_or(Code::NotFound)?;
                secret.place(&[stage], number, now)
            }),
            Step::DeleteStage(name, stage) => self.change(name, |secret, _| match *stage {
                CURRENT | PREVIOUS => Err(Code::BuiltInStage),
                stage => secret.stages.remove(stage).map(drop).ok_or(Code::NotFound),
            }),
            Step::Expire(name, which, time) => {
                let moment = whole(self.now + time);
                self.change(name, |secret, _| {
                    let number = secret.number(*which).ok_or(Code::NotFound)?;
                    secret.versions.get_mut(&number).unwrap().expires = Some(moment);
                    Ok(())
                })
            }
            Step::Tag(name, key, value) => self.tag(name, |tags| {
                tags.insert(key, value);
                if tags.len() > LIMITS.tags { Err(Code::InvalidParameter) } else { Ok(()) }
            }),
            Step::Untag(name, key) => self.tag(name, |tags| tags.remove(key).map(drop).ok_or(Code::NotFound)),
            Step::UntagAll(name, keys) => self.tag(name, |tags| {
                tags.retain(|key, _| !keys.contains(key));
                Ok(())
            }),
            Step::Backup(name) => self.usable(name).map(drop),
            Step::Restore(which) => self.restore(*which),
            Step::Pass(time) => {
                self.now += time;
                self.secrets.retain(|_, secret| secret.due.is_none_or(|due| due > self.now));
                Ok(())
            }
            Step::Purge | Step::Restart => Ok(()),
        };
        match done {
            Ok(()) => Outcome::Done,
            Err(code) => Outcome::Rejected(code.as_str().to_owned()),
        }
    }

    /// How a request names the version.
    pub fn version_id(&self, name: &str, which: Which) -> String {
        match which {
            Which::Latest => "latest".to_owned(),
            Which::Before(back) => {
                format!("v{}", self.secrets.get(name).map_or(0, |secret| secret.last.saturating_sub(back)))
            }
        }
    }

    /// Of the backups taken so far, counted round.
    pub fn backup(&self, which: usize) -> Option<&Backup> {
        self.backups.get(which % self.backups.len().max(1))
    }

    pub fn keep_backup(&mut self, name: Name, blob: String) {
        self.backups.push(Backup { name, blob, secret: self.secrets[name].clone() });
    }

    fn import_all(
        &mut self,
        entries: &[(Name, Option<Name>)],
        how: &How,
        value: &str,
    ) -> Vec<Result<Action, String>> {
        let before = self.secrets.clone();
        let value = how.value.unwrap_or(value);
        let import = |(name, instance): &(Name, Option<Name>)| {
            self.import_as(name, *instance, how, value).map_err(|code| code.as_str().to_owned())
        };
        let mut done: Vec<_> = entries.iter().map(import).collect();
        if how.atomic && done.iter().any(Result::is_err) {
            self.secrets = before;
            done.iter_mut().flatten().for_each(|action| *action = Action::Withheld);
        }
        done
    }

    fn import_as(
        &mut self,
        name: Name,
        instance: Option<Name>,
        how: &How,
        value: &str,
    ) -> Result<Action, Code> {
        let now = whole(self.now);
        let Some(secret) = self.secrets.get_mut(name) else {
            return self.import(name, instance, value).map(|()| Action::Created);
        };
        match (secret.due, how.on_existing, how.on_pending) {
            (None, OnExisting::Skip, _) | (Some(_), _, OnPending::Skip) => return Ok(Action::Skipped),
            (None, OnExisting::NewVersionIfDifferent, _) => {
                if secret.versions[&secret.stages[CURRENT].0].value == value {
                    return Ok(Action::Unchanged);
                }
            }
            (None, OnExisting::NewVersion, _) | (Some(_), _, OnPending::CancelAndNewVersion) => {}
            (None, OnExisting::Unspecified | OnExisting::Fail, _)
            | (Some(_), _, OnPending::Unspecified | OnPending::Fail) => return Err(Code::InvalidParameter),
        }
        let mut after = Secret { updated: now, due: None, ..secret.clone() };
        after.add(&[CURRENT], value, now)?;
        *secret = after;
        Ok(Action::NewVersion)
    }

    fn import(&mut self, name: Name, instance: Option<Name>, value: &str) -> Result<(), Code> {
        let now = whole(self.now);
        self.room(name)?;
        let mut secret = Secret {
            id: String::new(),
            instance,
            description: String::new(),
            key: "csms/default".to_owned(),
            created: now,
            updated: now,
            due: None,
            versions: BTreeMap::new(),
            stages: BTreeMap::new(),
            tags: BTreeMap::new(),
            last: 0,
        };
        secret.add(&[CURRENT], value, now)?;
        self.secrets.insert(name, secret);
        Ok(())
    }

    /// For one more secret, and its name.
    fn room(&self, name: &str) -> Result<(), Code> {
        if self.secrets.contains_key(name) {
            return Err(Code::InvalidParameter);
        }
        if self.secrets.len() >= LIMITS.secrets { Err(Code::TooManySecrets) } else { Ok(()) }
    }

    fn delete_of_instance(&mut self, instance: &str) -> Outcome {
        let matching = self.secrets.iter().filter(|(_, secret)| secret.instance == Some(instance));
        let (waiting, gone): (Vec<_>, Vec<_>) = matching.partition(|(_, secret)| secret.due.is_some());
        let names = |secrets: Vec<(&Name, &Secret)>| -> Vec<String> {
            secrets.into_iter().map(|(name, _)| (*name).to_owned()).collect()
        };
        let (gone, waiting) = (names(gone), names(waiting));
        self.secrets.retain(|name, _| !gone.iter().any(|gone| gone == name));
        Outcome::Deleted { gone, waiting }
    }

    fn delete(&mut self, name: &str) -> Result<(), Code> {
        match self.secrets.get(name) {
            None => Err(Code::SecretNotFound),
            Some(secret) if secret.due.is_some() => Err(Code::AlreadyScheduled),
            Some(_) => {
                self.secrets.remove(name);
                Ok(())
            }
        }
    }

    fn schedule(&mut self, name: &str, days: i32) -> Result<(), Code> {
        let now = whole(self.now);
        let secret = self.secrets.get_mut(name).ok_or(Code::SecretNotFound)?;
        if secret.due.is_some() {
            return Err(Code::AlreadyScheduled);
        }
        (secret.due, secret.updated) = (Some(now + i64::from(days) * DAY), now);
        Ok(())
    }

    fn cancel(&mut self, name: &str) -> Result<(), Code> {
        let now = whole(self.now);
        let secret = self.secrets.get_mut(name).ok_or(Code::SecretNotFound)?;
        secret.due.take().ok_or(Code::NotScheduled)?;
        secret.updated = now;
        Ok(())
    }

    fn restore(&mut self, which: usize) -> Result<(), Code> {
        let Some(backup) = self.backup(which).cloned() else { return Ok(()) };
        self.room(backup.name)?;
        let secret = Secret { updated: whole(self.now), ..backup.secret };
        self.secrets.insert(backup.name, secret);
        Ok(())
    }

    fn usable(&mut self, name: &str) -> Result<&mut Secret, Code> {
        let secret = self.secrets.get_mut(name).ok_or(Code::SecretNotFound)?;
        if secret.due.is_some() { Err(Code::PendingDeletion) } else { Ok(secret) }
    }

    /// Tags stand under the id of a secret, and its `update_time` tells nothing of them.
    fn tag(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<Name, Name>) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let by_id = |code| if code == Code::SecretNotFound { Code::NotFound } else { code };
        let secret = self.usable(name).map_err(by_id)?;
        let mut after = secret.tags.clone();
        change(&mut after)?;
        secret.tags = after;
        Ok(())
    }

    /// What changes nothing leaves the time of the last change.
    fn update(&mut self, name: &str, set: impl FnOnce(&mut Secret)) -> Result<(), Code> {
        let now = whole(self.now);
        let secret = self.usable(name)?;
        let before = (secret.description.clone(), secret.key.clone());
        set(secret);
        if before != (secret.description.clone(), secret.key.clone()) {
            secret.updated = now;
        }
        Ok(())
    }

    /// All of a change or, when it is rejected, nothing of it.
    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Secret, i64) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let now = whole(self.now);
        let secret = self.usable(name)?;
        let mut after = Secret { updated: now, ..secret.clone() };
        change(&mut after, now)?;
        *secret = after;
        Ok(())
    }
}

impl Secret {
    fn number(&self, which: Which) -> Option<u32> {
        let number = match which {
            Which::Latest => self.stages[CURRENT].0,
            Which::Before(back) => self.last.saturating_sub(back),
        };
        self.versions.contains_key(&number).then_some(number)
    }

    fn add(&mut self, stages: &[Name], value: &str, now: i64) -> Result<(), Code> {
        self.last += 1;
        let newest = self.versions.values().map(|version| version.created).max();
        let version = Version {
            created: newest.map_or(now, |newest| now.max(newest + SECOND)),
            expires: None,
            key: self.key.clone(),
            value: value.to_owned(),
        };
        self.versions.insert(self.last, version);
        self.place(if stages.is_empty() { &[CURRENT] } else { stages }, self.last, now)?;
        if self.versions.len() > LIMITS.versions {
            let staged: BTreeSet<u32> = self.stages.values().map(|(number, _)| *number).collect();
            let oldest = self.versions.keys().find(|number| !staged.contains(number)).copied();
            self.versions.remove(&oldest.ok_or(Code::InvalidParameter)?);
        }
        Ok(())
    }

    fn place(&mut self, stages: &[Name], number: u32, now: i64) -> Result<(), Code> {
        let left = self.stages.get(CURRENT).map(|(current, _)| *current);
        for stage in stages {
            self.stages.insert(stage, (number, now));
        }
        if let Some(left) = left
            && self.stages[CURRENT].0 != left
            && !stages.contains(&PREVIOUS)
        {
            self.stages.insert(PREVIOUS, (left, now));
        }
        if self.stages.len() > LIMITS.stages { Err(Code::TooManyStages) } else { Ok(()) }
    }

    /// As the product shows it; when a value was last read is left out.
    pub fn shown(&self, name: &str) -> v1::Secret {
        let config = |instance| format!(r#"{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}"#);
        let waiting = self.due.map_or(v1::SecretState::Enabled, |_| v1::SecretState::PendingDelete);
        let kind = self.instance.map_or(v1::SecretType::Common, |_| v1::SecretType::RdsFg);
        v1::Secret {
            id: self.id.clone(),
            name: name.to_owned(),
            state: waiting.into(),
            kms_key_id: self.key.clone(),
            description: self.description.clone(),
            create_time: self.created,
            update_time: self.updated,
            scheduled_delete_time: self.due,
            secret_type: kind.into(),
            rotation_config: self.instance.map(config).unwrap_or_default(),
            enterprise_project_id: "0".to_owned(),
            domain_id: "01".repeat(16),
            replica_type: v1::ReplicaType::Standalone.into(),
            tags: self
                .tags
                .iter()
                .map(|(key, value)| v1::Tag { key: (*key).to_owned(), value: (*value).to_owned() })
                .collect(),
            ..Default::default()
        }
    }

    /// The stages of each by name.
    pub fn shown_versions(&self, name: &str) -> Vec<v1::VersionMetadata> {
        let stages = |number: u32| {
            let here = self.stages.iter().filter(move |(_, (at, _))| *at == number);
            here.map(|(stage, _)| (*stage).to_owned()).collect()
        };
        let shown = |(number, version): (&u32, &Version)| v1::VersionMetadata {
            id: format!("v{number}"),
            create_time: version.created,
            expire_time: version.expires,
            kms_key_id: version.key.clone(),
            secret_name: name.to_owned(),
            version_stages: stages(*number),
        };
        self.versions.iter().map(shown).collect()
    }
}

fn whole(moment: i64) -> i64 {
    moment - moment % SECOND
}
