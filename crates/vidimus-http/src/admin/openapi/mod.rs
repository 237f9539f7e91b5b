//! The admin API described by itself (OpenAPI 3.1), from the one table of its routes.

mod examples;
mod kinds;
mod replies;
mod shape;
mod told;

use hyper::Method;
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, ContentBuilder, Header, HttpMethod, InfoBuilder,
    License, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required, Response,
    ResponseBuilder,
    extensions::Extensions,
    path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem},
    request_body::{RequestBody, RequestBodyBuilder},
    security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme},
    server::Server,
};
use vidimus_core::{
    admin::{Over, Right},
    limits::IDEMPOTENCY_KEY_BYTES_MAX,
    model::Kind,
    scope,
};

pub use told::parameters;

use self::{
    shape::{named, short_text, text, text_like},
    told::{Told, told},
};
use super::{
    problem::PROBLEM,
    routes::{self, Action, PREFIX, Policy, Route},
};

const JSON: &str = "application/json";
/// Under what an operation says who may.
const POLICY: &str = "x-vidimus-policy";
/// RFC 9110 §8.8.3, or `*`; in lists, empty elements do not count (§5.6.1.2).
const ENTITY_TAGS: &str = r#"^(\*|[ \t,]*(W/)?"[!#-~]*"([ \t]*,[ \t,]*(W/)?"[!#-~]*")*[ \t,]*)$"#;

/// The document of the server that answers at this URL, as it is sent.
pub fn described(public_url: &str) -> Value {
    serde_json::to_value(document(public_url, env!("CARGO_PKG_VERSION"))).unwrap_or_default()
}

fn document(public_url: &str, version: &str) -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in routes::all() {
        let method = match route.method {
            Method::POST => HttpMethod::Post,
            Method::PATCH => HttpMethod::Patch,
            Method::DELETE => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        let path = format!("{PREFIX}{}", route.path);
        paths = paths.path(path, PathItem::new(method, operation(route)));
    }
    let info = InfoBuilder::new()
        .title("Vidimus: administration")
        .version(version)
        .description(Some("What the console and the command line do, for programs."))
        .license(Some(License::new("Apache-2.0")));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new(public_url)]))
        .paths(paths.build())
        .components(Some(components(public_url)))
        .build()
}

fn operation(route: &Route) -> OperationBuilder {
    let Told { id, summary, request, reply, status } = told(route.action);
    let policy = json!({"over": over(route.policy), "right": right(route.policy)});
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(summary))
        .tag(tag(&route.path))
        .extensions(Some(Extensions::from_iter([(POLICY, policy)])))
        .response(status, success(&reply, route.action));
    for scope in scopes(route.policy) {
        operation = operation.security(SecurityRequirement::new("oauth2", [scope]));
    }
    for name in route.path.split('/').filter_map(|segment| segment.strip_prefix('{')) {
        let name = name.trim_end_matches('}');
        operation = operation.parameter(parameter(name, ParameterIn::Path, text()));
    }
    for name in parameters(route.action) {
        let shape = told::parameter(route.action, name);
        operation = operation.parameter(parameter(name, ParameterIn::Query, shape));
    }
    for (name, shape, example) in headers(route.action) {
        let header = parameter(name, ParameterIn::Header, shape);
        let header = ParameterBuilder::from(header).example(example.map(Into::into));
        operation = operation.parameter(header);
    }
    if let Some(request) = request {
        operation = operation.request_body(Some(body(&request, route)));
    }
    if matches!(route.action, Action::Show(_)) {
        let known = Response::new("It is as If-None-Match has it.");
        operation = operation.response("304", tagged(known));
    }
    for (status, description) in problems(route) {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new().description(description).content(PROBLEM, content);
        operation = operation.response(status, response.build());
    }
    operation
}

/// The noun that a path is about.
fn tag(path: &str) -> &str {
    let below = path.strip_prefix("tenants/{tenant}/").unwrap_or(path);
    below.split('/').next().unwrap_or(below)
}

pub fn over(policy: Policy) -> &'static str {
    match policy.over {
        Over::Everything => "everything",
        Over::Tenant => "tenant",
        Over::Nothing => "nothing",
    }
}

pub fn right(policy: Policy) -> &'static str {
    match policy.right {
        Right::Read => "read",
        Right::Write => "write",
    }
}

/// Each of which is enough by itself.
fn scopes(policy: Policy) -> Vec<&'static str> {
    let mut enough = vec![scope::ADMIN];
    if policy.right == Right::Read {
        enough.push(scope::READ);
    }
    if policy.over != Over::Everything {
        enough.push(OF_TENANT);
        if policy.right == Right::Read {
            enough.push(READ_OF_TENANT);
        }
    }
    enough
}

const OF_TENANT: &str = "vidimus.tenant:{tenant}";
const READ_OF_TENANT: &str = "vidimus.tenant.read:{tenant}";

fn parameter(name: &str, place: ParameterIn, shape: shape::Shape) -> Parameter {
    let required = matches!(place, ParameterIn::Path);
    let required = if required { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(name).parameter_in(place);
    parameter.required(required).schema(Some(shape)).build()
}

/// Each with an example; of keys that are good for one request there is none.
fn headers(action: Action) -> Vec<(&'static str, shape::Shape, Option<&'static str>)> {
    match action {
        Action::Create(_) => {
            let key = short_text(IDEMPOTENCY_KEY_BYTES_MAX);
            vec![("Idempotency-Key", key, None)]
        }
        Action::Show(_) => {
            vec![("If-None-Match", text_like(ENTITY_TAGS), Some("\"1-1800000000\""))]
        }
        Action::Update(_) | Action::Delete(_) => {
            vec![("If-Match", text_like(ENTITY_TAGS), Some("*"))]
        }
        _ => Vec::new(),
    }
}

fn body(request: &str, route: &Route) -> RequestBody {
    let mut content = ContentBuilder::new().schema(Some(named(request)));
    content = content.example(examples::of(request));
    let content = content.build();
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    let body = body.content(JSON, content.clone());
    match route.method {
        Method::PATCH => body.content("application/merge-patch+json", content).build(),
        _ => body.build(),
    }
}

fn success(reply: &str, action: Action) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(reply)));
    let response = ResponseBuilder::new().description("It is done.").content(JSON, content);
    match action {
        Action::Create(_) => {
            let replayed = "The same was created under this Idempotency-Key before.";
            let mut header = Header::new(text());
            header.description = Some(replayed.to_owned());
            tagged(response.header("Idempotency-Replayed", header).build())
        }
        Action::Show(_) | Action::Update(_) => tagged(response.build()),
        _ => response.build(),
    }
}

fn tagged(mut response: Response) -> Response {
    let mut header = Header::new(text());
    header.description = Some("The object's version, for If-Match and If-None-Match.".to_owned());
    response.headers.insert("ETag".to_owned(), RefOr::T(header));
    response
}

fn problems(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut problems = vec![
        ("400", "The request cannot be read, or asks for what cannot be."),
        ("401", "No good token of an administrator was sent."),
        ("403", "The token lacks the scope for this."),
        ("404", "There is no such thing, or it is not for this administrator."),
        ("414", "The URL is too long."),
        ("429", "Too many requests. Retry-After says when to come again."),
        ("431", "The headers are too large."),
        ("503", "The server cannot answer now. Retry-After says when to come again."),
    ];
    if route.method == Method::POST || route.method == Method::PATCH {
        problems.extend([
            ("408", "The body took too long."),
            ("409", "It is there already, or something else has its name."),
            ("413", "The body is too large."),
            ("415", "The body is of another type."),
        ]);
    }
    match route.action {
        Action::Update(_) | Action::Delete(_) => {
            problems.push(("412", "It is another version than If-Match names."));
        }
        Action::Create(_) => {
            problems.push(("422", "The Idempotency-Key came with another body before."));
        }
        _ => {}
    }
    problems.sort_unstable();
    problems
}

fn components(public_url: &str) -> Components {
    let kinds = kinds::DECLARED.into_iter().chain([Kind::Consent]);
    let mut components = ComponentsBuilder::new();
    for (name, shape) in kinds.flat_map(kinds::schemas) {
        components = components.schema(name, shape);
    }
    for (name, shape) in replies::schemas() {
        components = components.schema(name, shape);
    }
    let scopes = Scopes::from_iter([
        (scope::ADMIN, "Everything."),
        (scope::READ, "Everything, to look at."),
        (OF_TENANT, "One tenant, named by its id."),
        (READ_OF_TENANT, "One tenant, to look at."),
    ]);
    let flow = ClientCredentials::new(format!("{public_url}/oauth2/token"), scopes);
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)]));
    components.security_scheme("oauth2", scheme).build()
}

#[cfg(test)]
mod tests;
