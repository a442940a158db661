//! Address and credentials of a running server.

use std::net::SocketAddr;
use std::sync::Arc;

/// Names of the stored secrets that every run begins with.
pub const STORED: usize = 2_000;

pub struct Target {
    pub address: SocketAddr,
    pub token: String,
    pub project: String,
    pub access_key: String,
    pub user: String,
    pub domain: String,
    pub password: String,
    /// With a certificate the port speaks TLS only.
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

impl Target {
    /// A path below the project.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/{}{rest}", self.project)
    }

    pub fn log_in_body(&self, user: &str, password: &str) -> String {
        serde_json::json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": user, "password": password, "domain": {"name": self.domain}}}}}})
        .to_string()
    }
}

pub fn stored_name(number: usize) -> String {
    format!("service-{number:04}.database-password")
}

pub fn stored_value(number: usize) -> String {
    format!("correct-horse-{number:04}-battery")
}

/// The time as signatures have it.
pub fn sdk_date() -> String {
    let form = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    time::OffsetDateTime::from_unix_timestamp(seconds.cast_signed()).unwrap().format(form).unwrap()
}
