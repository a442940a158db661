//! Start-up: created files, kept data, and rejected settings.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use strongroom_server::{Server, Settings, StartError, SystemClock};
use strongroom_storage::Id;
use tempfile::TempDir;

use crate::log_ins::Log;
use crate::product::{DAY, Product, START, settings};

async fn start(settings: Settings) -> Result<Server, StartError> {
    Server::start(&settings.resolve()?, Arc::new(SystemClock::new())).await
}

/// Starts and stops a server, which releases the store.
async fn starts(settings: Settings) -> bool {
    match start(settings).await {
        Ok(server) => {
            server.run(async {}).await;
            true
        }
        Err(_) => false,
    }
}

fn rejected(started: Result<Server, StartError>) -> String {
    strongroom_server::chain(&started.err().expect("it started"))
}

#[tokio::test]
async fn first_start_writes_private_credentials() {
    let product = Product::start().await;
    for file in ["credentials.json", "root.key", "strongroom.redb"] {
        let mode = std::fs::metadata(product.folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    for name in [
        "endpoint",
        "project_id",
        "project_name",
        "domain_id",
        "domain_name",
        "user_name",
        "password",
        "access_key",
        "secret_key",
    ] {
        assert!(!product.known(name).is_empty(), "{name}");
    }
    assert_eq!(product.known("endpoint"), product.endpoint);
    assert_eq!(product.known("project_id").len(), 32);
}

#[tokio::test]
async fn second_start_keeps_secrets_and_credentials() {
    let mut product = Product::start().await;
    let body = serde_json::json!({"name": "db", "secret_string": "kept"});
    assert_eq!(
        product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap().status(),
        200
    );
    let before = std::fs::read(product.folder.path().join("credentials.json")).unwrap();
    product.stop().await;

    let again = Server::start(&settings(&product.folder).resolve().unwrap(), Arc::new(SystemClock::new()))
        .await
        .unwrap();
    product.endpoint = again.endpoint().to_owned();
    tokio::spawn(again.run(std::future::pending()));
    assert_eq!(std::fs::read(product.folder.path().join("credentials.json")).unwrap(), before);
    let keys = reqwest::Client::new()
        .get(product.url("/metrics"))
        .basic_auth(product.known("access_key"), Some(product.known("secret_key")));
    assert_eq!(keys.send().await.unwrap().status(), 200, "the credentials still work");
}

#[tokio::test]
async fn stop_stores_last_access_times() {
    let mut product = Product::start().await;
    let body = serde_json::json!({"name": "db", "secret_string": "x"});
    assert_eq!(
        product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap().status(),
        200
    );
    let read = product.rest("GET", "/v1/{project_id}/secrets/db/versions/latest").send().await.unwrap();
    assert_eq!(read.status(), 200);
    product.stop().await;

    let view = product.stopped_storage().await.view().await.unwrap();
    let project = Id::parse(&product.known("project_id")).unwrap();
    assert_eq!(view.last_use(project, "db").await.unwrap().unwrap().time, START);
}

#[tokio::test]
async fn stop_stores_the_trusted_time() {
    let mut product = Product::start().await;
    product.pass(3 * 3_600_000);
    product.stop().await;
    let view = product.stopped_storage().await.view().await.unwrap();
    assert_eq!(view.clock().await.unwrap().unwrap().record.time, START + 3 * 3_600_000);
}

#[tokio::test]
async fn start_with_the_clock_ahead_is_not_ready_and_removes_nothing() {
    let mut product = Product::start().await;
    let body = serde_json::json!({"name": "db", "secret_string": "kept"});
    product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
    let schedule = serde_json::json!({"recovery_window_in_days": 7});
    let path = "/v1/{project_id}/secrets/db/scheduled-deleted-tasks/create";
    assert_eq!(product.rest("POST", path).json(&schedule).send().await.unwrap().status(), 200);
    product.clock.set(31 * DAY);
    product.restart().await;
    assert_eq!(reqwest::get(product.url("/healthz")).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(product.url("/readyz")).await.unwrap().status(), 503);
    // Stopping waits for the first round of background jobs.
    product.stop().await;
    let view = product.stopped_storage().await.view().await.unwrap();
    let project = Id::parse(&product.known("project_id")).unwrap();
    assert!(view.secret(project, "db").await.unwrap().is_some());
}

#[tokio::test]
async fn second_process_on_the_same_folder_is_rejected() {
    let product = Product::start().await;
    let sentence = rejected(start(settings(&product.folder)).await);
    assert!(sentence.contains("Another process holds the store"), "{sentence}");
}

#[tokio::test]
async fn missing_or_wrong_root_key_is_rejected_and_nothing_is_overwritten() {
    let mut product = Product::start().await;
    product.stop().await;
    let key = product.folder.path().join("root.key");
    let kept = std::fs::read(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    let sentence = rejected(start(settings(&product.folder)).await);
    assert!(sentence.contains("root key") && !key.exists(), "{sentence}");

    let other = Product::start().await;
    std::fs::copy(other.folder.path().join("root.key"), &key).unwrap();
    rejected(start(settings(&product.folder)).await);

    std::fs::write(&key, "not a key").unwrap();
    rejected(start(settings(&product.folder)).await);

    std::fs::write(&key, kept).unwrap();
    assert!(start(settings(&product.folder)).await.is_ok());
}

#[tokio::test]
async fn settings_are_read_from_a_file_and_an_unknown_one_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strongroom.toml");
    std::fs::write(
        &file,
        "max_import_entries = 2\nproject_name = \"cn-north-4\"\nlisten = \"127.0.0.1:0\"\n",
    )
    .unwrap();
    let product = Product::start_with(|settings| settings.config = Some(file.clone())).await;
    assert_eq!(product.known("project_name"), "cn-north-4");

    std::fs::write(&file, "max_imports = 2\n").unwrap();
    let wrong = Settings { config: Some(file), ..settings(&folder) };
    let sentence = rejected(start(wrong).await);
    assert!(sentence.contains("max_imports"), "{sentence}");
}

#[tokio::test]
async fn limit_out_of_range_is_rejected_by_its_name() {
    let folder = TempDir::new().unwrap();
    type Set = fn(&mut Settings, usize);
    let cases: [(&str, Set, [usize; 2], [usize; 2]); 8] = [
        (
            "max-import-entries",
            |settings, most| settings.max_import_entries = Some(most),
            [0, 100_001],
            [1, 100_000],
        ),
        (
            "max-stream-entries",
            |settings, most| settings.max_stream_entries = Some(most),
            [0, 10_000_001],
            [1, 10_000_000],
        ),
        ("max-secrets", |settings, most| settings.max_secrets = Some(most), [0, 1_000_001], [1, 1_000_000]),
        ("max-versions", |settings, most| settings.max_versions = Some(most), [1, 101], [2, 100]),
        ("max-stages", |settings, most| settings.max_stages = Some(most), [1, 101], [2, 100]),
        ("max-tags", |settings, most| settings.max_tags = Some(most), [0, 101], [1, 100]),
        ("max-keys", |settings, most| settings.max_keys = Some(most), [0, 10_001], [1, 10_000]),
        ("max-value-bytes", |settings, most| settings.max_value_bytes = Some(most), [0, 65_537], [1, 65_536]),
    ];
    for (name, set, wrong, right) in cases {
        let resolved = |most| {
            let mut settings = settings(&folder);
            set(&mut settings, most);
            settings.resolve()
        };
        for most in wrong {
            let rejected = resolved(most).err().expect("it was taken").to_string();
            assert!(rejected.starts_with(&format!("the setting {name} is invalid: use ")), "{rejected}");
        }
        for most in right {
            assert!(resolved(most).is_ok(), "{name} {most}");
        }
    }
}

#[tokio::test]
async fn certificate_without_a_key_is_rejected() {
    let folder = TempDir::new().unwrap();
    let half = Settings { tls_key: Some("key.pem".into()), ..settings(&folder) };
    assert!(matches!(start(half).await, Err(StartError::HalfTls)));
}

#[tokio::test]
async fn plain_http_beyond_loopback_is_rejected_unless_allowed() {
    let folder = TempDir::new().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let listen = Some(address.parse().unwrap());
        let sentence = rejected(start(Settings { listen, ..settings(&folder) }).await);
        assert!(
            sentence.contains("--tls-certificate") && sentence.contains("--insecure-plain-http"),
            "{sentence}"
        );
    }
    assert!(std::fs::read_dir(&folder).unwrap().next().is_none(), "nothing was made");
    for listen in ["127.0.0.1:0", "127.0.0.9:0", "[::ffff:127.0.0.1]:0", "[::1]:0"] {
        let listen = Some(listen.parse().unwrap());
        assert!(Settings { listen, ..settings(&folder) }.resolve().is_ok());
    }
    let insecure = Settings {
        listen: Some("0.0.0.0:0".parse().unwrap()),
        insecure_plain_http: Some(true),
        ..settings(&folder)
    };
    let (log, _guard) = Log::capture();
    assert!(start(insecure).await.is_ok());
    assert!(log.text().contains("plain HTTP beyond this machine"), "{}", log.text());
}

#[tokio::test]
async fn key_files_that_others_can_read_are_rejected() {
    let mut product = Product::start().await;
    product.stop().await;
    let set = |name: &str, mode| {
        let path = product.folder.path().join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    for name in ["root.key", "credentials.json"] {
        for mode in [0o640, 0o604, 0o620] {
            let path = set(name, mode);
            let sentence = rejected(start(settings(&product.folder)).await);
            let words = format!("(mode {mode:03o}). Run: chmod 600 {}", path.display());
            assert!(sentence.contains(&words), "{sentence}");
        }
        set(name, 0o400);
        assert!(starts(settings(&product.folder)).await, "{name}");
        set(name, 0o600);
    }
    // Existing folders may have wider modes; they are logged.
    set("strongroom.redb", 0o644);
    set("", 0o755);
    let (log, _guard) = Log::capture();
    assert!(starts(settings(&product.folder)).await);
    for command in ["chmod 600", "chmod 700"] {
        assert!(log.text().contains(command), "{}", log.text());
    }
}

#[tokio::test]
async fn link_to_a_root_key_is_checked_by_its_target() {
    let mut product = Product::start().await;
    product.stop().await;
    let (elsewhere, link) = (TempDir::new().unwrap(), product.folder.path().join("root.key"));
    let key = elsewhere.path().join("kept.key");
    std::fs::copy(&link, &key).unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&key, &link).unwrap();
    assert!(starts(settings(&product.folder)).await);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(rejected(start(settings(&product.folder)).await).contains("chmod 600"));
}

#[tokio::test]
async fn tls_key_that_others_can_read_is_rejected() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let with_tls = Settings { tls_certificate: Some(certificate), tls_key: Some(key), ..settings(&folder) };
    let sentence = rejected(start(with_tls).await);
    assert!(sentence.contains("key.pem") && sentence.contains("chmod 600"), "{sentence}");
}

#[tokio::test]
async fn created_data_folder_is_private() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("deep/data");
    assert!(start(Settings { data_dir: Some(data.clone()), ..settings(&folder) }).await.is_ok());
    assert_eq!(std::fs::metadata(data).unwrap().permissions().mode() & 0o777, 0o700);
}
