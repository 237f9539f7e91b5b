//! WSO2 Identity Server: an application as it is exported (XML, YAML or JSON), and the table
//! `IDN_OAUTH_CONSUMER_APPS`, which has the secrets where an export leaves them out.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{
    finding::{Noun, Question, Thing, Translated, Verdict},
    source::Source,
    xml::{self, Element},
    yaml,
};

const TABLE: &str = "idn_oauth_consumer_apps";
const SUPER_TENANT: &str = "carbon.super";

/// The members of one OAuth application, by their names in small letters.
#[derive(Clone, Debug, Default, PartialEq)]
struct App(HashMap<String, Vec<String>>);

/// What the table calls otherwise.
const COLUMNS: [(&str, &str); 12] = [
    ("consumer_key", "oauthconsumerkey"),
    ("consumer_secret", "oauthconsumersecret"),
    ("app_name", "applicationname"),
    ("callback_url", "callbackurl"),
    ("grant_types", "granttypes"),
    ("oauth_version", "oauthversion"),
    ("app_state", "state"),
    ("pkce_mandatory", "pkcemandatory"),
    ("pkce_support_plain", "pkcesupportplain"),
    ("user_access_token_expire_time", "useraccesstokenexpirytime"),
    ("app_access_token_expire_time", "applicationaccesstokenexpirytime"),
    ("refresh_token_expire_time", "refreshtokenexpirytime"),
];

impl App {
    fn put(&mut self, name: &str, value: String) {
        if !value.trim().is_empty() {
            self.0.entry(name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|values| values.first()).map(String::as_str)
    }

    fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text, "true" | "1"))
    }

    fn of_element(element: Element<'_>) -> Self {
        let mut app = Self::default();
        for member in element.children() {
            app.put(member.name(), member.text());
            for inner in member.children() {
                app.put(member.name(), inner.text());
            }
        }
        app
    }

    fn of_object(object: &Map<String, Value>) -> Self {
        let mut app = Self::default();
        for (name, value) in object {
            match value {
                Value::String(text) => app.put(name, text.clone()),
                Value::Bool(_) | Value::Number(_) => app.put(name, value.to_string()),
                Value::Array(items) => {
                    for item in items.iter().filter_map(Value::as_str) {
                        app.put(name, item.to_owned());
                    }
                }
                Value::Null | Value::Object(_) => {}
            }
        }
        app
    }
}

/// # Errors
/// A file is of none of the forms.
pub fn translate(sources: &[Source], scope: Option<&str>) -> Result<Translated, String> {
    let mut translated = Translated::default();
    let (mut apps, mut rows) = (Vec::new(), Vec::new());
    for source in sources {
        if source.is_xml() {
            application(source, &mut apps, &mut translated)?;
        } else if source.is_json() && !source.text().trim_start().starts_with('[') {
            of_document(&source.json()?, source, &mut apps, &mut translated)?;
        } else if source.text().contains("inboundAuthenticationConfig:") {
            of_document(&yaml::parse(source)?, source, &mut apps, &mut translated)?;
        } else {
            rows.extend(table(source)?);
        }
    }
    merge(&mut apps, rows);
    translated.things.extend(apps.iter().map(|app| client(app, scope)));
    Ok(translated)
}

/// What the table knows and the application's own export does not.
fn merge(apps: &mut Vec<App>, rows: Vec<App>) {
    for row in rows {
        let key = row.text("oauthconsumerkey").map(str::to_owned);
        match apps.iter_mut().find(|app| app.text("oauthconsumerkey") == key.as_deref()) {
            Some(app) => {
                for (name, values) in row.0 {
                    app.0.entry(name).or_insert(values);
                }
            }
            None => apps.push(row),
        }
    }
}

fn table(source: &Source) -> Result<Vec<App>, String> {
    let rows = match source.rows(TABLE) {
        Ok(rows) => rows,
        // A dump has the names as they were created.
        Err(_) => source.rows("IDN_OAUTH_CONSUMER_APPS")?,
    };
    let mut tenants: Vec<String> =
        rows.iter().filter_map(|row| Some(row.get("tenant_id")?.as_str()?.to_owned())).collect();
    tenants.sort_unstable();
    tenants.dedup();
    if tenants.len() > 1 {
        let what = "the table has the applications of several tenants; export each for its own";
        return Err(format!("{}: {what} (TENANT_ID {})", source.name(), tenants.join(", ")));
    }
    let app = |row: &Map<String, Value>| {
        let mut app = App::default();
        for (column, value) in row {
            let name = COLUMNS.iter().find(|(known, _)| known == column).map(|(_, name)| *name);
            if let (Some(name), Some(text)) = (name, value.as_str()) {
                app.put(name, text.to_owned());
            }
        }
        if let (Some(user), None) = (row.get("username").and_then(Value::as_str), app.text("owner"))
        {
            app.put("owner", user.to_owned());
        }
        app
    };
    let apps: Vec<App> = rows.iter().map(app).collect();
    match apps.iter().all(|app| app.text("oauthconsumerkey").is_some()) {
        true => Ok(apps),
        false => Err(format!("{}: a row has no consumer_key", source.name())),
    }
}

fn application(
    source: &Source,
    apps: &mut Vec<App>,
    translated: &mut Translated,
) -> Result<(), String> {
    let document = xml::parse(source)?;
    let root = xml::root(&document);
    if !root.is("ServiceProvider") {
        return Err(format!("{}: <ServiceProvider> was expected", source.name()));
    }
    let name = root.text_of("ApplicationName").unwrap_or_else(|| source.stem().to_owned());
    let owner = root.child("Owner").and_then(|owner| {
        let user = owner.text_of("UserName")?;
        Some(owned(&user, owner.text_of("TenantDomain").as_deref()))
    });
    for config in root.below("InboundAuthenticationRequestConfig") {
        let kind = config.text_of("InboundAuthType").unwrap_or_default();
        if !kind.eq_ignore_ascii_case("oauth2") {
            translated.note(&name, Verdict::Dropped, format!("it speaks {kind}"));
            continue;
        }
        let inner = config.text_of("inboundConfiguration").unwrap_or_default();
        let inner = xml::parse_text(&inner);
        let found = inner.as_ref().ok().map(|document| xml::root(document));
        let inside = || config.child("inboundConfigurationProtocol");
        let found = found.or_else(|| config.below("oAuthAppDO").next()).or_else(inside);
        let mut app = found.map(App::of_element).unwrap_or_default();
        if let (None, Some(key)) = (app.text("oauthconsumerkey"), config.text_of("InboundAuthKey"))
        {
            app.put("oauthconsumerkey", key);
        }
        finish(app, &name, owner.as_deref(), apps, source)?;
    }
    Ok(())
}

/// JSON, or YAML as that.
fn of_document(
    root: &Value,
    source: &Source,
    apps: &mut Vec<App>,
    translated: &mut Translated,
) -> Result<(), String> {
    let name = root.get("applicationName").and_then(Value::as_str).unwrap_or(source.stem());
    let configs = root.pointer("/inboundAuthenticationConfig/inboundAuthenticationRequestConfigs");
    let configs = configs
        .and_then(Value::as_array)
        .ok_or_else(|| format!("{}: an exported application was expected", source.name()))?;
    let user = root.pointer("/owner/userName").and_then(Value::as_str);
    let domain = root.pointer("/owner/tenantDomain").and_then(Value::as_str);
    let owner = user.map(|user| owned(user, domain));
    for config in configs {
        let text = |key: &str| config.get(key).and_then(Value::as_str);
        let kind = text("inboundAuthType").unwrap_or_default();
        if !kind.eq_ignore_ascii_case("oauth2") {
            translated.note(name, Verdict::Dropped, format!("it speaks {kind}"));
            continue;
        }
        let inner = config.get("inboundConfigurationProtocol").and_then(Value::as_object);
        let mut app = match (inner, text("inboundConfiguration").map(xml::parse_text)) {
            (Some(object), _) => App::of_object(object),
            (None, Some(Ok(document))) => App::of_element(xml::root(&document)),
            _ => App::default(),
        };
        if let (None, Some(key)) = (app.text("oauthconsumerkey"), text("inboundAuthKey")) {
            app.put("oauthconsumerkey", key.to_owned());
        }
        finish(app, name, owner.as_deref(), apps, source)?;
    }
    Ok(())
}

fn finish(
    mut app: App,
    name: &str,
    owner: Option<&str>,
    apps: &mut Vec<App>,
    source: &Source,
) -> Result<(), String> {
    if app.text("oauthconsumerkey").is_none() {
        return Err(format!("{}: {name} has no consumer key", source.name()));
    }
    if app.text("applicationname").is_none() {
        app.put("applicationname", name.to_owned());
    }
    if let Some(owner) = owner {
        app.put("owner", owner.to_owned());
    }
    apps.push(app);
    Ok(())
}

/// As its own replies name a user.
fn owned(user: &str, domain: Option<&str>) -> String {
    match domain.filter(|domain| !user.contains('@') && *domain != SUPER_TENANT) {
        Some(domain) => format!("{user}@{domain}"),
        None => user.to_owned(),
    }
}

/// Lifetimes, which are the tenant's here.
const LIFETIMES: [(&str, &str); 4] = [
    ("useraccesstokenexpirytime", "userAccessTokenExpiryTime"),
    ("applicationaccesstokenexpirytime", "applicationAccessTokenExpiryTime"),
    ("refreshtokenexpirytime", "refreshTokenExpiryTime"),
    ("idtokenexpirytime", "idTokenExpiryTime"),
];

fn client(app: &App, scope: Option<&str>) -> Thing {
    let id = app.text("oauthconsumerkey").unwrap_or_default();
    let mut client = Thing::new(Noun::Client, "oauthConsumerKey", id);
    if let Some(name) = app.text("applicationname") {
        client.mapped("applicationName", "client_name", name);
    }
    if let Some(owner) = app.text("owner") {
        client.mapped("owner", "owner", owner);
    }
    grants(&mut client, app);
    if app.is_true("bypassclientcredentials") {
        client.mapped("bypassClientCredentials", "token_endpoint_auth_method", "none");
    } else {
        client.put("token_endpoint_auth_method", "client_secret_basic");
        client.secret("oauthConsumerSecret", app.text("oauthconsumersecret"));
    }
    callbacks(&mut client, app.text("callbackurl").unwrap_or_default());
    match scope {
        Some(scope) => client.mapped("scope", "scope", scope),
        None => client.ask("scope", Question::Scope, "there a client may ask for any"),
    }
    match app.text("tokentype") {
        Some("JWT") => client.mapped("tokenType", "access_token_format", "jwt"),
        Some("Default") | None => {}
        Some(other) => client.dropped("tokenType", format!("{other}: tokens are opaque here")),
    }
    if app.text("state").is_some_and(|state| !state.eq_ignore_ascii_case("ACTIVE")) {
        client.mapped("state", "disabled", true);
    }
    for (name, member) in LIFETIMES {
        if app.text(name).is_some() {
            client.dropped(member, "lifetimes are the tenant's: policy.access_token_ttl_seconds");
        }
    }
    if app.is_true("pkcesupportplain") {
        client.changed("pkceSupportPlain", "S256 alone where the standard dialect answers");
    }
    if app.is_true("pkcemandatory") {
        client.changed("pkceMandatory", "asked of public clients");
    }
    if app.text("audiences").is_some() {
        client.changed("audiences", "declare a resource server for each");
    }
    if let Some(url) = app.text("backchannellogouturl") {
        client.mapped("backChannelLogoutUrl", "backchannel_logout_uri", url);
    }
    if let Some(url) = app.text("frontchannellogouturl") {
        client.mapped("frontchannelLogoutUrl", "frontchannel_logout_uri", url);
    }
    client
}

fn grants(client: &mut Thing, app: &App) {
    let given = app.text("granttypes").unwrap_or_default();
    let names = given.split_whitespace();
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        names.partition(|grant| super::GRANT_TYPES.contains(grant));
    for grant in unknown {
        client.dropped("grantTypes", format!("{grant} is not known here"));
    }
    if known.contains(&"implicit") {
        client.put("response_types", json!(["code", "id_token", "token", "id_token token"]));
    }
    client.switched_off("grantTypes", &known);
    client.mapped("grantTypes", "grant_types", known);
}

/// One URL, or `regexp=` and a pattern, which may be no more than several URLs.
fn callbacks(client: &mut Thing, callback: &str) {
    let member = "callbackUrl";
    let Some(pattern) = callback.strip_prefix("regexp=") else {
        return client.redirects(member, "redirect_uris", &[callback.to_owned()]);
    };
    let plain = pattern.trim_start_matches('(').trim_end_matches(')').replace("\\.", ".");
    let is_pattern = plain.contains(['*', '+', '[', '(', '\\', '?', '^', '$', '{']);
    if is_pattern {
        let question = Question::Redirect(pattern.to_owned());
        return client.ask(member, question, format!("{pattern}: a pattern"));
    }
    let uris: Vec<String> = plain.split('|').map(str::to_owned).collect();
    client.redirects(member, "redirect_uris", &uris);
}

#[cfg(test)]
mod tests;
