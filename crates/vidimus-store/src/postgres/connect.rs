//! From a URL to connections: hosts, TLS, timeouts.

use std::{path::Path, sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use tokio_postgres::{
    Client, Config, NoTls,
    config::{SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use vidimus_core::error::Fault;

use crate::{postgres::fault, stored::OpenError};

/// Of one host; a URL may name several.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A peer that vanished without a word is given up after this.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(5);

/// Every look-up goes through an index. While tables are small or not yet analysed the planner
/// would rather scan them, and a prepared plan outlives that moment. So there is one plan for any
/// values, and it is not made anew for those of each time, which costs more than what it is for.
pub const SETTINGS: &str = "SET statement_timeout = '5s'; SET enable_seqscan = off; \
     SET plan_cache_mode = force_generic_plan";

#[derive(Clone)]
pub struct Target {
    pub config: Config,
    pub tls: Option<MakeRustlsConnect>,
}

impl Target {
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let (url, root_cert) = take_option(url, "sslrootcert");
        // The parser's own message may quote a part of the URL, and with it of a password.
        let mut config: Config = url.parse().map_err(|_| {
            OpenError::Url("not a valid PostgreSQL URL, or one with an unknown option".to_owned())
        })?;
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(SILENCE_TIMEOUT);
        config.keepalives_idle(SILENCE_TIMEOUT).application_name("vidimus");
        if config.get_hosts().len() > 1
            && config.get_target_session_attrs() == TargetSessionAttrs::Any
        {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        // Unasked, the parser's default is to try TLS; here it is spoken where the URL says so,
        // and then always verified.
        if !url.contains("sslmode=") && root_cert.is_none() {
            config.ssl_mode(SslMode::Disable);
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(tls(root_cert.as_deref())?),
        };
        Ok(Self { config, tls })
    }

    pub async fn connect(&self) -> Result<Client, Fault> {
        match self.tls.clone() {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(fault)?;
                tokio::spawn(drive(connection));
                Ok(client)
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await.map_err(fault)?;
                tokio::spawn(drive(connection));
                Ok(client)
            }
        }
    }
}

async fn drive(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        tracing::warn!(error = %fault(error), "connection to PostgreSQL lost");
    }
}

/// Removes an option that libpq knows and the parser does not.
fn take_option(url: &str, option: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let mut value = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((name, given)) if name == option => value = Some(given.to_owned()),
            _ => kept.push(pair),
        }
    }
    let kept = kept.join("&");
    (if kept.is_empty() { base.to_owned() } else { format!("{base}?{kept}") }, value)
}

fn tls(root_cert: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let mut roots = RootCertStore::empty();
    match root_cert {
        Some(path) => {
            let unreadable =
                |why: String| OpenError::Url(format!("sslrootcert {path} cannot be read: {why}"));
            let certificates = CertificateDer::pem_file_iter(Path::new(path))
                .map_err(|error| unreadable(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Unavailable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_url_is_refused_without_showing_it() {
        for url in ["postgres://u:hunter2@h:port/db", "postgres://u:hunter2@h/db?er2=1"] {
            let error = Target::parse(url).err().unwrap().to_string();
            assert!(!error.contains("hunt") && !error.contains("er2"), "{error}");
        }
    }

    #[test]
    fn tls_is_spoken_where_the_url_says_so() {
        assert!(Target::parse("postgres://u@h/db").unwrap().tls.is_none());
        assert!(Target::parse("postgres://u@h/db?sslmode=disable").unwrap().tls.is_none());
        assert!(Target::parse("postgres://u@h/db?sslmode=require").unwrap().tls.is_some());
        assert!(Target::parse("postgres://u@h/db?sslrootcert=/nowhere.pem").is_err());
    }

    #[test]
    fn several_hosts_mean_the_one_that_takes_writes() {
        let target = Target::parse("postgres://u@a:1,b:2/db").unwrap();
        assert_eq!(target.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(target.config.get_ports(), [1, 2]);
    }
}
