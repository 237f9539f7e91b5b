//! From the parsed command to what it does.

use clap::{Command as Grammar, CommandFactory as _};
use reqwest::Method;
use serde_json::{Value, json};
use vidimus_http::admin::openapi;

use super::{
    Cli, Command, Credentials, Global, admin, assertion,
    import::ImportCommand,
    key::{DEFAULT_ALG, KeyCommand},
    manual,
    object::{Declaration, Page, Pairs},
    output::{print, say},
    rotate_master::{Turn, rotate_master},
    token::TokenOrder,
    trail,
};
use crate::{
    admin::AdminClient,
    apply, backup, bench,
    config::Environment,
    dev, doctor,
    failure::{EXIT_CODES, Failure},
    import, login, samples, serve, shadow, tour,
};

const PAGE_SIZE: u32 = 500;
/// Where a document says that the server is, unless it is told.
const A_SERVER: &str = "http://localhost:8080";

/// One verb on one noun of the admin API.
pub struct Order<'a> {
    pub noun: &'static str,
    /// `None`: the noun is the tenant itself.
    pub tenant: Option<&'a str>,
    pub verb: Verb<'a>,
}

pub enum Verb<'a> {
    Create(Declaration),
    List(&'a Page, Pairs),
    Show(&'a str),
    Update(&'a str, Declaration),
    Delete(&'a str),
}

/// The grammar with the exit codes under every command's help.
pub fn grammar() -> Grammar {
    with_exit_codes(Cli::command())
}

fn with_exit_codes(command: Grammar) -> Grammar {
    let after = match command.get_after_help() {
        Some(example) if example.to_string() != EXIT_CODES => format!("{example}\n\n{EXIT_CODES}"),
        _ => EXIT_CODES.to_owned(),
    };
    command.after_help(after).mut_subcommands(with_exit_codes)
}

/// # Errors
/// The command was refused, failed, or was not meant like this.
pub async fn run(cli: &Cli, environment: &Environment) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Dev(args) => dev::run(args, global.output, environment).await,
        Command::Clock(args) => dev::ask::clock(args, global).await,
        Command::Fault(command) => dev::ask::fault(command, global).await,
        Command::Reset(args) => dev::ask::reset(args, global).await,
        Command::Serve(args) => serve::run(args, environment).await,
        Command::Apply(args) => apply::run(args, global).await,
        Command::Admin(command) => admin::run(command, global).await,
        Command::Tenant(command) => on_object(global, command.order()?).await,
        Command::Client(command) => on_object(global, command.order()?).await,
        Command::User(command) => on_object(global, command.order()?).await,
        Command::ResourceServer(command) => on_object(global, command.order()?).await,
        Command::Issuer(command) => on_object(global, command.order()?).await,
        Command::RegistrationToken(command) => on_object(global, command.order()?).await,
        Command::Token(command) => on_token(global, command.order()?).await,
        Command::Key(command) => on_key(global, command, environment).await,
        Command::Doctor(args) => doctor::run(args, global, environment).await,
        Command::Backup(args) => backup::back_up(args, global.output, environment).await,
        Command::Restore(args) => backup::restore(args, global.output, environment).await,
        Command::Assertion(command) => assertion::run(command, global).await,
        Command::Audit(command) => trail::audit(command, global).await,
        Command::Session(command) => trail::session(command, global).await,
        Command::Login(args) => login::run(args, global).await,
        Command::Logout => login::end(global).await,
        Command::Tour => tour::run(global).await,
        Command::Import(ImportCommand::Bring(product)) => import::run(product, global).await,
        Command::Import(ImportCommand::Undo { file }) => import::undo(file, global).await,
        Command::OpenApi => {
            let server = global.server.as_deref().unwrap_or(A_SERVER).trim_end_matches('/');
            say(&format!("{:#}", openapi::described(server)))
        }
        Command::Samples(args) => samples::run(args, global),
        Command::Bench(args) => bench::run(args, global.output).await,
        Command::Shadow(args) => shadow::run(args, global, environment).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut grammar(), "vidimus", &mut script);
            say(String::from_utf8_lossy(&script).trim_end())
        }
        Command::Man { dir: None } => manual::print_whole(),
        Command::Man { dir: Some(dir) } => manual::write_pages(dir),
    }
}

pub async fn connect(global: &Global) -> Result<AdminClient, Failure> {
    let credentials = Credentials::find(global.credentials.as_deref())?;
    AdminClient::connect(&credentials, global.server.as_deref()).await
}

async fn on_object(global: &Global, order: Order<'_>) -> Result<(), Failure> {
    let mut path = match order.tenant {
        Some(tenant) => vec!["tenants", tenant, order.noun],
        None => vec!["tenants"],
    };
    let client = connect(global).await?;
    let answer = match order.verb {
        Verb::List(page, narrowed) => {
            let narrowed: Vec<(&str, &str)> =
                narrowed.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let items = list_of(&client, &path, &narrowed, page).await?;
            return print(&items, global.output, columns(order.noun));
        }
        Verb::Create(declaration) => {
            client.ask(Method::POST, &path, Some(&Value::Object(declaration.0))).await?
        }
        Verb::Show(id) => {
            path.push(id);
            client.ask(Method::GET, &path, None).await?
        }
        Verb::Update(id, declaration) => {
            path.push(id);
            client.ask(Method::PATCH, &path, Some(&Value::Object(declaration.0))).await?
        }
        Verb::Delete(id) => {
            path.push(id);
            client.ask(Method::DELETE, &path, None).await?;
            json!({"deleted": id})
        }
    };
    if ["client_secret", "secret", "token"].iter().any(|key| answer.get(*key).is_some()) {
        eprintln!("keep the secret: it is shown this once");
    }
    print(&answer, global.output, &[])
}

/// All pages, or one where a limit was asked for.
pub async fn list_of(
    client: &AdminClient,
    path: &[&str],
    narrowed: &[(&str, &str)],
    page: &Page,
) -> Result<Value, Failure> {
    let mut after = page.after.clone();
    let mut items = Vec::new();
    loop {
        let limit = page.limit.unwrap_or(PAGE_SIZE);
        let mut answer = client.page_of(path, narrowed, after.as_deref(), limit).await?;
        if let Some(Value::Array(more)) = answer.get_mut("items") {
            items.append(more);
        }
        after = answer.get("next").and_then(Value::as_str).map(str::to_owned);
        if after.is_none() || page.limit.is_some() {
            return Ok(json!({"items": items, "next": after}));
        }
    }
}

fn columns(noun: &str) -> &'static [&'static str] {
    match noun {
        "tenants" => &["id", "dialects", "path_aliases", "hosts", "disabled"],
        "clients" => &["client_id", "client_name", "grant_types", "scope", "last_used", "disabled"],
        "users" => &["username", "email", "roles", "locked", "disabled"],
        "issuers" => &["issuer", "subjects", "scope", "jwks_uri", "disabled"],
        "registration-tokens" => &["id", "uses", "uses_left", "expires_at", "disabled"],
        _ => &["id", "audiences", "introspect", "scope", "disabled"],
    }
}

async fn on_token(global: &Global, order: TokenOrder<'_>) -> Result<(), Failure> {
    let path = [&["tenants", order.tenant][..], order.action].concat();
    let server = connect(global).await?;
    if let Some((narrowed, page)) = &order.list {
        let items = list_of(&server, &path, narrowed, page).await?;
        let columns = ["jti", "kind", "client_id", "username", "scope", "exp", "active", "reason"];
        return print(&items, global.output, &columns);
    }
    let mut order = order;
    if order.body.get("client_id") == Some(&Value::Null) {
        let id = only_client(&server, order.tenant, &order.body).await?;
        order.body["client_id"] = id.into();
    }
    let answer = server.ask(Method::POST, &path, Some(&order.body)).await?;
    if order.is_shown_once && order.only.is_none() {
        eprintln!("keep the token: it is shown this once");
    }
    match order.only.and_then(|member| answer.get(member)).and_then(Value::as_str) {
        Some(text) => say(text),
        None => print(&answer, global.output, &[]),
    }
}

/// The one client of the tenant that may have the scope.
async fn only_client(server: &AdminClient, tenant: &str, order: &Value) -> Result<String, Failure> {
    let clients = server.page(&["tenants", tenant, "clients"], None, PAGE_SIZE).await?;
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let asked = text(order, "scope");
    let may = |client: &&Value| {
        let has = text(client, "scope");
        let is_on = client.get("disabled") != Some(&Value::Bool(true));
        is_on
            && asked
                .split(' ')
                .all(|name| has.split(' ').any(|known| known == name) || name.is_empty())
    };
    let items = clients.get("items").and_then(Value::as_array).into_iter().flatten();
    let ids: Vec<String> = items.filter(may).map(|client| text(client, "client_id")).collect();
    match ids.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::refused("no client of the tenant may have that; see --client-id")),
        several => {
            Err(Failure::usage(format!("say which client, by --client-id: {}", several.join(", "))))
        }
    }
}

async fn on_key(
    global: &Global,
    command: &KeyCommand,
    environment: &Environment,
) -> Result<(), Failure> {
    match command {
        KeyCommand::GenerateMaster => serve::print_new_master_key(),
        KeyCommand::RotateMaster { config, prepare, finish } => {
            let turn = match (prepare, finish) {
                (true, _) => Turn::Prepare,
                (_, true) => Turn::Finish,
                _ => Turn::Rotate,
            };
            rotate_master(config.as_deref(), turn, global, environment).await
        }
        KeyCommand::List { of } => {
            let path = ["tenants", &of.tenant, "keys"];
            let answer = connect(global).await?.ask(Method::GET, &path, None).await?;
            print(&answer, global.output, &["kid", "alg", "state", "made_at", "signs_from"])
        }
        KeyCommand::Rotate { alg, compromised, of } => {
            let server = connect(global).await?;
            let keys = ["tenants", &of.tenant, "keys"];
            let algorithms = match alg {
                Some(alg) => vec![alg.clone()],
                // Nobody should have to know which algorithms there are, least of all in an emergency.
                None => in_use(&server.ask(Method::GET, &keys, None).await?),
            };
            let path = [&keys[..], &["rotate"]].concat();
            let mut made = Vec::new();
            for alg in algorithms {
                let order = json!({"alg": alg, "compromised": compromised});
                made.push(server.ask(Method::POST, &path, Some(&order)).await?);
            }
            let answer = json!({"items": made, "next": null});
            print(&answer, global.output, &["kid", "alg", "made_at", "signs_from"])
        }
    }
}

/// The algorithms that have keys which are not revoked yet.
fn in_use(keys: &Value) -> Vec<String> {
    let items = keys.get("items").and_then(Value::as_array).into_iter().flatten();
    let good = items.filter(|key| key.get("state").is_none_or(|state| state != "revoked"));
    let mut algorithms: Vec<String> =
        good.filter_map(|key| Some(key.get("alg")?.as_str()?.to_owned())).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if algorithms.is_empty() { vec![DEFAULT_ALG.to_owned()] } else { algorithms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(command: &Grammar, found: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let line = help.lines().next().and_then(|line| line.strip_prefix("Example: "));
        found.extend(line.map(str::to_owned));
        command.get_subcommands().for_each(|inner| examples(inner, found));
    }

    #[test]
    fn every_example_is_understood() {
        let mut found = Vec::new();
        examples(&grammar(), &mut found);
        assert!(found.len() > 25, "{found:?}");
        for example in found {
            for line in example.split(" && ") {
                let words = line.split(" > ").next().unwrap_or_default().split(' ');
                let parsed = grammar().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }
}
