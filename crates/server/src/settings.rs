//! Settings: a flag, else its `STRONGROOM_...` variable, else the TOML file, else the default.

use std::env::VarError;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use strongroom_operations::Limits;
use strongroom_validation::limits;
use zeroize::Zeroizing;

use crate::start::StartFault;

/// As given; what is not given is left open.
#[derive(Args, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// TOML file with settings; their names are those of the flags, with `_` for `-`
    #[arg(long, env = "STRONGROOM_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder of the store, the root key and the first credentials [default: data]
    #[arg(long, env = "STRONGROOM_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8200]
    #[arg(long, env = "STRONGROOM_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// PEM file with the certificate chain; with it the port speaks TLS
    #[arg(long, env = "STRONGROOM_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, env = "STRONGROOM_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// File of the root key, of this store alone; a rotation replaces keys in it [default: root.key in the data folder]
    #[arg(long, env = "STRONGROOM_ROOT_KEY_FILE")]
    pub root_key_file: Option<PathBuf>,
    /// Most entries in one import, 1 to 100,000 [default: 1000]
    #[arg(long, env = "STRONGROOM_MAX_IMPORT_ENTRIES")]
    pub max_import_entries: Option<usize>,
    /// Most entries in one streamed import, 1 to 10,000,000 [default: 1000000]
    #[arg(long, env = "STRONGROOM_MAX_STREAM_ENTRIES")]
    pub max_stream_entries: Option<usize>,
    /// Most bytes of a request body [default: 41943040, 40 MiB]
    #[arg(long, env = "STRONGROOM_MAX_BODY_BYTES")]
    pub max_body_bytes: Option<usize>,
    /// Most secrets in a project, 1 to 1,000,000 [default: 100000]
    #[arg(long, env = "STRONGROOM_MAX_SECRETS")]
    pub max_secrets: Option<usize>,
    /// Most versions of a secret, 2 to 100; one more takes the place of the oldest without a stage [default: 20]
    #[arg(long, env = "STRONGROOM_MAX_VERSIONS")]
    pub max_versions: Option<usize>,
    /// Most stages of a secret, the two built-in ones included, 2 to 100 [default: 12]
    #[arg(long, env = "STRONGROOM_MAX_STAGES")]
    pub max_stages: Option<usize>,
    /// Most tags of a secret, 1 to 100 [default: 20]
    #[arg(long, env = "STRONGROOM_MAX_TAGS")]
    pub max_tags: Option<usize>,
    /// Most keys of a project, csms/default not counted, 1 to 10,000 [default: 1000]
    #[arg(long, env = "STRONGROOM_MAX_KEYS")]
    pub max_keys: Option<usize>,
    /// Most bytes of a value as it is sent, 1 to 65,536; with more than the default raise max-body-bytes too, so that a
    /// full import fits [default: 32768]
    #[arg(long, env = "STRONGROOM_MAX_VALUE_BYTES")]
    pub max_value_bytes: Option<usize>,
    /// Name of the account made at the first start [default: strongroom]
    #[arg(long, env = "STRONGROOM_DOMAIN_NAME")]
    pub domain_name: Option<String>,
    /// Name of the project made at the first start; SDKs look it up as the region [default: default]
    #[arg(long, env = "STRONGROOM_PROJECT_NAME")]
    pub project_name: Option<String>,
    /// Name of the administrator made at the first start [default: admin]
    #[arg(long, env = "STRONGROOM_USER_NAME")]
    pub user_name: Option<String>,
    /// What to log: error, warn, info, debug, or a filter like `info,strongroom_api=debug` [default: info]
    #[arg(long, env = "STRONGROOM_LOG")]
    pub log: Option<String>,
    /// How to log: text or json [default: text]
    #[arg(long, env = "STRONGROOM_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Allow core dumps and debuggers. Both can read the root key and values [default: false]
    #[arg(long, env = "STRONGROOM_ALLOW_CORE_DUMPS")]
    pub allow_core_dumps: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Settings with nothing left open.
pub struct Resolved {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) root_key: RootKeySetting,
    pub(crate) previous_root_key: Option<GivenKey>,
    pub(crate) limits: Limits,
    pub(crate) domain_name: String,
    pub(crate) project_name: String,
    pub(crate) user_name: String,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    pub(crate) allow_core_dumps: bool,
}

pub(crate) enum RootKeySetting {
    File(PathBuf),
    Environment(GivenKey),
}

/// A root key in the environment.
pub(crate) enum GivenKey {
    Text(Zeroizing<String>),
    Passphrase(Zeroizing<String>),
}

impl Settings {
    pub fn resolve(self) -> Result<Resolved, StartFault> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let data_dir = self.data_dir.or(file.data_dir).unwrap_or_else(|| "data".into());
        let tls = match (self.tls_certificate.or(file.tls_certificate), self.tls_key.or(file.tls_key)) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(StartFault::HalfTls),
        };
        let key_file = self.root_key_file.or(file.root_key_file).unwrap_or_else(|| data_dir.join("root.key"));
        let listen = SocketAddr::from(([127, 0, 0, 1], 8200));
        let resolved = Resolved {
            listen: self.listen.or(file.listen).unwrap_or(listen),
            tls,
            root_key: given_key(KEY)?.map_or(RootKeySetting::File(key_file), RootKeySetting::Environment),
            previous_root_key: given_key(PREVIOUS_KEY)?,
            limits: Limits {
                import_entries: self
                    .max_import_entries
                    .or(file.max_import_entries)
                    .unwrap_or(limits::DEFAULT_IMPORT_ENTRIES),
                stream_entries: self
                    .max_stream_entries
                    .or(file.max_stream_entries)
                    .unwrap_or(limits::DEFAULT_STREAM_ENTRIES),
                selected_secrets: limits::MAX_SELECTED_SECRETS,
                secrets: self.max_secrets.or(file.max_secrets).unwrap_or(limits::DEFAULT_SECRETS),
                versions: self.max_versions.or(file.max_versions).unwrap_or(limits::DEFAULT_VERSIONS),
                stages: self.max_stages.or(file.max_stages).unwrap_or(limits::DEFAULT_STAGES),
                tags: self.max_tags.or(file.max_tags).unwrap_or(limits::DEFAULT_TAGS),
                keys: self.max_keys.or(file.max_keys).unwrap_or(limits::DEFAULT_KEYS),
                value_bytes: self
                    .max_value_bytes
                    .or(file.max_value_bytes)
                    .unwrap_or(limits::DEFAULT_VALUE_BYTES),
                body_bytes: self.max_body_bytes.or(file.max_body_bytes).unwrap_or(limits::DEFAULT_BODY_BYTES),
            },
            domain_name: self.domain_name.or(file.domain_name).unwrap_or_else(|| "strongroom".to_owned()),
            project_name: self.project_name.or(file.project_name).unwrap_or_else(|| "default".to_owned()),
            user_name: self.user_name.or(file.user_name).unwrap_or_else(|| "admin".to_owned()),
            log: self.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            log_format: self.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            allow_core_dumps: self.allow_core_dumps || file.allow_core_dumps,
            data_dir,
        };
        resolved.checked()
    }
}

impl Resolved {
    /// What would start, and then serve nobody.
    fn checked(self) -> Result<Self, StartFault> {
        let wrong = |name, problem| Err(StartFault::Setting { name, problem });
        let given = &self.limits;
        if !(1..=limits::MAX_IMPORT_ENTRIES).contains(&given.import_entries) {
            return wrong("max-import-entries", "give 1 to 100000.");
        }
        if !(1..=limits::MAX_STREAM_ENTRIES).contains(&given.stream_entries) {
            return wrong("max-stream-entries", "give 1 to 10000000.");
        }
        if given.body_bytes < LEAST_BODY_BYTES {
            return wrong("max-body-bytes", "a log-in must fit, so give at least 1024.");
        }
        if !(1..=limits::MAX_SECRETS).contains(&given.secrets) {
            return wrong("max-secrets", "give 1 to 1000000.");
        }
        if !(limits::MIN_VERSIONS..=limits::MAX_VERSIONS).contains(&given.versions) {
            return wrong("max-versions", "give 2 to 100.");
        }
        if !(limits::MIN_STAGES..=limits::MAX_STAGES).contains(&given.stages) {
            return wrong("max-stages", "give 2 to 100.");
        }
        if !(1..=limits::MAX_TAGS).contains(&given.tags) {
            return wrong("max-tags", "give 1 to 100.");
        }
        if !(1..=limits::MAX_KEYS).contains(&given.keys) {
            return wrong("max-keys", "give 1 to 10000.");
        }
        if !(1..=limits::MAX_VALUE_BYTES).contains(&given.value_bytes) {
            return wrong("max-value-bytes", "give 1 to 65536.");
        }
        for (name, given) in [
            ("domain-name", &self.domain_name),
            ("project-name", &self.project_name),
            ("user-name", &self.user_name),
        ] {
            if given.is_empty() || given.chars().any(char::is_control) {
                return wrong(name, "give at least one character, and no control characters.");
            }
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log).is_err() {
            return wrong(
                "log",
                "give error, warn, info, debug, trace or a filter like info,strongroom_api=debug.",
            );
        }
        Ok(self)
    }
}

/// Chosen by us: a log-in takes a few hundred bytes.
const LEAST_BODY_BYTES: usize = 1_024;

fn read(path: &Path) -> Result<Settings, StartFault> {
    let text = std::fs::read_to_string(path).map_err(StartFault::file("read the settings file", path))?;
    toml::from_str(&text)
        .map_err(|error| StartFault::Settings { path: path.to_owned(), reason: error.to_string() })
}

/// The variables of a root key: one for the key itself, one for its passphrase.
type Variables = [&'static str; 2];

const KEY: Variables = ["STRONGROOM_ROOT_KEY", "STRONGROOM_ROOT_KEY_PASSPHRASE"];
/// The key before, for a rotation.
const PREVIOUS_KEY: Variables = ["STRONGROOM_ROOT_KEY_PREVIOUS", "STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE"];

/// Keys are taken from the environment or a file, never from a flag: other users of a machine can see flags.
#[allow(clippy::disallowed_methods, reason = "settings are read here")]
fn given_key([key, passphrase]: Variables) -> Result<Option<GivenKey>, StartFault> {
    let given = |name| match std::env::var(name) {
        Ok(text) if text.is_empty() => Err(StartFault::EmptyKey { name }),
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(StartFault::KeyNotText { name }),
    };
    match (given(key)?, given(passphrase)?) {
        (Some(_), Some(_)) => Err(StartFault::TwoKeys { key, passphrase }),
        (Some(text), None) => Ok(Some(GivenKey::Text(text))),
        (None, Some(text)) => Ok(Some(GivenKey::Passphrase(text))),
        (None, None) => Ok(None),
    }
}
