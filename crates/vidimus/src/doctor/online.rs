//! What only the running server can tell: its clock, its purge, the age of its keys, under which names it
//! is found.

use reqwest::Method;
use serde_json::Value;
use url::Url;
use vidimus_core::time::Time;

use crate::{
    admin::AdminClient,
    cli::{Global, connect},
    config::Config,
    doctor::{Finding, names},
    failure::Failure,
};

const PURGE: &str = "purge";
const SERVER_CLOCK: &str = "server clock";
const SIGNING_KEYS: &str = "signing keys";
const ISSUER: &str = "issuer";
const ALIASES: &str = "aliases";

const LAG_WARNING_SECONDS: i64 = 3600;
/// Tokens and assertions of others are given so much (RFC 8725); beyond it they fail.
const CLOCK_SKEW_SECONDS_MAX: i64 = 30;
const CLOCK_WARNING_SECONDS: i64 = 5;
/// Rotation comes after 90 days, where a key is used at all.
const KEY_AGE_WARNING_DAYS: i64 = 97;
const DAY_SECONDS: i64 = 86_400;
/// No more are looked at: it is a check, and no test of the whole.
const TENANTS_MAX: u32 = 500;

pub async fn all(config: &Config, global: &Global, now: Time) -> Vec<Finding> {
    let server = match connect(global).await {
        Ok(server) => server,
        Err(failure) => {
            let why = format!("not asked: {failure}");
            let checks = [PURGE, SERVER_CLOCK, SIGNING_KEYS, ISSUER, ALIASES];
            return checks.into_iter().map(|check| Finding::skipped(check, why.clone())).collect();
        }
    };
    let mut findings = match server.ask(Method::GET, &["status"], None).await {
        Ok(status) => vec![purge(&status), clock(&status, now)],
        Err(failure) => vec![Finding::failed(PURGE, failure.to_string())],
    };
    findings.push(or_failed(SIGNING_KEYS, keys(&server, now).await));
    findings.extend(match &config.server.public_url {
        Some(public_url) => Some(issuer(&server, public_url).await),
        // Said already, by the check of that setting.
        None => None,
    });
    findings.push(or_failed(ALIASES, aliases(&server, config).await));
    findings
}

fn or_failed(check: &'static str, found: Result<Finding, Failure>) -> Finding {
    found.unwrap_or_else(|failure| Finding::failed(check, failure.to_string()))
}

fn purge(status: &Value) -> Finding {
    let lag = status.get("purge_lag_seconds").and_then(Value::as_i64).unwrap_or(0);
    if lag > LAG_WARNING_SECONDS {
        let advice = "raise purge.batch, or lower purge.interval_seconds";
        return Finding::warning(PURGE, format!("{lag} s behind; {advice}"));
    }
    Finding::ok(PURGE, format!("{lag} s behind"))
}

fn clock(status: &Value, now: Time) -> Finding {
    let there = status.get("now").and_then(Value::as_i64).unwrap_or_default();
    let apart = (there - now.seconds()).abs();
    let advice = "keep both machines by NTP: every expiry hangs on it";
    let shown = format!("{apart} s apart from this machine's");
    match apart {
        0..=CLOCK_WARNING_SECONDS => Finding::ok(SERVER_CLOCK, shown),
        ..=CLOCK_SKEW_SECONDS_MAX => Finding::warning(SERVER_CLOCK, format!("{shown}; {advice}")),
        _ => Finding::failed(SERVER_CLOCK, format!("{shown}; {advice}")),
    }
}

/// Of the default tenant: the others' rotate by the same rule.
async fn keys(server: &AdminClient, now: Time) -> Result<Finding, Failure> {
    let path = ["tenants", "default", "keys"];
    let keys = server.ask(Method::GET, &path, None).await?;
    let mut ages: Vec<(i64, String)> = items(&keys)
        .filter(|key| key.get("state").is_some_and(|state| state == "signing"))
        .filter_map(|key| {
            let since = key.get("signs_from")?.as_i64()?;
            let age = (now.seconds() - since).div_euclid(DAY_SECONDS).max(0);
            Some((age, key.get("alg")?.as_str()?.to_owned()))
        })
        .collect();
    ages.sort_unstable();
    let shown: Vec<String> =
        ages.iter().map(|(age, alg)| format!("{alg} signs for {age} days")).collect();
    Ok(match ages.last() {
        None => Finding::ok(SIGNING_KEYS, "none yet: they are made when first needed"),
        Some((age, _)) if *age > KEY_AGE_WARNING_DAYS => {
            let advice = "it is replaced with its next use, or at once: vidimus key rotate";
            Finding::warning(SIGNING_KEYS, format!("{}; {advice}", shown.join(", ")))
        }
        Some(_) => Finding::ok(SIGNING_KEYS, shown.join(", ")),
    })
}

/// Whether who is sent to the issuer finds this server there, and it says so (RFC 8414 §3.3).
async fn issuer(server: &AdminClient, public_url: &str) -> Finding {
    let public_url = public_url.trim_end_matches('/');
    let address = format!("{public_url}/.well-known/oauth-authorization-server");
    let Ok(url) = Url::parse(&address) else {
        return Finding::failed(ISSUER, format!("{public_url} is no URL; mend server.public_url"));
    };
    match server.fetch(url).await {
        Err(failure) => Finding::warning(
            ISSUER,
            format!("{failure}: clients must reach it there, if this machine need not"),
        ),
        Ok((status, _)) if !status.is_success() => {
            let what =
                "something else answers there: mend server.public_url, or what stands before";
            Finding::failed(ISSUER, format!("{address} answered {status}; {what}"))
        }
        Ok((_, metadata)) => match metadata.get("issuer").and_then(Value::as_str) {
            Some(issuer) if issuer == public_url => Finding::ok(ISSUER, issuer.to_owned()),
            other => Finding::failed(
                ISSUER,
                format!("{address} is of {}: not this server", other.unwrap_or("nobody")),
            ),
        },
    }
}

/// Further names of tenants: with TLS of our own, the certificate must be for each host.
async fn aliases(server: &AdminClient, config: &Config) -> Result<Finding, Failure> {
    let tenants = server.page(&["tenants"], None, TENANTS_MAX).await?;
    let listed = |key: &'static str| {
        let lists = items(&tenants).filter_map(move |tenant| tenant.get(key)?.as_array());
        lists.flatten().filter_map(Value::as_str)
    };
    let (hosts, paths) = (listed("hosts").count(), listed("path_aliases").count());
    let shown = format!("{hosts} hosts, {paths} paths");
    let Some(names) = config.server.tls.as_ref().and_then(|tls| names::of_file(&tls.cert)) else {
        return Ok(Finding::ok(ALIASES, shown));
    };
    let bare = |host: &str| host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    let strange: Vec<&str> =
        listed("hosts").filter(|host| !names::cover(&names, &bare(host))).collect();
    Ok(match strange.as_slice() {
        [] => Finding::ok(ALIASES, shown),
        hosts => Finding::warning(
            ALIASES,
            format!("the certificate is not for {}; add them to it", hosts.join(", ")),
        ),
    })
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("items").and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn clocks_apart_are_told_before_they_hurt() {
        let of = |now: i64| clock(&json!({"now": 1000}), Time::from_seconds(now)).verdict;
        for (now, verdict) in [
            (1000, Verdict::Ok),
            (1005, Verdict::Ok),
            (980, Verdict::Warning),
            (1030, Verdict::Warning),
            (1031, Verdict::Failed),
            (0, Verdict::Failed),
        ] {
            assert_eq!(of(now), verdict, "{now}");
        }
    }

    #[test]
    fn a_purge_may_be_late_for_a_while() {
        assert_eq!(purge(&json!({"purge_lag_seconds": 3600})).verdict, Verdict::Ok);
        assert_eq!(purge(&json!({"purge_lag_seconds": 3601})).verdict, Verdict::Warning);
    }
}
