//! The `openidconnect` crate at work: discovery, registration, code flow with PKCE and nonce, userinfo,
//! refresh, introspection, revocation, sign-out and device flow. Any other exit code than 0 is a failure.

mod person;
mod provider;

use std::collections::HashMap;

use openidconnect::core::{CoreAuthenticationFlow, CoreUserInfoClaims};
use openidconnect::url::Url;
use openidconnect::{
    AccessTokenHash, AuthorizationCode, CsrfToken, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, Scope, TokenIntrospectionResponse,
    TokenResponse,
};
use person::{Person, Place};
use provider::{Client, Provider, Tokens};
use serde::Deserialize;
use ureq::{Agent, AgentBuilder};

pub type Wrong = Box<dyn std::error::Error>;

pub const CALLBACK: &str = "https://app.example/cb";
pub const BYE: &str = "https://app.example/bye";

/// What the test tells on standard input.
#[derive(Deserialize)]
pub struct Stage {
    pub url: String,
    pub username: String,
    pub password: String,
    pub email: String,
}

fn main() -> Result<(), Wrong> {
    let stage: Stage = serde_json::from_reader(std::io::stdin())?;
    // As the library's documentation wants it: redirects are not followed.
    let http = AgentBuilder::new().redirects(0).build();
    // The keys are fetched with the metadata, once: before anybody has signed in.
    let provider = Provider::discovered(&stage, &http)?;
    let client = provider.registered(&http)?;
    let person = Person::new(&stage);
    let tokens = signed_in(&client, &person, &http)?;
    used(&stage, &client, &tokens, &http)?;
    let tokens = refreshed(&client, &tokens, &http)?;
    revoked(&client, &tokens, &http)?;
    another_nonce_or_verifier(&client, &person, &http)?;
    signed_out(&provider, &client, &person, &http)?;
    on_a_device(&stage, &client, &http)
}

/// Where the library sends the browser, and what it must see again.
struct Asked {
    url: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

fn asked(client: &Client) -> Asked {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    Asked { url, state, nonce, verifier }
}

fn code(person: &Person<'_>, asked: &Asked) -> Result<AuthorizationCode, Wrong> {
    let Place::Elsewhere(place) = person.goes(&asked.url, None)? else {
        return Err("the browser was not sent back".into());
    };
    assert!(place.as_str().starts_with(&format!("{CALLBACK}?")), "{place}");
    let told: HashMap<_, _> = place.query_pairs().collect();
    assert_eq!(told["state"], *asked.state.secret());
    Ok(AuthorizationCode::new(told["code"].to_string()))
}

fn signed_in(client: &Client, person: &Person<'_>, http: &Agent) -> Result<Tokens, Wrong> {
    let asked = asked(client);
    let code = code(person, &asked)?;
    let tokens = client.exchange_code(code)?.set_pkce_verifier(asked.verifier).request(http)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, &asked.nonce)?;
    let expected = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg()?,
        id_token.signing_key(&verifier)?,
    )?;
    assert_eq!(claims.access_token_hash(), Some(&expected));
    Ok(tokens)
}

fn used(stage: &Stage, client: &Client, tokens: &Tokens, http: &Agent) -> Result<(), Wrong> {
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let subject = id_token.claims(&client.id_token_verifier(), any_nonce)?.subject().clone();
    let access = tokens.access_token();
    // The library compares the subject.
    let user: CoreUserInfoClaims =
        client.user_info(access.clone(), Some(subject.clone()))?.request(http)?;
    assert_eq!(user.email().map(|email| email.as_str()), Some(stage.email.as_str()));
    let told = client.introspect(access).request(http)?;
    assert!(told.active());
    assert_eq!(told.sub(), Some(subject.as_str()));
    assert_eq!(told.client_id(), Some(client.client_id()));
    Ok(())
}

fn refreshed(client: &Client, before: &Tokens, http: &Agent) -> Result<Tokens, Wrong> {
    let old = before.refresh_token().ok_or("no refresh token")?;
    let after: Tokens = client.exchange_refresh_token(old)?.request(http)?;
    let new = after.refresh_token().ok_or("no new refresh token")?;
    assert_ne!(new.secret(), old.secret());
    assert_ne!(after.access_token().secret(), before.access_token().secret());
    let verifier = client.id_token_verifier();
    let (again, first) = (after.id_token().ok_or("no new ID token")?, before.id_token());
    let first = first.ok_or("no ID token")?.claims(&verifier, any_nonce)?;
    assert_eq!(again.claims(&verifier, any_nonce)?.subject(), first.subject());
    Ok(after)
}

fn revoked(client: &Client, tokens: &Tokens, http: &Agent) -> Result<(), Wrong> {
    let refresh = tokens.refresh_token().ok_or("no refresh token")?;
    client.revoke_token(refresh.clone().into())?.request(http)?;
    // RFC 7009 §2.1: the access tokens of the grant go with it.
    assert!(!client.introspect(tokens.access_token()).request(http)?.active());
    assert!(client.exchange_refresh_token(refresh)?.request(http).is_err());
    Ok(())
}

fn another_nonce_or_verifier(
    client: &Client,
    person: &Person<'_>,
    http: &Agent,
) -> Result<(), Wrong> {
    let once = asked(client);
    let code_once = code(person, &once)?;
    let (_, other) = PkceCodeChallenge::new_random_sha256();
    let refused = client.exchange_code(code_once)?.set_pkce_verifier(other).request(http);
    assert!(refused.is_err(), "another verifier");
    let twice = asked(client);
    let code_twice = code(person, &twice)?;
    let tokens =
        client.exchange_code(code_twice)?.set_pkce_verifier(twice.verifier).request(http)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    assert!(id_token.claims(&client.id_token_verifier(), &once.nonce).is_err(), "another nonce");
    Ok(())
}

fn signed_out(
    provider: &Provider,
    client: &Client,
    person: &Person<'_>,
    http: &Agent,
) -> Result<(), Wrong> {
    let tokens = signed_in(client, person, http)?;
    let state = CsrfToken::new_random();
    let url = LogoutRequest::from(provider.end_session_endpoint())
        .set_id_token_hint(tokens.id_token().ok_or("no ID token")?)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned())?)
        .set_state(state.clone())
        .http_get_url();
    let Place::Elsewhere(place) = person.goes(&url, None)? else {
        return Err("not sent back from the sign-out".into());
    };
    assert_eq!(place.as_str(), format!("{BYE}?state={}", state.secret()));
    let mut silent = asked(client).url;
    silent.query_pairs_mut().append_pair("prompt", "none");
    let Place::Elsewhere(place) = person.goes(&silent, None)? else {
        return Err("prompt=none asked for something".into());
    };
    assert!(place.query_pairs().any(|pair| pair == ("error".into(), "login_required".into())));
    Ok(())
}

fn on_a_device(stage: &Stage, client: &Client, http: &Agent) -> Result<(), Wrong> {
    let begun = client
        .exchange_device_code()
        .add_scope(Scope::new("email".to_owned()))
        .request::<_, openidconnect::EmptyExtraDeviceAuthorizationFields>(http)?;
    let person = Person::new(stage);
    let place = person.goes(begun.verification_uri().url(), Some(begun.user_code().secret()))?;
    let Place::Page(page) = place else { return Err("sent away from the device's page".into()) };
    assert!(!page.contains("<form"), "{page}");
    // The library asks at once, and would wait between two times.
    let tokens: Tokens =
        client.exchange_device_access_token(&begun)?.request(http, std::thread::sleep, None)?;
    used(stage, client, &tokens, http)
}

/// For an ID token whose nonce has been checked, or that has none.
fn any_nonce(_: Option<&Nonce>) -> Result<(), String> {
    Ok(())
}
