//! What a restore takes back: whatever may have been used, revoked or begun since the backup was
//! taken. Of all tenants at once; both databases understand the statements.

use vidimus_core::{row_key::RowKey, time::Time};

/// With these no token, session or code of the backup is good any longer.
///
/// - Tenants: whatever was given before now is cut off, and is told so.
/// - Tickets: sessions, codes, flows, pushed requests and device codes go. Notices stay, the only
///   ones with a moment to be seen to: to be told of a sign-out twice harms nobody.
/// - API tokens go with all their rows. One that a world file declares comes again when that is
///   applied, with the same text; cut off it would be declared and good for nothing.
/// - Rows that say they are made later, by a clock that was ahead of ours: no cut reaches them.
/// - What was used once stays used.
pub fn sweep(now: Time) -> Vec<String> {
    let Time(cut) = now;
    let RowKey(later) = RowKey::earliest(now);
    let api_tokens = "(SELECT key FROM object WHERE kind = 'api_token')";
    vec![
        format!(
            "UPDATE object SET not_before = {cut}, version = version + 1 \
             WHERE tenant = 0 AND not_before < {cut}"
        ),
        "DELETE FROM ticket WHERE due_at IS NULL".to_owned(),
        format!("DELETE FROM locator WHERE token IN {api_tokens}"),
        format!("DELETE FROM token WHERE key IN {api_tokens}"),
        format!("DELETE FROM family WHERE key IN {api_tokens}"),
        format!("DELETE FROM name WHERE object IN {api_tokens}"),
        "DELETE FROM object WHERE kind = 'api_token'".to_owned(),
        format!("DELETE FROM token WHERE key >= {later}"),
        format!("DELETE FROM family WHERE key >= {later}"),
    ]
}
