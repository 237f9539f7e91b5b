//! Token replies: each grant has members and an order of its own.

use vidimus_core::{
    authorize::reply::Back, device::DeviceReply, row_key::RowKey, secret::Secret, token::TokenReply,
};

use super::{CONNECT, JWT_BEARER, members::Members, place};
use crate::{Asked, Shape};

pub fn token(reply: &TokenReply, asked: &Asked<'_>) -> Shape {
    let id = place::identity(asked, reply.user.or(reply.client).unwrap_or(RowKey::ROOT));
    let instance = place::instance(asked);
    let begun = Members::default().and("access_token", reply.access_token.expose());
    let at = |members: Members| {
        members
            .and("instance_url", instance.as_str())
            .and("id", id.as_str())
            .and("token_type", "Bearer")
    };
    let issued_at = reply.issued_at.0.to_string();
    // Only who has just shown the secret can check what it signs.
    let secret = reply.client_secret.as_ref();
    let signature = secret.map(|secret| secret.sign(&format!("{id}{issued_at}")));
    let members = match reply.grant {
        JWT_BEARER => at(begun.and("scope", reply.scope.as_str())),
        "password" => at(begun).and("issued_at", issued_at).maybe("signature", signature),
        grant => {
            let fresh = reply.refresh_token.as_ref().filter(|_| reply.refresh_is_new);
            let members = begun
                .maybe("refresh_token", fresh.map(|token| token.expose()))
                .maybe("signature", signature)
                .and("scope", reply.scope.as_str())
                .maybe("id_token", reply.id_token.as_ref().map(Secret::expose));
            let api = (grant == "client_credentials").then_some(asked.public_url);
            hybrid(reply, asked, at(members))
                .and("issued_at", issued_at)
                .maybe("api_instance_url", api)
                .maybe("issued_token_type", reply.issued_token_type)
        }
    };
    members.written("OAuth", asked)
}

/// Beside a token that comes through the browser: where the organization answers, and who it is.
pub fn returned(back: &Back, asked: &Asked<'_>) -> Vec<(&'static str, Secret)> {
    let gives_token = back.parameters.iter().any(|(name, _)| *name == "access_token");
    let Some(user) = back.user.filter(|_| gives_token) else { return Vec::new() };
    vec![
        ("instance_url", Secret::new(place::instance(asked))),
        ("id", Secret::new(place::identity(asked, user))),
        ("issued_at", Secret::new(back.issued_at.0.to_string())),
    ]
}

/// What an application with a web view needs to sign it in (hybrid flows): the token is the session
/// wherever it is asked for.
fn hybrid(reply: &TokenReply, asked: &Asked<'_>, members: Members) -> Members {
    let is_hybrid = asked.parameter("grant_type").is_some_and(|grant| grant.starts_with("hybrid_"));
    if !is_hybrid {
        return members;
    }
    let has = |name: &str| reply.scope.split(' ').any(|known| known == name || known == "full");
    let domain = place::host(asked);
    let session = reply.access_token.expose();
    let mut members = members;
    for (scope, domain_member, session_member) in [
        ("content", "content_domain", "content_sid"),
        ("lightning", "lightning_domain", "lightning_sid"),
        ("visualforce", "visualforce_domain", "visualforce_sid"),
    ] {
        if has(scope) {
            members = members.and(domain_member, domain.as_str()).and(session_member, session);
        }
    }
    if has("web") {
        members = members.and("sidCookieName", "sid").and("cookie-sid_Client", session);
    }
    members
}

/// Without a lifetime.
pub fn device(reply: &DeviceReply, asked: &Asked<'_>) -> Shape {
    Members::default()
        .and("device_code", reply.device_code.expose())
        .and("user_code", reply.user_code.as_str())
        .and("verification_uri", format!("{}{CONNECT}", asked.base()))
        .and("interval", reply.interval)
        .written("OAuth", asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ORGANIZATION, Scene, USER, USER_KEY, body};
    use vidimus_core::{secret::Secret, time::Time};

    fn reply(grant: &'static str) -> TokenReply {
        TokenReply {
            access_token: Secret::new("00D!AQx"),
            expires_in: 7200,
            scope: "web openid api full".to_owned(),
            scope_was_asked: false,
            refresh_token: None,
            refresh_is_new: false,
            id_token: None,
            issued_token_type: None,
            grant,
            issued_at: Time(1_609_942_615_640),
            client: Some(RowKey(9)),
            user: Some(USER_KEY),
            client_secret: Some(Secret::new("secret")),
        }
    }

    fn told(reply: &TokenReply) -> String {
        body(&token(reply, &Scene::new("/customers").asked()))
    }

    fn id() -> String {
        format!("https://as.example/id/{ORGANIZATION}/{USER}")
    }

    fn signature() -> String {
        Secret::new("secret").sign(&format!("{}1609942615640", id()))
    }

    #[test]
    fn jwt_bearer_has_exactly_five_members() {
        let wanted = format!(
            r#"{{"access_token":"00D!AQx","scope":"web openid api full","instance_url":"https://as.example/customers","id":"{}","token_type":"Bearer"}}"#,
            id()
        );
        assert_eq!(told(&reply(JWT_BEARER)), wanted);
    }

    #[test]
    fn a_password_s_reply_has_no_scope() {
        let wanted = format!(
            r#"{{"access_token":"00D!AQx","instance_url":"https://as.example/customers","id":"{}","token_type":"Bearer","issued_at":"1609942615640","signature":"{}"}}"#,
            id(),
            signature()
        );
        assert_eq!(told(&reply("password")), wanted);
    }

    #[test]
    fn client_credentials_tell_the_api_s_place() {
        let told = told(&TokenReply { user: None, ..reply("client_credentials") });
        assert!(told.contains(r#""scope":"web openid api full","instance_url""#), "{told}");
        assert!(
            told.ends_with(
                r#""issued_at":"1609942615640","api_instance_url":"https://as.example"}"#
            ),
            "{told}"
        );
        assert!(told.contains(r#""signature":""#), "{told}");
    }

    #[test]
    fn a_refresh_token_is_told_where_it_is_new() {
        let refreshed = TokenReply {
            refresh_token: Some(Secret::new("5Aep861x")),
            id_token: Some(Secret::new("e.y.J")),
            ..reply("refresh_token")
        };
        let wanted = |refresh: &str| {
            format!(
                r#"{{"access_token":"00D!AQx",{refresh}"signature":"{}","scope":"web openid api full","id_token":"e.y.J","instance_url":"https://as.example/customers","id":"{}","token_type":"Bearer","issued_at":"1609942615640"}}"#,
                signature(),
                id()
            )
        };
        assert_eq!(told(&refreshed), wanted(""));
        let rotated = TokenReply { refresh_is_new: true, ..refreshed };
        assert_eq!(told(&rotated), wanted(r#""refresh_token":"5Aep861x","#));
    }

    /// SEC-298.
    #[test]
    fn sec_298_nothing_is_signed_without_the_secret() {
        for grant in ["refresh_token", "password", "client_credentials"] {
            let told = told(&TokenReply { client_secret: None, ..reply(grant) });
            assert!(!told.contains("signature"), "{told}");
        }
    }

    #[test]
    fn a_device_gets_four_members() {
        let reply = DeviceReply {
            device_code: Secret::new("vdc_x"),
            user_code: "BCDFGHJK".to_owned(),
            verification_uri: "https://as.example/oauth2/device".to_owned(),
            verification_uri_complete: "https://as.example/oauth2/device?user_code=x".to_owned(),
            expires_in: 600,
            interval: 5,
        };
        assert_eq!(
            body(&device(&reply, &Scene::new("").asked())),
            r#"{"device_code":"vdc_x","user_code":"BCDFGHJK","verification_uri":"https://as.example/t/org/setup/connect","interval":5}"#
        );
    }
}
