//! SEC-208, 209, 210: every route of the admin API, as its own document lists them, for each kind of
//! administrator and for nobody; ids of other tenants; and what nobody can give who does not have it.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::world::{Party, Tenant, World, on_each_store, unique};

struct Route {
    method: String,
    path: String,
    over: String,
    right: String,
}

/// As the server describes them; a unit test holds the document to the table of routes.
fn routes(world: &World) -> Vec<Route> {
    let document = world.admin("GET", "/openapi.json", None).json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let policy = &operation["x-vidimus-policy"];
            let text = |name: &str| policy[name].as_str().expect("a policy").to_owned();
            let path = path.strip_prefix("/admin/v1").expect("the prefix").to_owned();
            let method = method.to_uppercase();
            routes.push(Route { method, path, over: text("over"), right: text("right") });
        }
    }
    assert!(routes.len() > 50, "{}", routes.len());
    routes
}

impl Route {
    fn request(&self, tenant: &str, id: &str, bearer: Option<&str>) -> Request {
        let path = self.path.replace("{tenant}", tenant).replace("{id}", id);
        let request = Request::new(&self.method, &format!("/admin/v1{path}"));
        let request = match bearer {
            Some(bearer) => request.bearer(bearer),
            None => request,
        };
        match self.method.as_str() {
            "POST" | "PATCH" => request.json(&json!({})),
            _ => request,
        }
    }

    /// The noun of an object with an id.
    fn noun(&self) -> Option<&str> {
        self.path.strip_prefix("/tenants/{tenant}/")?.strip_suffix("/{id}")
    }

    fn shown(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A client of the default tenant with a scope, and a token of it.
fn administrator(world: &World, scope: &str) -> (Party, String) {
    let root = Tenant::root(&world.server);
    let id = format!("administrator-{}", unique());
    let declaration = json!({"grant_types": ["client_credentials"], "scope": scope});
    let client = world.client(&root, &id, declaration);
    let token = world.token(&root, &client, &[]);
    (client, token)
}

/// A token of the default tenant's with a user on it.
fn token_of_user(world: &World, scope: &str, role: Option<&str>) -> String {
    let root = Tenant::root(&world.server);
    let (client, _) = administrator(world, scope);
    let username = format!("operator-{}", unique());
    let roles: Vec<&str> = role.into_iter().collect();
    let user = json!({"username": username, "roles": roles});
    world.change("POST", &root.admin("/users"), &user);
    world.mint(&root, &json!({"client_id": client.id, "username": username})).access
}

/// A tenant with one of everything; the name of each says whose it is.
struct Full {
    tenant: Tenant,
    marker: String,
    ids: Vec<(&'static str, String)>,
    token: String,
    asker: Party,
}

fn full(world: &World) -> Full {
    let marker = format!("theirs{}", unique());
    let tenant = world.tenant(&marker, json!({}));
    let name = |noun: &str| format!("{marker}-{noun}");
    let client = world.client(
        &tenant,
        &name("client"),
        json!({"grant_types": ["client_credentials"], "scope": "read"}),
    );
    let asker = world.resource_server(&tenant, &name("server"), json!({"introspect": "tenant"}));
    world.user(&tenant, &name("user"));
    let issuer = format!("https://{marker}.example");
    let declared = [
        (
            "/issuers",
            json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "subjects": ["*"],
                "scope": "read"}),
        ),
        ("/registration-tokens", json!({"id": name("registration")})),
        ("/api-tokens", json!({"id": name("api"), "username": name("user")})),
    ];
    for (noun, declaration) in declared {
        world.change("POST", &tenant.admin(noun), &declaration);
    }
    let minted = world.mint(&tenant, &json!({"client_id": client.id, "refresh": true}));
    let ids = vec![
        ("clients", client.id.clone()),
        ("resource-servers", asker.id.clone()),
        ("users", name("user")),
        ("issuers", issuer.replace('/', "%2F")),
        ("registration-tokens", name("registration")),
        ("api-tokens", name("api")),
    ];
    Full { tenant, marker, ids, token: minted.access, asker }
}

impl Full {
    fn id(&self, noun: Option<&str>) -> &str {
        let found = self.ids.iter().find(|(known, _)| Some(*known) == noun);
        found.map_or("0TircqiwwMy", |(_, id)| id)
    }

    /// All that an administrator can see of it.
    fn seen(&self, world: &World) -> Vec<Value> {
        let lists = ["", "/keys", "/tokens", "/sessions", "/audit", "/consents"];
        let nouns = self.ids.iter().map(|(noun, _)| format!("/{noun}"));
        let paths = lists.map(str::to_owned).into_iter().chain(nouns);
        let mut seen: Vec<Value> =
            paths.map(|path| world.admin("GET", &self.tenant.admin(&path), None).json()).collect();
        // Written down a few seconds after a token was issued.
        for item in seen.iter_mut().filter_map(|list| list["items"].as_array_mut()).flatten() {
            item.as_object_mut().and_then(|item| item.remove("last_used"));
        }
        seen
    }
}

/// What is told, without the request's own number.
fn told(answer: &Response) -> (u16, Value) {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(map) = body.as_object_mut() {
        map.remove("instance");
    }
    (answer.status, body)
}

#[test]
fn sec_210_nobody_gets_in_by_any_route() {
    on_each_store(|world| {
        let full = full(world);
        let root = Tenant::root(&world.server);
        let lacking = administrator(world, "read vidimus.introspect vidimus.").1;
        let own_scope = world.client(
            &full.tenant,
            &format!("self-made-{}", unique()),
            json!({"grant_types": ["client_credentials"], "scope": "vidimus.admin vidimus.read"}),
        );
        let of_tenant = world.token(&full.tenant, &own_scope, &[]);
        let plain_user = token_of_user(world, "vidimus.admin", None);
        let basic = world.client(&root, &format!("basic-{}", unique()), json!({}));
        for route in routes(world) {
            let id = full.id(route.noun());
            let ask = |bearer| world.exchange(&route.request(&full.tenant.id, id, bearer));
            for (bearer, status) in [
                (None, 401),
                (Some("x"), 401),
                (Some(full.token.as_str()), 401),
                (Some(of_tenant.as_str()), 401),
                (Some(lacking.as_str()), 403),
                (Some(plain_user.as_str()), 403),
            ] {
                let answer = ask(bearer);
                assert_eq!(answer.status, status, "{} {}", route.shown(), answer.text());
                assert!(!answer.text().contains(&full.marker), "{}", answer.text());
            }
            let request = route.request(&full.tenant.id, id, None).basic(&basic.id, &basic.secret);
            assert_eq!(world.exchange(&request).status, 401, "{}", route.shown());
        }
        assert!(world.is_active(&full.tenant, &full.asker, &full.token));
    });
}

/// What a role may, as docs/reference/admin-api.md has it: of everything, and of its tenant.
struct Role {
    name: &'static str,
    token: String,
    everything: [bool; 2],
    tenant: [bool; 2],
}

fn roles(world: &World, tenant: &Tenant) -> Vec<Role> {
    let of = |name, token, everything, tenant| Role { name, token, everything, tenant };
    let own = format!("vidimus.tenant:{}", tenant.id);
    let own_read = format!("vidimus.tenant.read:{}", tenant.id);
    let scope = |scope: &str| administrator(world, scope).1;
    let user = |scope: &str, role| token_of_user(world, scope, Some(role));
    let (all, reads, none) = ([true, true], [true, false], [false, false]);
    vec![
        of("admin", scope("vidimus.admin"), all, all),
        of("read", scope("vidimus.read"), reads, reads),
        of("tenant", scope(&own), none, all),
        of("tenant.read", scope(&own_read), none, reads),
        of("read and tenant", scope(&format!("vidimus.read {own}")), reads, all),
        of("a user, admin", user("vidimus.admin", "admin"), all, all),
        of("a user, auditor", user("vidimus.admin", "auditor"), reads, reads),
        of("a user, auditor of a tenant", user(&own, "auditor"), none, reads),
    ]
}

#[test]
fn sec_209_each_role_gets_as_far_as_the_table_says() {
    on_each_store(|world| {
        let full = full(world);
        for role in roles(world, &full.tenant) {
            for route in routes(world) {
                // None of these is there, so that nothing is lost of what others need.
                let tenant = if route.over == "tenant" { &*full.tenant.id } else { "nowhere" };
                let answer = world.exchange(&route.request(tenant, "none", Some(&role.token)));
                let at = usize::from(route.right == "write");
                let may = match route.over.as_str() {
                    "everything" => role.everything[at],
                    "tenant" => role.tenant[at],
                    _ => true,
                };
                let what = format!("{}: {} {}", role.name, route.shown(), answer.text());
                assert_eq!(answer.status != 403, may, "{what}");
                assert!(!matches!(answer.status, 401 | 500..), "{what}");
            }
        }
    });
}

#[test]
fn sec_208_another_tenants_things_are_not_there() {
    on_each_store(|world| {
        let (mine, theirs) = (full(world), full(world));
        let before = theirs.seen(world);
        let scope = |id: &str| administrator(world, &format!("vidimus.tenant:{id}")).1;
        let token = scope(&mine.tenant.id);
        let reader = administrator(world, &format!("vidimus.tenant.read:{}", mine.tenant.id)).1;
        for route in routes(world) {
            let (id, own) = (theirs.id(route.noun()), mine.id(route.noun()));
            for bearer in [&token, &reader] {
                let ask = |tenant: &str, id: &str| {
                    let answer = world.exchange(&route.request(tenant, id, Some(bearer)));
                    let clean = !answer.text().contains(&theirs.marker);
                    assert!(clean, "{} {}", route.shown(), answer.text());
                    told(&answer)
                };
                if route.path.contains("{tenant}") {
                    // Whatever the tenant has, and whether it is there at all.
                    let there = ask(&theirs.tenant.id, id);
                    let status = if route.over == "tenant" { 404 } else { 403 };
                    assert_eq!(there.0, status, "{}", route.shown());
                    assert_eq!(there, ask("nowhere", id), "{}", route.shown());
                    assert_eq!(there, ask(&theirs.tenant.id, own), "{}", route.shown());
                }
                if route.path.contains("{id}") && route.over == "tenant" {
                    // By an id of theirs under the own tenant.
                    let (status, _) = ask(&mine.tenant.id, id);
                    let refused = matches!(status, 400 | 403 | 404);
                    let is_empty_list = status == 200 && route.path.contains("/families/");
                    assert!(refused || is_empty_list, "{} {status}", route.shown());
                }
            }
        }
        with_their_names_in_bodies(world, &mine, &theirs, &token);
        assert_eq!(theirs.seen(world), before);
        assert!(world.is_active(&theirs.tenant, &theirs.asker, &theirs.token));
    });
}

fn with_their_names_in_bodies(world: &World, mine: &Full, theirs: &Full, token: &str) {
    let client = theirs.id(Some("clients"));
    let user = theirs.id(Some("users"));
    for (path, body) in [
        ("/tokens", json!({"client_id": client})),
        ("/tokens/introspect", json!({"token": theirs.token})),
        ("/tokens/explain", json!({"token": theirs.token})),
        ("/tokens/explain", json!({"token": theirs.token, "caller": client})),
        ("/tokens/revoke", json!({"token": theirs.token})),
        ("/revocations", json!({"client_id": client})),
        ("/revocations", json!({"username": user})),
        ("/snapshots", json!({"kind": "client", "id": client})),
        ("/api-tokens", json!({"username": user})),
        ("/device-approvals", json!({"user_code": "x", "username": user, "approve": true})),
    ] {
        let path = format!("/admin/v1{}", mine.tenant.admin(path));
        let answer = world.exchange(&Request::post(&path).bearer(token).json(&body));
        assert!(matches!(answer.status, 200 | 400 | 404), "{path} {}", answer.text());
        // What was sent may be named; nothing that was not.
        let others = theirs.ids.iter().filter(|(_, id)| !body.to_string().contains(id.as_str()));
        for (_, id) in others {
            assert!(!answer.text().contains(id.as_str()), "{path} {}", answer.text());
        }
    }
    for query in ["clients?q=theirs", "tokens", "audit", "users?q=theirs", "requests"] {
        let path = format!("/admin/v1{}", mine.tenant.admin(&format!("/{query}")));
        let answer = world.exchange(&Request::get(&path).bearer(token));
        assert_eq!(answer.status, 200, "{query} {}", answer.text());
        assert!(!answer.text().contains(&theirs.marker), "{query} {}", answer.text());
    }
    // Nor by asking a list for tokens of a name that is theirs.
    for name in ["client_id", "username"] {
        let theirs = if name == "client_id" { client } else { user };
        let path = format!("/admin/v1{}", mine.tenant.admin(&format!("/tokens?{name}={theirs}")));
        assert_eq!(world.exchange(&Request::get(&path).bearer(token)).status, 404);
    }
}

#[test]
fn sec_208_an_id_that_is_given_again_is_another_tenant() {
    on_each_store(|world| {
        let id = world.tenant("recycled", json!({})).id;
        let (client, old) = administrator(world, &format!("vidimus.tenant:{id}"));
        let clients = format!("/admin/v1/tenants/{id}/clients");
        let list = |token: &str| world.exchange(&Request::get(&clients).bearer(token));
        assert_eq!(list(&old).status, 200);
        world.delete(&format!("/tenants/{id}"));
        let gone = told(&list(&old));
        assert_eq!(gone.0, 404);
        world.change("POST", "/tenants", &json!({"id": id}));
        for route in routes(world).iter().filter(|route| route.over == "tenant") {
            let answer = world.exchange(&route.request(&id, "none", Some(&old)));
            assert_eq!(told(&answer), gone, "{}", route.shown());
        }
        let root = Tenant::root(&world.server);
        let new = world.token(&root, &client, &[]);
        assert_eq!(list(&new).status, 200);
        // The trail of the first goes by the same id, and is kept.
        let trail = |bearer: &str| {
            let path = format!("/admin/v1/tenants/{id}/audit");
            let trail = world.exchange(&Request::get(&path).bearer(bearer)).json();
            trail["items"].as_array().expect("entries").len()
        };
        assert_eq!((trail(&new), trail(world.admin_bearer())), (1, 3));
    });
}

#[test]
fn sec_209_nobody_gives_what_he_does_not_have() {
    on_each_store(|world| {
        let root = Tenant::root(&world.server);
        let tenant = world.tenant("giving", json!({}));
        let (own, token) = administrator(world, &format!("vidimus.tenant:{}", tenant.id));
        let (_, of_root) = administrator(world, "vidimus.tenant:default");
        let (_, reader) = administrator(world, "vidimus.read");
        let change = |method: &str, path: &str, bearer: &str, body: &Value| {
            let request = Request::new(method, &format!("/admin/v1{path}"));
            world.exchange(&request.bearer(bearer).json(body)).status
        };
        let powerful = |id: &str| {
            json!({"client_id": id, "scope": "vidimus.admin", "client_secret": "chosen secret of it",
                "grant_types": ["client_credentials"]})
        };
        let escalations = [
            ("POST", root.admin("/clients"), powerful("escalated")),
            ("PATCH", root.admin_client(&own.id), json!({"scope": "vidimus.admin"})),
            ("PATCH", root.admin_client(&own.id), json!({"renew_secret": true})),
            ("POST", root.admin("/users"), json!({"username": "escalated", "roles": ["admin"]})),
            ("POST", root.admin("/tokens"), json!({"client_id": own.id})),
            ("POST", root.admin("/registration-tokens"), json!({})),
            ("POST", root.admin("/keys/rotate"), json!({})),
            ("POST", "/apply".to_owned(), json!({"world": {"tenant": []}})),
            ("PATCH", tenant.admin(""), json!({"hosts": ["stolen.example"]})),
            ("PATCH", tenant.admin(""), json!({"policy": {"reachable_at_root": true}})),
            ("POST", "/tenants".to_owned(), json!({"id": "escalated"})),
        ];
        for (method, path, body) in &escalations {
            for bearer in [&token, &of_root, &reader] {
                let status = change(method, path, bearer, body);
                assert!(matches!(status, 403 | 404), "{method} {path}: {status}");
            }
        }
        // In the own tenant the name of the scope may be given; it opens nothing.
        let made = change("POST", &tenant.admin("/clients"), &token, &powerful("own"));
        assert_eq!(made, 201);
        let own = Party { id: "own".to_owned(), secret: "chosen secret of it".to_owned() };
        let lifted = world.token(&tenant, &own, &[("scope", "vidimus.admin")]);
        let status = world.exchange(&Request::get("/admin/v1/status").bearer(&lifted)).status;
        assert_eq!(status, 401);
        // Nor does the client's own token exceed its scope, whatever it asks for.
        let asked = Request::post("/oauth2/token")
            .basic(&own.id, &own.secret)
            .form(&[("grant_type", "client_credentials"), ("scope", "vidimus.admin vidimus.read")]);
        assert_ne!(world.exchange(&asked).status, 200);
    });
}
