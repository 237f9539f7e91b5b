//! The checks, each of one thing.

use std::{io::ErrorKind, net::TcpListener};

use url::Url;
use vidimus_core::{
    engine::Store as _,
    facts::{Needs, TenantRef},
    time::Time,
    vault::Vault,
};
use vidimus_http::clock::{Clock as _, SystemClock};
use vidimus_store::{
    open::{AnyStore, open},
    stored::OpenError,
};

use crate::{
    cli::Global,
    config::{Config, Tls},
    doctor::{Finding, certificate::not_after, names, online},
    outbound::Outbound,
    serve::read_master_key,
};

/// 2025-01-01: whatever this is, it was built later.
const CLOCK_SECONDS_MIN: i64 = 1_735_689_600;
const EXPIRY_WARNING_DAYS: i64 = 21;
const DAY_SECONDS: i64 = 86_400;

pub async fn all(config: &Config, global: &Global) -> Vec<Finding> {
    let now = SystemClock.now();
    let mut findings = vec![master_key(config), store(config).await, listen(config), clock(now)];
    findings.push(public_url(config));
    findings.extend(config.server.tls.as_ref().map(|tls| certificate(config, tls, now)));
    if let Err(why) = Outbound::new(&config.outbound) {
        findings.push(Finding::failed("outbound", why));
    }
    findings.push(durability(config));
    findings.extend(online::all(config, global, now).await);
    findings
}

fn master_key(config: &Config) -> Finding {
    match read_master_key(&config.master_key_file) {
        Ok(_) => Finding::ok("master key", config.master_key_file.display().to_string()),
        Err(failure) => Finding::failed("master key", failure.to_string()),
    }
}

async fn store(config: &Config) -> Finding {
    // Opening makes a database that is not there yet; looking must not.
    if let Some(path) = config.store_url.strip_prefix("sqlite:")
        && !std::path::Path::new(path.strip_prefix("//").unwrap_or(path)).exists()
    {
        return Finding::ok("store", format!("{path} is made with the first start"));
    }
    match open(&config.store_url, config.cache_bytes).await {
        Ok(store) if !key_fits(config, &store).await => Finding::failed(
            "store",
            "it was made under another master key; set keys.master_key_file to that one",
        ),
        Ok(store) => {
            let (name, version) = (store.name(), store.schema_version());
            Finding::ok("store", format!("{name}, schema {version}"))
        }
        Err(OpenError::Locked(path)) => {
            Finding::ok("store", format!("{} is in use by a server", path.display()))
        }
        Err(why) => Finding::failed("store", why.to_string()),
    }
}

/// A key that cannot be read is the business of another check.
async fn key_fits(config: &Config, store: &AnyStore) -> bool {
    let facts = store.load(&TenantRef::default_tenant(), &Needs::default()).await;
    let check = facts.ok().and_then(|facts| facts.tenant()?.body.key_check.clone());
    match (check, read_master_key(&config.master_key_file)) {
        (Some(check), Ok(key)) => check == Vault::of(&key).fingerprint(b""),
        _ => true,
    }
}

fn listen(config: &Config) -> Finding {
    let address = config.server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok("listen", format!("{address} is free")),
        Err(why) if why.kind() == ErrorKind::AddrInUse => {
            Finding::ok("listen", format!("{address} is in use, by the server if it runs"))
        }
        Err(why) => {
            let advice = "set server.listen to an address of this machine";
            Finding::failed("listen", format!("{address}: {why}; {advice}"))
        }
    }
}

fn clock(now: Time) -> Finding {
    let shown = now.rfc_3339();
    if now.seconds() < CLOCK_SECONDS_MIN {
        let advice = "set it, and keep it by NTP: every expiry hangs on it";
        return Finding::failed("clock", format!("{shown}; {advice}"));
    }
    Finding::ok("clock", shown)
}

fn public_url(config: &Config) -> Finding {
    match &config.server.public_url {
        Some(url) if url.starts_with("https://") => Finding::ok("public_url", url.clone()),
        Some(url) => Finding::warning(
            "public_url",
            format!("{url}: an issuer is an https URL (RFC 8414 §2), except for trials"),
        ),
        None => Finding::warning(
            "public_url",
            "not set: tokens name the listen address as their issuer; set server.public_url",
        ),
    }
}

/// What an answer is worth when the power goes.
fn durability(config: &Config) -> Finding {
    let check = "durability";
    match config.store_url.split_once(':').map(|(scheme, _)| scheme) {
        Some("memory") => {
            let what = "everything goes with the process; set store.url to a file or a database";
            Finding::warning(check, what)
        }
        Some("sqlite") => Finding::ok(check, "each answer waits for the disk (synchronous = FULL)"),
        _ => Finding::ok(
            check,
            "as the database's: leave fsync and synchronous_commit on, or answered writes are lost",
        ),
    }
}

fn certificate(config: &Config, tls: &Tls, now: Time) -> Finding {
    let check = "certificate";
    let files =
        vidimus_http::serve::TlsFiles { certificate: tls.cert.clone(), key: tls.key.clone() };
    if let Err(why) = vidimus_http::serve::Tls::load(files) {
        return Finding::failed(check, format!("{why}; mend server.tls_cert or server.tls_key"));
    }
    let Some(end) = not_after(&tls.cert) else {
        return Finding::failed(check, format!("{}: cannot be read", tls.cert.display()));
    };
    let host = config.server.public_url.as_ref().and_then(|url| Url::parse(url).ok());
    let host = host.as_ref().and_then(Url::host_str);
    let strange = host
        .filter(|host| names::of_file(&tls.cert).is_some_and(|names| !names::cover(&names, host)));
    if let Some(host) = strange {
        let what = "which server.public_url names: get one for that host";
        return Finding::failed(check, format!("{} is not for {host}, {what}", tls.cert.display()));
    }
    let days = (end.seconds() - now.seconds()).div_euclid(DAY_SECONDS);
    let shown = tls.cert.display();
    if days < 0 {
        Finding::failed(check, format!("{shown} expired {} days ago; replace it", -days))
    } else if days < EXPIRY_WARNING_DAYS {
        Finding::warning(check, format!("{shown} expires in {days} days; replace it"))
    } else {
        Finding::ok(check, format!("{shown} is good for {days} days"))
    }
}
