//! Every key of `vidimus.toml`: its section, what it takes, and its default.

#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    pub default: Option<&'static str>,
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
) -> Key {
    Key { section, name, kind, default }
}

pub const KEYS: &[Key] = &[
    key("server", "listen", Kind::Text, Some("127.0.0.1:8080")),
    key("server", "public_url", Kind::Text, None),
    key("server", "tls_cert", Kind::Path, None),
    key("server", "tls_key", Kind::Path, None),
    key("server", "client_ca", Kind::Path, None),
    key("server", "ops_listen", Kind::Text, None),
    key("store", "url", Kind::Text, Some("sqlite:vidimus.db")),
    key(
        "store",
        "cache_bytes",
        Kind::Integer { min: 1_048_576, max: 1_099_511_627_776 },
        Some("134217728"),
    ),
    key("keys", "master_key_file", Kind::Path, Some("vidimus.key")),
    key("outbound", "allow_private", Kind::Bool, Some("false")),
    key("outbound", "extra_ca_file", Kind::Path, None),
    key("log", "format", Kind::Text, Some("text")),
    key("log", "audit", Kind::Text, None),
    key("limits", "argon2_concurrency", Kind::Integer { min: 1, max: 64 }, Some("1")),
    key("purge", "interval_seconds", Kind::Integer { min: 1, max: 86_400 }, Some("10")),
    key("purge", "keep_seconds", Kind::Integer { min: 0, max: 31_536_000 }, Some("3600")),
    key("purge", "batch", Kind::Integer { min: 1, max: 100_000 }, Some("500")),
    key("telemetry", "otlp_endpoint", Kind::Text, None),
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

    const PAGE: &str = include_str!("../../../../docs/configuration.md");

    #[test]
    fn the_page_says_each_key_with_its_default() {
        let lines = PAGE.lines().skip_while(|line| *line != "```toml").skip(1);
        let mut section = "";
        let mut said = Vec::new();
        for line in lines.take_while(|line| *line != "```").filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
                continue;
            }
            let (name, rest) = line.trim_start_matches("# ").split_once(" =").unwrap();
            let value = rest.split('#').next().unwrap().trim().trim_matches('"');
            said.push((section, name, Some(value).filter(|value| !value.is_empty())));
        }
        let known: Vec<_> = KEYS.iter().map(|key| (key.section, key.name, key.default)).collect();
        assert_eq!(said, known);
    }
}
