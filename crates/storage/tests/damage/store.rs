//! A realistic store: several hundred secrets with tags, versions, long values, pending deletions and batches.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use strongroom_sealing::{MasterKey, Place, RootKey, Value};
use strongroom_storage::records::{
    AuditRecord, BatchPart, BatchRecord, DomainRecord, MasterKeyRecord, OutcomeRecord, ProjectRecord,
    RootKeyRecord, SecretRecord, StageRecord, TagRecord, TokenRecord, UserRecord, VersionRecord,
};
use strongroom_storage::{Change, Id, Outcome, RedbEngine, Storage};
use tempfile::TempDir;

pub const FILE: &str = "strongroom.redb";
pub const PROJECT: Id = Id::new([1; 16]);
pub const DOMAIN: Id = Id::new([2; 16]);
pub const TAGS: [(&str, &str); 3] = [("env", "prod"), ("env", "test"), ("team", "payments")];
const SECRETS: usize = 400;
/// Secrets written in one commit.
const SECRETS_PER_COMMIT: usize = 50;

/// A filled store: its records and its files.
pub struct Filled {
    files: BTreeMap<String, Vec<u8>>,
    pub master_key: MasterKey,
    pub secrets: BTreeMap<String, SecretRecord>,
    pub values: BTreeMap<(Id, u32), Vec<u8>>,
    pub batches: BTreeMap<Id, Vec<String>>,
}

/// In memory if the system has such a folder, because a thousand stores are written.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn secret_id(number: usize) -> Id {
    let mut id = [0x55; 16];
    // Spread over the key space like random ids.
    id[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    id[8..].copy_from_slice(&(number as u64).to_be_bytes());
    Id::new(id)
}

pub fn hash(number: usize) -> [u8; 32] {
    [number as u8; 32]
}

fn secret(number: usize) -> SecretRecord {
    let versions = 1 + number % 3;
    let version = |number| VersionRecord {
        number: number as u32,
        create_time: 1_000 * number as i64,
        kms_key_id: "csms/default".to_owned(),
        ..VersionRecord::default()
    };
    SecretRecord {
        id: secret_id(number).to_stored(),
        name: format!("service-{:02}.password-{number:04}", number % 40),
        kms_key_id: "csms/default".to_owned(),
        description: format!(
            "Password number {number} of the database that the payments team runs in production"
        ),
        create_time: 1_000,
        update_time: 2_000,
        scheduled_delete_time: (number % 10 == 3).then_some(1_000_000 + number as i64),
        instance_id: if number.is_multiple_of(25) { "db-1".to_owned() } else { String::new() },
        versions: (1..=versions).map(version).collect(),
        stages: vec![StageRecord {
            name: "SYSCURRENT".to_owned(),
            version: versions as u32,
            update_time: 2_000,
        }],
        last_version: versions as u32,
        tags: TAGS
            .iter()
            .enumerate()
            .filter(|(place, _)| number.is_multiple_of(place + 2))
            .map(|(_, (key, value))| TagRecord { key: (*key).to_owned(), value: (*value).to_owned() })
            .fold(Vec::new(), |mut tags: Vec<TagRecord>, tag| {
                if tags.iter().all(|other| other.key != tag.key) {
                    tags.push(tag);
                }
                tags
            }),
        ..SecretRecord::default()
    }
}

fn value(number: usize, version: u32) -> Vec<u8> {
    let bytes = if number % 20 == 7 { 32 * 1024 } else { 24 + number % 40 };
    (0..bytes).map(|place| (place * 7 + number + version as usize) as u8).collect()
}

impl Filled {
    /// Closed properly.
    pub fn closed() -> Self {
        Self::with_data(true)
    }

    /// As after a kill: the files are copied while the store is open.
    pub fn killed() -> Self {
        Self::with_data(false)
    }

    fn with_data(closes: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Self::fill(closes))
    }

    async fn fill(closes: bool) -> Self {
        let folder = folder();
        let engine = Arc::new(RedbEngine::open(&folder.path().join(FILE)).unwrap());
        let storage = Storage::with_known_key(engine.clone());
        let root_key = RootKey::generate().unwrap();
        let (master_key, wrapped) = root_key.new_master_key(*PROJECT.as_bytes(), "csms/default", 1).unwrap();
        let mut filled = Self {
            files: BTreeMap::new(),
            master_key,
            secrets: BTreeMap::new(),
            values: BTreeMap::new(),
            batches: BTreeMap::new(),
        };

        let mut change = Change::new();
        change.put_root_key(None, &RootKeyRecord { term: 1, check: vec![1; 40], ..RootKeyRecord::default() });
        change.put_domain(&DomainRecord { id: DOMAIN.to_stored(), name: "home".to_owned() }).unwrap();
        let (id, domain_id) = (PROJECT.to_stored(), DOMAIN.to_stored());
        change.put_project(&ProjectRecord { id, name: "default".to_owned(), domain_id }).unwrap();
        change
            .put_user(&UserRecord {
                id: Id::new([3; 16]).to_stored(),
                name: "admin".to_owned(),
                domain_id: DOMAIN.to_stored(),
                project_id: PROJECT.to_stored(),
                password_hash: "hash".to_owned(),
                ..UserRecord::default()
            })
            .unwrap();
        change.put_master_key(PROJECT, "csms/default", &MasterKeyRecord { term: 1, wrapped });
        for number in 0..20 {
            change.put_token(
                &hash(number),
                &TokenRecord { expire_time: number as i64, ..TokenRecord::default() },
            );
        }
        commit(&storage, change).await;

        for (batch, numbers) in (0..).zip((0..SECRETS).collect::<Vec<_>>().chunks(SECRETS_PER_COMMIT)) {
            let mut change = Change::new();
            let mut names = Vec::new();
            for number in numbers {
                let secret = secret(*number);
                change.create_secret(PROJECT, &secret).unwrap();
                filled.put_values(&mut change, *number, &secret);
                names.push(secret.name.clone());
                filled.secrets.insert(secret.name.clone(), secret);
            }
            let id = Id::new([100 + batch; 16]);
            put_batch(&mut change, id, &names);
            filled.batches.insert(id, names);
            commit(&storage, change).await;
        }
        // Changes some and removes some, so that pages of earlier commits are left in the file.
        for number in (0..SECRETS).step_by(9) {
            let name = secret(number).name;
            let before = storage.view().await.unwrap().secret(PROJECT, &name).await.unwrap().unwrap();
            let mut change = Change::new();
            if number % 2 == 0 {
                change.remove_secret(PROJECT, &before).unwrap();
                filled.secrets.remove(&name);
                filled.values.retain(|(id, _), _| *id != secret_id(number));
            } else {
                let after =
                    SecretRecord { description: format!("changed {number}"), ..before.record.clone() };
                change.update_secret(PROJECT, &before, &after).unwrap();
                filled.secrets.insert(name, after);
            }
            commit(&storage, change).await;
        }

        drop(storage);
        let engine = Arc::into_inner(engine).unwrap();
        let open = if closes {
            drop(engine);
            None
        } else {
            Some(engine)
        };
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            filled.files.insert(name, std::fs::read(file.path()).unwrap());
        }
        drop(open);
        filled
    }

    fn put_values(&mut self, change: &mut Change, number: usize, secret: &SecretRecord) {
        for version in &secret.versions {
            let id = secret_id(number);
            let plain = value(number, version.number);
            let place =
                Place { project: *PROJECT.as_bytes(), secret: *id.as_bytes(), version: version.number };
            let sealed = self.master_key.seal(&place, &Value::new(plain.clone())).unwrap();
            change.put_value(id, version.number, sealed);
            self.values.insert((id, version.number), plain);
        }
    }

    pub fn image(&self) -> &[u8] {
        &self.files[FILE]
    }

    /// Writes the files of the store.
    pub fn write_to(&self, folder: &Path) {
        for (name, content) in &self.files {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
}

async fn commit(storage: &Storage, change: Change) {
    assert!(matches!(storage.commit(change).await.unwrap(), Outcome::Committed(_)));
}

fn put_batch(change: &mut Change, id: Id, names: &[String]) {
    let batch = BatchRecord {
        id: id.to_stored(),
        operation: "BatchImportSecrets".to_owned(),
        expire_time: 9_000_000,
        finished: true,
        total: names.len() as u32,
        ..BatchRecord::default()
    };
    change.put_batch(PROJECT, &batch).unwrap();
    let outcome = |name: &String| OutcomeRecord { name: name.clone(), action: 1, ..OutcomeRecord::default() };
    let part = BatchPart { first: 0, outcomes: names.iter().map(outcome).collect() };
    change.put_batch_part(PROJECT, id, &part).unwrap();
    let record = AuditRecord { time: 5, request_id: id.to_stored(), ..AuditRecord::default() };
    change.audit(PROJECT, &record).unwrap();
}
