//! What an operator may configure.

use strongroom_validation::limits as defaults;

/// The limits of requests and projects. `strongroom_validation::limits` has the defaults and where they come from.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most entries in one import.
    pub import_entries: usize,
    /// Most entries in one stream.
    pub stream_entries: usize,
    /// Most secrets that a selection other than by names may have, and most outcomes that undoing a batch tells at once.
    /// Only tests set it.
    pub selected_secrets: usize,
    /// Most secrets in a project.
    pub secrets: usize,
    /// Most versions of a secret.
    pub versions: usize,
    /// Most stages of a secret, the built-in ones included.
    pub stages: usize,
    /// Most tags of a secret.
    pub tags: usize,
    /// Most keys of a project that callers have named.
    pub keys: usize,
    /// Most bytes of a value as it is sent.
    pub value_bytes: usize,
    /// Most bytes of a request, which the transports hold.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            import_entries: defaults::DEFAULT_IMPORT_ENTRIES,
            stream_entries: defaults::DEFAULT_STREAM_ENTRIES,
            selected_secrets: defaults::MAX_SELECTED_SECRETS,
            secrets: defaults::DEFAULT_SECRETS,
            versions: defaults::DEFAULT_VERSIONS,
            stages: defaults::DEFAULT_STAGES,
            tags: defaults::DEFAULT_TAGS,
            keys: defaults::DEFAULT_KEYS,
            value_bytes: defaults::DEFAULT_VALUE_BYTES,
            body_bytes: defaults::DEFAULT_BODY_BYTES,
        }
    }
}
