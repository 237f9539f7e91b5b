//! What is wrong with a file is told with file, line, column, key and the nearest name.

mod harness;

use std::{fs, net::TcpListener, path::Path};

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
            "[[tenant]]\nid = \"a\"\n[[tenant.api_token]]\nid = \"x\"\n[[tenant.api_token]]\n\
             id = \"x\"\n",
            "w.toml:6:1: api_token x is declared already at w.toml:4:1",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.registration_token]]\ntoken = \"same-text\"\n\
             [[tenant.registration_token]]\ntoken = \"same-text\"\n",
            "w.toml:6:1: tenant[0].registration_token[1].token: this token is declared twice",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.client]]\nclient_id = \"x\"\n\
             assertion_certificates_files = [\n  \"nowhere.pem\",\n]\n",
            "w.toml:6:3: assertion_certificates_files: nowhere.pem: No such file or directory (os \
             error 2)",
        ),
        (
            "[[tenant]]\nid = \"a\"\n[[tenant.client]]\nclient_id = \"x\"\n\
             assertion_certificates_files = \"empty.txt\"\n",
            "w.toml:5:1: assertion_certificates_files takes a list of paths",
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

/// What the server knows and the file alone does not.
#[test]
fn what_the_server_refuses_is_told_at_its_place_too() {
    let server = Server::start(Server::configured(), &["serve"]);
    let folder = server.folder.path();
    fs::write(folder.join("not.pem"), "no certificate\n").unwrap();
    let tenant = "[[tenant]]\nid = \"a\"\n";
    for (rest, message) in [
        (
            "[[tenant.trusted_issuer]]\nissuer = \"https://x\"\njwks_uri = \"https://x/jwks\"\n\
             scope = \"api\"\n",
            "w.toml:3:1: tenant[0].trusted_issuer[0]: subjects is missing: list the users it may \
             speak for; [\"*\"] is all of them",
        ),
        (
            "[[tenant.trusted_issuer]]\nissuer = \"https://x\"\nsubject = [\"*\"]\n",
            "w.toml:5:1: tenant[0].trusted_issuer[0].subject: unknown key subject. Did you mean \
             subjects?",
        ),
        (
            "[[tenant.api_token]]\ntoken = \"long-enough\"\nusername = \"nobody\"\n",
            "w.toml:5:1: tenant[0].api_token[0].username: there is no user nobody",
        ),
        (
            "[[tenant.registration_token]]\ntoken = \"short\"\n",
            "w.toml:4:1: tenant[0].registration_token[0].token: token must have 8 to 256 \
             characters of ASCII, and no spaces",
        ),
        (
            "[[tenant.client]]\nclient_id = \"x\"\nassertion_certificates_files = [\"not.pem\"]\n",
            "w.toml:5:33: tenant[0].client[0].assertion_certificates[0]: assertion_certificates: it \
             must be PEM: -----BEGIN CERTIFICATE----- and so on",
        ),
        (
            "[tenant.dialect_settings]\nno_such_flag = true\n",
            "w.toml:4:1: tenant[0].dialect_settings.no_such_flag: unknown key no_such_flag.",
        ),
        (
            "[[tenant.user]]\nusername = \"x\"\nemail_verified = \"yes\"\n",
            "w.toml:5:1: tenant[0].user[0].email_verified: email_verified must be true or false",
        ),
        (
            "[tenant.policy]\nreachable_at_root = true\n[[tenant.client]]\n\
             client_id = \"vidimus-admin\"\n",
            "w.toml:5:1: tenant[0].client[0]: client vidimus-admin would be found by its id at the \
             root, where tenant default has one of that id",
        ),
    ] {
        fs::write(folder.join("w.toml"), format!("{tenant}{rest}")).unwrap();
        let output = server.command(&["apply", "w.toml"]).output().unwrap();
        assert_eq!(stderr(&output), format!("vidimus: {message}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
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

#[test]
fn who_administers_less_than_all_goes_by_the_command_line_too() {
    let server = Server::start(Server::configured(), &["serve"]);
    let with = |name: &str, scope: &str| {
        let made = server.json(&[
            "client",
            "create",
            name,
            "--set",
            "grant_types=[\"client_credentials\"]",
            "--set",
            &format!("scope={scope:?}"),
        ]);
        let secret = made["client_secret"].as_str().unwrap().to_owned();
        let path = server.folder.path().join(format!("{name}.toml"));
        let text = format!(
            "server = {:?}\nclient_id = {name:?}\nclient_secret = {secret:?}\n",
            server.url()
        );
        harness::write_private(&path, &text);
        path
    };
    server.json(&["tenant", "create", "small.example"]);
    let reader = with("reader", "vidimus.read");
    let keeper = with("keeper", "vidimus.tenant:small.example");
    let ask = |credentials: &Path, arguments: &[&str]| {
        let mut command = vidimus(server.folder.path());
        command.arg("--credentials").arg(credentials).args(arguments).output().unwrap()
    };
    let may = |credentials: &Path, arguments: &[&str]| ask(credentials, arguments).status.success();
    assert!(may(&reader, &["tenant", "list"]));
    assert!(!may(&reader, &["tenant", "create", "other.example"]));
    let create = ["client", "create", "c", "--tenant", "small.example"];
    assert!(may(&keeper, &create));
    assert!(!may(&keeper, &["tenant", "list"]));
    let elsewhere = ask(&keeper, &["client", "list", "--tenant", "default"]);
    assert!(stderr(&elsewhere).contains("There is no such tenant."), "{}", stderr(&elsewhere));
}
