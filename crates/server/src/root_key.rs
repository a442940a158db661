//! Loads the root key from a file, created at the first start, or from the environment. The root key record of the store
//! determines which of the available keys belong to it, and whether a rotation must start or continue.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use strongroom_access::root_key::{is_rotating, new_record_key, recognise, record_key, rotated};
use strongroom_operations::{Root, RootKeyFile, RootKeySource};
use strongroom_sealing::{RootKey, RootKeys, Salt, random_salt};
use strongroom_storage::records::RootKeyRecord;
use strongroom_storage::{Change, Engine, Outcome, Storage, Versioned, root_key_of};
use zeroize::Zeroizing;

use crate::private_file;
use crate::settings::{GivenKey, RootKeySetting};
use crate::start_error::StartError;

/// The store and its root keys after start-up.
pub(crate) struct Loaded {
    pub(crate) storage: Storage,
    pub(crate) keys: Arc<RootKeys>,
    /// The key that seals.
    pub(crate) current: Arc<RootKey>,
    /// The salt, if the key comes from a passphrase; otherwise empty.
    pub(crate) salt: Vec<u8>,
}

pub(crate) async fn load(
    setting: &RootKeySetting,
    previous: Option<&GivenKey>,
    engine: Arc<dyn Engine>,
) -> Result<Loaded, StartError> {
    if let Some(kept) = root_key_of(&*engine).await? {
        return load_existing(setting, previous, engine, &kept).await;
    }
    let (key, salt) = new_key_from_settings(setting)?;
    let keys = RootKeys::default();
    let current = keys.add(key);
    let storage = Storage::new(engine, new_record_key()?);
    Ok(Loaded { storage, keys: Arc::new(keys), current, salt })
}

/// The store of a stopped server, with its root keys.
pub(crate) struct Stopped {
    pub(crate) storage: Storage,
    pub(crate) keys: Arc<RootKeys>,
}

/// Finds the root keys of a stopped store. Changes neither the store nor the key file, and starts no rotation.
pub(crate) async fn open_stopped(
    setting: &RootKeySetting,
    previous: Option<&GivenKey>,
    engine: Arc<dyn Engine>,
) -> Result<Stopped, StartError> {
    let kept = root_key_of(&*engine).await?.ok_or(StartError::EmptyStore)?;
    let keys = Arc::new(find_root_keys(setting, previous, &kept.record)?);
    let storage = Storage::new(engine, record_key(&kept.record, &keys)?);
    Ok(Stopped { storage, keys })
}

/// The root keys in the settings that belong to a store with this record.
pub(crate) fn find_root_keys(
    setting: &RootKeySetting,
    previous: Option<&GivenKey>,
    record: &RootKeyRecord,
) -> Result<RootKeys, StartError> {
    let own = recognise(record, keys_from_settings(setting, record)?);
    let before = recognise(record, previous_key_from_settings(previous, record)?);
    let keys = RootKeys::default();
    keys.add(own.current.or(before.current).ok_or_else(|| no_matching_key(setting, record))?);
    if is_rotating(record) {
        keys.add(own.previous.or(before.previous).ok_or(StartError::PreviousRootKeyMissing)?);
    }
    Ok(keys)
}

/// The root key as operations need it.
pub(crate) fn root(setting: &RootKeySetting, keys: Arc<RootKeys>) -> Root {
    let source = match setting {
        RootKeySetting::File(path) => RootKeySource::File(Arc::new(KeyFile(path.clone()))),
        RootKeySetting::Environment(GivenKey::Text(_)) => RootKeySource::Environment,
        RootKeySetting::Environment(GivenKey::Passphrase(_)) => RootKeySource::Passphrase,
    };
    Root::new(keys, source)
}

/// Loads the root keys of an existing store.
async fn load_existing(
    setting: &RootKeySetting,
    previous: Option<&GivenKey>,
    engine: Arc<dyn Engine>,
    kept: &Versioned<RootKeyRecord>,
) -> Result<Loaded, StartError> {
    let (record, rotating) = (&kept.record, is_rotating(&kept.record));
    let own = recognise(record, keys_from_settings(setting, record)?);
    let before = recognise(record, previous_key_from_settings(previous, record)?);

    let keys = RootKeys::default();
    let Some(current) = own.current else {
        return match before.current.filter(|_| !rotating) {
            Some(current) => start_rotation(setting, keys, current, engine, kept).await,
            None => Err(no_matching_key(setting, record)),
        };
    };
    let current = keys.add(current);
    if rotating {
        keys.add(own.previous.or(before.previous).ok_or(StartError::PreviousRootKeyMissing)?);
        tracing::info!("root key rotation continues; keep the previous root key until it is complete");
    } else if previous.is_some() {
        tracing::warn!("no root key rotation is running; remove the previous root key from the environment");
    }
    // A crash at the end of a rotation left the superseded key in the file.
    if let (RootKeySetting::File(path), Some(superseded)) = (setting, own.superseded) {
        let written = KeyFile(path.clone()).write(std::slice::from_ref(&current), &[Arc::new(superseded)]);
        written.map_err(StartError::file("write the root key", path))?;
    }
    // Other copies of the store, from before or after a rotation, may need these keys.
    if let (RootKeySetting::File(path), false) = (setting, own.others.is_empty()) {
        tracing::warn!(
            path = %path.display(),
            keys = own.others.len(),
            "the root key file holds keys that this store does not use; they stay in it, because another copy of the store may need them"
        );
    }
    let storage = Storage::new(engine, record_key(record, &keys)?);
    Ok(Loaded { storage, keys: Arc::new(keys), current, salt: record.salt.clone() })
}

/// Starts a rotation to the new key in the settings, by changing the record in the store. A background job re-wraps the keys.
async fn start_rotation(
    setting: &RootKeySetting,
    keys: RootKeys,
    previous: RootKey,
    engine: Arc<dyn Engine>,
    kept: &Versioned<RootKeyRecord>,
) -> Result<Loaded, StartError> {
    let (next, salt) = new_key_from_settings(setting)?;
    keys.add(previous);
    let storage = Storage::new(engine, record_key(&kept.record, &keys)?);
    let current = keys.add(next.of_term(kept.record.term.saturating_add(1)));
    let mut change = Change::new();
    change.put_root_key(Some(kept), &rotated(&kept.record, &keys, &current, &salt)?);
    match storage.commit(change).await? {
        Outcome::Committed(_) => {}
        Outcome::Conflict => return Err(StartError::RootKeyMoved),
    }
    tracing::info!(
        term = current.term(),
        "root key rotation started; keep the previous root key until it is complete"
    );
    Ok(Loaded { storage, keys: Arc::new(keys), current, salt })
}

/// The previous root key in the environment, for a store with this record.
fn previous_key_from_settings(
    previous: Option<&GivenKey>,
    record: &RootKeyRecord,
) -> Result<Vec<RootKey>, StartError> {
    let salt = if is_rotating(record) { &record.previous_salt } else { &record.salt };
    let before = previous.map(|previous| previous.key(salt)).transpose()?.flatten();
    Ok(before.into_iter().collect())
}

/// The root keys in the settings, for a store with this record.
fn keys_from_settings(setting: &RootKeySetting, record: &RootKeyRecord) -> Result<Vec<RootKey>, StartError> {
    match setting {
        RootKeySetting::File(path) if path.exists() => read(path),
        RootKeySetting::File(_) => Ok(Vec::new()),
        RootKeySetting::Environment(given) => Ok(given.key(&record.salt)?.into_iter().collect()),
    }
}

/// The key for a new store, or for a rotation.
fn new_key_from_settings(setting: &RootKeySetting) -> Result<(RootKey, Vec<u8>), StartError> {
    match setting {
        RootKeySetting::File(path) if path.exists() => {
            let newest = read(path)?.into_iter().next();
            Ok((newest.ok_or(strongroom_sealing::Malformed)?, Vec::new()))
        }
        RootKeySetting::File(path) => {
            let key = RootKey::generate()?;
            let written = KeyFile(path.clone()).replace(&[key.render()], &[]);
            written.map_err(StartError::file("write the root key", path))?;
            tracing::info!(path = %path.display(), "created a root key; keep a copy of it apart from the store");
            Ok((key, Vec::new()))
        }
        RootKeySetting::Environment(GivenKey::Text(text)) => Ok((RootKey::parse(text)?, Vec::new())),
        RootKeySetting::Environment(GivenKey::Passphrase(passphrase)) => {
            let salt = random_salt()?;
            Ok((RootKey::from_passphrase(passphrase, &salt)?, salt.to_vec()))
        }
    }
}

impl GivenKey {
    /// The key. `None` for a passphrase without a salt, because no key can be derived.
    fn key(&self, salt: &[u8]) -> Result<Option<RootKey>, StartError> {
        match self {
            Self::Text(text) => Ok(Some(RootKey::parse(text)?)),
            Self::Passphrase(passphrase) => {
                let Ok(salt) = Salt::try_from(salt) else { return Ok(None) };
                Ok(Some(RootKey::from_passphrase(passphrase, &salt)?))
            }
        }
    }
}

fn no_matching_key(setting: &RootKeySetting, record: &RootKeyRecord) -> StartError {
    match setting {
        RootKeySetting::File(_) if !record.salt.is_empty() => StartError::PassphraseMissing,
        RootKeySetting::File(path) if !path.exists() => StartError::RootKeyMissing { path: path.clone() },
        RootKeySetting::Environment(GivenKey::Passphrase(_)) if record.salt.is_empty() => {
            StartError::NoPassphrase
        }
        RootKeySetting::File(_) | RootKeySetting::Environment(_) => StartError::WrongRootKey,
    }
}

/// Reads the key file. It has one key per line, newest first: two during a rotation, and keys that other copies may need.
fn read(path: &Path) -> Result<Vec<RootKey>, StartError> {
    let contents = private_file::read(path, "read the root key")?;
    let text = std::str::from_utf8(&contents).map_err(|_| strongroom_sealing::Malformed)?;
    let keys: Result<Vec<_>, _> = text.trim().lines().map(RootKey::parse).collect();
    match keys? {
        none if none.is_empty() => Err(strongroom_sealing::Malformed.into()),
        keys => Ok(keys),
    }
}

/// A rendered key, one line of the file.
type Line = Zeroizing<String>;

struct KeyFile(PathBuf);

impl RootKeyFile for KeyFile {
    fn write(&self, keys: &[Arc<RootKey>], superseded: &[Arc<RootKey>]) -> std::io::Result<()> {
        let rendered = |keys: &[Arc<RootKey>]| keys.iter().map(|key| key.render()).collect::<Vec<_>>();
        self.replace(&rendered(keys), &rendered(superseded))
    }
}

impl KeyFile {
    fn replace(&self, keys: &[Line], superseded: &[Line]) -> std::io::Result<()> {
        let there = match std::fs::read_to_string(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => Line::default(),
            there => Zeroizing::new(there?),
        };
        let known = |line: &str| keys.iter().chain(superseded).any(|known| known.as_str() == line);
        let others = there.lines().map(str::trim).filter(|line| !line.is_empty() && !known(line));
        let lines: Vec<_> = keys.iter().map(|key| key.as_str()).chain(others).collect();
        // Large enough not to grow: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len() + 1).sum()));
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        // If the path is a link, replace the file it points to, not the link.
        let path = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        private_file::write(&path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use strongroom_access::root_key::settled;
    use strongroom_access::{Names, first_start};
    use strongroom_storage::{MemoryEngine, Timestamp};
    use tempfile::TempDir;

    use super::*;

    /// The progress of a rotation from the old key to the new one.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Progress {
        NotBegun,
        Rotating,
        Ended,
    }

    struct Keys {
        old: String,
        new: String,
        other: String,
    }

    async fn store(stand: Progress) -> (Arc<MemoryEngine>, Keys) {
        let engine = Arc::new(MemoryEngine::new());
        let storage = Storage::with_known_key(engine.clone());
        let keys = RootKeys::default();
        let (old, new) = (keys.add(RootKey::generate().unwrap()), RootKey::generate().unwrap().of_term(2));
        let names = Names { domain: "home", project: "local", user: "admin" };
        let first = first_start(&storage, &old, &[], names, Timestamp::from_milliseconds(0)).await;
        first.unwrap().unwrap().commit(&storage).await.unwrap();
        let kept = record(&engine).await;
        let rotating = rotated(&kept.record, &keys, &new, &[]).unwrap();
        let mut change = Change::new();
        change.put_root_key(
            Some(&kept),
            &match stand {
                Progress::NotBegun => kept.record.clone(),
                Progress::Rotating => rotating,
                Progress::Ended => settled(&rotating),
            },
        );
        assert!(matches!(storage.commit(change).await.unwrap(), Outcome::Committed(_)));
        let text = |key: &RootKey| key.render().to_string();
        let other = text(&RootKey::generate().unwrap());
        (engine, Keys { old: text(&old), new: text(&new), other })
    }

    async fn record(engine: &Arc<MemoryEngine>) -> Versioned<RootKeyRecord> {
        root_key_of(&**engine).await.unwrap().unwrap()
    }

    /// The terms in memory after a start, and the number of lines in the file; or the error.
    async fn started(
        stand: Progress,
        file: fn(&Keys) -> Vec<&str>,
        previous: fn(&Keys) -> Option<&str>,
    ) -> Result<(Vec<u32>, usize), String> {
        let (engine, keys) = store(stand).await;
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("root.key");
        if !file(&keys).is_empty() {
            private_file::write(&path, file(&keys).join("\n").as_bytes()).unwrap();
        }
        let previous = previous(&keys).map(|text| GivenKey::Text(Zeroizing::new(text.to_owned())));
        let loaded = load(&RootKeySetting::File(path.clone()), previous.as_ref(), engine.clone()).await;
        let loaded = loaded.map_err(|rejected| rejected.to_string())?;
        assert_eq!(loaded.current.term(), record(&engine).await.record.term);
        assert!(loaded.storage.view().await.unwrap().domain_by_name("home").await.unwrap().is_some());
        let terms = loaded.keys.all().iter().map(|key| key.term()).collect();
        Ok((terms, std::fs::read_to_string(&path).unwrap().lines().count()))
    }

    #[tokio::test]
    async fn start_finds_the_keys_of_its_store_and_keeps_others_in_the_file() {
        use Progress::{Ended, NotBegun, Rotating};
        let none: fn(&Keys) -> Option<&str> = |_| None;
        for (stand, file, previous, terms, lines) in [
            (NotBegun, (|k| vec![&k.old]) as fn(&Keys) -> Vec<&str>, none, vec![1], 1),
            (NotBegun, |k| vec![&k.new, &k.old], none, vec![1], 2),
            (NotBegun, |k| vec![&k.old], |k| Some(&k.other), vec![1], 1),
            (NotBegun, |k| vec![&k.new], |k| Some(&k.old), vec![2, 1], 1),
            (NotBegun, |_| vec![], |k| Some(&k.old), vec![2, 1], 1),
            (Rotating, |k| vec![&k.new, &k.old], none, vec![2, 1], 2),
            (Rotating, |k| vec![&k.old, &k.other, &k.new], none, vec![2, 1], 3),
            (Rotating, |k| vec![&k.new], |k| Some(&k.old), vec![2, 1], 1),
            (Ended, |k| vec![&k.new, &k.old], none, vec![2], 1),
            (Ended, |k| vec![&k.new, &k.old, &k.other], none, vec![2], 2),
            (Ended, |k| vec![&k.new], |k| Some(&k.old), vec![2], 1),
        ] {
            assert_eq!(started(stand, file, previous).await, Ok((terms, lines)), "{stand:?}");
        }
    }

    #[test]
    fn link_to_the_key_file_is_kept() {
        let folder = TempDir::new().unwrap();
        let (file, link) = (folder.path().join("kept"), folder.path().join("root.key"));
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let key = Arc::new(RootKey::generate().unwrap());
        KeyFile(link.clone()).write(std::slice::from_ref(&key), &[]).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), key.render().as_str());
    }

    /// A rotation, then starts with an older copy of the store.
    #[tokio::test]
    async fn key_of_a_newer_copy_survives_starts_and_rotations_of_an_older_one() {
        let (older, keys) = store(Progress::NotBegun).await;
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("root.key");
        private_file::write(&path, [keys.new.as_str(), &keys.old].join("\n").as_bytes()).unwrap();
        let setting = RootKeySetting::File(path.clone());
        let loaded = load(&setting, None, older).await.unwrap();
        assert_eq!(loaded.current.term(), 1);

        let file = KeyFile(path.clone());
        let next = Arc::new(RootKey::generate().unwrap().of_term(2));
        file.write(&[next.clone(), loaded.current.clone()], &[]).unwrap();
        file.write(std::slice::from_ref(&next), &[loaded.current]).unwrap();
        let left: Vec<_> = read(&path).unwrap().iter().map(|key| key.render().to_string()).collect();
        assert_eq!(left, [next.render().to_string(), keys.new]);
    }

    #[tokio::test]
    async fn start_without_the_keys_of_the_store_is_rejected() {
        use Progress::{Ended, NotBegun, Rotating};
        let none: fn(&Keys) -> Option<&str> = |_| None;
        for (stand, file, previous, words) in [
            (NotBegun, (|k| vec![&k.other]) as fn(&Keys) -> Vec<&str>, none, "does not belong to this store"),
            (NotBegun, |_| vec![], none, "is missing"),
            (NotBegun, |_| vec![], |k| Some(&k.other), "is missing"),
            (Rotating, |k| vec![&k.new], none, "STRONGROOM_ROOT_KEY_PREVIOUS"),
            (Rotating, |k| vec![&k.new], |k| Some(&k.other), "STRONGROOM_ROOT_KEY_PREVIOUS"),
            (Rotating, |k| vec![&k.old], none, "does not belong to this store"),
            (Rotating, |k| vec![&k.old], |k| Some(&k.new), "does not belong to this store"),
            (Rotating, |_| vec![], none, "is missing"),
            (Ended, |k| vec![&k.old], none, "does not belong to this store"),
            (Ended, |k| vec![&k.other], |k| Some(&k.old), "does not belong to this store"),
        ] {
            let rejected = started(stand, file, previous).await.unwrap_err();
            assert!(rejected.contains(words), "{stand:?}: {rejected}");
        }
    }
}
