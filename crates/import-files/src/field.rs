//! The fields that an entry of a file can have, by the names that the contract gives them.

/// A field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    SecretString,
    SecretBinary,
    Description,
    KmsKeyId,
    SecretType,
    AutoRotation,
    RotationPeriod,
    RotationConfig,
    EventSubscriptions,
    EnterpriseProjectId,
    RotationFuncUrn,
    OnExisting,
    OnPending,
}

impl Field {
    /// Every field, in the order in which they are written.
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::SecretString,
        Self::SecretBinary,
        Self::Description,
        Self::KmsKeyId,
        Self::SecretType,
        Self::AutoRotation,
        Self::RotationPeriod,
        Self::RotationConfig,
        Self::EventSubscriptions,
        Self::EnterpriseProjectId,
        Self::RotationFuncUrn,
        Self::OnExisting,
        Self::OnPending,
    ];

    /// The name of the field in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SecretString => "secret_string",
            Self::SecretBinary => "secret_binary",
            Self::Description => "description",
            Self::KmsKeyId => "kms_key_id",
            Self::SecretType => "secret_type",
            Self::AutoRotation => "auto_rotation",
            Self::RotationPeriod => "rotation_period",
            Self::RotationConfig => "rotation_config",
            Self::EventSubscriptions => "event_subscriptions",
            Self::EnterpriseProjectId => "enterprise_project_id",
            Self::RotationFuncUrn => "rotation_func_urn",
            Self::OnExisting => "on_existing",
            Self::OnPending => "on_pending",
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// The names of all fields, for a sentence.
pub(crate) const NAMES: &str = "name, secret_string, secret_binary, description, kms_key_id, secret_type, auto_rotation, \
                                rotation_period, rotation_config, event_subscriptions, enterprise_project_id, \
                                rotation_func_urn, on_existing and on_pending";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_every_field() {
        for field in Field::ALL {
            assert!(NAMES.replace(" and", ",").split(", ").any(|name| name == field.as_str()), "{field:?}");
            assert_eq!(Field::named(field.as_str()), Some(field));
        }
    }
}
