//! A request of each kind that works as it stands, or says what is missing.

use serde_json::{Value, json};

pub fn of(request: &str) -> Option<Value> {
    Some(match request {
        "TenantDeclaration" => json!({"id": "example.com"}),
        "ClientDeclaration" => json!({
            "client_id": "billing", "grant_types": ["client_credentials"], "scope": "read write",
        }),
        "UserDeclaration" => json!({"username": "alice", "email": "alice@example.com"}),
        "ResourceServerDeclaration" => {
            json!({"id": "api", "audiences": ["https://api.example.com"]})
        }
        "TrustedIssuerDeclaration" => json!({
            "issuer": "https://issuer.example.com", "subjects": ["*"], "scope": "read",
            "jwks_uri": "https://issuer.example.com/jwks",
        }),
        "RegistrationTokenDeclaration" => json!({"uses": 5, "expires_in_seconds": 3600}),
        "ApiTokenDeclaration" => json!({"username": "alice", "scope": "read"}),
        "ClientPatch" => json!({"renew_secret": true}),
        "UserPatch" => json!({"locked": true}),
        "MintOrder" => json!({"client_id": "billing", "scope": "read", "ttl_seconds": 60}),
        "TokenOrder" | "ExplainOrder" => json!({"token": "vat_0"}),
        "RevocationOrder" => json!({"client_id": "billing"}),
        "RotateOrder" => json!({"alg": "ES256"}),
        "ApplyOrder" => json!({"world": {"tenant": []}, "dry_run": true}),
        "AssertionOrder" => json!({"assertion": "e30.eyJpc3MiOiJiaWxsaW5nIn0.AAAA"}),
        "SnapshotOrder" => json!({"kind": "client", "id": "billing"}),
        _ => return None,
    })
}
