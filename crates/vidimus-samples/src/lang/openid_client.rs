//! Which calls openid-client makes itself, and how: those of a client that names itself at a token,
//! introspection, revocation or device authorization endpoint.

use super::{
    code::Code,
    javascript::{self, SYNTAX},
    literal,
    names::Names,
    typescript::TYPESCRIPT,
};
use crate::{
    call::{Basic, Body, Call},
    text::Text,
};

pub struct Order<'a> {
    endpoint: Endpoint,
    client_id: Text,
    secret: Option<Text>,
    in_body: bool,
    /// Beside the client's own.
    parameters: Vec<(&'a str, &'a Text)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Token,
    Introspection,
    Revocation,
    DeviceAuthorization,
}

/// `None` where the library would send something else, or nothing like it.
pub fn covered(call: &Call) -> Option<Order<'_>> {
    let Body::Form(fields) = &call.body else { return None };
    let url = call.url.raw();
    let path = url.trim_end_matches('/');
    let endpoint = match path {
        _ if call.method != "POST" || url.contains('?') => return None,
        _ if path.ends_with("/introspect") => Endpoint::Introspection,
        _ if path.ends_with("/revoke") => Endpoint::Revocation,
        _ if path.ends_with("/token") => Endpoint::Token,
        _ if path.ends_with("/device_authorization") => Endpoint::DeviceAuthorization,
        _ => return None,
    };
    let known = ["accept", "content-type"];
    if call.headers.iter().any(|(name, _)| !known.contains(&name.to_ascii_lowercase().as_str())) {
        return None;
    }
    let mut parameters = Vec::new();
    for (name, value) in fields {
        parameters.push((name.as_literal()?, value));
    }
    let mut take = |wanted: &str| {
        let at = parameters.iter().position(|(name, _)| *name == wanted)?;
        Some(parameters.remove(at).1.clone())
    };
    let (client_id, secret) = (take("client_id"), take("client_secret"));
    let in_body = client_id.is_some();
    let (client_id, secret) = match (&call.basic, client_id) {
        (Some(basic), None) => (basic.username.clone(), Some(basic.password.clone())),
        (None, Some(client_id)) => (client_id, secret),
        _ => return None,
    };
    let mut known: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    // It takes an object, which has each name once.
    if known.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    let has = |wanted: &str| parameters.iter().any(|(name, _)| *name == wanted);
    let is_whole = match endpoint {
        Endpoint::Token => has("grant_type"),
        Endpoint::Introspection | Endpoint::Revocation => has("token"),
        Endpoint::DeviceAuthorization => true,
    };
    is_whole.then_some(Order { endpoint, client_id, secret, in_body, parameters })
}

const LAST: &str = r#"
// What came over the wire, beside what the library makes of it.
let last = { status: 0, statusText: "", text: "" };
config[client.customFetch] = async (url, options) => {
  const response = await fetch(url, { ...options, body: options.body as BodyInit });
  last = { status: response.status, statusText: response.statusText, text: await response.clone().text() };
  return response;
};
"#;

const ANSWER: &str = r#"
const text = last.text;
console.log(`Response Status Code = ${last.status}`);
console.log("Response Body:");
console.log(text);
"#;

pub fn program(call: &Call, order: &Order<'_>) -> String {
    let mut code = Code::new("  ", "//");
    let names = Names::new(call, &SYNTAX);
    code.opening(call, "Needs openid-client 6: npm install openid-client", TYPESCRIPT.run);
    javascript::functions(&mut code, call, &TYPESCRIPT, false);
    code.line("");
    code.open(javascript::main(&TYPESCRIPT));
    code.line("const client = await import(\"openid-client\");");
    javascript::variables(&mut code, call, &names);
    configuration(&mut code, call, order, &names);
    code.line("");
    code.lines(LAST);
    code.line("");
    code.open("try {");
    ask(&mut code, order, &names);
    code.dedent();
    code.open("} catch (why: any) {");
    code.line("const said = last.status ? `${last.status} ${last.statusText}\\n${last.text}` : why.cause ?? why;");
    code.line("console.error(`Failed: ${said}`);");
    code.line("process.exit(1);");
    code.close("}");
    code.line("");
    code.lines(ANSWER);
    javascript::reading(&mut code, call, ": any");
    code.close("}");
    code.line("");
    code.line("main();");
    code.finish()
}

fn configuration(code: &mut Code, call: &Call, order: &Order<'_>, names: &Names<'_>) {
    let member = match order.endpoint {
        Endpoint::Token => "token_endpoint",
        Endpoint::Introspection => "introspection_endpoint",
        Endpoint::Revocation => "revocation_endpoint",
        Endpoint::DeviceAuthorization => "device_authorization_endpoint",
    };
    code.line(format!("const endpoint = {};", names.text(&call.url)));
    code.open("const config = new client.Configuration(");
    code.line(format!("{{ issuer: new globalThis.URL(endpoint).origin, {member}: endpoint }},"));
    code.line(format!("{},", names.text(&order.client_id)));
    code.line("undefined,");
    match &order.secret {
        None => code.line("client.None(),"),
        Some(secret) if order.in_body => {
            code.line(format!("client.ClientSecretPost({}),", names.text(secret)));
        }
        Some(secret) => basic(code, &order.client_id, secret, names),
    }
    code.close(");");
    code.open("if (endpoint.startsWith(\"http://\")) {");
    code.line("client.allowInsecureRequests(config);");
    code.close("}");
}

/// As it is: the library's own way encodes both as a form first (RFC 6749 §2.3.1), and those who take a
/// user's name there do not expect it.
fn basic(code: &mut Code, client_id: &Text, secret: &Text, names: &Names<'_>) {
    let basic = Basic { username: client_id.clone(), password: secret.clone() };
    let encoded = format!("Buffer.from({}).toString(\"base64\")", names.text(&basic.pair()));
    code.open("(_server, _client, _body, headers) => {");
    code.line(format!("headers.set(\"Authorization\", \"Basic \" + {encoded});"));
    code.close("},");
}

fn ask(code: &mut Code, order: &Order<'_>, names: &Names<'_>) {
    // Its function, and the parameter that it takes apart from the others.
    let (function, apart) = match order.endpoint {
        Endpoint::Token => ("genericGrantRequest", "grant_type"),
        Endpoint::Introspection => ("tokenIntrospection", "token"),
        Endpoint::Revocation => ("tokenRevocation", "token"),
        Endpoint::DeviceAuthorization => ("initiateDeviceAuthorization", ""),
    };
    let (apart, rest): (Vec<_>, Vec<_>) =
        order.parameters.iter().partition(|(name, _)| *name == apart);
    let apart: String = apart.iter().map(|(_, value)| format!(", {}", names.text(value))).collect();
    code.open(format!("await client.{function}(config{apart}, {{"));
    for (name, value) in rest {
        code.line(format!("{}: {},", literal::javascript(name), names.text(value)));
    }
    code.close("});");
}
