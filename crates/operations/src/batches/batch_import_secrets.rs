//! Storing many secrets in one call.
//!
//! Entries are independent: each is stored or refused. Those that pass the rules are stored in one durable step, or in as
//! many as the engine needs.

use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse, RefusedEntry};
use strongroom_storage::Id;
use strongroom_validation::{Place, Repeat};

use super::New;
use crate::describe::count;
use crate::secrets::new_secret;
use crate::{Answer, Call, Operations, Refusal};

/// Records that one new secret can take: itself, its value, its entries by id, due time, instance and event, and a key of
/// its own. It has no tags yet.
const RECORDS_PER_SECRET: usize = 7;

impl Operations {
    pub async fn batch_import_secrets(
        &self,
        call: &Call,
        request: BatchImportSecretsRequest,
    ) -> Answer<BatchImportSecretsResponse> {
        let project = self.project(call, &request.project_id)?;
        let total = request.secrets.len();
        if let Some(problem) = strongroom_validation::batch_import(total, self.limits.import_entries) {
            return Err(Refusal::invalid(problem).into());
        }

        let names: Vec<_> = request.secrets.iter().map(|new| new.name.clone()).collect();
        let mut repeats =
            strongroom_validation::repeated_names(names.iter().map(String::as_str)).into_iter().peekable();
        let refuses_weak = self.refuses_weak(project).await?;
        let (mut refused, mut good) = (Vec::new(), Vec::with_capacity(total));
        for (index, new) in request.secrets.into_iter().enumerate() {
            let first = repeats.next_if(|(repeat, _)| *repeat == index).map(|(_, first)| first);
            let problems = strongroom_validation::entry_of_batch(
                &new_secret::entry(&new),
                first.map(|first| Repeat {
                    own: Place { index, line: 0 },
                    first: Place { index: first, line: 0 },
                }),
                self.limits.value_bytes,
            );
            if !problems.is_empty() {
                refused.push((index, Refusal::Invalid(problems)));
                continue;
            }
            let text = new.secret_string.as_deref().filter(|_| refuses_weak);
            if let Some(text) = text
                && let Some(weak) = self.weakness(text).await?
            {
                refused.push((index, weak));
                continue;
            }
            match new_secret::read(index, new, call.now) {
                Ok(new) => good.push(new),
                Err(refusal) => refused.push((index, refusal)),
            }
        }
        refused.extend(self.store_in_groups(call, project, &good).await?);
        refused.sort_by_key(|(index, _)| *index);

        let error_list: Vec<_> = refused
            .into_iter()
            .map(|(index, refusal)| refused_entry(names.get(index).map(String::as_str), index, &refusal))
            .collect();
        let failed = error_list.len();
        Ok(BatchImportSecretsResponse {
            error_list,
            total: count(total),
            success: count(total - failed),
            failed: count(failed),
            ..Default::default()
        })
    }

    async fn store_in_groups(&self, call: &Call, project: Id, new: &[New]) -> Answer<Vec<(usize, Refusal)>> {
        let most = self.secrets_in_a_commit(RECORDS_PER_SECRET);
        let bytes = self.storage.limits().bytes;
        let mut refused = Vec::new();
        let (mut rest, mut part) = (new, 0);
        while !rest.is_empty() {
            let (group, after) = rest.split_at(fitting(rest, most, bytes));
            let refusals = self.store(call, project, part, group).await?;
            let indexed = group.iter().map(|entry| entry.index).zip(refusals);
            refused.extend(indexed.filter_map(|(index, refusal)| Some((index, refusal?))));
            (rest, part) = (after, part + 1);
        }
        Ok(refused)
    }
}

/// How many of the first entries fit into one commit; at least one, so that the engine can say what is too large.
fn fitting(new: &[New], most: usize, bytes: usize) -> usize {
    let mut held = 0;
    let fitting = new.iter().take(most).take_while(|entry| {
        held += entry.bytes();
        held <= bytes
    });
    fitting.count().max(1)
}

fn refused_entry(name: Option<&str>, index: usize, refusal: &Refusal) -> RefusedEntry {
    RefusedEntry {
        name: name.unwrap_or_default().to_owned(),
        error_msg: format!("{}: {}", refusal.code().as_str(), refusal.sentence()),
        index: count(index),
        problems: refusal.problems(),
    }
}
