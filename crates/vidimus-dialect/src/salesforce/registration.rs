//! A registration as its client is told of it (RFC 7591 §3.2.1), with the product's own `scopes`.

use serde_json::Value;
use vidimus_core::register::RegistrationReply;

use super::members::Members;
use crate::{Asked, Endpoint, Shape};

pub fn registration(reply: &RegistrationReply, asked: &Asked<'_>) -> Shape {
    let status = if asked.endpoint == Endpoint::Register { 201 } else { 200 };
    let metadata = &reply.metadata;
    // Without the site: the client is found by its id at the root.
    let uri = format!("{}/services/oauth2/register/{}", asked.public_url, reply.client_id());
    let token = reply.registration_access_token.as_ref();
    let mut grant_types = metadata.grant_types.clone();
    grant_types.sort_unstable();
    let scopes: Vec<&str> = metadata.scope.split_whitespace().collect();
    Members::default()
        .and("client_id", reply.client_id())
        .maybe("client_secret", reply.client_secret.as_ref().map(|secret| secret.expose()))
        .maybe("registration_access_token", token.map(|token| token.expose()))
        .maybe("registration_client_uri", token.map(|_| uri))
        .and("client_id_issued_at", reply.client_id_issued_at.seconds())
        .maybe("client_secret_expires_at", reply.client_secret_expires_at)
        .and("token_endpoint_auth_method", metadata.token_endpoint_auth_method.as_str())
        .and("redirect_uris", metadata.redirect_uris.clone())
        .and("response_types", metadata.response_types.clone())
        .and("grant_types", grant_types)
        .maybe("contacts", some(&metadata.contacts))
        .maybe("client_name", metadata.client_name.as_deref())
        .and("scopes", scopes)
        .json()
        .status(status)
}

fn some(list: &[String]) -> Option<Value> {
    (!list.is_empty()).then(|| list.to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scene, body};
    use vidimus_core::{model::ClientMetadata, secret::Secret, time::Time};

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_registration_is_the_seed_s_bytes() {
        let reply = RegistrationReply {
            metadata: ClientMetadata {
                client_id: "c1".to_owned(),
                client_name: Some("Example Olivier".to_owned()),
                redirect_uris: texts(&["http://localhost"]),
                response_types: texts(&["code", "token", "id_token"]),
                grant_types: texts(&[
                    "authorization_code",
                    "implicit",
                    "refresh_token",
                    "hybrid_auth_code",
                ]),
                contacts: texts(&["abc@sf.com"]),
                scope: "openid refresh_token id api".to_owned(),
                token_endpoint_auth_method: "client_secret_post".to_owned(),
                application_type: Some("web".to_owned()),
                ..ClientMetadata::default()
            },
            client_secret: Some(Secret::new("s1")),
            client_secret_expires_at: Some(0),
            registration_access_token: Some(Secret::new("t1")),
            client_id_issued_at: Time::from_seconds(1_700_150_048),
            software_statement: None,
        };
        let scene = Scene::new("/customers");
        let asked = Asked { endpoint: Endpoint::Register, ..scene.asked() };
        let shape = registration(&reply, &asked);
        assert_eq!(shape.status, 201);
        assert_eq!(
            body(&shape),
            concat!(
                r#"{"client_id":"c1","client_secret":"s1","registration_access_token":"t1","#,
                r#""registration_client_uri":"https://as.example/services/oauth2/register/c1","#,
                r#""client_id_issued_at":1700150048,"client_secret_expires_at":0,"#,
                r#""token_endpoint_auth_method":"client_secret_post","#,
                r#""redirect_uris":["http://localhost"],"#,
                r#""response_types":["code","token","id_token"],"#,
                r#""grant_types":["authorization_code","hybrid_auth_code","implicit","#,
                r#""refresh_token"],"contacts":["abc@sf.com"],"client_name":"Example Olivier","#,
                r#""scopes":["openid","refresh_token","id","api"]}"#,
            )
        );
    }
}
