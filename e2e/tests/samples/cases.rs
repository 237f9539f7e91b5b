//! What is run in every language: the three Postman items of the pages, and calls of every dialect.

use serde_json::Value;
use vidimus_e2e::binary;

use crate::programs::{Ran, printed};
use crate::stage::{API, API_TOKEN, APP, CONNECTED_APP, CSP, Stage, WSO2};

pub struct Case {
    pub name: String,
    /// What `vidimus samples` is asked, but for the language.
    arguments: Vec<String>,
    pub values: Vec<(String, String)>,
    /// A value with which the server refuses.
    pub refused: Option<(&'static str, &'static str)>,
    /// A line that stands there, whatever the run.
    line: &'static str,
    members: Vec<String>,
}

impl Case {
    pub fn program(&self, language: &str) -> String {
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend(["--lang", language]);
        printed(&arguments)
    }

    /// # Panics
    /// If the program does not do what its call is for.
    pub fn check(&self, run: impl Fn(&[(String, String)]) -> Ran) {
        let ran = run(&self.values);
        ran.says(self.line);
        self.members.iter().for_each(|member| ran.reads(member));
        let Some((name, value)) = self.refused else { return };
        let mut values = self.values.clone();
        set(&mut values, name, value);
        run(&values).fails(1, "Failed: 4");
        values.retain(|(known, _)| known != name);
        run(&values).fails(2, &format!("{name} is not set"));
    }
}

fn set(values: &mut Vec<(String, String)>, name: &str, value: &str) {
    values.retain(|(known, _)| known != name);
    values.push((name.to_owned(), value.to_owned()));
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The members that the sample reply of an item names.
fn members(item: &Value) -> Vec<String> {
    let body = item["response"][0]["body"].as_str().unwrap_or_default();
    // Pages show `<timestamp>` where a number would be.
    let body = body.replace(": <timestamp>", ": 0");
    let reply: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    reply.as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default()
}

/// With what the page leaves blank: in a site of the sandbox.
fn of_a_page(
    file: &str,
    values: &[(&str, &str)],
    refused: (&'static str, &'static str),
    line: &'static str,
) -> Case {
    let path = binary::workspace().join("e2e/clients/seeds/salesforce").join(file);
    let item = std::fs::read_to_string(&path).expect("the page's item");
    let mut all = owned(values);
    all.extend(owned(&[("url", &Stage::shared().url()), ("site", "/customers")]));
    Case {
        name: file.to_owned(),
        arguments: vec!["--from".to_owned(), path.display().to_string()],
        values: all,
        refused: Some(refused),
        line,
        members: members(&serde_json::from_str(&item).expect("JSON")),
    }
}

pub fn of_the_pages() -> Vec<Case> {
    let stage = Stage::shared();
    let (id, secret) = CONNECTED_APP;
    vec![
        of_a_page(
            "introspection.postman_item.json",
            &[
                ("_accessToken", &stage.salesforce_token()),
                ("clientId", id),
                ("clientSecret", secret),
            ],
            ("clientSecret", "wr'on\"g \\ $secret"),
            "token_type = access_token",
        ),
        of_a_page(
            "jwt_bearer.postman_item.json",
            &[("assertion", &stage.assertion())],
            ("assertion", "none"),
            "token_type = Bearer",
        ),
        of_a_page(
            "registration.postman_item.json",
            &[("init_access_token", "demo-initial-access-token")],
            ("init_access_token", "another"),
            "grant_types[1] = hybrid_auth_code",
        ),
    ]
}

struct Endpoint {
    dialect: &'static str,
    tenant: &'static str,
    endpoint: &'static str,
    refused: Option<(&'static str, &'static str)>,
    line: &'static str,
}

fn at(dialect: &'static str, endpoint: &'static str, line: &'static str) -> Endpoint {
    let tenant = match dialect {
        "wso2" => "foo.com",
        "standard" => "default",
        other => other,
    };
    Endpoint { dialect, tenant, endpoint, refused: None, line }
}

impl Endpoint {
    fn refused(self, name: &'static str, value: &'static str) -> Self {
        Self { refused: Some((name, value)), ..self }
    }

    fn with(self, collection: &Value, values: &[(&str, &str)]) -> Case {
        let Self { dialect, tenant, endpoint, refused, line } = self;
        let arguments = ["--endpoint", endpoint, "--dialect", dialect, "--tenant", tenant];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.extend(["--server".to_owned(), Stage::shared().url()]);
        let item = find(collection, dialect, endpoint);
        Case {
            name: format!("{dialect} {endpoint}"),
            arguments,
            values: owned(values),
            refused,
            line,
            members: members(item),
        }
    }
}

fn find<'a>(collection: &'a Value, dialect: &str, endpoint: &str) -> &'a Value {
    let list = |value: &'a Value| value["item"].as_array().into_iter().flatten();
    let mut items =
        list(collection).filter(|of| of["name"] == dialect).flat_map(list).flat_map(list);
    items.find(|item| item["id"] == endpoint).unwrap_or_else(|| panic!("no {dialect} {endpoint}"))
}

pub fn of_the_catalogue() -> Vec<Case> {
    let stage = Stage::shared();
    let all: Value = serde_json::from_str(&printed(&["--postman"])).expect("a collection");
    let client =
        |(id, secret): (&'static str, &'static str)| [("clientId", id), ("clientSecret", secret)];
    let with = |pairs: [(&'static str, &'static str); 2], name: &'static str, value: &str| {
        let value: &'static str = Box::leak(value.to_owned().into_boxed_str());
        [pairs[0], pairs[1], (name, value)]
    };
    let (standard, salesforce) = (stage.standard_token(), stage.salesforce_token());
    let (csp, wso2) = (stage.csp_token(), stage.wso2_token());
    let admin = [("username", "admin@foo.com"), ("password", "admin")];
    vec![
        at("standard", "token", "token_type = Bearer")
            .refused("clientSecret", "wrong")
            .with(&all, &client(APP)),
        at("standard", "introspect", "active = true")
            .refused("clientSecret", "wrong")
            .with(&all, &with(client(API), "_accessToken", &standard)),
        at("standard", "register", "client_name = Example")
            .refused("init_access_token", "another")
            .with(&all, &[("init_access_token", "demo-registration-token")]),
        at("standard", "openid-configuration", "response_types_supported[0] = code")
            .with(&all, &[]),
        at("salesforce", "userinfo", "preferred_username = test@test.com")
            .refused("_accessToken", "another")
            .with(&all, &[("_accessToken", &salesforce)]),
        at("csp", "introspect", "token_type = refresh_token")
            .refused("clientSecret", "wrong")
            .with(&all, &with(client(CSP), "_refreshToken", API_TOKEN)),
        at("csp", "api-tokens-details", "allowedScopes.generalScopes[1] = ALL_PERMISSIONS")
            .refused("apiToken", "a \"quoted\" one")
            .with(&all, &[("apiToken", API_TOKEN)]),
        at("csp", "userinfo", "acct = user@csp.example").with(&all, &[("_accessToken", &csp)]),
        at("wso2", "token-scope", "scope = test1")
            .refused("clientSecret", "wrong")
            .with(&all, &with(client(WSO2), "scope", "test1 test2")),
        at("wso2", "introspect", "username = admin@foo.com")
            .refused("password", "wrong")
            .with(&all, &with(admin, "_accessToken", &wso2)),
    ]
}
