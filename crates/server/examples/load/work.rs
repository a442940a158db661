//! What the clients do, over gRPC.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prost::Message;
use serde_json::Value;
use strongroom_contract::v1;
use tonic::transport::Channel;

use crate::process::Process;

/// Connections the callers share.
const CONNECTIONS: usize = 4;

#[derive(Clone)]
pub struct Client {
    channels: Vec<Channel>,
    token: String,
    endpoint: String,
    access_key: String,
    secret_key: String,
}

impl Client {
    pub async fn log_in(server: &Process) -> Self {
        let credentials = std::fs::read(server.folder.path().join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_slice(&credentials).unwrap();
        let known = |name: &str| credentials[name].as_str().unwrap().to_owned();
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            let endpoint = tonic::transport::Endpoint::new(server.endpoint.clone()).unwrap();
            channels.push(endpoint.initial_stream_window_size(1 << 20).connect().await.unwrap());
        }
        let mut client = Self {
            channels,
            token: String::new(),
            endpoint: server.endpoint.clone(),
            access_key: known("access_key"),
            secret_key: known("secret_key"),
        };
        let user = v1::PasswordUser {
            name: known("user_name"),
            password: known("password"),
            domain: Some(v1::DomainName { name: known("domain_name") }),
        };
        let identity = v1::Identity {
            methods: vec!["password".to_owned()],
            password: Some(v1::PasswordMethod { user: Some(user) }),
            token: None,
        };
        let request =
            v1::CreateTokenRequest { auth: Some(v1::Auth { identity: Some(identity), scope: None }) };
        let answer: v1::CreateTokenResponse = client.call(0, "Iam/CreateToken", request).await;
        client.token = answer.subject_token;
        client
    }

    async fn call<Q, A>(&self, caller: usize, rpc: &str, request: Q) -> A
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut client = tonic::client::Grpc::new(self.channels[caller % CONNECTIONS].clone());
        client.ready().await.unwrap();
        let mut request = tonic::Request::new(request);
        request.metadata_mut().insert("x-auth-token", self.token.parse().unwrap());
        let path = format!("/strongroom.v1.{rpc}").parse().unwrap();
        client.unary(request, path, tonic_prost::ProstCodec::<Q, A>::default()).await.unwrap().into_inner()
    }

    pub async fn flushes(&self) -> u64 {
        let page = reqwest::Client::new()
            .get(format!("{}/metrics", self.endpoint))
            .basic_auth(&self.access_key, Some(&self.secret_key));
        let page = page.send().await.unwrap().text().await.unwrap();
        let line = page.lines().find(|line| line.starts_with("strongroom_storage_flushes_total ")).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    async fn send(&self, request: v1::BatchImportSecretsRequest) -> Duration {
        let total = request.secrets.len() as i32;
        let started = Instant::now();
        let answer: v1::BatchImportSecretsResponse =
            self.call(0, "Batches/BatchImportSecrets", request).await;
        assert_eq!(answer.success, total, "{:?}", answer.error_list.first());
        started.elapsed()
    }

    pub async fn import(&self, prefix: String, entries: usize, size: usize) -> Duration {
        let secrets = secrets(&prefix, entries, size);
        self.send(v1::BatchImportSecretsRequest { secrets, ..Default::default() }).await
    }

    pub async fn import_or_skip(&self, prefix: String, entries: usize) -> Duration {
        let secrets = secrets(&prefix, entries, 32);
        let on_existing = v1::OnExisting::Skip.into();
        self.send(v1::BatchImportSecretsRequest { secrets, on_existing, ..Default::default() }).await
    }

    pub async fn try_import(&self, prefix: String, entries: usize) -> Duration {
        let secrets = secrets(&prefix, entries, 32);
        self.send(v1::BatchImportSecretsRequest { secrets, dry_run: true, ..Default::default() }).await
    }

    /// Sends entries in messages of 500, and waits for the outcome of each.
    pub async fn stream(&self, prefix: &str, entries: usize) -> Duration {
        let prefix = prefix.to_owned();
        let messages = (0..entries.div_ceil(500)).map(move |message| v1::ImportSecretsStreamRequest {
            secrets: (message * 500..((message + 1) * 500).min(entries))
                .map(|number| secret(format!("{prefix}-{number}"), 32))
                .collect(),
            ..Default::default()
        });
        let mut client = tonic::client::Grpc::new(self.channels[0].clone());
        client.ready().await.unwrap();
        let mut request = tonic::Request::new(tokio_stream::iter(messages));
        request.metadata_mut().insert("x-auth-token", self.token.parse().unwrap());
        let path = "/strongroom.v1.Batches/ImportSecretsStream".parse().unwrap();
        let codec = tonic_prost::ProstCodec::<_, v1::ImportSecretsStreamResponse>::default();
        let started = Instant::now();
        let mut answers = client.streaming(request, path, codec).await.unwrap().into_inner();
        let mut last = v1::ImportProgress::default();
        while let Some(answer) = answers.message().await.unwrap() {
            last = answer.progress.unwrap();
        }
        assert_eq!((last.success, last.finished), (entries as i32, true));
        started.elapsed()
    }

    pub async fn import_of_instance(&self, instance: String, entries: usize) -> Duration {
        let rotation_config = format!(r#"{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}"#);
        let secrets = secrets(&instance, entries, 32).into_iter().map(|secret| v1::NewSecret {
            secret_type: v1::SecretType::RdsFg.into(),
            rotation_config: rotation_config.clone(),
            ..secret
        });
        let secrets = secrets.collect();
        self.send(v1::BatchImportSecretsRequest { secrets, ..Default::default() }).await
    }

    /// Deletes an instance's secrets, at once or after so many days. Answers the batch.
    pub async fn delete_instance(&self, instance_id: String, days: Option<i32>) -> (String, Duration) {
        let request = v1::BatchDeleteSecretsRequest {
            instance_id,
            recovery_window_in_days: days,
            ..Default::default()
        };
        let started = Instant::now();
        let answer: v1::BatchDeleteSecretsResponse =
            self.call(0, "Batches/BatchDeleteSecrets", request).await;
        assert_eq!(answer.success_secrets.len(), 1_000);
        (answer.batch_id, started.elapsed())
    }

    pub async fn cancel_batch(&self, batch_id: String) -> Duration {
        let request = v1::BatchCancelDeletionsRequest { batch_id, ..Default::default() };
        let started = Instant::now();
        let answer: v1::BatchCancelDeletionsResponse =
            self.call(0, "Batches/BatchCancelDeletions", request).await;
        assert_eq!(answer.success, 1_000);
        started.elapsed()
    }

    pub async fn schedule(&self, name: &str) {
        let request = v1::ScheduleDeletionRequest { secret_name: name.to_owned(), ..Default::default() };
        let _: v1::ScheduleDeletionResponse = self.call(0, "Secrets/ScheduleDeletion", request).await;
    }

    pub async fn cancel(&self, name: &str) {
        let request = v1::CancelDeletionRequest { secret_name: name.to_owned(), ..Default::default() };
        let _: v1::CancelDeletionResponse = self.call(0, "Secrets/CancelDeletion", request).await;
    }

    pub async fn list_all(&self) -> usize {
        let (mut listed, mut marker) = (0, String::new());
        loop {
            let request = v1::ListSecretsRequest { limit: Some(1_000), marker, ..Default::default() };
            let page: v1::ListSecretsResponse = self.call(0, "Secrets/ListSecrets", request).await;
            listed += page.secrets.len();
            match page.page_info.unwrap().next_marker {
                Some(next) => marker = next,
                None => return listed,
            }
        }
    }

    pub async fn write_for(&self, callers: usize, lap: Duration) -> u64 {
        self.repeat(callers, lap, move |client, caller, number| async move {
            let secret = Some(secret(format!("w{callers}-{caller}-{number}"), 32));
            let request = v1::CreateSecretRequest { project_id: String::new(), secret, ..Default::default() };
            let _: v1::CreateSecretResponse = client.call(caller, "Secrets/CreateSecret", request).await;
        })
        .await
    }

    pub async fn read_for(&self, callers: usize, lap: Duration) -> u64 {
        self.repeat(callers, lap, move |client, caller, number| async move {
            let request = v1::ShowSecretVersionRequest {
                secret_name: format!("read-{}", (caller as u64 * 37 + number) % 1_000),
                version_id: "latest".to_owned(),
                ..Default::default()
            };
            let _: v1::ShowSecretVersionResponse =
                client.call(caller, "Versions/ShowSecretVersion", request).await;
        })
        .await
    }

    /// Lets so many callers do one thing after the other until the lap is over. Answers how often it was done.
    async fn repeat<F>(
        &self,
        callers: usize,
        lap: Duration,
        work: impl Fn(Self, usize, u64) -> F + Copy + Send + 'static,
    ) -> u64
    where
        F: Future<Output = ()> + Send,
    {
        let (done, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let (client, done, over) = (self.clone(), done.clone(), over.clone());
                tokio::spawn(async move {
                    let mut number = 0;
                    while !over.load(Ordering::Relaxed) {
                        work(client.clone(), caller, number).await;
                        number += 1;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let _ = tokio::time::timeout(lap, std::future::pending::<()>()).await;
        over.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.unwrap();
        }
        done.load(Ordering::Relaxed)
    }
}

fn secrets(prefix: &str, entries: usize, size: usize) -> Vec<v1::NewSecret> {
    (0..entries).map(|number| secret(format!("{prefix}-{number}"), size)).collect()
}

fn secret(name: String, size: usize) -> v1::NewSecret {
    v1::NewSecret { name, secret_string: Some("x".repeat(size)), ..Default::default() }
}
