//! Which stored secrets a batch is about: those of some names, with some tags, of an instance, or of a batch.

use std::collections::HashMap;

use strongroom_contract::spelling;
use strongroom_contract::v1::{Action, BatchCancelDeletionsRequest, BatchDeleteSecretsRequest};
use strongroom_contract::v1::{InstanceType, SecretType, TagValues};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Kept, View};
use strongroom_validation::SoughtTag;

use super::outcome::Place;
use super::steps::{Entry, Open};
use super::take_back::Left;
use crate::names::{Next, after};
use crate::{Answer, Call, Denial, Operations, Refusal, life_cycle, tags};

/// The conditions of a request, of which exactly one kind is given.
#[derive(Clone, Copy)]
pub(super) struct Selection<'a> {
    pub(super) names: &'a [String],
    pub(super) tags: &'a [TagValues],
    pub(super) batch_id: &'a str,
    pub(super) instance_id: &'a str,
    pub(super) instance_type: i32,
}

impl<'a> From<&'a BatchDeleteSecretsRequest> for Selection<'a> {
    fn from(request: &'a BatchDeleteSecretsRequest) -> Self {
        Self {
            names: &request.names,
            tags: &request.tags,
            batch_id: "",
            instance_id: &request.instance_id,
            instance_type: request.instance_type,
        }
    }
}

impl<'a> From<&'a BatchCancelDeletionsRequest> for Selection<'a> {
    fn from(request: &'a BatchCancelDeletionsRequest) -> Self {
        Self {
            names: &request.names,
            tags: &request.tags,
            batch_id: &request.batch_id,
            instance_id: &request.instance_id,
            instance_type: request.instance_type,
        }
    }
}

/// How a secret has to be still, where that matters.
pub(super) type At = Option<Left>;

impl<'a> Selection<'a> {
    /// As the shared rules look at it.
    pub(super) fn given(&self) -> strongroom_validation::Selection<'a> {
        strongroom_validation::Selection {
            names: self.names.len(),
            tags: self.tags.len(),
            batch_id: self.batch_id,
            instance_id: self.instance_id,
            instance_type: spelling::of::<InstanceType>(self.instance_type),
        }
    }

    /// Everything that is wrong with the tags.
    pub(super) fn wrong_tags(&self) -> Vec<strongroom_validation::Problem> {
        let tags: Vec<_> =
            self.tags.iter().map(|tag| SoughtTag { key: &tag.key, values: &tag.values }).collect();
        strongroom_validation::tag_search(&tags)
    }

    /// Whether a secret that was selected still meets every condition.
    pub(super) fn still_holds(&self, secret: &Kept<SecretRecord>, at: At) -> bool {
        let record = &secret.record;
        at.is_none_or(|at| at.is(secret))
            && self.tags.iter().all(|tag| has(record, tag))
            && (self.instance_id.is_empty() || self.instance_id == record.instance_id)
            && is_of(record, self.instance_type)
    }
}

fn has(secret: &SecretRecord, sought: &TagValues) -> bool {
    let found = secret.tags.iter().find(|tag| tag.key == sought.key);
    found.is_some_and(|tag| sought.values.is_empty() || sought.values.contains(&tag.value))
}

/// Which kinds of secret belong to a service. GaussDB and APIG have no documented kind, so they match nothing.
fn is_of(secret: &SecretRecord, instance_type: i32) -> bool {
    let kind = SecretType::try_from(secret.secret_type).unwrap_or_default();
    match InstanceType::try_from(instance_type).unwrap_or_default() {
        InstanceType::Unspecified => true,
        InstanceType::Rds => matches!(kind, SecretType::Rds | SecretType::RdsFg),
        InstanceType::Taurusdb => matches!(kind, SecretType::GaussdbFg),
        InstanceType::Gaussdb | InstanceType::Apig => false,
    }
}

impl Operations {
    /// What is selected, in the order of the names, else by name. A name that cannot be one, comes twice or has no secret
    /// is an entry too; otherwise there are only secrets that meet the conditions.
    pub(super) async fn selected(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        selection: &Selection<'_>,
    ) -> Answer<Vec<Entry<At>>> {
        if !selection.names.is_empty() {
            return named(view, project, selection.names).await;
        }
        let mut found: Vec<(Kept<SecretRecord>, At)> = if !selection.tags.is_empty() {
            tagged(view, project, selection.tags).await?
        } else if let Some(batch) = Id::parse(selection.batch_id) {
            self.scheduled_by(view, call, project, batch).await?
        } else {
            let instance = Some(selection.instance_id).filter(|instance| !instance.is_empty());
            let found = view.secrets_of_instance(project, instance).await;
            let found = found.map_err(Denial::fault("looking for the secrets of an instance"))?;
            found.into_iter().map(|secret| (secret, None)).collect()
        };
        found.retain(|(secret, at)| {
            !life_cycle::is_gone(&secret.record, call.now) && selection.still_holds(secret, *at)
        });
        let entries = found.into_iter().enumerate().map(|(index, (secret, about))| {
            let place = Place { index, line: 0, name: &secret.record.name };
            Entry {
                outcome: place.outcome(Action::Unspecified),
                open: Some(Open { about, found: Some(secret) }),
            }
        });
        Ok(entries.collect())
    }

    /// The secrets whose deletion a batch has scheduled and which nobody has written since, by name.
    async fn scheduled_by(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        batch: Id,
    ) -> Answer<Vec<(Kept<SecretRecord>, At)>> {
        let _known = self.batch(view, call, project, batch).await?;
        let (mut found, mut place) = (Vec::new(), 0);
        while let Some(part) = self.part(view, project, batch, place).await? {
            let (at, outcomes) = (part.revision, part.record.outcomes);
            place = part.record.first.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
            for outcome in outcomes.iter().filter(|outcome| outcome.action == i32::from(Action::Scheduled)) {
                let secret = view.secret(project, &outcome.name).await;
                let secret = secret.map_err(Denial::fault("reading a secret"))?;
                found.extend(secret.map(|secret| (secret, Some(Left::by(outcome, at)))));
            }
        }
        found.sort_by(|one, other| one.0.record.name.cmp(&other.0.record.name));
        Ok(found)
    }
}

async fn named(view: &View, project: Id, names: &[String]) -> Answer<Vec<Entry<At>>> {
    let mut firsts = HashMap::with_capacity(names.len());
    let mut entries = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let place = Place { index, line: 0, name };
        if let Some(problem) = strongroom_validation::secret_name(name) {
            let outcome = place.refused(&Refusal::invalid(problem));
            entries.push(Entry { outcome, open: None });
            continue;
        }
        let first = *firsts.entry(name).or_insert(index);
        let mut outcome = place.outcome(Action::Unspecified);
        if first != index {
            outcome.set_action(Action::Unchanged);
            outcome.message = format!("The name stands at place {} already, which counts.", first + 1);
            entries.push(Entry { outcome, open: None });
            continue;
        }
        let found = view.secret(project, name).await.map_err(Denial::fault("reading a secret"))?;
        entries.push(Entry { outcome, open: Some(Open { about: None, found }) });
    }
    Ok(entries)
}

async fn tagged(view: &View, project: Id, sought: &[TagValues]) -> Answer<Vec<(Kept<SecretRecord>, At)>> {
    let mut shared = tags::sought(view, project, sought).await?;
    let (mut found, mut start, mut left) = (Vec::new(), String::new(), usize::MAX);
    while let Next::Name(name) = shared.next(start, &mut left).await? {
        let secret = view.secret(project, &name).await.map_err(Denial::fault("reading a secret"))?;
        found.extend(secret.map(|secret| (secret, None)));
        start = after(&name);
    }
    Ok(found)
}
