//! Apache with mod_auth_openidc, as an ordinary process on a port of its own: a relying party and a
//! resource server of one server.

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use vidimus_e2e::clients::{APACHE, APACHE_MODULES};
use vidimus_e2e::process::{self, Leash, Signal};

use crate::desk::{Desk, HOST, free_port};
use crate::programs::{folder, python_with};

const READY_SECONDS_MAX: u64 = 30;
const STOP_SECONDS_MAX: u64 = 30;
const CLIENT: (&str, &str) = ("apache", "Qf7mWs2xKc9pTb4vYh6nRj3dLg8zEa5U");
const RESOURCE_SERVER: (&str, &str) = ("api", "Nv4hXp8bTq2wCk6rZs9mYd3fJg7uLe5A");
const PASSPHRASE: &str = "8rYw3nVx6kQz1tBm";

struct Apache {
    // Before the folder: fields drop in this order.
    running: Option<(Child, Leash)>,
    folder: TempDir,
}

impl Apache {
    fn start(desk: &Desk, port: u16) -> Self {
        let folder = tempfile::Builder::new().prefix("vidimus-apache-").tempdir().expect("folder");
        write_site(folder.path(), desk, port);
        // One process, which is the one to end.
        let child = Command::new(APACHE)
            .args(["-X", "-f"])
            .arg(folder.path().join("httpd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|fault| panic!("{APACHE}: {fault}; `cargo xtask test` installs it"));
        let leash = Leash::hold(child.id(), folder.path()).expect("leash");
        let mut apache = Self { running: Some((child, leash)), folder };
        apache.await_ready(port);
        apache
    }

    fn await_ready(&mut self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        while TcpStream::connect((HOST, port)).is_err() {
            let (child, _) = self.running.as_mut().expect("just started");
            let ended = child.try_wait().expect("its own child");
            assert!(ended.is_none(), "Apache ended: {ended:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "not ready in {READY_SECONDS_MAX} s");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- Apache's log ----\n{}----", self.log());
        }
        if let Some((mut child, leash)) = self.running.take() {
            let limit = Duration::from_secs(STOP_SECONDS_MAX);
            process::end(&mut child, Signal::Terminate, limit).expect("Apache ends");
            drop(leash);
        }
    }
}

/// Its configuration, its pages, and whom it trusts; read by another user where root starts it.
fn write_site(place: &Path, desk: &Desk, port: u16) {
    let mut text = fs::read_to_string(folder().join("apache/httpd.conf")).expect("httpd.conf");
    let port = port.to_string();
    for (blank, value) in [
        ("folder", place.to_str().expect("a path in UTF-8")),
        ("port", &port),
        ("modules", APACHE_MODULES),
        ("issuer", desk.url()),
        ("client_id", CLIENT.0),
        ("client_secret", CLIENT.1),
        ("resource_server_id", RESOURCE_SERVER.0),
        ("resource_server_secret", RESOURCE_SERVER.1),
        ("passphrase", PASSPHRASE),
    ] {
        text = text.replace(&format!("{{{{{blank}}}}}"), value);
    }
    assert!(!text.contains("{{"), "a blank is left: {text}");
    let open = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o755));
    open(place).expect("permissions");
    fs::write(place.join("httpd.conf"), text).expect("written");
    fs::copy(desk.ca_file(), place.join("ca.pem")).expect("copied");
    for (file, content) in [
        ("site/app/index.html", "protected\n"),
        ("site/api/index.html", "protected\n"),
        ("site/bye.html", "bye\n"),
    ] {
        let path = place.join(file);
        let parent = path.parent().expect("a folder");
        fs::create_dir_all(parent).expect("folders");
        fs::write(&path, content).expect("written");
    }
}

/// What the server knows of Apache.
fn declared(port: u16) -> String {
    let at = format!("http://{HOST}:{port}");
    format!(
        r#"
[[tenant.client]]
client_id = "{}"
client_secret = "{}"
client_name = "What Apache protects"
grant_types = ["authorization_code", "client_credentials"]
redirect_uris = ["{at}/app/callback"]
post_logout_redirect_uris = ["{at}/bye.html"]
backchannel_logout_uri = "{at}/app/callback?logout=backchannel"
backchannel_logout_session_required = true
scope = "openid profile email orders:read"

[[tenant.resource_server]]
id = "{}"
secret = "{}"
introspect = "tenant"
"#,
        CLIENT.0, CLIENT.1, RESOURCE_SERVER.0, RESOURCE_SERVER.1
    )
}

#[test]
fn mod_auth_openidc_signs_people_in_and_out_and_sees_revocation() {
    let port = free_port();
    let desk = Desk::start(&declared(port));
    let _apache = Apache::start(&desk, port);
    let mut facts = desk.facts();
    facts["apache"] = json!(format!("http://{HOST}:{port}"));
    facts["client_id"] = json!(CLIENT.0);
    facts["client_secret"] = json!(CLIENT.1);
    python_with("mod_auth_openidc.py", &desk.ca_file(), &facts);
}
