//! Which stored secrets a batch is about: those of some names, with some tags, of an instance, or of a batch.

use std::collections::HashMap;

use strongroom_contract::spelling;
use strongroom_contract::v1::{Action, BatchCancelDeletionsRequest, BatchDeleteSecretsRequest};
use strongroom_contract::v1::{InstanceType, SecretType, TagValues};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, PAGE, Timestamp, Versioned, View};
use strongroom_validation::SoughtTag;
use tokio::sync::OwnedSemaphorePermit;

use super::{Entry, Open};
use crate::journal::outcome::Place;
use crate::journal::undo::Expected;
use crate::names::{Next, after};
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle, tags};

/// The conditions of a request, of which exactly one kind is given.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub(crate) names: &'a [String],
    pub(crate) tags: &'a [TagValues],
    pub(crate) batch_id: &'a str,
    pub(crate) instance_id: &'a str,
    pub(crate) instance_type: i32,
    /// Whether only those that are pending deletion are meant, where they are not named.
    waiting: bool,
}

impl<'a> From<&'a BatchDeleteSecretsRequest> for Selection<'a> {
    fn from(request: &'a BatchDeleteSecretsRequest) -> Self {
        Self {
            names: &request.names,
            tags: &request.tags,
            batch_id: "",
            instance_id: &request.instance_id,
            instance_type: request.instance_type,
            waiting: false,
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
            waiting: true,
        }
    }
}

/// How a secret has to be still, where that matters.
pub(crate) type At = Option<Expected>;

impl<'a> Selection<'a> {
    /// As the shared rules look at it.
    pub(crate) fn given(&self) -> strongroom_validation::Selection<'a> {
        strongroom_validation::Selection {
            names: self.names.len(),
            tags: self.tags.len(),
            batch_id: self.batch_id,
            instance_id: self.instance_id,
            instance_type: spelling::of::<InstanceType>(self.instance_type),
        }
    }

    /// Everything that is wrong with the tags.
    pub(crate) fn wrong_tags(&self) -> Vec<strongroom_validation::Problem> {
        let tags: Vec<_> =
            self.tags.iter().map(|tag| SoughtTag { key: &tag.key, values: &tag.values }).collect();
        strongroom_validation::tag_search(&tags)
    }

    /// Whether a secret that was selected still meets every condition.
    pub(crate) fn still_holds(&self, secret: &Versioned<SecretRecord>, at: At) -> bool {
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
    /// Waits until this batch may select secrets, if it does not name them.
    pub(crate) async fn selection_turn(
        &self,
        selection: &Selection<'_>,
    ) -> Answer<Option<OwnedSemaphorePermit>> {
        match selection.names {
            [] => self.bulk_turn().await.map(Some),
            [..] => Ok(None),
        }
    }

    /// Waits until another batch that may hold very many secrets may run.
    pub(crate) async fn bulk_turn(&self) -> Answer<OwnedSemaphorePermit> {
        let turn = self.selecting.clone().acquire_owned().await;
        turn.map_err(OperationError::internal("waiting for other batches"))
    }

    /// What is selected, in the order of the names, else by name. A name that cannot be one, comes twice or has no secret
    /// is an entry too; otherwise there are only secrets that meet the conditions.
    pub(crate) async fn selected(
        &self,
        view: &View,
        call: &Call,
        selection: &Selection<'_>,
    ) -> Answer<Vec<Entry<At>>> {
        let project = call.project();
        if !selection.names.is_empty() {
            return named(view, project, selection.names).await;
        }
        let mut found =
            Found { selection, now: call.now, most: self.limits.selected_secrets, secrets: Vec::new() };
        if !selection.tags.is_empty() {
            tagged(view, project, &mut found).await?;
        } else if let Some(batch) = Id::parse(selection.batch_id) {
            self.scheduled_by(view, call, batch, &mut found).await?;
        } else {
            of_instance(view, project, &mut found).await?;
        }
        let entries = found.secrets.into_iter().enumerate().map(|(index, (secret, about))| {
            let place = Place { index, line: 0, name: &secret.record.name };
            Entry {
                outcome: place.outcome(Action::Unspecified),
                open: Some(Open { about, found: Some(secret) }),
            }
        });
        Ok(entries.collect())
    }

    /// The secrets whose deletion a batch has scheduled and which are as it left them, by name.
    async fn scheduled_by(&self, view: &View, call: &Call, batch: Id, found: &mut Found<'_>) -> Answer<()> {
        let project = call.project();
        let record = self.batch(view, call, batch).await?.record;
        if record.recovery_window_in_days.is_none() {
            return Err(Rejection::BatchScheduledNothing { batch: batch.to_string() }.into());
        }
        let mut place = 0;
        while let Some(part) = self.batch_part(view, project, batch, place).await? {
            let (at, outcomes) = (part.revision, part.record.outcomes);
            place = part.record.first.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
            let scheduled =
                || outcomes.iter().filter(|outcome| outcome.action == i32::from(Action::Scheduled));
            let names: Vec<_> = scheduled().map(|outcome| outcome.name.as_str()).collect();
            let secrets = view.secrets_by_name(project, &names).await;
            let secrets = secrets.map_err(OperationError::internal("reading secrets"))?;
            for (outcome, secret) in scheduled().zip(secrets) {
                if let Some(secret) = secret {
                    found.look(secret, Some(Expected::by(outcome, at)))?;
                }
            }
        }
        found.secrets.sort_by(|one, other| one.0.record.name.cmp(&other.0.record.name));
        Ok(())
    }
}

/// What meets the conditions, as much as one call takes: more would fill the memory and the answer.
struct Found<'a> {
    selection: &'a Selection<'a>,
    now: Timestamp,
    most: usize,
    secrets: Vec<(Versioned<SecretRecord>, At)>,
}

impl Found<'_> {
    fn meets(&self, secret: &Versioned<SecretRecord>, at: At) -> bool {
        let waits = secret.record.scheduled_delete_time.is_some();
        !lifecycle::is_gone(&secret.record, self.now)
            && self.selection.still_holds(secret, at)
            && (waits || !self.selection.waiting)
    }

    fn look(&mut self, secret: Versioned<SecretRecord>, at: At) -> Result<(), Rejection> {
        if !self.meets(&secret, at) {
            return Ok(());
        }
        if self.secrets.len() == self.most {
            return Err(Rejection::SelectionTooLarge { allowed: self.most });
        }
        self.secrets.push((secret, at));
        Ok(())
    }
}

async fn named(view: &View, project: Id, names: &[String]) -> Answer<Vec<Entry<At>>> {
    let wanted: Vec<_> = names.iter().map(String::as_str).collect();
    let stored = view.secrets_by_name(project, &wanted).await;
    let stored = stored.map_err(OperationError::internal("reading secrets"))?;
    let mut firsts = HashMap::with_capacity(names.len());
    let mut entries = Vec::with_capacity(names.len());
    for ((index, name), found) in names.iter().enumerate().zip(stored) {
        let place = Place { index, line: 0, name };
        if let Some(problem) = strongroom_validation::secret_name(name) {
            let outcome = place.rejected(&Rejection::invalid(problem));
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
        entries.push(Entry { outcome, open: Some(Open { about: None, found }) });
    }
    Ok(entries)
}

async fn tagged(view: &View, project: Id, found: &mut Found<'_>) -> Answer<()> {
    let mut shared = tags::sought(view, project, found.selection.tags).await?;
    let (mut start, mut left) = (String::new(), usize::MAX);
    loop {
        let mut names = Vec::with_capacity(PAGE);
        while names.len() < PAGE
            && let Next::Name(name) = shared.next(std::mem::take(&mut start), &mut left).await?
        {
            start = after(&name);
            names.push(name);
        }
        let wanted: Vec<_> = names.iter().map(String::as_str).collect();
        let secrets = view.secrets_by_name(project, &wanted).await;
        for secret in secrets.map_err(OperationError::internal("reading secrets"))?.into_iter().flatten() {
            found.look(secret, None)?;
        }
        if names.len() < PAGE {
            return Ok(());
        }
    }
}

async fn of_instance(view: &View, project: Id, found: &mut Found<'_>) -> Answer<()> {
    let instance = Some(found.selection.instance_id).filter(|instance| !instance.is_empty());
    let (meets, limit) = (|secret: &_| found.meets(secret, None), found.most.saturating_add(1));
    let secrets = view.secrets_of_instance(project, instance, meets, limit).await;
    let secrets = secrets.map_err(OperationError::internal("looking for the secrets of an instance"))?;
    if secrets.len() > found.most {
        return Err(Rejection::SelectionTooLarge { allowed: found.most }.into());
    }
    found.secrets = secrets.into_iter().map(|secret| (secret, None)).collect();
    Ok(())
}
