//! What is wrong with a file is told with file, line, column, key and the nearest name.

mod harness;

use std::{fs, net::TcpListener};

use harness::{Server, stderr, stdout, vidimus};

#[test]
fn world_files() {
    let folder = Server::folder();
    fs::write(folder.path().join("empty.txt"), "\n").unwrap();
    for (world, message) in [
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.cliend]]\nclient_id = \"x\"\n",
            "w.toml:3:10: tenant[0].cliend: unknown key cliend. Did you mean client?",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.client]]\nclient_id = \"x\"\n\
             [[tenant.resource_server]]\nid = \"x\"\n",
            "w.toml:6:1: resource_server x is declared already at w.toml:4:1",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.client]]\nclient_id = \"x\"\n\
             client_secret_file = \"nowhere.txt\"\n",
            "w.toml:5:22: client_secret_file: nowhere.txt: No such file or directory (os error 2)",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.user]]\nusername = \"x\"\n\
             password_file = \"empty.txt\"\n",
            "w.toml:5:17: password_file: empty.txt: a secret is one line",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.user]]\nusername = \"x\"\npassword = \"y\"\n\
             password_file = \"empty.txt\"\n",
            "w.toml:6:1: password_file: password is given already at w.toml:5:1",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.trusted_issuer]]\nissuer = \"https://x\"\n",
            "w.toml:3:10: tenant[0].trusted_issuer: trusted_issuer comes with a later release",
        ),
        ("[[tenant]]\n", "w.toml:1:1: tenant[0]: id is missing"),
        ("[[tenant]]\nid = 5\n", "w.toml:2:1: tenant[0].id: id must be a string"),
        ("tenant = 5\n", "w.toml:1:1: tenant: This must be a list of tables."),
        ("[[tennant]]\n", "w.toml:1:3: tennant: unknown key tennant. Did you mean tenant?"),
    ] {
        fs::write(folder.path().join("w.toml"), world).unwrap();
        let output = vidimus(folder.path()).args(["apply", "w.toml"]).output().unwrap();
        assert_eq!(stderr(&output), format!("vidimus: {message}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn knobs_that_do_nothing_yet_are_warned_of() {
    let folder = Server::configured();
    let world = "[[tenant]]\nid = \"a\"\n[tenant.policy]\naccess_token_ttl_seconds = 60\n\
                 registration = \"token\"\nreachable_at_root = true\nrefresh_grace_seconds = 5\n";
    fs::write(folder.path().join("w.toml"), world).unwrap();
    let server = Server::start(folder, &["serve", "--apply", "w.toml"]);
    let warnings = [
        "w.toml:7:1: tenant[0].policy.refresh_grace_seconds: it has no effect in this version: \
         there is no refresh_token grant",
        "w.toml:6:1: tenant[0].policy.reachable_at_root: it has no effect in this version: \
         clients are found under their own tenant alone",
    ];
    let output = server.command(&["apply", "w.toml"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(stdout(&output), "nothing to do\n");
    let expected = warnings.map(|warning| format!("vidimus: warning: {warning}\n")).concat();
    assert_eq!(stderr(&output), expected);
    for warning in warnings {
        assert_eq!(server.log().matches(&format!("apply: {warning}")).count(), 1);
    }
    assert_eq!(server.log().matches("no effect").count(), 2, "{}", server.log());
}

#[test]
fn a_name_that_is_taken_is_told_at_its_place() {
    let server = Server::start(Server::configured(), &["serve"]);
    let world = |text: &str| fs::write(server.folder.path().join("w.toml"), text).unwrap();
    let said = |arguments: &[&str]| stderr(&server.command(arguments).output().unwrap());
    world("[[tenant]]\nid = \"a\"\nhosts = [\"x.example\"]\n");
    assert_eq!(said(&["apply", "w.toml"]), "");
    world("[[tenant]]\nid = \"b\"\nhosts = [\n  \"y.example\",\n  \"X.example\",\n]\n");
    let taken = "vidimus: w.toml:5:3: tenant[0].hosts[1]: host x.example is tenant a's already\n";
    assert_eq!(said(&["apply", "w.toml", "--dry-run"]), taken);
    assert_eq!(said(&["apply", "w.toml"]), taken);
    world("[[tenant]]\nid = \"b\"\nhosts = [\"x.example\"]\n[[tenant]]\nid = \"a\"\n");
    assert_eq!(said(&["apply", "w.toml"]), "");
}

#[test]
fn two_world_files_are_one_world() {
    let folder = Server::folder();
    let client = "[[tenant]]\nid = \"a\"\n[[tenant.client]]\nclient_id = \"x\"\n";
    fs::write(folder.path().join("a.toml"), client).unwrap();
    fs::write(folder.path().join("b.toml"), format!("\n{client}")).unwrap();
    let output = vidimus(folder.path()).args(["apply", "a.toml", "b.toml"]).output().unwrap();
    let expected = "vidimus: b.toml:5:1: client x is declared already at a.toml:4:1\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn the_configuration() {
    let folder = Server::folder();
    let config = folder.path().join("vidimus.toml");
    for (text, message) in [
        (
            "[server]\nlisten = \"127.0.0.1:0\"\ntls_cret = \"x\"\n",
            "vidimus.toml:3:1: unknown key server.tls_cret; did you mean `tls_cert`?",
        ),
        (
            "[server]\nlisten = true\n",
            "vidimus.toml:2:10: server.listen takes a string, not a boolean",
        ),
        (
            "[server]\nlisten = \"here\"\n",
            "vidimus.toml:2:10: server.listen: \"here\" is not ADDRESS:PORT, such as \
             \"127.0.0.1:8080\"",
        ),
    ] {
        fs::write(&config, text).unwrap();
        let output = vidimus(folder.path()).arg("serve").output().unwrap();
        assert_eq!(stderr(&output), format!("vidimus: {message}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
    fs::remove_file(&config).unwrap();
    let output = vidimus(folder.path()).args(["serve", "--config", "c.toml"]).output().unwrap();
    assert!(stderr(&output).contains("cannot read c.toml"), "{}", stderr(&output));
}

#[test]
fn a_port_that_is_taken_and_a_key_that_is_missing() {
    let folder = Server::folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = vidimus(folder.path()).args(["dev", "--listen", &address]).output().unwrap();
    assert!(stderr(&output).contains("is set by --listen;"), "{}", stderr(&output));
    let config = "[keys]\nmaster_key_file = \"my.key\"\n";
    fs::write(folder.path().join("vidimus.toml"), config).unwrap();
    let output = vidimus(folder.path()).arg("serve").output().unwrap();
    assert!(stderr(&output).contains("generate-master > my.key"), "{}", stderr(&output));
}

#[test]
fn a_server_that_is_not_there() {
    let folder = Server::folder();
    let output = vidimus(folder.path()).args(["tenant", "list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("VIDIMUS_CREDENTIALS"), "{}", stderr(&output));
    let credentials = "server = \"http://127.0.0.1:1\"\nclient_id = \"a\"\nclient_secret = \"b\"\n";
    fs::write(folder.path().join("vidimus-admin.toml"), credentials).unwrap();
    let output = vidimus(folder.path()).args(["tenant", "list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.contains("cannot reach http://127.0.0.1:1/") && text.contains("--server"),
        "{text}"
    );
    let order = ["tenant", "list", "--server", "auth.example"];
    let output = vidimus(folder.path()).args(order).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is no http or https URL"), "{}", stderr(&output));
    let doctor = vidimus(folder.path()).arg("doctor").output().unwrap();
    assert!(stdout(&doctor).contains("skipped  purge"), "{}", stdout(&doctor));
}
