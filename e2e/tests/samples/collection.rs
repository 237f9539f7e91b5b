//! The Postman collection under newman, from top to bottom: its scripts hand values on and are content.

use std::fs;
use std::process::Command;

use vidimus_e2e::clients::NODE_MODULES;

use crate::languages::name_as_not_run;
use crate::programs::{printed, run_in, told};
use crate::stage::{API_TOKEN, APP, CONNECTED_APP, CSP, Stage, WSO2};

const RUN: &str = r#"
const [collection, environment, ...folder] = process.argv.slice(1);
const load = (path) => JSON.parse(require("fs").readFileSync(path));
require("newman").run({ collection: load(collection), environment: load(environment), folder }, (fault, summary) => {
  const failures = summary?.run.failures.map((it) => `${it.source?.name}: ${it.error.message}`) ?? [String(fault)];
  console.log(`executed ${summary?.run.executions.length}`);
  console.error(failures.join("\n"));
  process.exit(fault || failures.length ? 1 : 0);
});
"#;

struct Part {
    dialect: &'static str,
    tenant: &'static str,
    values: Vec<String>,
    items: &'static [&'static str],
}

fn parts() -> Vec<Part> {
    let client = |(id, secret): (&str, &str), more: &[&str]| {
        let mut values = vec![format!("clientId={id}"), format!("clientSecret={secret}")];
        values.extend(more.iter().map(|it| (*it).to_owned()));
        values
    };
    vec![
        Part {
            dialect: "standard",
            tenant: "default",
            values: client(APP, &["init_access_token=demo-registration-token"]),
            items: &[
                "Client Credentials",
                "Token Revocation",
                "Dynamic Client Registration",
                "Read a Registration",
                "Change a Registration",
                "End a Registration",
                "Authorization Server Metadata",
                "Keys",
            ],
        },
        Part {
            dialect: "salesforce",
            tenant: "salesforce",
            values: client(
                CONNECTED_APP,
                &[
                    "username=test@test.com",
                    "password=test",
                    "init_access_token=demo-initial-access-token",
                ],
            ),
            items: &[
                "Username Password Flow",
                "OpenID Connect Token Introspection Endpoint",
                "User Info",
                "ID Token",
                "OpenID Connect Dynamic Client Registration Endpoint",
                "Read a Registration",
                "End a Registration",
            ],
        },
        Part {
            dialect: "csp",
            tenant: "csp",
            values: client(CSP, &[&format!("apiToken={API_TOKEN}")]),
            items: &[
                "Exchange an API Token",
                "Get Token Introspection Details",
                "User Info",
                "Public Key",
            ],
        },
        Part {
            dialect: "wso2",
            tenant: "foo.com",
            values: client(WSO2, &["username=admin@foo.com", "password=admin"]),
            items: &[
                "Get a Valid Token",
                "Validate the Token",
                "Register, 5.7",
                "End a Registration",
            ],
        },
    ]
}

#[test]
fn the_collection_runs_from_top_to_bottom() {
    let Some(modules) = std::env::var_os(NODE_MODULES) else {
        name_as_not_run("postman", "newman is installed by `cargo xtask test`");
        return;
    };
    let (folder, url) = (tempfile::tempdir().expect("folder"), Stage::shared().url());
    for part in parts() {
        let place = ["--dialect", part.dialect, "--tenant", part.tenant, "--server", &url];
        let mut arguments = place.to_vec();
        part.values.iter().for_each(|value| arguments.extend(["--var", value]));
        let file = |name: &str, download: &str| {
            let path = folder.path().join(name);
            fs::write(&path, printed(&[&[download], &arguments[..]].concat())).expect("written");
            path
        };
        let (collection, environment) =
            (file("collection.json", "--postman"), file("environment.json", "--environment"));
        let mut command = Command::new("node");
        command.args(["-e", RUN, "--"]).arg(collection).arg(environment).args(part.items);
        command.env("NODE_PATH", &modules);
        let ran = told(run_in(command, folder.path(), &[]));
        ran.says(&format!("executed {}", part.items.len()));
    }
}
