//! The formats that can be read.

/// The format of a file. The words never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own form, or names with their values.
    Json,
    /// Titles, then a record per secret; the exports of password managers and browsers too.
    Csv,
    Env,
    Yaml,
    /// What the command line of AWS Secrets Manager prints.
    AwsSecretsManager,
    /// What the command line and the REST API of Google Secret Manager answer.
    GoogleSecretManager,
    /// What `vault kv get` and `bao kv get` print.
    Vault,
    /// What `infisical export` writes as JSON; its other formats are read as what they are.
    Infisical,
    /// Secrets of Kubernetes, as manifests and as `kubectl get` prints them.
    Kubernetes,
    /// Parameters of AWS Systems Manager.
    AwsParameters,
    /// What `az keyvault secret show` prints.
    AzureKeyVault,
    /// What `az appconfig kv list` prints.
    AzureAppConfig,
    /// CI/CD variables of GitLab.
    GitLab,
    /// What `doppler secrets --json` prints.
    Doppler,
    /// What `terraform output -json`, `tofu output -json` and `pulumi config --json` print.
    Terraform,
    /// What `op item get --format json` prints.
    OnePassword,
    /// The unencrypted JSON export of Bitwarden.
    Bitwarden,
    /// Secrets of Bitwarden Secrets Manager.
    BitwardenSecrets,
    /// The XML export of KeePass and KeePassXC.
    KeePass,
    /// Properties of Java.
    Properties,
    Toml,
    Ini,
    /// Values of Terraform variables, without expressions.
    Tfvars,
    /// Variables with NUL between them, as `env -0` prints them.
    Env0,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 24] = [
        Self::Json,
        Self::Csv,
        Self::Env,
        Self::Yaml,
        Self::AwsSecretsManager,
        Self::GoogleSecretManager,
        Self::Vault,
        Self::Infisical,
        Self::Kubernetes,
        Self::AwsParameters,
        Self::AzureKeyVault,
        Self::AzureAppConfig,
        Self::GitLab,
        Self::Doppler,
        Self::Terraform,
        Self::OnePassword,
        Self::Bitwarden,
        Self::BitwardenSecrets,
        Self::KeePass,
        Self::Properties,
        Self::Toml,
        Self::Ini,
        Self::Tfvars,
        Self::Env0,
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
            Self::Kubernetes => "kubernetes",
            Self::AwsParameters => "aws-ssm",
            Self::AzureKeyVault => "azure-keyvault",
            Self::AzureAppConfig => "azure-appconfig",
            Self::GitLab => "gitlab",
            Self::Doppler => "doppler",
            Self::Terraform => "terraform",
            Self::OnePassword => "1password",
            Self::Bitwarden => "bitwarden",
            Self::BitwardenSecrets => "bitwarden-secrets",
            Self::KeePass => "keepass",
            Self::Properties => "properties",
            Self::Toml => "toml",
            Self::Ini => "ini",
            Self::Tfvars => "tfvars",
            Self::Env0 => "env-0",
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
            Self::Kubernetes => "Kubernetes Secret",
            Self::AwsParameters => "AWS SSM parameters",
            Self::AzureKeyVault => "Azure Key Vault",
            Self::AzureAppConfig => "Azure App Configuration",
            Self::GitLab => "GitLab variables",
            Self::Doppler => "Doppler",
            Self::Terraform => "Terraform or Pulumi",
            Self::OnePassword => "1Password",
            Self::Bitwarden => "Bitwarden",
            Self::BitwardenSecrets => "Bitwarden Secrets Manager",
            Self::KeePass => "KeePass XML",
            Self::Properties => "Java properties",
            Self::Toml => "TOML",
            Self::Ini => "INI",
            Self::Tfvars => "Terraform variables",
            Self::Env0 => "env -0",
        }
    }

    /// The format of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}
