//! The schemas of orders, and of what answers them; and of problems (RFC 9457).

use super::shape::{
    More, Shape, flag, list, maybe_list, maybe_open, maybe_text, maybe_whole, maybe_word, number,
    open, table, text, whole, word,
};

const ALGORITHMS: [&str; 4] = ["ES256", "RS256", "PS256", "EdDSA"];
/// What a snapshot may be of.
const KEPT: [&str; 4] = ["client", "resource_server", "user", "trusted_issuer"];

pub fn schemas() -> Vec<(&'static str, Shape)> {
    let mut all = orders();
    all.extend(replies());
    all.push(("Problem", problem()));
    all
}

fn orders() -> Vec<(&'static str, Shape)> {
    let mint = vec![
        ("profile", maybe_text()),
        ("client_id", text()),
        ("username", maybe_text()),
        ("scope", maybe_text()),
        ("resource", list(text())),
        ("ttl_seconds", maybe_whole()),
        ("not_before", maybe_whole()),
        ("refresh", flag()),
        ("cnf", maybe_open()),
    ];
    let device = vec![("user_code", text()), ("username", text()), ("approve", flag())];
    let assertion =
        vec![("assertion", text()), ("profile", maybe_text()), ("client_id", maybe_text())];
    let put_back =
        vec![("kind", word(&KEPT)), ("id", text()), ("sealed", text()), ("version", whole())];
    let revocation = vec![
        ("family", maybe_text()),
        ("client_id", maybe_text()),
        ("username", maybe_text()),
        ("all", flag()),
    ];
    let apply = vec![("world", open()), ("dry_run", flag()), ("prune", flag()), ("import", flag())];
    let exact = |members, required: &[&str]| table(members, required, More::None);
    vec![
        ("MintOrder", exact(mint, &["client_id"])),
        ("TokenOrder", exact(vec![("token", text())], &["token"])),
        ("ExplainOrder", exact(vec![("token", text()), ("caller", maybe_text())], &["token"])),
        ("DeviceOrder", exact(device, &["user_code", "username", "approve"])),
        ("AssertionOrder", exact(assertion, &["assertion"])),
        ("SnapshotOrder", exact(vec![("kind", word(&KEPT)), ("id", text())], &["kind", "id"])),
        ("PutBackOrder", exact(put_back, &["kind", "id", "sealed", "version"])),
        ("RevocationOrder", exact(revocation, &[])),
        (
            "RotateOrder",
            exact(vec![("alg", maybe_word(&ALGORITHMS)), ("compromised", flag())], &[]),
        ),
        ("LinkOrder", exact(vec![("username", maybe_text())], &[])),
        ("ApplyOrder", exact(apply, &["world"])),
    ]
}

fn replies() -> Vec<(&'static str, Shape)> {
    let minted = vec![
        ("access_token", text()),
        ("token_type", word(&["Bearer", "DPoP"])),
        ("expires_in", whole()),
        ("scope", text()),
        ("refresh_token", text()),
    ];
    let explained = vec![
        ("active", flag()),
        ("answer", open()),
        ("reason", maybe_text()),
        ("why", maybe_text()),
        ("token", maybe_open()),
        ("time_line", maybe_list(open())),
    ];
    let checked = vec![
        ("ok", flag()),
        ("profile", text()),
        ("checks", list(open())),
        ("as_seen", open()),
        ("fix", list(text())),
    ];
    let key = vec![
        ("kid", text()),
        ("alg", word(&ALGORITHMS)),
        ("made_at", whole()),
        ("signs_from", whole()),
        ("state", text()),
        ("public", open()),
    ];
    let status = vec![
        ("version", text()),
        ("store", text()),
        ("schema", whole()),
        ("rows", open()),
        ("oldest_expiry", maybe_whole()),
        ("purge_lag_seconds", number()),
        ("now", whole()),
    ];
    let with = |members, required: &[&str]| table(members, required, More::May);
    vec![
        ("Minted", with(minted, &["access_token", "token_type", "expires_in", "scope"])),
        ("Introspection", with(vec![("active", flag())], &["active"])),
        ("Explanation", with(explained, &["active", "answer", "reason", "why", "token"])),
        ("Revoked", with(vec![("revoked", flag()), ("reason", text())], &["revoked"])),
        ("DeviceAnswered", with(vec![("approved", flag())], &["approved"])),
        ("AssertionChecked", with(checked, &["ok", "profile", "checks", "as_seen", "fix"])),
        ("Snapshot", with(vec![("sealed", text()), ("version", whole())], &["sealed", "version"])),
        ("SigningKey", with(key, &["kid", "alg"])),
        (
            "ConsoleLink",
            with(vec![("url", text()), ("expires_at", whole())], &["url", "expires_at"]),
        ),
        ("Ended", with(vec![("ended", text())], &["ended"])),
        ("Deleted", with(vec![("deleted", text())], &["deleted"])),
        (
            "Applied",
            with(vec![("changes", list(open())), ("applied", flag())], &["changes", "applied"]),
        ),
        ("Status", with(status, &["version", "store", "schema", "now"])),
        ("Page", with(vec![("items", list(open())), ("next", maybe_text())], &["items", "next"])),
        ("Object", open()),
    ]
}

fn problem() -> Shape {
    let members = vec![
        ("type", text()),
        ("title", text()),
        ("status", whole()),
        ("detail", text()),
        ("instance", text()),
        ("error", text()),
        ("error_description", text()),
        ("pointer", text()),
    ];
    let required = ["type", "title", "status", "detail", "instance", "error", "error_description"];
    table(members, &required, More::May)
}
