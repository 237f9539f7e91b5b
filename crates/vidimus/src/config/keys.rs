//! Every key of `vidimus.toml`: its section, what it takes, and its default.

#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    pub default: Option<&'static str>,
    /// For the page that is made of these.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test that makes the page reads it"))]
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Relative to the folder of the file that names it.
    Path,
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
}

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    about: &'static str,
) -> Key {
    Key { section, name, kind, default, about }
}

pub const KEYS: &[Key] = &[
    key(
        "server",
        "listen",
        Kind::Text,
        Some("127.0.0.1:8080"),
        "Where it listens. Port 0 is any free one, which `--port-file` tells",
    ),
    key(
        "server",
        "public_url",
        Kind::Text,
        None,
        "Issuer of the default tenant, an https URL but for trials; every other tenant appends \
         `/t/{tenant}`. Without it, the address listened on. Set it before the first token",
    ),
    key(
        "server",
        "tls_cert",
        Kind::Path,
        None,
        "PEM, with `tls_key`; both are read again when they change, and on SIGHUP",
    ),
    key("server", "tls_key", Kind::Path, None, "PEM, with `tls_cert`"),
    key(
        "server",
        "client_ca",
        Kind::Path,
        None,
        "Refused: this version does not ask for client certificates",
    ),
    key(
        "server",
        "ops_listen",
        Kind::Text,
        None,
        "`ADDRESS:PORT` for `/livez`, `/readyz` and `/metrics` alone; plain HTTP, for a network \
         of your own",
    ),
    key(
        "server",
        "admin_listen",
        Kind::Text,
        None,
        "`ADDRESS:PORT` for administrators: the admin API and the console then answer there alone, \
         with the same certificate",
    ),
    key(
        "store",
        "url",
        Kind::Text,
        Some("sqlite:vidimus.db"),
        "`sqlite:PATH`, `postgres://user@host/database` (several hosts allowed), or `memory:`",
    ),
    key(
        "store",
        "cache_bytes",
        Kind::Integer { min: 1_048_576, max: 1_099_511_627_776 },
        Some("134217728"),
        "Of memory for what is asked about again: configuration, and in SQLite tokens as well",
    ),
    key(
        "keys",
        "master_key_file",
        Kind::Path,
        Some("vidimus.key"),
        "Made once by `vidimus key generate-master`, the same on every node; back it up",
    ),
    key(
        "outbound",
        "allow_private",
        Kind::Bool,
        Some("false"),
        "Whether fetches (a client's `jwks_uri`) may reach private addresses",
    ),
    key(
        "outbound",
        "extra_ca_file",
        Kind::Path,
        None,
        "PEM; authorities to trust beside the system's",
    ),
    key(
        "log",
        "format",
        Kind::Text,
        Some("text"),
        "`text` or `json`; always on standard error. How much is said: `VIDIMUS_LOG=debug`",
    ),
    key(
        "log",
        "audit",
        Kind::Text,
        None,
        "Administrative and security events as JSON lines: `stdout`, or `file:PATH`, which may \
         be moved away at any time. [What they say](../how-to/operate.md#audit-lines)",
    ),
    key(
        "limits",
        "argon2_concurrency",
        Kind::Integer { min: 1, max: 64 },
        Some("1"),
        "Passwords and chosen secrets that are hashed at once; each takes its memory",
    ),
    key(
        "purge",
        "interval_seconds",
        Kind::Integer { min: 1, max: 86_400 },
        Some("10"),
        "How often what has expired is deleted",
    ),
    key(
        "purge",
        "keep_seconds",
        Kind::Integer { min: 0, max: 31_536_000 },
        Some("3600"),
        "How long it stays first: an expired token is then known as expired",
    ),
    key(
        "purge",
        "batch",
        Kind::Integer { min: 1, max: 100_000 },
        Some("500"),
        "Rows per transaction",
    ),
    key(
        "telemetry",
        "otlp_endpoint",
        Kind::Text,
        None,
        "Where traces and logs go, OTLP over HTTP, such as `http://127.0.0.1:4318`; no traces \
         are made without it",
    ),
];

/// The sections, each once, in order.
pub fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().map(|key| key.section).collect();
    sections.dedup();
    sections
}

pub fn names(section: &str) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(move |key| key.section == section).map(|key| key.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md");
    const BEGIN: &str =
        "<!-- from crates/vidimus/src/config/keys.rs; UPDATE_SNAPSHOTS=1 writes it -->\n";
    const END: &str = "<!-- to here -->";

    fn takes(kind: Kind) -> String {
        match kind {
            Kind::Text => "text".to_owned(),
            Kind::Path => "a path".to_owned(),
            Kind::Bool => "true or false".to_owned(),
            Kind::Integer { min, max } => format!("{min} to {max}"),
        }
    }

    fn rendered() -> String {
        let mut page = String::new();
        for section in sections() {
            page.push_str(&format!("\n### `[{section}]`\n\n"));
            page.push_str("| key | variable | takes | default | |\n|---|---|---|---|---|\n");
            for key in KEYS.iter().filter(|key| key.section == section) {
                let variable = format!("VIDIMUS_{section}__{}", key.name).to_ascii_uppercase();
                let default = key.default.map_or_else(|| "unset".to_owned(), |d| format!("`{d}`"));
                let Key { name, kind, about, .. } = key;
                let takes = takes(*kind);
                page.push_str(&format!(
                    "| `{name}` | `{variable}` | {takes} | {default} | {about} |\n"
                ));
            }
        }
        page.push('\n');
        page
    }

    #[test]
    fn the_page_says_each_key_as_it_is() {
        let page = std::fs::read_to_string(PATH).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (said, after) = rest.split_once(END).unwrap();
        let made = rendered();
        if wants_update() {
            std::fs::write(PATH, format!("{before}{BEGIN}{made}{END}{after}")).unwrap();
            return;
        }
        assert!(said == made, "{PATH} is not as the code; UPDATE_SNAPSHOTS=1 writes it");
    }

    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says so")]
    fn wants_update() -> bool {
        std::env::var_os("UPDATE_SNAPSHOTS").is_some()
    }
}
