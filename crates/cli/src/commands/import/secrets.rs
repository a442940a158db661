//! The secrets that the entries of a file become.

use strongroom_contract::spelling::{self, Spelled};
use strongroom_contract::v1;
use strongroom_import_files::FileEntry;
use zeroize::Zeroizing;

pub(super) const QUESTION: &str = "Import them?";

pub(super) fn new_secret(entry: &FileEntry) -> v1::NewSecret {
    let value = |value: &Option<Zeroizing<String>>| value.as_ref().map(|value| value.to_string());
    v1::NewSecret {
        name: entry.name.clone(),
        kms_key_id: entry.kms_key_id.clone(),
        description: entry.description.clone(),
        secret_string: value(&entry.secret_string),
        secret_binary: value(&entry.secret_binary),
        secret_type: number::<v1::SecretType>(&entry.secret_type),
        auto_rotation: entry.auto_rotation,
        rotation_period: entry.rotation_period.clone(),
        rotation_config: entry.rotation_config.clone(),
        event_subscriptions: entry.event_subscriptions.clone(),
        enterprise_project_id: entry.enterprise_project_id.clone(),
        rotation_func_urn: entry.rotation_func_urn.clone(),
        line: i32::try_from(entry.line).unwrap_or(i32::MAX),
        on_existing: number::<v1::OnExisting>(entry.on_existing.as_deref().unwrap_or_default()),
        on_pending: number::<v1::OnPending>(entry.on_pending.as_deref().unwrap_or_default()),
    }
}

/// The number of an enum value from its JSON spelling.
fn number<E: Spelled>(word: &str) -> i32 {
    let known = E::SPELLINGS.iter().find(|(_, known)| *known == word);
    known.map_or(if word.is_empty() { 0 } else { spelling::UNKNOWN }, |(number, _)| *number)
}
