//! Apache's own word on the directives of the page on mod_auth_openidc. What they do is tried by the stock
//! clients' tests, with a file of the same directives.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use vidimus_e2e::binary;
use vidimus_e2e::clients::{APACHE, APACHE_MODULES};

use crate::blocks;

const PAGE: &str = "docs/how-to/mod-auth-openidc.md";
const MODULES: [&str; 5] = ["mpm_event", "authn_core", "authz_core", "authz_user", "dir"];

#[test]
fn apache_understands_every_directive_of_its_page() {
    let page = fs::read_to_string(binary::workspace().join(PAGE)).expect("the page");
    let of_apache = blocks::of(&page).into_iter().filter(|block| block.language == "apache");
    let texts: Vec<String> = of_apache.map(|block| block.text).collect();
    let (included, own): (Vec<_>, Vec<_>) =
        texts.into_iter().partition(|text| text.contains("OIDCClientSecret "));
    assert_eq!((included.len(), own.len()), (1, 2), "secrets, and the two roles");
    let folder = TempDir::new().expect("a folder");
    let here = folder.path().display().to_string();
    let mut text = format!(
        "ServerRoot {here}\nServerName app.example\nListen 127.0.0.1:9\nErrorLog {here}/error.log\n"
    );
    for module in MODULES {
        text.push_str(&format!("LoadModule {module}_module {APACHE_MODULES}/mod_{module}.so\n"));
    }
    for block in own {
        let block = block
            .replace(
                "modules/mod_auth_openidc.so",
                &format!("{APACHE_MODULES}/mod_auth_openidc.so"),
            )
            .replace("/etc/apache2/oidc-secrets.conf", &format!("{here}/secrets.conf"))
            .replace("/etc/apache2/passphrase", &format!("{here}/passphrase"));
        text.push_str(&block);
    }
    fs::write(folder.path().join("secrets.conf"), included.concat()).expect("written");
    fs::write(folder.path().join("passphrase"), "of the documentation").expect("written");
    let file = folder.path().join("httpd.conf");
    fs::write(&file, text).expect("written");
    let output = Command::new(APACHE).arg("-t").arg("-f").arg(&file).output();
    let output = output.unwrap_or_else(|fault| panic!("{APACHE}: {fault}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
