//! Pages of samples know a tenant's clients where an operator is signed in at the console, and nobody
//! else's browser is told of them.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use tempfile::TempDir;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::process::Going;
use vidimus_e2e::{binary, connection};

const PAGE: &str = "/docs/samples/standard/introspect/curl?tenant=foo.com";
const CLIENT: &str = "rgfKVdnMQnJSSr_pKFTxj3apiwYa";

/// A sandbox, and the one-time link that it prints.
fn sandbox(folder: &TempDir) -> (String, Going) {
    let mut child = binary::command()
        .args(["dev", "--listen", "127.0.0.1:0", "--dir", "sandbox"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the sandbox starts");
    let output = child.stdout.take().expect("piped");
    let going = Going::hold(child, folder.path());
    let lines = BufReader::new(output).lines();
    let said = lines.map_while(Result::ok).find(|line| line.contains("/console/welcome/"));
    let said = said.expect("a link into the console");
    let link = said.split_whitespace().find(|word| word.contains("/console/welcome/"));
    (link.expect("the link").to_owned(), going)
}

fn cookies(answer: &Response) -> String {
    let set = answer.header_all("set-cookie");
    set.iter().filter_map(|one| one.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[test]
fn an_operator_chooses_among_the_tenant_s_clients() {
    let folder = TempDir::new().expect("a folder");
    let (link, _going) = sandbox(&folder);
    let (_, rest) = link.split_once("://").expect("a URL");
    let (address, path) = rest.split_at(rest.find('/').expect("a path"));
    let ask = |request: &Request| connection::exchange(address, request).expect("an answer");

    let stranger = ask(&Request::get(PAGE));
    assert_eq!(stranger.status, 200);
    assert!(!stranger.text().contains(CLIENT), "a stranger is told of clients");

    let welcome = ask(&Request::get(path));
    let browser = cookies(&welcome);
    let text = welcome.text();
    let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let entered = ask(&Request::post(path)
        .header("cookie", &browser)
        .header("origin", &format!("http://{address}"))
        .form(&[("csrf", csrf.expect("the form's token"))]));
    assert_eq!(entered.status, 303, "{}", entered.text());
    let session = format!("{browser}; {}", cookies(&entered));

    let page = ask(&Request::get(PAGE).header("cookie", &session));
    assert!(page.text().contains(&format!("<option value=\"{CLIENT}\">")), "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.text().contains("BRebJ0aqfclQB9v7yZwhj0JfW0ga"), "and of no secret");
    let other = ask(&Request::get(PAGE).header("cookie", &browser));
    assert!(!other.text().contains(CLIENT), "a browser without the session is told of clients");
    let nowhere = ask(&Request::get("/docs/samples?tenant=nobody").header("cookie", &session));
    assert_eq!(nowhere.status, 200);
}
