//! Kills a process while it writes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use strongroom_sealing::Sealed;
use strongroom_storage::records::{AuditRecord, SecretRecord, VersionRecord};
use strongroom_storage::{Change, Id, Outcome, RedbEngine, Storage, Timestamp};

const STORE: &str = "STRONGROOM_TEST_STORE_TO_BE_KILLED";
const PROJECT: Id = Id::new([1; 16]);
const CALLERS: u32 = 4;
const SECRETS_IN_A_BATCH: u32 = 50;

fn name(caller: u32, batch: u32, number: u32) -> String {
    format!("{caller}.{batch:06}.{number:03}")
}

fn id(caller: u32, batch: u32, number: u32) -> Id {
    let mut id = [0; 16];
    for (place, part) in id.chunks_mut(4).zip([caller, batch, number, 7]) {
        place.copy_from_slice(&part.to_be_bytes());
    }
    Id::new(id)
}

fn batch(caller: u32, batch: u32) -> Change {
    let mut sealed = vec![7; 113];
    sealed[..5].copy_from_slice(&[1, 0, 0, 0, 1]);
    let sealed = Sealed::from_stored(sealed).unwrap();
    let mut change = Change::new();
    for number in 0..SECRETS_IN_A_BATCH {
        let secret = SecretRecord {
            id: id(caller, batch, number).to_stored(),
            name: name(caller, batch, number),
            versions: vec![VersionRecord { number: 1, ..VersionRecord::default() }],
            ..SecretRecord::default()
        };
        change.create_secret(PROJECT, &secret).unwrap();
        change.put_value(id(caller, batch, number), 1, sealed.clone());
    }
    let request_id = id(caller, batch, u32::MAX).to_stored();
    change.audit(PROJECT, &AuditRecord { request_id, ..AuditRecord::default() }).unwrap();
    change
}

/// Does nothing in a normal test run. Started as a process of its own, it imports batches until it is killed, and prints each
/// acknowledged one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_until_killed() {
    #[allow(clippy::disallowed_methods, reason = "how the process that is killed knows its store")]
    let Some(path) = std::env::var_os(STORE).map(PathBuf::from) else { return };
    let storage = Storage::with_known_key(Arc::new(RedbEngine::open(&path).unwrap()));
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let storage = storage.clone();
        callers.spawn(async move {
            for number in batches(&storage, caller).await.. {
                match storage.commit(batch(caller, number)).await.unwrap() {
                    Outcome::Committed(_) => println!("\nanswered {caller} {number}"),
                    Outcome::Conflict => panic!("no one else writes these"),
                }
            }
        });
    }
    callers.join_all().await;
}

/// The number of batches of the caller. Asserts that each is complete.
async fn batches(storage: &Storage, caller: u32) -> u32 {
    let view = storage.view().await.unwrap();
    let first = format!("{caller}.");
    let found = view.secrets(PROJECT, &first, usize::MAX).await.unwrap();
    let found: Vec<_> = found.into_iter().take_while(|secret| secret.name.starts_with(&first)).collect();
    assert_eq!(found.len() % SECRETS_IN_A_BATCH as usize, 0, "a batch is there by half");
    found.len() as u32 / SECRETS_IN_A_BATCH
}

/// Asserts that every secret of the batch has its value and its index entry.
async fn assert_whole(storage: &Storage, caller: u32, batch: u32) {
    let view = storage.view().await.unwrap();
    for number in 0..SECRETS_IN_A_BATCH {
        let id = id(caller, batch, number);
        let (_, found) = view.secret_by_id(id).await.unwrap().unwrap();
        assert_eq!(found.record.name, name(caller, batch, number));
        assert!(view.value(id, 1).await.unwrap().is_some());
    }
}

/// Starts the process, kills it after this number of answers, and returns the number of answers per caller.
fn kill_after(store: &Path, answers: usize) -> Vec<u32> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["killed::imports_until_killed", "--exact", "--nocapture"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut answered = vec![0; CALLERS as usize];
    let mut note = |line: String| -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["answered", caller, batch] = words[..] else { return false };
        answered[caller.parse::<usize>().unwrap()] = batch.parse::<u32>().unwrap() + 1;
        true
    };
    let mut left = answers;
    while left > 0 {
        let line = lines.next().unwrap_or_else(|| panic!("it ended by itself"));
        left -= usize::from(note(line));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    // Lines printed before it died count too. A torn last line only weakens the assertion.
    for line in lines {
        note(line);
    }
    answered
}

#[tokio::test]
async fn killed_process_loses_no_acknowledged_batch_and_leaves_none_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    for answers in [1, 3, 10, 25, 60, 61] {
        let answered = kill_after(&path, answers);
        let storage = Storage::with_known_key(Arc::new(RedbEngine::open(&path).unwrap()));
        let mut all = 0;
        for (caller, answered) in (0..CALLERS).zip(answered) {
            let stored = batches(&storage, caller).await;
            assert!(stored >= answered, "{answered} batches were answered, {stored} are there");
            for batch in 0..stored {
                assert_whole(&storage, caller, batch).await;
            }
            all += stored;
        }
        let view = storage.view().await.unwrap();
        let audit = view.audit(PROJECT, Timestamp::from_milliseconds(0), usize::MAX).await.unwrap();
        assert_eq!(audit.len(), all as usize, "one audit record a batch");
    }
}
