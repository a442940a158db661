//! Every limit in one place, each with its origin.
//!
//! *Documented* limits are those of the documented service; a chosen one says what would change it. The sentences of
//! the rules spell these numbers out, and tests hold the two together.

/// Most bytes of a value as it is sent, unless configured otherwise. Documented as 32 KB, on the field and not on what
/// Base64 stands for.
pub const DEFAULT_VALUE_BYTES: usize = 32_768;

/// The most that can be configured for it. The documented service's newer pages name 64 KB; a larger value is a file.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// Most characters of a secret's name. Documented.
pub const MAX_NAME: usize = 64;

/// Most characters of a key's identifier. Documented for changing a secret; taken for creating one too.
pub const MAX_KMS_KEY_ID: usize = 64;

/// What the names of keys start with that the server seals its own records with. Chosen.
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

/// The window when none is asked for. Documented.
pub const DEFAULT_WINDOW_DAYS: u32 = 30;

/// Most items on a page. Documented.
pub const MAX_LIST_LIMIT: u32 = 1_000;

/// Most batches on a page. Chosen: each is a line of a table that people read.
pub const MAX_BATCH_LIMIT: u32 = 100;

/// Batches on a page when none is asked for. Chosen.
pub const DEFAULT_BATCH_LIMIT: u32 = 20;

/// Outcomes of a batch on a page when none is asked for; the most are as on every page. Chosen.
pub const DEFAULT_OUTCOME_LIMIT: u32 = 100;

/// Items on a page when none is asked for. Documented.
pub const DEFAULT_LIST_LIMIT: u32 = 50;

/// Most characters of a generated password. Chosen: no limit is documented; a longer one seen in use would change it.
pub const MAX_PASSWORD_LENGTH: usize = 4_096;

/// Characters of a generated password when no length is asked for. Documented.
pub const DEFAULT_PASSWORD_LENGTH: usize = 32;

/// Most characters to leave out of a generated password. Chosen: there are 95 that could be in it.
pub const MAX_EXCLUDED_CHARACTERS: usize = 256;

/// Most digits in a version such as `v12`. Documented.
pub const MAX_VERSION_DIGITS: usize = 10;

/// Most characters of a stage's name. Documented.
pub const MAX_STAGE_NAME: usize = 64;

/// Latest moment a version may expire at, in milliseconds since 1970. Documented; it is in the year 2286.
pub const MAX_EXPIRE_TIME: i64 = 9_999_999_999_999;

/// Most characters of a tag's key. Documented.
pub const MAX_TAG_KEY: usize = 128;

/// Most characters of a tag's value. Documented.
pub const MAX_TAG_VALUE: usize = 255;

/// What the text of a backup begins with. Chosen by us, so that other services' backups are told from ours.
pub const BACKUP_PREFIX: &str = "strongroom-backup-v1:";

/// Most characters of a backup. Documented.
pub const MAX_BACKUP: usize = 5_242_880;

/// Most keys of a search by tags. Documented.
pub const MAX_SEARCH_KEYS: usize = 10;

/// Most values of a key in a search by tags. Documented.
pub const MAX_SEARCH_VALUES: usize = 10;

/// Items on a page of a search by tags when none is asked for. Documented.
pub const DEFAULT_INSTANCE_LIMIT: u32 = 10;

/// Most characters of a query. Chosen: far more than people type; a program that puts queries together could raise it.
pub const MAX_QUERY: usize = 1_024;

/// Most terms of a query. Chosen: each one is held against up to thousands of secrets in a call.
pub const MAX_QUERY_TERMS: usize = 20;

/// Most secrets of a project unless configured otherwise. Chosen: the documented service sells 200; here the limit only
/// keeps a runaway script from filling the disk.
pub const DEFAULT_SECRETS: usize = 100_000;

/// The most that can be configured for it. Chosen: they are counted once after a start, which takes some seconds for
/// so many; a count that is stored would raise it.
pub const MAX_SECRETS: usize = 1_000_000;

/// Most versions of a secret unless configured otherwise. Documented.
pub const DEFAULT_VERSIONS: usize = 20;

/// The least that can be configured for it: the current version and the one before it, to go back to.
pub const MIN_VERSIONS: usize = 2;

/// The most that can be configured for it. Chosen: what is known of all versions stands in one record, which each change
/// writes anew; versions in records of their own would raise it.
pub const MAX_VERSIONS: usize = 100;

/// Most stages of a secret unless configured otherwise, the built-in ones included. Documented.
pub const DEFAULT_STAGES: usize = 12;

/// The least that can be configured for it: the two built-in ones.
pub const MIN_STAGES: usize = 2;

/// The most that can be configured for it. Chosen: every version could have one of its own.
pub const MAX_STAGES: usize = MAX_VERSIONS;

/// Most tags of a secret unless configured otherwise. Documented.
pub const DEFAULT_TAGS: usize = 20;

/// The most that can be configured for it. Chosen: each is an index entry, so this bounds what one change writes.
pub const MAX_TAGS: usize = 100;

/// Most keys of a project unless configured otherwise, `csms/default` not counted. Chosen: keys are made by naming them and
/// never deleted, so this only keeps a runaway script from making one for each secret.
pub const DEFAULT_KEYS: usize = 1_000;

/// The most that can be configured for it. Chosen: they are counted whenever one is made, which takes milliseconds for so
/// many; a count that is kept would raise it.
pub const MAX_KEYS: usize = 10_000;

/// Most names in one batch read. Documented.
pub const MAX_BATCH_GET_NAMES: usize = 20;

/// Most entries of an import unless configured otherwise. Chosen: none is documented, and a batch of this size is
/// still stored in one transaction within milliseconds; a slower store would lower it.
pub const DEFAULT_IMPORT_ENTRIES: usize = 1_000;

/// The most that can be configured for it. Chosen: as many secrets as a project may have by default; the size of a body is
/// bounded on its own.
pub const MAX_IMPORT_ENTRIES: usize = 100_000;

/// Most bytes of a request's body unless configured otherwise. Chosen: a full import of the default's largest values is 31.25 MiB,
/// and the rest leaves room for JSON's quotes and escapes; a larger import would raise it.
pub const DEFAULT_BODY_BYTES: usize = 40 * 1_024 * 1_024;

/// Most characters of the name that a caller gives a request. Chosen by us: a UUID with room for a prefix.
pub const MAX_REQUEST_ID: usize = 64;

/// Most entries of a stream unless configured otherwise. Chosen by us: what is remembered of each, some 50 bytes, stays small
/// for as many streams as a server has.
pub const DEFAULT_STREAM_ENTRIES: usize = 1_000_000;

/// The most that can be configured for it. Chosen by us: a stream that long takes half a gigabyte.
pub const MAX_STREAM_ENTRIES: usize = 10_000_000;

/// Most secrets that a batch selects other than by names, and most outcomes of one answer that undoes a batch. Chosen by
/// us: some hundred megabytes while the call lasts, and an answer of some thirty.
pub const MAX_SELECTED_SECRETS: usize = 100_000;

/// Fewest characters of a user's password. Documented.
pub const MIN_USER_PASSWORD: usize = 8;

/// Most characters of a user's password. Chosen: 32 are documented, which leaves no room for a passphrase.
pub const MAX_USER_PASSWORD: usize = 128;

/// Most access keys of a user. Chosen: 2 are documented, enough to rotate one, but here one user may stand for several
/// services, each with a key that is revoked by itself.
pub const MAX_ACCESS_KEYS: usize = 10;

/// Most characters of an access key's description. Chosen: no limit is documented.
pub const MAX_ACCESS_KEY_DESCRIPTION: usize = 255;
