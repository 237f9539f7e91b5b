//! The first start: the default tenant and an administrator's client, once for all nodes that
//! share the store.

use std::path::{Path, PathBuf};

use crate::{
    cli::DEFAULT_CREDENTIALS,
    failure::Failure,
    serve::{here::run_here, private_file::PrivateFile},
};
use serde_json::{Value, json};
use vidimus_core::{
    admin::{Create, Delete, MasterKeyCheck, Show},
    engine::{Engine, Store},
    errand::Errands,
    error::ErrorCode,
    facts::TenantRef,
    model::Kind,
    scope,
    time::Time,
};

const CLIENT_ID: &str = "vidimus-admin";
const CLI_CLIENT_ID: &str = "vidimus-cli";
const BY: &str = "first-start";

pub struct Administrator<'a> {
    /// Where the credentials file goes.
    pub folder: &'a Path,
    /// The URL that it names.
    pub server: String,
    /// A new secret, though the client exists.
    pub renew: bool,
}

/// The path of the credentials file, if this start wrote it.
///
/// # Errors
/// The store is away, or the file cannot be written.
pub async fn ensure_administrator<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    administrator: &Administrator<'_>,
    now: Time,
) -> Result<Option<PathBuf>, Failure> {
    if !matches!(run_here(engine, &MasterKeyCheck, now).await?, Ok(true)) {
        return Err(Failure::refused(
            "the store was made under another master key: keys.master_key_file must hold the one \
             it was first started with, or no token and no secret in it is good. Of a backup from \
             before the key was changed, it is a line `old …`",
        ));
    }
    create(engine, Kind::Tenant, json!({"id": TenantRef::DEFAULT_ID}), now).await?;
    if administrator.renew {
        let id = CLIENT_ID.to_owned();
        let delete = Delete { kind: Kind::Client, id, by: BY.to_owned() };
        match run_here(engine, &delete, now).await? {
            Err(error) if error.code != ErrorCode::NotFound => {
                return Err(Failure::refused(error.to_string()));
            }
            _ => {}
        }
    }
    let path = administrator.folder.join(DEFAULT_CREDENTIALS);
    let cannot = |why| Failure::refused(format!("cannot write {}: {why}", path.display()));
    let show = Show { kind: Kind::Client, id: CLIENT_ID.to_owned() };
    if run_here(engine, &show, now).await?.is_ok() {
        return Ok(None);
    }
    // Before the client, so that its secret has a place to go.
    let file = PrivateFile::begin(&path).map_err(cannot)?;
    let declaration = json!({
        "client_id": CLIENT_ID,
        "client_name": "Administrator",
        "grant_types": ["client_credentials"],
        "scope": format!("{} {}", scope::ADMIN, scope::INTROSPECT),
        "introspect": "tenant",
    });
    let Some(made) = create(engine, Kind::Client, declaration, now).await? else { return Ok(None) };
    // Once, with the first start: whoever wants no sign-in from the command line deletes it for good.
    create(engine, Kind::Client, of_the_command_line(), now).await?;
    let secret = made.get("client_secret").and_then(Value::as_str).unwrap_or_default();
    let text = format!(
        "# Of an administrator's client of the default tenant: keep it as you keep a password.\n\
         server = {:?}\nclient_id = {CLIENT_ID:?}\nclient_secret = {secret:?}\n",
        administrator.server
    );
    file.finish(&text).map_err(cannot)?;
    Ok(Some(path))
}

/// What `vidimus login` is. It has nobody's rights but those of the user who signs in.
fn of_the_command_line() -> Value {
    json!({
        "client_id": CLI_CLIENT_ID,
        "client_name": "Vidimus on the command line",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "scope": scope::ADMIN,
    })
}

/// `None`: it was there already, or another node made it in the same moment.
async fn create<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    kind: Kind,
    declaration: Value,
    now: Time,
) -> Result<Option<Value>, Failure> {
    let operation = Create { kind, declaration, by: BY.to_owned() };
    match run_here(engine, &operation, now).await? {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.code == ErrorCode::AlreadyExists => Ok(None),
        Err(error) => Err(Failure::refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use vidimus_core::vault::Vault;
    use vidimus_store::memory::Memory;

    use super::*;
    use crate::{config, errands::EdgeErrands, outbound::Outbound};

    const NOW: Time = Time::from_seconds(1_800_000_000);

    fn engine() -> Engine<Memory, EdgeErrands> {
        let outbound = config::Outbound { allow_private: true, extra_ca_file: None };
        Engine {
            store: Memory::default(),
            errands: EdgeErrands::new(Arc::new(Outbound::new(&outbound).unwrap()), 1),
            vault: Vault::new(&[7; 32]),
            public_url: "https://as.example".to_owned(),
            surface: vidimus_core::context::Surface {
                dialects: &vidimus_dialect::NAMES,
                reserved_segments: &[],
                dialect_settings: &[],
                root_dialects: &[],
                admin_dialects: &[],
            },
        }
    }

    fn administrator(folder: &Path) -> Administrator<'_> {
        Administrator { folder, server: "http://127.0.0.1:1".to_owned(), renew: false }
    }

    #[tokio::test]
    async fn of_many_nodes_at_once_one_makes_the_administrator() {
        let engine = engine();
        let folders: Vec<_> = (0..16).map(|_| tempfile::tempdir().unwrap()).collect();
        let nodes: Vec<_> = folders.iter().map(|folder| administrator(folder.path())).collect();
        let starts = nodes.iter().map(|node| ensure_administrator(&engine, node, NOW));
        let written = futures_util::future::join_all(starts).await;
        let written: Vec<_> = written.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(written.len(), 1);
        let text = fs::read_to_string(&written[0]).unwrap();
        assert!(text.contains("client_id = \"vidimus-admin\""), "{text}");
        let files = folders.iter().map(|folder| fs::read_dir(folder.path()).unwrap().count());
        assert_eq!(files.sum::<usize>(), 1, "no drafts are left");
    }

    #[tokio::test]
    async fn another_master_key_is_refused() {
        let mut engine = engine();
        let folder = tempfile::tempdir().unwrap();
        let node = administrator(folder.path());
        ensure_administrator(&engine, &node, NOW).await.unwrap();
        assert!(ensure_administrator(&engine, &node, NOW).await.is_ok());
        engine.vault = Vault::new(&[8; 32]);
        let failure = ensure_administrator(&engine, &node, NOW).await.unwrap_err();
        assert!(failure.to_string().contains("another master key"), "{failure}");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_to_changes_nothing() {
        let engine = engine();
        let nowhere = administrator(Path::new("/proc/nowhere"));
        let failure = ensure_administrator(&engine, &nowhere, NOW).await.unwrap_err();
        assert!(failure.to_string().contains("/proc/nowhere"), "{failure}");
        let folder = tempfile::tempdir().unwrap();
        let written = ensure_administrator(&engine, &administrator(folder.path()), NOW).await;
        assert!(written.unwrap().is_some());
    }
}
