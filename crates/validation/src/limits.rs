//! All limits, each with its origin.
//!
//! *Documented* limits are those of CSMS. *Chosen* limits are ours, with the reason. Messages repeat these numbers, and tests
//! compare them.

/// Default of the most bytes of a value as sent. Documented as 32 KB of the field, not of the decoded Base64.
pub const DEFAULT_VALUE_BYTES: usize = 32_768;

/// Highest setting of it. Newer pages of CSMS name 64 KB.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// Most characters of a secret's name. Documented.
pub const MAX_NAME: usize = 64;

/// Most characters of a key identifier. Documented for updating a secret; also used for creating one.
pub const MAX_KMS_KEY_ID: usize = 64;

/// Prefix of the keys that seal records of the server itself. Chosen.
pub const RESERVED_KEYS: &str = "strongroom/";

/// Most bytes of a description. Documented, in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 2_048;

/// Shortest time between rotations, 6 hours. Documented for requests.
pub const MIN_ROTATION_SECONDS: u64 = 21_600;

/// Longest time between rotations, 365 days. Documented.
pub const MAX_ROTATION_SECONDS: u64 = 31_536_000;

/// Most characters of a rotation period. Documented; only leading zeros could fill it.
pub const MAX_ROTATION_PERIOD: usize = 50;

/// Most characters of a rotation configuration. Documented.
pub const MAX_ROTATION_CONFIG: usize = 1_024;

/// Most events a secret subscribes to. Documented.
pub const MAX_EVENT_SUBSCRIPTIONS: usize = 1;

/// Most characters of an event's name. Documented.
pub const MAX_EVENT_NAME: usize = 64;

/// Most characters of an enterprise project, the length of a UUID. Documented.
pub const MAX_ENTERPRISE_PROJECT_ID: usize = 36;

/// Most characters of a function's URN. Chosen: no limit is documented; a longer URN seen in use would change it.
pub const MAX_ROTATION_FUNC_URN: usize = 255;

/// Shortest window between scheduling a deletion and the deletion. Documented.
pub const MIN_WINDOW_DAYS: u32 = 7;

/// Longest window between scheduling a deletion and the deletion. Documented.
pub const MAX_WINDOW_DAYS: u32 = 30;

/// Default window. Documented.
pub const DEFAULT_WINDOW_DAYS: u32 = 30;

/// Most items on a page. Documented.
pub const MAX_LIST_LIMIT: u32 = 1_000;

/// Most batches on a page. Chosen: people read them in a table.
pub const MAX_BATCH_LIMIT: u32 = 100;

/// Default number of batches on a page. Chosen.
pub const DEFAULT_BATCH_LIMIT: u32 = 20;

/// Default number of outcomes on a page. Chosen.
pub const DEFAULT_OUTCOME_LIMIT: u32 = 100;

/// Default number of items on a page. Documented.
pub const DEFAULT_LIST_LIMIT: u32 = 50;

/// Most characters of a generated password. Chosen: no limit is documented.
pub const MAX_PASSWORD_LENGTH: usize = 4_096;

/// Default length of a generated password in characters. Documented.
pub const DEFAULT_PASSWORD_LENGTH: usize = 32;

/// Most excluded characters of a generated password. Chosen: it can contain only 95 different ones.
pub const MAX_EXCLUDED_CHARACTERS: usize = 256;

/// Most digits in a version such as `v12`. Documented.
pub const MAX_VERSION_DIGITS: usize = 10;

/// Most characters of a stage's name. Documented.
pub const MAX_STAGE_NAME: usize = 64;

/// Latest expiry time of a version, in milliseconds since 1970. Documented; it is in the year 2286.
pub const MAX_EXPIRE_TIME: i64 = 9_999_999_999_999;

/// Most characters of a tag's key. Documented.
pub const MAX_TAG_KEY: usize = 128;

/// Most characters of a tag's value. Documented.
pub const MAX_TAG_VALUE: usize = 255;

/// Prefix of a backup. Chosen, to distinguish our backups from those of other services.
pub const BACKUP_PREFIX: &str = "strongroom-backup-v1:";

/// Most characters of a backup. Documented.
pub const MAX_BACKUP: usize = 5_242_880;

/// Most keys of a search by tags. Documented.
pub const MAX_SEARCH_KEYS: usize = 10;

/// Most values of a key in a search by tags. Documented.
pub const MAX_SEARCH_VALUES: usize = 10;

/// Default number of items on a page of a search by tags. Documented.
pub const DEFAULT_INSTANCE_LIMIT: u32 = 10;

/// Most characters of a query. Chosen: far more than people type.
pub const MAX_QUERY: usize = 1_024;

/// Most terms of a query. Chosen: each is tested on up to thousands of secrets per call.
pub const MAX_QUERY_TERMS: usize = 20;

/// Default of the most secrets of a project. Chosen: it keeps a runaway script from filling the disk. CSMS sells 200.
pub const DEFAULT_SECRETS: usize = 100_000;

/// Highest setting of it. Chosen: secrets are counted once after a start, which takes some seconds for this many.
pub const MAX_SECRETS: usize = 1_000_000;

/// Default of the most versions of a secret. Documented.
pub const DEFAULT_VERSIONS: usize = 20;

/// Lowest setting of it: the current version and the previous one.
pub const MIN_VERSIONS: usize = 2;

/// Highest setting of it. Chosen: the metadata of all versions is in one record, which each change rewrites.
pub const MAX_VERSIONS: usize = 100;

/// Default of the most stages of a secret, including the built-in ones. Documented.
pub const DEFAULT_STAGES: usize = 12;

/// Lowest setting of it: the two built-in stages.
pub const MIN_STAGES: usize = 2;

/// Highest setting of it. Chosen: one for every version.
pub const MAX_STAGES: usize = MAX_VERSIONS;

/// Default of the most tags of a secret. Documented.
pub const DEFAULT_TAGS: usize = 20;

/// Highest setting of it. Chosen: each tag is an index entry, so this bounds the writes of one change.
pub const MAX_TAGS: usize = 100;

/// Default of the most keys of a project, not counting `csms/default`. Chosen: keys are created on first use and never deleted, so
/// this keeps a runaway script from creating one per secret.
pub const DEFAULT_KEYS: usize = 1_000;

/// Highest setting of it. Chosen: keys are counted when one is created, which takes milliseconds for this many.
pub const MAX_KEYS: usize = 10_000;

/// Most names in one batch read. Documented.
pub const MAX_BATCH_GET_NAMES: usize = 20;

/// Default of the most entries of an import. Chosen: no limit is documented, and this many are stored in one transaction within
/// milliseconds.
pub const DEFAULT_IMPORT_ENTRIES: usize = 1_000;

/// Highest setting of it. Chosen: the default limit of secrets of a project. The body has a limit of its own.
pub const MAX_IMPORT_ENTRIES: usize = 100_000;

/// Default of the most bytes of a request body. Chosen: a full import of values of the default limit has 31.25 MiB; the rest is
/// for JSON quotes and escapes.
pub const DEFAULT_BODY_BYTES: usize = 40 * 1_024 * 1_024;

/// Most characters of a request id. Chosen: a UUID with a prefix.
pub const MAX_REQUEST_ID: usize = 64;

/// Default of the most entries of a stream. Chosen: each uses about 50 bytes of memory while the stream runs.
pub const DEFAULT_STREAM_ENTRIES: usize = 1_000_000;

/// Highest setting of it. Chosen: such a stream uses half a gigabyte.
pub const MAX_STREAM_ENTRIES: usize = 10_000_000;

/// Most secrets that a batch can select other than by names, and most outcomes in an answer of UndoBatch. Chosen: some hundred
/// megabytes of memory during the call, and an answer of about 30 MB.
pub const MAX_SELECTED_SECRETS: usize = 100_000;

/// Fewest characters of a user's password. Documented.
pub const MIN_USER_PASSWORD: usize = 8;

/// Most characters of a user password. Chosen: the documented 32 are too few for a passphrase.
pub const MAX_USER_PASSWORD: usize = 128;

/// Most access keys of a user. Chosen: 2 are documented, but here one user may serve several services, each with its own key.
pub const MAX_ACCESS_KEYS: usize = 10;

/// Most characters of an access key's description. Chosen: no limit is documented.
pub const MAX_ACCESS_KEY_DESCRIPTION: usize = 255;
