//! An entry as a file holds it, and everything that was found in a file.

use strongroom_validation as rules;
use zeroize::Zeroizing;

use crate::base64;
use crate::field::Field;
use crate::format::Format;
use crate::line_problem::{LineProblem, Note};
use crate::sample::Confidence;

/// One secret to be imported. An empty text means that the field is absent, except for the two values.
///
/// Has no `Debug`, because it holds a value.
#[derive(Default, Clone)]
pub struct FileEntry {
    /// Line of the file, from 1.
    pub line: usize,
    pub name: String,
    /// A text value; an empty one is a value too.
    pub secret_string: Option<Zeroizing<String>>,
    /// A binary value in Base64; an empty one is a value too.
    pub secret_binary: Option<Zeroizing<String>>,
    pub kms_key_id: String,
    pub description: String,
    /// As JSON spells it, `COMMON` for instance.
    pub secret_type: String,
    pub auto_rotation: bool,
    pub rotation_period: String,
    pub rotation_config: String,
    pub event_subscriptions: Vec<String>,
    pub enterprise_project_id: String,
    pub rotation_func_urn: String,
    /// Conflict policy when a secret of this name exists; absent leaves it to the import as a whole.
    pub on_existing: Option<String>,
    /// Conflict policy when a secret of this name is pending deletion.
    pub on_pending: Option<String>,
    /// For a name that cannot be stored: one that can, and that no other entry of the file has. Otherwise empty.
    pub suggested_name: String,
}

impl FileEntry {
    /// Whether both would import the same, whatever their lines are.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.name == other.name
            && self.secret_string == other.secret_string
            && self.secret_binary == other.secret_binary
            && self.kms_key_id == other.kms_key_id
            && self.description == other.description
            && self.secret_type == other.secret_type
            && self.auto_rotation == other.auto_rotation
            && self.rotation_period == other.rotation_period
            && self.rotation_config == other.rotation_config
            && self.event_subscriptions == other.event_subscriptions
            && self.enterprise_project_id == other.enterprise_project_id
            && self.rotation_func_urn == other.rotation_func_urn
            && self.on_existing == other.on_existing
            && self.on_pending == other.on_pending
    }

    /// Sets the value: text where the bytes are text, and binary otherwise.
    pub(crate) fn set_bytes(&mut self, bytes: Vec<u8>) {
        match String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes) {
            Ok(text) => self.secret_string = Some(Zeroizing::new(text)),
            Err(bytes) => {
                let bytes = Zeroizing::new(bytes);
                self.secret_binary = Some(Zeroizing::new(base64::encode(&bytes)));
            }
        }
    }

    /// Sets a field that is text.
    pub(crate) fn set_text(&mut self, field: Field, text: &str) {
        let value = || Some(Zeroizing::new(text.to_owned()));
        match field {
            Field::Name => self.name = text.to_owned(),
            Field::SecretString => self.secret_string = value(),
            Field::SecretBinary => self.secret_binary = value(),
            Field::Description => self.description = text.to_owned(),
            Field::KmsKeyId => self.kms_key_id = text.to_owned(),
            Field::SecretType => self.secret_type = text.to_owned(),
            Field::RotationPeriod => self.rotation_period = text.to_owned(),
            Field::RotationConfig => self.rotation_config = text.to_owned(),
            Field::EnterpriseProjectId => self.enterprise_project_id = text.to_owned(),
            Field::RotationFuncUrn => self.rotation_func_urn = text.to_owned(),
            Field::OnExisting => self.on_existing = Some(text.to_owned()),
            Field::OnPending => self.on_pending = Some(text.to_owned()),
            // Not text by themselves: a cell of CSV spells them as words.
            Field::AutoRotation => self.auto_rotation = text.eq_ignore_ascii_case("true"),
            Field::EventSubscriptions => {
                self.event_subscriptions = text.split_whitespace().map(str::to_owned).collect();
            }
        }
    }

    /// The entry as the rules of `validation` take it.
    #[must_use]
    pub fn view(&self) -> rules::Entry<'_> {
        rules::Entry {
            name: &self.name,
            kms_key_id: &self.kms_key_id,
            description: &self.description,
            secret_string: self.secret_string.as_ref().map(|value| value.as_str()),
            secret_binary: self.secret_binary.as_ref().map(|value| value.as_str()),
            secret_type: &self.secret_type,
            auto_rotation: self.auto_rotation,
            rotation_period: &self.rotation_period,
            rotation_config: &self.rotation_config,
            event_subscriptions: &self.event_subscriptions,
            enterprise_project_id: &self.enterprise_project_id,
            rotation_func_urn: &self.rotation_func_urn,
            on_existing: self.on_existing.as_deref().unwrap_or_default(),
            on_pending: self.on_pending.as_deref().unwrap_or_default(),
        }
    }
}

/// Everything that was found in a file.
pub struct Contents {
    pub format: Format,
    /// How sure it is that the file has this format.
    pub confidence: Confidence,
    /// Why this format, in a sentence for the user.
    pub why: String,
    /// The entries, in the order of the file.
    pub entries: Vec<FileEntry>,
    /// The columns of a CSV file and what each gives; empty for all others.
    pub columns: Vec<Column>,
    /// In the order of the lines, as the notes are.
    pub problems: Vec<LineProblem>,
    pub notes: Vec<Note>,
}

/// A column of a CSV file.
pub struct Column {
    /// Its text in the first line, or its number from 1 where that text may be none: see the README.
    pub title: String,
    /// What it gives; none when it is not read.
    pub field: Option<Field>,
}
