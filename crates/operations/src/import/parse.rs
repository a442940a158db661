//! From an entry of a request to the record and the value to store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_contract::{spelling, v1};
use strongroom_sealing::Value;
use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::{Code, Entry, Problem};

use crate::import::entry::NewSecret;
use crate::import::policy::Policy;
use crate::{Rejection, describe, keys, lifecycle, ordered_id};

/// The entry as the shared rules take it.
pub(crate) fn entry(new: &v1::NewSecret) -> Entry<'_> {
    Entry {
        name: &new.name,
        kms_key_id: &new.kms_key_id,
        description: &new.description,
        secret_string: new.secret_string.as_deref(),
        secret_binary: new.secret_binary.as_deref(),
        secret_type: spelling::of::<v1::SecretType>(new.secret_type),
        auto_rotation: new.auto_rotation,
        rotation_period: &new.rotation_period,
        rotation_config: &new.rotation_config,
        event_subscriptions: &new.event_subscriptions,
        enterprise_project_id: &new.enterprise_project_id,
        rotation_func_urn: &new.rotation_func_urn,
        on_existing: spelling::of::<v1::OnExisting>(new.on_existing),
        on_pending: spelling::of::<v1::OnPending>(new.on_pending),
    }
}

/// The entry with its defaults filled in, so that entries that store the same are equal.
pub(crate) fn normalised(new: &v1::NewSecret) -> Entry<'_> {
    let given = entry(new);
    Entry {
        kms_key_id: or(given.kms_key_id, keys::DEFAULT_KEY),
        secret_type: match new.secret_type {
            0 => spelling::of::<v1::SecretType>(v1::SecretType::Common.into()),
            _ => given.secret_type,
        },
        enterprise_project_id: enterprise_project(given.enterprise_project_id),
        ..given
    }
}

/// No operation creates events yet, so none exists.
pub(crate) fn unknown_event(new: &v1::NewSecret) -> Option<Rejection> {
    new.event_subscriptions.first().map(|event| Rejection::UnknownEvent { event: event.clone() })
}

/// Splits a valid entry into its record and its value. A rejection is returned with the name of the entry.
pub(crate) fn parse(
    new: v1::NewSecret,
    policy: Policy,
    now: Timestamp,
) -> Result<NewSecret, (String, Rejection)> {
    let instance_id = strongroom_validation::instance_id_of(&new.rotation_config).map(|id| id.into_owned());
    let (value, binary) = match value(new.secret_string, new.secret_binary) {
        Ok(value) => value,
        Err(rejection) => return Err((new.name, rejection)),
    };
    let secret = SecretRecord {
        id: ordered_id(now).into_bytes().to_vec(),
        name: new.name,
        kms_key_id: or(&new.kms_key_id, keys::DEFAULT_KEY).to_owned(),
        description: new.description,
        secret_type: if new.secret_type == 0 { v1::SecretType::Common.into() } else { new.secret_type },
        auto_rotation: new.auto_rotation,
        rotation_period: new.rotation_period,
        rotation_config: new.rotation_config,
        enterprise_project_id: enterprise_project(&new.enterprise_project_id).to_owned(),
        rotation_func_urn: new.rotation_func_urn,
        instance_id: instance_id.unwrap_or_default(),
        ..SecretRecord::default()
    };
    Ok(NewSecret { secret: lifecycle::with_first_version(secret, binary, now), value, policy, weak: None })
}

/// The bytes of a value that passed the rules, and whether they were given as such.
pub(crate) fn value(
    secret_string: Option<String>,
    secret_binary: Option<String>,
) -> Result<(Value, bool), Rejection> {
    match (secret_string, secret_binary) {
        (Some(text), _) => Ok((Value::from(text), false)),
        (None, encoded) => Ok((decoded(encoded.unwrap_or_default())?, true)),
    }
}

/// The rules have looked at the Base64 already; should the two ever disagree, a value must not be lost over it.
fn decoded(encoded: String) -> Result<Value, Rejection> {
    let encoded = Value::from(encoded);
    STANDARD.decode(encoded.expose()).map(Value::new).map_err(|_| {
        let message = "The secret_binary is not standard Base64. Encode it anew.".into();
        Rejection::invalid(Problem { field: "secret_binary", code: Code::NotBase64, message })
    })
}

fn enterprise_project(given: &str) -> &str {
    match given {
        "" | "default" => describe::DEFAULT_ENTERPRISE_PROJECT,
        _ => given,
    }
}

fn or<'a>(given: &'a str, default: &'a str) -> &'a str {
    if given.is_empty() { default } else { given }
}
