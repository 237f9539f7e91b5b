//! nginx with the very configuration of its page, before an API that says what it is told.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::Going;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::{binary, connection};

/// A folder with `usr/sbin/nginx` and its njs module: `cargo xtask test` takes them out of Debian's packages.
const NGINX: &str = "VIDIMUS_NGINX";
const PAGE: &str = "docs/how-to/nginx.md";
const SECRET: &str = "gateway-of-the-documentation-0123456789";
const READY_SECONDS_MAX: u64 = 20;

const WORLD: &str = r#"
[[tenant]]
id = "default"
[[tenant.resource_server]]
id = "nginx"
secret = "gateway-of-the-documentation-0123456789"
audiences = ["https://api.example"]
"#;

/// The page's block of a language, from some words on.
fn block(language: &str, after: &str) -> String {
    let page = fs::read_to_string(binary::workspace().join(PAGE)).expect("the page");
    let (_, rest) = page.split_once(after).expect(after);
    let (_, rest) = rest.split_once(&format!("```{language}\n")).expect("a block");
    rest.split("```").next().unwrap_or_default().to_owned()
}

fn configuration(folder: &Path, root: &Path, server: &str, own: u16, api: u16) -> String {
    let basic = STANDARD.encode(format!("nginx:{SECRET}"));
    let here = folder.display().to_string();
    let modules = root.join("usr/lib/nginx/modules").display().to_string();
    let page = block("nginx", "## nginx.conf")
        .replace("modules/ngx", &format!("{modules}/ngx"))
        .replace("/etc/nginx/njs/", &format!("{here}/njs/"))
        .replace("/var/cache/nginx/tokens", &format!("{here}/tokens"))
        .replace("127.0.0.1:8080", server)
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{own}"))
        .replace("BASE64-OF-ID-AND-SECRET", &basic)
        .replace("http://orders;", &format!("http://127.0.0.1:{api};"));
    let (module, http) = page.split_once("\n\n").expect("the module stands alone");
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {here}/{kind};\n"))
        .collect();
    let http = http.replacen("http {", &format!("http {{\naccess_log off;\n{temporary}"), 1);
    // One process, which is the one to end.
    format!(
        "{module}\ndaemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/error.log;\n\
         events {{}}\n{http}"
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// Says which headers it was sent; ends with the test.
fn api() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream: TcpStream = stream;
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut byte = [0; 512];
                match stream.read(&mut byte) {
                    Ok(count) if count > 0 => head.extend_from_slice(&byte[..count]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&head).to_lowercase();
            let told = text.lines().filter(|line| {
                ["x-client-id", "x-scope", "authorization"]
                    .iter()
                    .any(|name| line.starts_with(name))
            });
            let body = told.collect::<Vec<_>>().join("\n");
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    port
}

#[test]
fn nginx_asks_as_its_page_says() {
    let Some(root) = std::env::var_os(NGINX) else {
        eprintln!("not run: {NGINX} names no nginx");
        return;
    };
    let server = Server::dev(&Setup::new(Store::Memory).world(WORLD));
    let folder = TempDir::new().expect("a folder");
    let (own, api) = (free_port(), api());
    fs::create_dir(folder.path().join("njs")).expect("a folder");
    let script = block("js", "introspect.js`:");
    fs::write(folder.path().join("njs/introspect.js"), script).expect("written");
    let text = configuration(folder.path(), Path::new(&root), &server.address(), own, api);
    let file = folder.path().join("nginx.conf");
    fs::write(&file, text).expect("written");
    let child = Command::new(Path::new(&root).join("usr/sbin/nginx"))
        .arg("-p")
        .arg(folder.path())
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx runs");
    let mut nginx = Going::hold(child, folder.path());
    let address = format!("127.0.0.1:{own}");
    let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    while TcpStream::connect(&address).is_err() {
        let log = fs::read_to_string(folder.path().join("error.log")).unwrap_or_default();
        assert!(nginx.child.try_wait().expect("its own child").is_none(), "nginx ended: {log}");
        assert!(Instant::now() < deadline, "not ready: {log}");
        std::thread::sleep(Duration::from_millis(10));
    }

    let mint = ["token", "mint", "--client-id", "demo-app", "--resource", "https://api.example"];
    let minted = binary::command()
        .args(mint)
        .arg("--quiet")
        .env("VIDIMUS_CREDENTIALS", server.directory().join("dev/vidimus-admin.toml"))
        .output()
        .expect("a token");
    let token = String::from_utf8(minted.stdout).expect("text").trim().to_owned();
    let ask = |bearer: Option<&str>| {
        let request = Request::get("/orders/1");
        let request = match bearer {
            Some(bearer) => request.header("authorization", &format!("Bearer {bearer}")),
            None => request,
        };
        connection::exchange(&address, &request).expect("an answer")
    };
    let good = ask(Some(&token));
    assert_eq!(good.status, 200, "{}", good.text());
    assert_eq!(good.text(), "x-client-id: demo-app\nx-scope: orders:read orders:write");
    let bad = ask(Some(&format!("{token}x")));
    assert_eq!(
        (bad.status, bad.header("www-authenticate")),
        (401, Some("Bearer error=\"invalid_token\""))
    );
    assert_eq!((ask(None).status, ask(None).header("www-authenticate")), (401, Some("Bearer")));
    // What would be a second parameter of the form is a part of the token.
    assert_eq!(ask(Some("x&token_type_hint=y")).status, 401);
}
