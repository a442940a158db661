//! Settings. Order: flag, `STRONGROOM_...` variable, TOML file, default.

use std::env::VarError;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;
use serde::Deserialize;
use strongroom_api::InFlight;
use strongroom_operations::Limits;
use strongroom_validation::limits;
use zeroize::Zeroizing;

use crate::connections::ConnectionLimits;
use crate::start_error::StartError;

/// Settings from one source. `None` means not set.
#[derive(Args, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// TOML file with settings, named like the flags with `_` for `-`
    #[arg(long, env = "STRONGROOM_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder for the store, the root key and the first credentials [default: data]
    #[arg(long, env = "STRONGROOM_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on; port 0 picks a free port [default: 127.0.0.1:8200]
    #[arg(long, env = "STRONGROOM_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// PEM file with the certificate chain; turns TLS on
    #[arg(long, env = "STRONGROOM_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, env = "STRONGROOM_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Allow plain HTTP on an address that is not loopback, for use behind a proxy that speaks TLS. Without such a proxy,
    /// tokens, passwords and values cross the network unencrypted
    #[arg(
        long,
        env = "STRONGROOM_INSECURE_PLAIN_HTTP",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub insecure_plain_http: Option<bool>,
    /// Addresses of reverse proxies, separated by commas, whose X-Forwarded-For is trusted. Without it, all clients behind a
    /// proxy share the limits of one address
    #[arg(long, env = "STRONGROOM_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Origins whose pages may call the API from a browser, separated by commas, such as `https://admin.example.com`. Without
    /// it, none but the server's own
    #[arg(long, env = "STRONGROOM_ALLOW_ORIGIN", value_delimiter = ',')]
    pub allow_origin: Option<Vec<String>>,
    /// Most open connections, 16 to 1,000,000; also limited by the limit of open files [default: 8192]
    #[arg(long, env = "STRONGROOM_MAX_CONNECTIONS")]
    pub max_connections: Option<usize>,
    /// Most open connections from one address, or one /64 network of IPv6, 1 to 1,000,000 [default: 1024; for loopback, from
    /// where a reverse proxy connects, max-connections]
    #[arg(long, env = "STRONGROOM_MAX_CONNECTIONS_PER_ADDRESS")]
    pub max_connections_per_address: Option<usize>,
    /// Allow gRPC reflection without credentials
    #[arg(
        long,
        env = "STRONGROOM_OPEN_REFLECTION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub open_reflection: Option<bool>,
    /// File of the root key, for this store only; a rotation replaces keys in it [default: root.key in the data folder]
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
    /// Most bytes of all requests and answers in memory; a quarter is reserved for small ones. Requests over it are rejected
    /// with 429 [default: 536870912, 512 MiB, or 4 times max-in-flight-bytes-per-caller]
    #[arg(long, env = "STRONGROOM_MAX_IN_FLIGHT_BYTES")]
    pub max_in_flight_bytes: Option<usize>,
    /// Most bytes of the requests and answers of one caller in memory, at least 3 times max-body-bytes; a quarter is reserved
    /// for small ones [default: 134217728, 128 MiB, or 3 times max-body-bytes]
    #[arg(long, env = "STRONGROOM_MAX_IN_FLIGHT_BYTES_PER_CALLER")]
    pub max_in_flight_bytes_per_caller: Option<usize>,
    /// Most secrets in a project, 1 to 1,000,000 [default: 100000]
    #[arg(long, env = "STRONGROOM_MAX_SECRETS")]
    pub max_secrets: Option<usize>,
    /// Most versions of a secret, 2 to 100; one more replaces the oldest without a stage [default: 20]
    #[arg(long, env = "STRONGROOM_MAX_VERSIONS")]
    pub max_versions: Option<usize>,
    /// Most stages of a secret, including the two built-in ones, 2 to 100 [default: 12]
    #[arg(long, env = "STRONGROOM_MAX_STAGES")]
    pub max_stages: Option<usize>,
    /// Most tags of a secret, 1 to 100 [default: 20]
    #[arg(long, env = "STRONGROOM_MAX_TAGS")]
    pub max_tags: Option<usize>,
    /// Most keys of a project, not counting csms/default, 1 to 10,000 [default: 1000]
    #[arg(long, env = "STRONGROOM_MAX_KEYS")]
    pub max_keys: Option<usize>,
    /// Most bytes of a value as sent, 1 to 65,536. If you raise it, raise max-body-bytes too, so that a full import fits
    /// [default: 32768]
    #[arg(long, env = "STRONGROOM_MAX_VALUE_BYTES")]
    pub max_value_bytes: Option<usize>,
    /// Hours between two scrubs of the whole store, 1 to 8760; 0 for none [default: 24]
    #[arg(long, env = "STRONGROOM_SCRUB_INTERVAL_HOURS")]
    pub scrub_interval_hours: Option<u32>,
    /// Name of the account created at the first start [default: strongroom]
    #[arg(long, env = "STRONGROOM_DOMAIN_NAME")]
    pub domain_name: Option<String>,
    /// Name of the project created at the first start; SDKs look it up by region name [default: default]
    #[arg(long, env = "STRONGROOM_PROJECT_NAME")]
    pub project_name: Option<String>,
    /// Name of the administrator created at the first start [default: admin]
    #[arg(long, env = "STRONGROOM_USER_NAME")]
    pub user_name: Option<String>,
    /// Log level: error, warn, info, debug, or a filter like `info,strongroom_api=debug` [default: info]
    #[arg(long, env = "STRONGROOM_LOG")]
    pub log: Option<String>,
    /// Log format: text or json [default: text]
    #[arg(long, env = "STRONGROOM_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Allow core dumps and debuggers. Both can read the root key and values [default: false]
    #[arg(long, env = "STRONGROOM_ALLOW_CORE_DUMPS")]
    pub allow_core_dumps: bool,
}

/// Location of a stopped store and its root key. The root key can also be in the environment, as for the server.
#[derive(Args, Default)]
pub struct StoreSettings {
    /// TOML file with the settings of the server
    #[arg(long, env = "STRONGROOM_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder of the store and the root key [default: data]
    #[arg(long, env = "STRONGROOM_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// File of the root key [default: root.key in the data folder]
    #[arg(long, env = "STRONGROOM_ROOT_KEY_FILE")]
    pub root_key_file: Option<PathBuf>,
}

impl StoreSettings {
    pub(crate) fn resolve(self) -> Result<Resolved, StartError> {
        let Self { config, data_dir, root_key_file } = self;
        Settings { config, data_dir, root_key_file, ..Settings::default() }.resolve()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Complete settings.
pub struct Resolved {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) insecure_plain_http: bool,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) allow_origin: Vec<String>,
    pub(crate) connections: ConnectionLimits,
    pub(crate) open_reflection: bool,
    pub(crate) root_key: RootKeySetting,
    pub(crate) previous_root_key: Option<GivenKey>,
    pub(crate) limits: Limits,
    /// `None` for no scrub.
    pub(crate) scrub_interval: Option<Duration>,
    pub(crate) in_flight: InFlight,
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
    pub fn resolve(self) -> Result<Resolved, StartError> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let data_dir = self.data_dir.or(file.data_dir).unwrap_or_else(|| "data".into());
        let tls = match (self.tls_certificate.or(file.tls_certificate), self.tls_key.or(file.tls_key)) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(StartError::HalfTls),
        };
        let key_file = self.root_key_file.or(file.root_key_file).unwrap_or_else(|| data_dir.join("root.key"));
        let listen = SocketAddr::from(([127, 0, 0, 1], 8200));
        let max_connections = self.max_connections.or(file.max_connections).unwrap_or(DEFAULT_CONNECTIONS);
        let per_address = self.max_connections_per_address.or(file.max_connections_per_address);
        let trusted_proxies = self.trusted_proxies.or(file.trusted_proxies).unwrap_or_default();
        let body_bytes = self.max_body_bytes.or(file.max_body_bytes).unwrap_or(limits::DEFAULT_BODY_BYTES);
        let caller = self.max_in_flight_bytes_per_caller.or(file.max_in_flight_bytes_per_caller);
        let caller =
            caller.unwrap_or(DEFAULT_CALLER_BYTES.max(body_bytes.saturating_mul(MIN_BODIES_PER_CALLER)));
        let total = self.max_in_flight_bytes.or(file.max_in_flight_bytes);
        let total = total.unwrap_or(DEFAULT_TOTAL_BYTES.max(caller.saturating_mul(DEFAULT_CALLERS_IN_TOTAL)));
        let resolved = Resolved {
            listen: self.listen.or(file.listen).unwrap_or(listen),
            tls,
            insecure_plain_http: self.insecure_plain_http.or(file.insecure_plain_http).unwrap_or_default(),
            allow_origin: self.allow_origin.or(file.allow_origin).unwrap_or_default(),
            trusted_proxies: trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
            connections: ConnectionLimits {
                all: max_connections,
                of_network: per_address.unwrap_or(DEFAULT_CONNECTIONS_PER_ADDRESS),
                of_loopback: per_address.unwrap_or(max_connections),
            },
            open_reflection: self.open_reflection.or(file.open_reflection).unwrap_or_default(),
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
                body_bytes,
            },
            scrub_interval: match self.scrub_interval_hours.or(file.scrub_interval_hours).unwrap_or(24) {
                0 => None,
                hours => Some(Duration::from_secs(u64::from(hours) * 3_600)),
            },
            in_flight: InFlight { total, caller },
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

/// Whether a browser may send this as the origin of a page. A star would be all of them, and is none.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte))
    })
}

impl Resolved {
    /// Rejects settings with which the server could not work.
    fn checked(self) -> Result<Self, StartError> {
        let wrong = |name, problem| Err(StartError::Setting { name, problem });
        let given = &self.limits;
        if !(1..=limits::MAX_IMPORT_ENTRIES).contains(&given.import_entries) {
            return wrong("max-import-entries", "use 1 to 100,000.");
        }
        if !(1..=limits::MAX_STREAM_ENTRIES).contains(&given.stream_entries) {
            return wrong("max-stream-entries", "use 1 to 10,000,000.");
        }
        if given.body_bytes < MIN_BODY_BYTES {
            return wrong("max-body-bytes", "use at least 1,024, so that a log-in fits.");
        }
        let InFlight { total, caller } = self.in_flight;
        if caller < given.body_bytes.saturating_mul(MIN_BODIES_PER_CALLER).max(MIN_CALLER_BYTES) {
            return wrong(
                "max-in-flight-bytes-per-caller",
                "use at least 3 times max-body-bytes, so that a body fits as received and as decoded, and at least \
                 1,048,576.",
            );
        }
        if total < caller {
            return wrong("max-in-flight-bytes", "use at least max-in-flight-bytes-per-caller.");
        }
        if !(1..=limits::MAX_SECRETS).contains(&given.secrets) {
            return wrong("max-secrets", "use 1 to 1,000,000.");
        }
        if !(limits::MIN_VERSIONS..=limits::MAX_VERSIONS).contains(&given.versions) {
            return wrong("max-versions", "use 2 to 100.");
        }
        if !(limits::MIN_STAGES..=limits::MAX_STAGES).contains(&given.stages) {
            return wrong("max-stages", "use 2 to 100.");
        }
        if !(1..=limits::MAX_TAGS).contains(&given.tags) {
            return wrong("max-tags", "use 1 to 100.");
        }
        if !(1..=limits::MAX_KEYS).contains(&given.keys) {
            return wrong("max-keys", "use 1 to 10,000.");
        }
        if !(1..=limits::MAX_VALUE_BYTES).contains(&given.value_bytes) {
            return wrong("max-value-bytes", "use 1 to 65,536.");
        }
        if self.scrub_interval.is_some_and(|interval| interval > Duration::from_secs(8_760 * 3_600)) {
            return wrong("scrub-interval-hours", "use 1 to 8,760, or 0 for no scrub.");
        }
        for (name, given) in [
            ("domain-name", &self.domain_name),
            ("project-name", &self.project_name),
            ("user-name", &self.user_name),
        ] {
            if given.is_empty() || given.chars().any(char::is_control) {
                return wrong(name, "use at least one character, and no control characters.");
            }
        }
        if !self.allow_origin.iter().all(|origin| is_origin(origin)) {
            return wrong(
                "allow-origin",
                "give origins as browsers send them: scheme, host and port if it is not the usual one, such as \
                 https://admin.example.com.",
            );
        }
        if !(MIN_CONNECTIONS..=MAX_CONNECTIONS).contains(&self.connections.all) {
            return wrong("max-connections", "use 16 to 1,000,000.");
        }
        if !(1..=MAX_CONNECTIONS).contains(&self.connections.of_network) {
            return wrong("max-connections-per-address", "use 1 to 1,000,000.");
        }
        if self.is_plain_beyond_loopback() && !self.insecure_plain_http {
            return Err(StartError::PlainHttp { address: self.listen });
        }
        if tracing_subscriber::EnvFilter::try_new(&self.log).is_err() {
            return wrong(
                "log",
                "use error, warn, info, debug, trace or a filter like info,strongroom_api=debug.",
            );
        }
        Ok(self)
    }
}

impl Resolved {
    /// Whether the server speaks plain HTTP on an address other than loopback.
    pub(crate) fn is_plain_beyond_loopback(&self) -> bool {
        self.tls.is_none() && !self.listen.ip().to_canonical().is_loopback()
    }
}

/// Our choice: an idle connection uses 10 to 60 KB, so all of them at most 500 MB. A client opens one to six.
const DEFAULT_CONNECTIONS: usize = 8_192;
/// Our choice: enough for many clients behind one address, too few for one address to use all connections.
const DEFAULT_CONNECTIONS_PER_ADDRESS: usize = 1_024;
/// Our choice: enough for a browser, a scraper and a few clients.
const MIN_CONNECTIONS: usize = 16;
const MAX_CONNECTIONS: usize = 1_000_000;

/// Our choice: a log-in has a few hundred bytes.
const MIN_BODY_BYTES: usize = 1_024;

/// Our choice: enough for a few dozen small requests and a page of an answer.
const MIN_CALLER_BYTES: usize = 1024 * 1024;

/// Our choice: the largest body fits twice into the three quarters that are not reserved for small requests.
const DEFAULT_CALLER_BYTES: usize = 128 * 1024 * 1024;

/// Fewest bodies of the largest size that fit into the limit of a caller.
const MIN_BODIES_PER_CALLER: usize = 3;

/// Our choice: four callers at their limit. Including the work of operations, a server stays below 1.5 GiB.
const DEFAULT_TOTAL_BYTES: usize = 512 * 1024 * 1024;

/// Default number of callers at their limit that fit into the total.
const DEFAULT_CALLERS_IN_TOTAL: usize = 4;

fn read(path: &Path) -> Result<Settings, StartError> {
    let text = std::fs::read_to_string(path).map_err(StartError::file("read the settings file", path))?;
    toml::from_str(&text)
        .map_err(|error| StartError::Settings { path: path.to_owned(), reason: error.to_string() })
}

/// The variables of a root key: the key itself, or its passphrase.
type Variables = [&'static str; 2];

const KEY: Variables = ["STRONGROOM_ROOT_KEY", "STRONGROOM_ROOT_KEY_PASSPHRASE"];
/// The previous key, for a rotation.
const PREVIOUS_KEY: Variables = ["STRONGROOM_ROOT_KEY_PREVIOUS", "STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE"];

/// Reads a root key from the environment. It is never a flag, because other users of a machine can see flags.
#[allow(clippy::disallowed_methods, reason = "settings are read here")]
fn given_key([key, passphrase]: Variables) -> Result<Option<GivenKey>, StartError> {
    let given = |name| match std::env::var(name) {
        Ok(text) if text.is_empty() => Err(StartError::EmptyKey { name }),
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(StartError::KeyNotText { name }),
    };
    match (given(key)?, given(passphrase)?) {
        (Some(_), Some(_)) => Err(StartError::TwoKeys { key, passphrase }),
        (Some(text), None) => Ok(Some(GivenKey::Text(text))),
        (None, Some(text)) => Ok(Some(GivenKey::Passphrase(text))),
        (None, None) => Ok(None),
    }
}
