//! The introspection reply: its members in the order of the product's example.

use vidimus_core::introspect::{IntrospectReply, Introspection};
use vidimus_core::model::TokenKind;

use super::{members::Members, place};
use crate::{Asked, STANDARD, Shape};

pub fn introspection(reply: &IntrospectReply, asked: &Asked<'_>) -> Shape {
    let active = match reply {
        IntrospectReply::Json(Introspection::Active(active))
        | IntrospectReply::ToUser(Introspection::Active(active)) => active,
        IntrospectReply::Json(Introspection::Inactive)
        | IntrospectReply::ToUser(Introspection::Inactive) => {
            return Members::default().and("active", false).json();
        }
        IntrospectReply::Jwt(_) => return (STANDARD.introspection)(reply, asked),
    };
    let token_type = match active.kind {
        TokenKind::Access => "access_token",
        TokenKind::Refresh => "refresh_token",
    };
    let identity = active.user.or(active.client).map(|key| place::identity(asked, key));
    let sub = if active.is_pairwise { active.sub.clone() } else { identity };
    // What narrows a token is told, though no token of the product is narrowed so.
    let aud = (!active.aud.is_empty()).then(|| active.aud.clone());
    let cnf = active.cnf.as_ref().and_then(|cnf| serde_json::to_value(cnf).ok());
    Members::default()
        .and("active", true)
        .and("scope", active.scope.as_str())
        .maybe("client_id", active.client_id.as_deref())
        .maybe("username", active.username.as_deref())
        .maybe("sub", sub)
        .and("token_type", token_type)
        .and("exp", active.exp)
        .and("iat", active.iat)
        .and("nbf", active.nbf.unwrap_or(active.iat))
        .maybe("aud", aud)
        .maybe("cnf", cnf)
        .json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ORGANIZATION, Scene, USER, USER_KEY, body};
    use vidimus_core::introspect::Active;
    use vidimus_core::row_key::RowKey;

    fn active() -> Active {
        Active {
            kind: TokenKind::Access,
            scope: "id api web full refresh_token openid".to_owned(),
            client_id: Some("OAuthSp".to_owned()),
            username: Some("test@test.com".to_owned()),
            exp: 1_528_502_109,
            iat: 1_528_494_909,
            nbf: None,
            sub: Some("x".to_owned()),
            aud: Vec::new(),
            iss: "https://as.example".to_owned(),
            jti: "y".to_owned(),
            cnf: None,
            user: Some(USER_KEY),
            client: Some(RowKey(9)),
            owner: None,
            is_pairwise: false,
        }
    }

    #[test]
    fn a_name_that_is_the_askers_own_stands_for_the_identity() {
        let sub = Some("Zm9v".to_owned());
        let own = told(Active { is_pairwise: true, sub, user: None, username: None, ..active() });
        assert!(own.contains(r#""sub":"Zm9v","#) && !own.contains("username"), "{own}");
    }

    fn told(active: Active) -> String {
        let reply = IntrospectReply::Json(Introspection::Active(Box::new(active)));
        body(&introspection(&reply, &Scene::new("").asked()))
    }

    #[test]
    fn an_active_token_is_the_seed_s_bytes() {
        let wanted = format!(
            r#"{{"active":true,"scope":"id api web full refresh_token openid","client_id":"OAuthSp","username":"test@test.com","sub":"https://as.example/id/{ORGANIZATION}/{USER}","token_type":"access_token","exp":1528502109,"iat":1528494909,"nbf":1528494909}}"#
        );
        assert_eq!(told(active()), wanted);
    }

    #[test]
    fn a_refresh_token_says_so_and_a_client_s_own_has_its_key() {
        let refresh = Active { kind: TokenKind::Refresh, ..active() };
        assert!(told(refresh).contains(r#""token_type":"refresh_token""#));
        let own = told(Active { user: None, username: None, nbf: Some(7), ..active() });
        assert!(own.contains(r#""client_id":"OAuthSp","sub":"https://as.example/id/00D"#), "{own}");
        assert!(own.ends_with(r#""nbf":7}"#), "{own}");
    }

    #[test]
    fn an_audience_is_never_hidden() {
        let told = told(Active { aud: vec!["a".to_owned()], ..active() });
        assert!(told.ends_with(r#","aud":["a"]}"#), "{told}");
    }

    #[test]
    fn inactive_is_the_constant() {
        let reply = IntrospectReply::Json(Introspection::Inactive);
        let shape = introspection(&reply, &Scene::new("").asked());
        assert_eq!(body(&shape), r#"{"active":false}"#);
        assert_eq!(shape.content_type, "application/json;charset=UTF-8");
    }
}
