//! Reading the file, and the checks that concern several settings or their meaning.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use url::Url;

use crate::{
    config::{
        Audit, Config, Environment, LogFormat, Outbound, Purge, Server, Tls, settings::Settings,
    },
    document::{Problem, read},
};

const DEFAULT_PATH: &str = "vidimus.toml";

/// `None`: the default path, which need not exist. A path that was named must.
///
/// # Errors
/// The file or a variable says something that cannot be meant.
pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Config, Problem> {
    let path = match path {
        Some(path) => Some(path),
        None => Some(Path::new(DEFAULT_PATH)).filter(|path| path.exists()),
    };
    let file = path.map(read).transpose()?;
    let folder = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    resolve(&Settings::new(file.as_ref(), &folder, environment)?, folder)
}

/// Defaults and variables alone, as if an empty file stood in `folder`.
///
/// # Errors
/// A variable says something that cannot be meant.
pub fn of_environment(folder: &Path, environment: &Environment) -> Result<Config, Problem> {
    resolve(&Settings::new(None, folder, environment)?, folder.to_owned())
}

fn resolve(settings: &Settings, folder: PathBuf) -> Result<Config, Problem> {
    let log_format = match settings.text("log", "format").as_deref() {
        Some("json") => LogFormat::Json,
        Some("text") => LogFormat::Text,
        _ => return Err(settings.problem("log", "format", "takes \"text\" or \"json\"")),
    };
    let count = |section, name| u32::try_from(settings.number(section, name)).unwrap_or(1);
    Ok(Config {
        server: server(settings)?,
        store_url: store_url(settings)?,
        cache_bytes: settings.number("store", "cache_bytes").unsigned_abs(),
        master_key_file: settings.path("keys", "master_key_file").unwrap_or_default(),
        outbound: Outbound {
            allow_private: settings.flag("outbound", "allow_private"),
            extra_ca_file: settings.path("outbound", "extra_ca_file"),
        },
        log_format,
        audit: audit(settings)?,
        argon2_concurrency: count("limits", "argon2_concurrency") as usize,
        purge: Purge {
            interval_seconds: u64::from(count("purge", "interval_seconds")),
            keep_seconds: i64::from(count("purge", "keep_seconds")),
            batch: count("purge", "batch"),
        },
        otlp_endpoint: otlp_endpoint(settings)?,
        folder,
    })
}

fn server(settings: &Settings) -> Result<Server, Problem> {
    let address = |name| -> Result<Option<SocketAddr>, Problem> {
        let Some(text) = settings.text("server", name) else { return Ok(None) };
        let what = format!("\"{text}\" is not ADDRESS:PORT, such as \"127.0.0.1:8080\"");
        text.parse().map(Some).map_err(|_| settings.problem("server", name, &what))
    };
    let listen = address("listen")?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let path = |name| settings.path("server", name);
    let tls = match (path("tls_cert"), path("tls_key")) {
        (Some(cert), Some(key)) => Some(Tls { cert, key }),
        (None, None) => None,
        (Some(_), None) => return Err(settings.problem("server", "tls_cert", "needs tls_key")),
        (None, Some(_)) => return Err(settings.problem("server", "tls_key", "needs tls_cert")),
    };
    if path("client_ca").is_some() {
        let what = "this version does not ask for client certificates; leave it out";
        return Err(settings.problem("server", "client_ca", what));
    }
    let public_url = settings
        .text("server", "public_url")
        .map(|url| issuer(&url).map_err(|why| settings.problem("server", "public_url", &why)))
        .transpose()?;
    let (ops_listen, admin_listen) = (address("ops_listen")?, address("admin_listen")?);
    Ok(Server { listen, public_url, tls, ops_listen, admin_listen })
}

/// An issuer has neither query nor fragment (RFC 8414 §2), and other paths are appended to it.
fn issuer(text: &str) -> Result<String, String> {
    let unfit =
        || format!("\"{text}\" is no http or https URL, such as \"https://auth.example.com\"");
    let url = Url::parse(text).map_err(|_| unfit())?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(unfit());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("takes no query, fragment or user".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn store_url(settings: &Settings) -> Result<String, Problem> {
    let url = settings.text("store", "url").unwrap_or_default();
    let known = ["sqlite:", "postgres:", "postgresql:", "memory:"];
    if !known.iter().any(|kind| url.starts_with(kind)) {
        let what = "takes \"sqlite:PATH\", \"postgres://…\" or \"memory:\"";
        return Err(settings.problem("store", "url", what));
    }
    Ok(match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() && !path.starts_with('/') => {
            let path = settings.rebase("store", "url", Path::new(path));
            format!("sqlite:{}", path.display())
        }
        _ => url,
    })
}

fn audit(settings: &Settings) -> Result<Option<Audit>, Problem> {
    let Some(text) = settings.text("log", "audit") else { return Ok(None) };
    if text == "stdout" {
        return Ok(Some(Audit::Stdout));
    }
    match text.strip_prefix("file:").filter(|path| !path.is_empty()) {
        Some(path) => Ok(Some(Audit::File(settings.rebase("log", "audit", Path::new(path))))),
        None => Err(settings.problem("log", "audit", "takes \"stdout\" or \"file:PATH\"")),
    }
}

fn otlp_endpoint(settings: &Settings) -> Result<Option<String>, Problem> {
    let Some(text) = settings.text("telemetry", "otlp_endpoint") else { return Ok(None) };
    let fits = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let what = "takes an http or https URL, such as \"http://127.0.0.1:4318\"";
    if !fits {
        return Err(settings.problem("telemetry", "otlp_endpoint", what));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn config(text: &str, environment: Environment) -> Result<Config, Problem> {
        let node = parse("vidimus.toml", text)?;
        let folder = PathBuf::from("/etc/vidimus");
        resolve(&Settings::new(Some(&node), &folder, &environment)?, folder)
    }

    fn refused(text: &str) -> String {
        config(text, Environment::default()).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        let config = config("", Environment::default()).unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.server.public_url_at(config.server.listen), "http://127.0.0.1:8080");
        assert_eq!(config.store_url, "sqlite:/etc/vidimus/vidimus.db");
        assert_eq!(config.master_key_file, Path::new("/etc/vidimus/vidimus.key"));
        assert_eq!(config.cache_bytes, vidimus_store::open::CACHE_BYTES);
        assert_eq!(config.argon2_concurrency, 1);
        assert!(!config.outbound.allow_private);
    }

    #[test]
    fn a_variable_wins_over_the_file_and_its_paths_are_ours() {
        let environment = Environment::from([
            ("VIDIMUS_STORE__URL", "sqlite:mine.db"),
            ("VIDIMUS_OUTBOUND__ALLOW_PRIVATE", "true"),
            ("VIDIMUS_LIMITS__ARGON2_CONCURRENCY", "4"),
            ("VIDIMUS_URL", "http://elsewhere"),
        ]);
        let config = config("[store]\nurl = \"memory:\"\n", environment).unwrap();
        assert_eq!(config.store_url, "sqlite:mine.db");
        assert!(config.outbound.allow_private);
        assert_eq!(config.argon2_concurrency, 4);
    }

    #[test]
    fn mistakes_are_told_with_place_and_nearest_name() {
        for (text, message) in [
            (
                "[server]\nlisen = \"x\"\n",
                "vidimus.toml:2:1: unknown key server.lisen; did you mean `listen`?",
            ),
            (
                "\n[sever]\nlisten = \"x\"\n",
                "vidimus.toml:2:2: unknown section sever; did you mean `server`?",
            ),
            (
                "[log]\nmaster_key_file = \"k\"\n",
                "vidimus.toml:2:1: unknown key log.master_key_file; it belongs under [keys]",
            ),
            (
                "[server]\nlisten = 8080\n",
                "vidimus.toml:2:10: server.listen takes a string, not a number",
            ),
            (
                "[limits]\nargon2_concurrency = 0\n",
                "vidimus.toml:2:22: limits.argon2_concurrency takes an integer from 1 to 64, not 0",
            ),
            ("listen = \"127.0.0.1:0\"\n", "vidimus.toml:1:1: listen belongs under [server]"),
            ("store = \"memory:\"\n", "vidimus.toml:1:1: store is a section: write [store]"),
            (
                "[log]\nformat = \"xml\"\n",
                "vidimus.toml:2:10: log.format: takes \"text\" or \"json\"",
            ),
            (
                "[log]\naudit = \"stderr\"\n",
                "vidimus.toml:2:9: log.audit: takes \"stdout\" or \"file:PATH\"",
            ),
            (
                "[store]\nurl = \"vidimus.db\"\n",
                "vidimus.toml:2:7: store.url: takes \"sqlite:PATH\", \"postgres://…\" or \
                 \"memory:\"",
            ),
            (
                "[server]\npublic_url = \"auth.example\"\n",
                "vidimus.toml:2:14: server.public_url: \"auth.example\" is no http or https URL, \
                 such as \"https://auth.example.com\"",
            ),
            (
                "[server]\ntls_cert = \"c.pem\"\n",
                "vidimus.toml:2:12: server.tls_cert: needs tls_key",
            ),
            (
                "[server]\npublic_url = \"https://a.example/?x\"\n",
                "vidimus.toml:2:14: server.public_url: takes no query, fragment or user",
            ),
        ] {
            assert_eq!(refused(text), message);
        }
    }

    #[test]
    fn an_unknown_or_unfit_variable_is_refused_by_its_name() {
        for (name, value, message) in [
            (
                "VIDIMUS_SERVER__LISEN",
                "x",
                "VIDIMUS_SERVER__LISEN: unknown key server.lisen; did you mean `listen`?",
            ),
            (
                "VIDIMUS_OUTBOUND__ALLOW_PRIVATE",
                "yes",
                "VIDIMUS_OUTBOUND__ALLOW_PRIVATE: outbound.allow_private takes true or false, not \
                 a string",
            ),
            (
                "VIDIMUS_SERVER_LISTEN",
                "127.0.0.1:0",
                "VIDIMUS_SERVER_LISTEN: section and key are parted by two underscores: \
                 VIDIMUS_SERVER__LISTEN",
            ),
        ] {
            let problem = config("", Environment::from([(name, value)])).unwrap_err();
            assert_eq!(problem.to_string(), message);
        }
    }

    #[test]
    fn a_named_file_must_exist() {
        let problem = load(Some(Path::new("/nowhere/v.toml")), &Environment::default());
        assert!(problem.unwrap_err().to_string().contains("/nowhere/v.toml"));
    }
}
