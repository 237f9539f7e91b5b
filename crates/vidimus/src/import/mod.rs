//! `import`: another server's export, translated into entries of a world by one file for each product,
//! shown, decided on where nobody but the operator can say, and brought in so that it can be taken back.

mod answers;
mod bring;
mod finding;
mod hydra;
mod journal;
mod keycloak;
mod power;
mod redirects;
mod salesforce;
mod secret;
mod secrets_file;
mod show;
mod source;
mod standing;
mod undo;
mod wso2;
mod xml;
mod yaml;

use crate::{
    cli::{Global, ImportArgs, Product, connect},
    failure::Failure,
};
use finding::Translated;
use source::Source;
use standing::Standing;

pub use undo::run as undo;

/// Those that a client here may have.
const GRANT_TYPES: [&str; 8] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "implicit",
    "password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

/// # Errors
/// The export cannot be read, something in it needs a decision, or the server refuses it.
pub async fn run(product: &Product, global: &Global) -> Result<(), Failure> {
    let args = product.args();
    let sources =
        args.files.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut translated = translate(product, args, &sources).map_err(Failure::Refused)?;
    power::take_away(&mut translated);
    answers::check_ids(&translated)?;
    let server = match (connect(global).await, args.dry_run) {
        (Ok(server), _) => Some(server),
        // What an export comes to can be seen without any server.
        (Err(_), true) => None,
        (Err(failure), false) => return Err(failure),
    };
    let standing = match &server {
        Some(server) => Some(Standing::of(server, &args.tenant).await?),
        None => None,
    };
    let mut secrets = secrets_file::Made::open(args)?;
    answers::settle(&mut translated, args, standing.as_ref(), &mut secrets)?;
    let open: usize = translated.things.iter().map(|thing| thing.questions().count()).sum();
    let shown = show::Shown { product: product.name(), args, compared: server.is_some() };
    if args.dry_run || open > 0 {
        shown.plan(&translated, global.output)?;
    }
    if open > 0 && !args.dry_run {
        let what = "nothing was imported: answer with the flags named above";
        return Err(Failure::refused(format!("{open} members need a decision; {what}")));
    }
    let (Some(server), Some(standing)) = (server, standing) else { return Ok(()) };
    let order = bring::Order { product: product.name(), args, server: &server, standing };
    if args.dry_run {
        return order.rehearse(&translated).await;
    }
    secrets.finish()?;
    let done = order.bring(&translated, &sources).await?;
    shown.done(&translated, &done, global.output)
}

fn translate(
    product: &Product,
    args: &ImportArgs,
    sources: &[Source],
) -> Result<Translated, String> {
    match product {
        Product::Hydra(_) => hydra::translate(sources),
        Product::Keycloak { realm, .. } => {
            keycloak::translate(sources, &args.tenant, realm.as_deref())
        }
        Product::Wso2(_) => wso2::translate(sources, args.scope.as_deref()),
        Product::Salesforce { preauthorize_users, .. } => {
            salesforce::translate(sources, preauthorize_users)
        }
    }
}
