//! Salesforce: metadata of connected apps, and of external client apps, whose settings lie in several
//! files. The consumer secret is in neither, as a rule; the certificate is, and proves as much.

use std::collections::BTreeMap;

use serde_json::json;
use vidimus_core::device::GRANT_TYPE as DEVICE;

use super::{
    finding::{Noun, Question, Thing, Translated},
    source::Source,
    xml::{self, Element},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What the metadata calls a scope, and what a request calls it.
const SCOPES: [(&str, &str); 23] = [
    ("Address", "address"),
    ("Api", "api"),
    ("Basic", "id"),
    ("CDPIngest", "cdp_ingest_api"),
    ("CDPProfile", "cdp_profile_api"),
    ("CDPQuery", "cdp_query_api"),
    ("Chatbot", "chatbot_api"),
    ("Chatter", "chatter_api"),
    ("Content", "content"),
    ("CustomApplications", "visualforce"),
    ("CustomPermissions", "custom_permissions"),
    ("Eclair", "eclair_api"),
    ("Email", "email"),
    ("Full", "full"),
    ("Lightning", "lightning"),
    ("OfflineAccess", "offline_access"),
    ("OpenID", "openid"),
    ("Pardot", "pardot_api"),
    ("Phone", "phone"),
    ("Profile", "profile"),
    ("RefreshToken", "refresh_token"),
    ("Wave", "wave_api"),
    ("Web", "web"),
];

/// An app as its files together describe it: texts by the names of their elements.
#[derive(Default)]
struct App {
    members: BTreeMap<String, Vec<String>>,
}

impl App {
    fn take(&mut self, element: Element<'_>) {
        // Settings have names of their own; the app's is the application's.
        let is_settings = element.name().starts_with("ExtlClntApp");
        for member in element.children() {
            let text = member.text();
            let is_theirs = is_settings && member.is("label");
            if !text.is_empty() && !is_theirs {
                self.members.entry(member.name().to_owned()).or_default().push(text);
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(|texts| texts.first()).map(String::as_str)
    }

    fn texts(&self, name: &str) -> &[String] {
        self.members.get(name).map_or(&[], Vec::as_slice)
    }

    fn is_true(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.text(name) == Some("true"))
    }
}

/// # Errors
/// A file is none of the metadata.
pub fn translate(sources: &[Source], preauthorized: &[String]) -> Result<Translated, String> {
    let mut translated = Translated::default();
    let mut external: BTreeMap<String, App> = BTreeMap::new();
    let mut apps = Vec::new();
    for source in sources {
        let document = xml::parse(source)?;
        let root = xml::root(&document);
        match root.name() {
            "ConnectedApp" => {
                let mut app = App::default();
                app.take(root);
                for part in ["oauthConfig", "oauthPolicy"] {
                    root.child(part).into_iter().for_each(|element| app.take(element));
                }
                apps.push((source.stem().to_owned(), app));
            }
            "ExternalClientApplication" => {
                external.entry(source.stem().to_owned()).or_default().take(root);
            }
            "ExtlClntAppOauthSettings"
            | "ExtlClntAppGlobalOauthSettings"
            | "ExtlClntAppOauthConfigurablePolicies" => {
                let of = root.text_of("externalClientApplication").ok_or_else(|| {
                    format!("{}: externalClientApplication is missing", source.name())
                })?;
                external.entry(of).or_default().take(root);
            }
            other => {
                let what = "is none of ConnectedApp, ExternalClientApplication and its settings";
                return Err(format!("{}: <{other}> {what}", source.name()));
            }
        }
    }
    apps.extend(external);
    translated.things.extend(apps.iter().map(|(name, app)| client(name, app, preauthorized)));
    Ok(translated)
}

fn client(name: &str, app: &App, preauthorized: &[String]) -> Thing {
    let Some(key) = app.text("consumerKey") else {
        let why = "its consumer key is not in the export: retrieve the OAuth settings with it";
        return Thing::without_place(Noun::Client, name, why);
    };
    let mut client = Thing::new(Noun::Client, "consumerKey", key);
    client.mapped("label", "client_name", app.text("label").unwrap_or(name));
    if let Some(email) = app.text("contactEmail") {
        client.mapped("contactEmail", "contacts", vec![email]);
    }
    for (member, key) in [("infoUrl", "client_uri"), ("logoUrl", "logo_uri")] {
        if let Some(url) = app.text(member) {
            client.mapped(member, key, url);
        }
    }
    scopes(&mut client, app);
    credentials(&mut client, app);
    let callbacks = app.text("callbackUrl").unwrap_or_default();
    let callbacks: Vec<String> = callbacks.lines().map(|line| line.trim().to_owned()).collect();
    client.redirects("callbackUrl", "redirect_uris", &callbacks);
    if app.is_true(&["isIntrospectAllTokens"]) {
        client.mapped("isIntrospectAllTokens", "introspect", "tenant");
    }
    if app.is_true(&["isPkceRequired"]) {
        client.changed("isPkceRequired", "asked of public clients");
    }
    if app.is_true(&["isNamedUserJwtEnabled"]) {
        client.mapped("isNamedUserJwtEnabled", "access_token_format", "jwt");
    }
    approval(&mut client, app, preauthorized);
    for member in [
        "ipRanges",
        "profileName",
        "permissionSetName",
        "samlConfig",
        "canvasConfig",
        "ipRelaxation",
        "refreshTokenPolicy",
        "singleLogoutUrl",
        "startUrl",
        "plugin",
        "iconUrl",
        "oauthClientCredentialUser",
        "trustedIpRanges",
        "customAttributes",
    ] {
        if app.members.contains_key(member) {
            client.dropped(member, "there is nothing like it here");
        }
    }
    client
}

fn scopes(client: &mut Thing, app: &App) {
    let listed = app.text("commaSeparatedOauthScopes").unwrap_or_default();
    let listed = listed.split(',').map(str::trim).filter(|name| !name.is_empty());
    let named: Vec<&str> = app.texts("scopes").iter().map(String::as_str).chain(listed).collect();
    let mut scope = Vec::new();
    for name in named {
        let known =
            SCOPES.iter().find(|(there, here)| there.eq_ignore_ascii_case(name) || *here == name);
        match known {
            Some((_, here)) => scope.push(*here),
            None => client.dropped("scopes", format!("{name} is not known here")),
        }
    }
    match scope.is_empty() {
        true => client.ask("scopes", Question::Scope, "none is in the export"),
        false => client.mapped("scopes", "scope", scope.join(" ")),
    }
}

/// What it can prove itself by, and so what it may do.
fn credentials(client: &mut Thing, app: &App) {
    let mut grants = Vec::new();
    if let Some(certificate) = app.text("certificate") {
        client.mapped("certificate", "assertion_certificates", vec![pem(certificate)]);
        grants.push(JWT_BEARER);
    }
    let has_callback = app.text("callbackUrl").is_some();
    let is_public = app.is_true(&["isConsumerSecretOptional"]);
    let asks_alone = app.is_true(&["isClientCredentialEnabled", "isClientCredentialsFlowEnabled"]);
    let mut of_secret = Vec::new();
    if has_callback {
        of_secret.extend(["authorization_code", "refresh_token"]);
    }
    if app.is_true(&["isDeviceFlowEnabled"]) {
        of_secret.push(DEVICE);
    }
    if asks_alone {
        of_secret.push("client_credentials");
    }
    let has_certificate = !grants.is_empty();
    match app.text("consumerSecret") {
        Some(secret) => {
            grants.append(&mut of_secret);
            client.put("token_endpoint_auth_method", "client_secret_post");
            client.secret("consumerSecret", Some(secret));
        }
        None if is_public && !asks_alone => {
            grants.append(&mut of_secret);
            client.mapped("isConsumerSecretOptional", "token_endpoint_auth_method", "none");
        }
        None if has_certificate && of_secret.is_empty() => {
            client.put("token_endpoint_auth_method", "none");
        }
        None if has_certificate => {
            // Its old secret is the key behind the certificate: that goes on, whatever is decided.
            client.put("token_endpoint_auth_method", "none");
            let note = "the consumer secret is never exported: by its certificate it gets tokens as \
                        before; for its other grants give it a new one: vidimus client update ID \
                        --auth-method client_secret_post --grant-type …";
            client.changed("consumerSecret", format!("{note}: {}", of_secret.join(", ")));
        }
        None => {
            grants.append(&mut of_secret);
            client.put("token_endpoint_auth_method", "client_secret_post");
            client.ask("consumerSecret", Question::Secret, "never exported");
        }
    }
    client.mapped("flows", "grant_types", json!(grants));
}

/// An export has the Base64 alone.
fn pem(certificate: &str) -> String {
    if certificate.contains("-----BEGIN") {
        return certificate.to_owned();
    }
    let body: String = certificate.chars().filter(|c| !c.is_whitespace()).collect();
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text + "-----END CERTIFICATE-----\n"
}

/// Whom an administrator has let use it; in the export that is a profile's or permission set's name.
fn approval(client: &mut Thing, app: &App, preauthorized: &[String]) {
    let member = "isAdminApproved";
    if !preauthorized.is_empty() {
        return client.mapped(member, "preauthorized_users", preauthorized);
    }
    let is_approved = app.is_true(&[member])
        || app.text("permittedUsersPolicyType") == Some("AdminApprovedPreAuthorized");
    if is_approved {
        client.dropped(
            member,
            "who is approved is not in the export: name them with --preauthorize-user",
        );
    }
}

#[cfg(test)]
mod tests;
