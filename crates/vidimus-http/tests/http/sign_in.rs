//! A person signs in: redirects, cookies and responses as the browser sees them.

use std::collections::BTreeMap;

use vidimus_core::form::Form;

use crate::server::{
    PASSWORD, PUBLIC_URL, REDIRECT_URI, Server,
    raw::{self, FORM, Reply},
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser that is no more than its cookies.
struct Jar<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
    /// Every `Set-Cookie` it was ever sent.
    seen: Vec<String>,
}

impl<'a> Jar<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new(), seen: Vec::new() }
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        let mut headers = vec![("Sec-Fetch-Site", "same-origin")];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        if method == "POST" {
            headers.push(("Content-Type", FORM));
        }
        let reply = raw::send(self.server.address, method, path, &headers, body).await;
        for (_, set) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.seen.push(set.clone());
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.cookies.retain(|_, value| !value.is_empty());
        }
        reply
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "").await
    }

    /// The page at the end of a redirect to us.
    async fn follow(&mut self, reply: &Reply) -> (String, Reply) {
        assert_eq!(reply.status, 303, "{reply:?}");
        let path = reply.header("location").unwrap().to_owned();
        let page = self.get(&path).await;
        assert_eq!(page.status, 200, "{path} {page:?}");
        (path, page)
    }

    /// Signs in at the page and allows what was not allowed before; the answer that leads to the
    /// client.
    async fn allow(&mut self, begun: &Reply) -> Reply {
        let (path, page) = self.follow(begun).await;
        let form = format!("csrf={}&action=login&username=alice&password={PASSWORD}", csrf(&page));
        let signed_in = self.send("POST", &path, &form).await;
        if signed_in.header("location").is_some_and(|to| to.starts_with("https://")) {
            return signed_in;
        }
        let (path, page) = self.follow(&signed_in).await;
        self.send("POST", &path, &format!("csrf={}&action=allow", csrf(&page))).await
    }
}

/// The hidden field of a page's form.
fn csrf(page: &Reply) -> String {
    let (_, rest) =
        page.body.split_once(r#"name="csrf" value=""#).unwrap_or_else(|| panic!("{page:?}"));
    rest.split('"').next().unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn request(prefix: &str, more: &str) -> String {
    format!(
        "{prefix}/oauth2/authorize?client_id=rp&scope=openid&state=s%26%20t&nonce=n&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&redirect_uri={}{more}",
        encoded(REDIRECT_URI)
    )
}

/// What the client is told, by where it stands.
fn told(reply: &Reply, mark: char) -> Form {
    assert_eq!((reply.status, reply.body.as_str()), (303, ""), "{reply:?}");
    let to = reply.header("location").unwrap();
    let rest = to.strip_prefix(REDIRECT_URI).unwrap_or_else(|| panic!("{to}"));
    Form::parse(rest.strip_prefix(mark).unwrap_or_else(|| panic!("{to}")).as_bytes()).unwrap()
}

#[tokio::test]
async fn sec_012_sec_013_a_code_goes_back_by_see_other_and_names_its_issuer() {
    let server = Server::start().await;
    let metadata = server.get("/t/people/.well-known/openid-configuration").await.json();
    let issuer = metadata["issuer"].as_str().unwrap().to_owned();
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    for prefix in ["/t/people", "/people"] {
        let mut jar = Jar::new(&server);
        let begun = jar.get(&request(prefix, "&response_type=code")).await;
        let below = format!("{prefix}/oauth2/authorize/");
        assert!(begun.header("location").unwrap().starts_with(&below), "{begun:?}");
        let back = jar.allow(&begun).await;
        assert!(!format!("{back:?}").contains(PASSWORD), "{back:?}");
        let told = told(&back, '&');
        assert!(told.get("code").is_some());
        assert_eq!((told.get("state"), told.get("iss")), (Some("s& t"), Some(issuer.as_str())));
    }
    assert_eq!(issuer, format!("{PUBLIC_URL}/t/people"));
}

#[tokio::test]
async fn sec_013_every_response_mode_names_the_issuer() {
    let server = Server::start().await;
    let issuer = format!("{PUBLIC_URL}/t/people");
    let mut jar = Jar::new(&server);
    let begun = jar.get(&request("/t/people", "&response_type=code%20id_token")).await;
    let back = jar.allow(&begun).await;
    let whole = told(&back, '#');
    assert!(whole.get("code").is_some() && whole.get("id_token").is_some());
    assert_eq!(whole.get("iss"), Some(issuer.as_str()));

    let silent = "&prompt=none&response_type=code";
    for (mode, error) in [("query", None), ("query", Some("login_required"))] {
        let mut fresh = Jar::new(&server);
        let browser = if error.is_some() { &mut fresh } else { &mut jar };
        let path = request("/t/people", &format!("{silent}&response_mode={mode}"));
        let told = told(&browser.get(&path).await, '&');
        assert_eq!((told.get("error"), told.get("iss")), (error, Some(issuer.as_str())));
        assert_eq!(told.get("code").is_some(), error.is_none());
    }
    let path = request("/t/people", &format!("{silent}&response_mode=fragment"));
    assert_eq!(told(&jar.get(&path).await, '#').get("iss"), Some(issuer.as_str()));

    let path = request("/t/people", &format!("{silent}&response_mode=form_post"));
    for browser in [&mut jar, &mut Jar::new(&server)] {
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.header("location")), (200, None), "{page:?}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(policy.contains("form-action https://rp.example;"), "{policy}");
        assert!(page.body.contains(&format!(r#"name="iss" value="{issuer}""#)), "{}", page.body);
        assert!(page.body.contains(r#"name="state" value="s&#38; t""#), "{}", page.body);
    }
}

#[tokio::test]
async fn sec_200_every_cookie_is_for_us_alone_and_holds_no_data() {
    let server = Server::start().await;
    let mut jar = Jar::new(&server);
    let begun = jar.get(&request("/t/people", "&response_type=code")).await;
    jar.allow(&begun).await;
    let names =
        ["browser", "session", "device", "state"].map(|name| format!("__Host-vidimus-{name}-"));
    for name in &names {
        assert!(jar.cookies.keys().any(|known| known.starts_with(name)), "{name}: {:?}", jar.seen);
    }
    for set in &jar.seen {
        let parts: Vec<&str> = set.split("; ").collect();
        assert!(names.iter().any(|name| parts[0].starts_with(name)), "{set}");
        for part in ["Path=/", "Secure"] {
            assert!(parts.contains(&part), "{set}");
        }
        let is_framed = parts[0].starts_with("__Host-vidimus-state-");
        assert_eq!(parts.contains(&"HttpOnly"), !is_framed, "{set}");
        let same_site = if is_framed { "SameSite=None" } else { "SameSite=Lax" };
        assert!(parts.contains(&same_site), "{set}");
        assert!(!parts.iter().any(|part| part.starts_with("Domain")), "{set}");
        let (_, value) = parts[0].split_once('=').unwrap();
        // 128 bits in base64, at least.
        assert!(value.len() >= 22 && !value.contains("alice"), "{set}");
    }
}

#[tokio::test]
async fn sec_029_a_flow_is_its_browsers() {
    let server = Server::start().await;
    let mut jar = Jar::new(&server);
    let begun = jar.get(&request("/t/people", "&response_type=code")).await;
    let (path, page) = jar.follow(&begun).await;
    let form = format!("csrf={}&action=login&username=alice&password={PASSWORD}", csrf(&page));
    let mut victim = Jar::new(&server);
    for reply in [victim.get(&path).await, victim.send("POST", &path, &form).await] {
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.body.contains(r#"id="error-code""#), "{reply:?}");
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    }
    // A cookie that a neighbour could have set is none of ours.
    let bare = jar.cookies.iter();
    let bare =
        bare.map(|(name, value)| (name.trim_start_matches("__Host-").to_owned(), value.clone()));
    victim.cookies = bare.collect();
    assert_eq!(victim.get(&path).await.status, 400);
}

#[tokio::test]
async fn sec_194_a_form_without_the_pages_own_field_is_refused() {
    let server = Server::start().await;
    let mut jar = Jar::new(&server);
    let begun = jar.get(&request("/t/people", "&response_type=code")).await;
    let (path, page) = jar.follow(&begun).await;
    for csrf in ["", "&csrf=x", &format!("&csrf={}x", csrf(&page))] {
        let form = format!("action=login&username=alice&password={PASSWORD}{csrf}");
        assert_eq!(jar.send("POST", &path, &form).await.status, 403, "{csrf}");
    }
    let put =
        raw::send(server.address, "PUT", &path, &[("X-HTTP-Method-Override", "POST")], "").await;
    assert_eq!(put.status, 405);
}

#[tokio::test]
async fn a_host_of_its_own_is_the_tenants_root() {
    let server = Server::start().await;
    let path = request("", "&response_type=code");
    let headers = [("Host", "people.example")];
    let begun = raw::get(server.address, &path, &headers).await;
    let location = begun.header("location").unwrap_or_else(|| panic!("{begun:?}"));
    assert!(location.starts_with("/oauth2/authorize/"), "{location}");
}

#[tokio::test]
async fn a_tenant_that_its_client_finds_goes_on_below_its_own_path() {
    let server = Server::start().await;
    let mut jar = Jar::new(&server);
    let begun = jar.get(&request("", "&response_type=code")).await;
    let (path, _) = jar.follow(&begun).await;
    assert!(path.starts_with("/t/people/oauth2/authorize/vfl_"), "{path}");
    let back = jar.allow(&begun).await;
    let issuer = format!("{PUBLIC_URL}/t/people");
    assert_eq!(told(&back, '&').get("iss"), Some(issuer.as_str()));
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_clients() {
    let server = Server::start().await;
    for query in [
        "client_id=nobody&redirect_uri=https%3A%2F%2Frp.example%2Fcb%3Fkept%3D1",
        "client_id=rp&redirect_uri=https%3A%2F%2Fevil.example%2Fcb",
        "client_id=rp&redirect_uri=https%3A%2F%2Frp.example%2Fcb",
        "",
    ] {
        let path = format!("/t/people/oauth2/authorize?response_type=code&scope=openid&{query}");
        let reply = server.get(&path).await;
        assert_eq!((reply.status, reply.header("location")), (400, None), "{reply:?}");
        assert!(reply.body.contains(r#"<code id="error-code">invalid_"#), "{reply:?}");
        assert!(!reply.body.contains("evil"), "{reply:?}");
    }
}

#[tokio::test]
async fn the_account_page_asks_who_it_is_first() {
    let server = Server::start().await;
    for prefix in ["/t/people", "/people"] {
        let mut jar = Jar::new(&server);
        let account = format!("{prefix}/account");
        let begun = jar.get(&account).await;
        assert!(begun.header("location").unwrap().starts_with(&format!("{account}/vfl_")));
        let (path, page) = jar.follow(&begun).await;
        let form = format!("csrf={}&action=login&username=alice&password={PASSWORD}", csrf(&page));
        let signed_in = jar.send("POST", &path, &form).await;
        assert_eq!(signed_in.header("location"), Some(account.as_str()), "{signed_in:?}");
        let (_, page) = jar.follow(&signed_in).await;
        assert!(page.body.contains("alice"), "{page:?}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        // It is over, and no form of it does anything twice.
        assert_eq!(jar.get(&path).await.status, 400);
        let forged = jar.send("POST", &account, "action=sign-out&csrf=x").await;
        assert_eq!(forged.status, 403, "{forged:?}");
    }
}

/// Signs alice in at `people`; the value of the cookie that says so.
pub async fn signed_in(server: &Server) -> String {
    let mut jar = Jar::new(server);
    let begun = jar.get(&request("/t/people", "&response_type=code")).await;
    jar.allow(&begun).await;
    let session = jar.cookies.iter().find(|(name, _)| name.contains("session"));
    session.unwrap_or_else(|| panic!("{:?}", jar.cookies.keys())).1.clone()
}
