//! Labels of secrets as pure functions of the record and the request, and the operations on them.
//!
//! A secret has each key once, in order. Its `update_time` stays, as existing clients know it.

mod batch_create_or_delete_tags;
mod create_secret_tag;
mod delete_secret_tag;
mod list_project_secrets_tags;
mod list_resource_instances;
mod list_secret_tags;

pub(crate) use list_resource_instances::sought;
use strongroom_contract::v1;
use strongroom_storage::records::{SecretRecord, TagRecord};

use crate::{Rejection, lifecycle};

/// Gives a secret these tags, each in place of one of the same key.
fn with(secret: &SecretRecord, tags: &[v1::Tag], allowed: usize) -> Result<SecretRecord, Rejection> {
    lifecycle::may_change(secret)?;
    let mut after = secret.clone();
    for v1::Tag { key, value } in tags {
        match after.tags.binary_search_by(|tag| tag.key.cmp(key)) {
            Ok(place) => after.tags.get_mut(place).into_iter().for_each(|tag| tag.value.clone_from(value)),
            Err(place) => after.tags.insert(place, TagRecord { key: key.clone(), value: value.clone() }),
        }
    }
    // A secret with more than a limit that was lowered since may still get other values.
    if after.tags.len() > allowed && after.tags.len() > secret.tags.len() {
        return Err(Rejection::TooManyTags { name: after.name, needed: after.tags.len(), allowed });
    }
    Ok(after)
}

/// Takes these keys away from a secret, as far as it has them.
fn without(secret: &SecretRecord, keys: &[&str]) -> Result<SecretRecord, Rejection> {
    lifecycle::may_change(secret)?;
    let mut after = secret.clone();
    after.tags.retain(|tag| !keys.contains(&tag.key.as_str()));
    Ok(after)
}

#[cfg(test)]
mod tests {
    use strongroom_storage::Timestamp;

    use super::*;
    use crate::describe;

    fn described(secret: &SecretRecord) -> Vec<v1::Tag> {
        describe::tags(&secret.tags)
    }

    fn tag(key: &str, value: &str) -> v1::Tag {
        v1::Tag { key: key.to_owned(), value: value.to_owned() }
    }

    fn secret(tags: &[v1::Tag]) -> SecretRecord {
        with(&SecretRecord { name: "db".to_owned(), ..SecretRecord::default() }, tags, 20).unwrap()
    }

    #[test]
    fn a_key_is_there_once_and_keys_are_in_order() {
        let before = secret(&[tag("b", "1"), tag("a", "2")]);
        assert_eq!(described(&before), [tag("a", "2"), tag("b", "1")]);
        let after = with(&before, &[tag("aa", ""), tag("a", "3")], 3).unwrap();
        assert_eq!(described(&after), [tag("a", "3"), tag("aa", ""), tag("b", "1")]);
        assert_eq!(described(&without(&after, &["a", "none", "b"]).unwrap()), [tag("aa", "")]);
    }

    #[test]
    fn more_than_allowed_are_rejected_with_both_numbers() {
        let before = secret(&[tag("a", ""), tag("b", "")]);
        let rejected = with(&before, &[tag("a", ""), tag("c", ""), tag("d", "")], 3);
        assert_eq!(rejected, Err(Rejection::TooManyTags { name: "db".to_owned(), needed: 4, allowed: 3 }));
        assert_eq!(described(&with(&before, &[tag("a", "new")], 1).unwrap())[0], tag("a", "new"));
    }

    #[test]
    fn a_waiting_secret_keeps_its_tags() {
        let waiting =
            lifecycle::schedule_deletion(&secret(&[tag("a", "")]), 7, Timestamp::from_milliseconds(0));
        let waiting = waiting.unwrap();
        assert!(matches!(with(&waiting, &[tag("b", "")], 20), Err(Rejection::Waiting { .. })));
        assert!(matches!(without(&waiting, &["a"]), Err(Rejection::Waiting { .. })));
    }
}
