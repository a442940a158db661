//! The formats that are read.

/// The format of a file. The words never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own form, or names with their values.
    Json,
    Csv,
    Env,
    Yaml,
    /// What the command line of AWS Secrets Manager prints.
    AwsSecretsManager,
    /// What the command line and the REST API of Google Secret Manager answer.
    GoogleSecretManager,
    /// What `vault kv get` and `bao kv get` print as JSON.
    Vault,
    /// What `infisical export` writes as JSON; its other formats are read as what they are.
    Infisical,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Json,
        Self::Csv,
        Self::Env,
        Self::Yaml,
        Self::AwsSecretsManager,
        Self::GoogleSecretManager,
        Self::Vault,
        Self::Infisical,
    ];

    /// The word by which a format is chosen.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Env => "env",
            Self::Yaml => "yaml",
            Self::AwsSecretsManager => "aws",
            Self::GoogleSecretManager => "google",
            Self::Vault => "vault",
            Self::Infisical => "infisical",
        }
    }

    /// The name people know it by.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Csv => "CSV",
            Self::Env => ".env",
            Self::Yaml => "YAML",
            Self::AwsSecretsManager => "AWS Secrets Manager",
            Self::GoogleSecretManager => "Google Secret Manager",
            Self::Vault => "Vault or OpenBao",
            Self::Infisical => "Infisical",
        }
    }

    /// The format of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}
