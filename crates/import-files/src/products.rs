//! What the tools of other products print, as JSON or YAML. One file per product.

pub mod aws;
pub mod aws_parameters;
pub mod azure_app_config;
pub mod azure_key_vault;
pub mod bitwarden;
pub mod bitwarden_secrets;
pub mod doppler;
pub mod gitlab;
pub mod google;
pub mod infisical;
pub mod kubernetes;
pub mod objects;
pub mod one_password;
pub mod terraform;
pub mod vault;

use crate::format::Format;
use crate::node::Node;
use crate::reading::Reading;

type Read = fn(&[Node<'_>], &mut Reading<'_>);

/// The reader of a product; none for formats that are no product.
pub fn reader(format: Format) -> Option<Read> {
    let read: Read = match format {
        Format::Kubernetes => kubernetes::read,
        Format::AwsSecretsManager => aws::read,
        Format::AwsParameters => aws_parameters::read,
        Format::GoogleSecretManager => google::read,
        Format::Vault => vault::read,
        Format::Infisical => infisical::read,
        Format::BitwardenSecrets => bitwarden_secrets::read,
        Format::Bitwarden => bitwarden::read,
        Format::OnePassword => one_password::read,
        Format::AzureKeyVault => azure_key_vault::read,
        Format::AzureAppConfig => azure_app_config::read,
        Format::GitLab => gitlab::read,
        Format::Doppler => doppler::read,
        Format::Terraform => terraform::read,
        Format::Json
        | Format::Csv
        | Format::Env
        | Format::Yaml
        | Format::KeePass
        | Format::Properties
        | Format::Toml
        | Format::Ini
        | Format::Tfvars
        | Format::Env0 => return None,
    };
    Some(read)
}
