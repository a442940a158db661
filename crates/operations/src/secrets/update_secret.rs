//! Changing what is known about a secret, never its value.
//!
//! What the change makes of the secret is judged, not the request alone: the same rules as at creation then hold whatever
//! was set in which order.

use strongroom_contract::{spelling, v1};
use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::Entry;

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, lifecycle};

impl Operations {
    pub async fn update_secret(
        &self,
        call: &Call,
        request: v1::UpdateSecretRequest,
    ) -> Answer<v1::UpdateSecretResponse> {
        let request = &request;
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = update(&before.record, request, call.now)?;
            tx.update_secret(&before, &after)?;
            let secret = Some(tx.describe(after).await?);
            tx.answer(v1::UpdateSecretResponse { secret, ..Default::default() }).await
        })
        .await
    }
}

fn update(
    secret: &SecretRecord,
    request: &v1::UpdateSecretRequest,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    lifecycle::may_change(secret)?;
    let mut after = secret.clone();
    set(&mut after.kms_key_id, request.kms_key_id.as_ref());
    set(&mut after.description, request.description.as_ref());
    set(&mut after.auto_rotation, request.auto_rotation.as_ref());
    set(&mut after.rotation_period, request.rotation_period.as_ref());
    set(&mut after.rotation_func_urn, request.rotation_func_urn.as_ref());
    set(&mut after.event_subscriptions, request.event_subscriptions.as_ref().map(|events| &events.names));

    let problems = strongroom_validation::update(&Entry {
        kms_key_id: &after.kms_key_id,
        description: &after.description,
        secret_type: spelling::of::<v1::SecretType>(after.secret_type),
        auto_rotation: after.auto_rotation,
        rotation_period: &after.rotation_period,
        event_subscriptions: &after.event_subscriptions,
        rotation_func_urn: &after.rotation_func_urn,
        ..Entry::default()
    });
    if !problems.is_empty() {
        return Err(Rejection::Invalid(problems));
    }
    // No operation creates events yet, so none exists.
    if let Some(event) = request.event_subscriptions.iter().flat_map(|events| &events.names).next() {
        return Err(Rejection::UnknownEvent { event: event.clone() });
    }
    if after != *secret {
        after.update_time = lifecycle::whole_second(now);
    }
    Ok(after)
}

/// What is not given stays as it is.
fn set<T: Clone>(field: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        field.clone_from(given);
    }
}

#[cfg(test)]
mod tests {
    use v1::{EventSubscriptions, UpdateSecretRequest};

    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_500);

    fn secret() -> SecretRecord {
        SecretRecord {
            name: "db".to_owned(),
            kms_key_id: "csms/default".to_owned(),
            description: "for the shop".to_owned(),
            secret_type: v1::SecretType::Common.into(),
            auto_rotation: true,
            rotation_period: "1d".to_owned(),
            rotation_func_urn: "urn".to_owned(),
            ..SecretRecord::default()
        }
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_is_not_given_stays_and_what_is_empty_is_cleared() {
        let nothing = UpdateSecretRequest::default();
        let renewed = SecretRecord { update_time: 1_767_225_600_000, ..secret() };
        assert_eq!(update(&secret(), &nothing, NOW), Ok(secret()), "as if it had not been asked");

        let cleared = UpdateSecretRequest {
            description: text(""),
            auto_rotation: Some(false),
            rotation_period: text(""),
            rotation_func_urn: text(""),
            event_subscriptions: Some(EventSubscriptions::default()),
            ..Default::default()
        };
        let bare = SecretRecord {
            description: String::new(),
            auto_rotation: false,
            rotation_period: String::new(),
            rotation_func_urn: String::new(),
            ..renewed.clone()
        };
        assert_eq!(update(&secret(), &cleared, NOW), Ok(bare));

        let changed = UpdateSecretRequest {
            kms_key_id: text("other"),
            description: text("new"),
            rotation_period: text("7d"),
            ..Default::default()
        };
        let after = SecretRecord {
            kms_key_id: "other".to_owned(),
            description: "new".to_owned(),
            rotation_period: "7d".to_owned(),
            ..renewed
        };
        assert_eq!(update(&secret(), &changed, NOW), Ok(after));
    }

    #[test]
    fn the_result_is_judged() {
        let still = SecretRecord { auto_rotation: false, rotation_period: String::new(), ..secret() };
        let on = || UpdateSecretRequest { auto_rotation: Some(true), ..Default::default() };
        let events = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            UpdateSecretRequest {
                event_subscriptions: Some(EventSubscriptions { names }),
                ..Default::default()
            }
        };
        for (before, request, field) in [
            (&still, on(), "rotation_period"),
            (
                &secret(),
                UpdateSecretRequest { rotation_period: text(""), ..Default::default() },
                "rotation_period",
            ),
            (
                &secret(),
                UpdateSecretRequest { rotation_func_urn: text(""), ..Default::default() },
                "rotation_func_urn",
            ),
            (&secret(), UpdateSecretRequest { kms_key_id: text(""), ..Default::default() }, "kms_key_id"),
            (
                &secret(),
                UpdateSecretRequest { description: text(&"x".repeat(2_049)), ..Default::default() },
                "description",
            ),
            (&secret(), events(&["a", "b"]), "event_subscriptions"),
            (&secret(), events(&["a"]), "event_subscriptions"),
        ] {
            let problems = update(before, &request, NOW).unwrap_err().problems();
            assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), [field]);
        }
        let subscribed = SecretRecord { event_subscriptions: vec!["on-change".to_owned()], ..secret() };
        assert!(update(&subscribed, &UpdateSecretRequest::default(), NOW).is_ok(), "it is not asked for now");
        let both = UpdateSecretRequest { rotation_period: text("6h"), ..on() };
        assert!(update(&still, &both, NOW).is_ok());
    }

    #[test]
    fn a_waiting_secret_stays_as_it_is() {
        let waiting = lifecycle::schedule_deletion(&secret(), 7, NOW).unwrap();
        let rejected = update(&waiting, &UpdateSecretRequest::default(), NOW);
        assert!(matches!(rejected, Err(Rejection::Waiting { .. })));
    }
}
