//! Everything that must be there before the first request: sockets, TLS, store, engine.

use std::{net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;
use url::Url;
use vidimus_core::{
    context::Surface,
    engine::Engine,
    vault::{MasterKeys, Vault},
};
use vidimus_http::{
    app::{App, reserved_segments},
    clock::Clock,
    sandbox::Sandbox,
    serve::{Door, Listener, Tls, TlsFiles},
    status::About,
    watched::Watched,
};
use vidimus_store::open::{AnyStore, open};

use crate::{
    config::{self, Config},
    docs,
    errands::EdgeErrands,
    failure::Failure,
    outbound::Outbound,
    serve::audit_file,
};

pub type OurApp = App<Watched<AnyStore>, EdgeErrands>;

pub struct Prepared {
    pub app: Arc<OurApp>,
    pub listeners: Vec<Listener>,
    pub tls: Option<Arc<Tls>>,
    /// The main listener's, with the port that we got.
    pub address: SocketAddr,
    /// Where administrators are answered: the same, unless they have a listener of their own.
    admin_address: SocketAddr,
    pub store_name: &'static str,
}

/// # Errors
/// An address, a file or the store cannot be had.
pub async fn prepare(
    config: &Config,
    master: &MasterKeys,
    clock: Arc<dyn Clock>,
    sandbox: Option<Sandbox>,
) -> Result<Prepared, Failure> {
    let refused = |why: String| Failure::Refused(why);
    let tls = config.server.tls.as_ref().map(load_tls).transpose()?;
    let outbound = Arc::new(Outbound::new(&config.outbound).map_err(refused)?);
    // The sandbox reads no file.
    let setting = if sandbox.is_some() { "--listen" } else { "server.listen" };
    let socket = bind(config.server.listen, setting).await?;
    let address = socket.local_addr().map_err(|why| Failure::refused(why.to_string()))?;
    let mut listeners = vec![Listener { socket, door: Door::Main, tls: tls.clone() }];
    if let Some(ops) = config.server.ops_listen {
        let socket = bind(ops, "server.ops_listen").await?;
        listeners.push(Listener { socket, door: Door::Operations, tls: None });
    }
    let mut admin_address = address;
    if let Some(admin) = config.server.admin_listen {
        let socket = bind(admin, "server.admin_listen").await?;
        admin_address = socket.local_addr().map_err(|why| Failure::refused(why.to_string()))?;
        listeners.push(Listener { socket, door: Door::Administration, tls: tls.clone() });
    }
    let store = open(&config.store_url, config.cache_bytes).await;
    let store = store.map_err(|why| Failure::refused(why.to_string()))?;
    let about = About {
        version: env!("CARGO_PKG_VERSION"),
        store: store.name(),
        schema: store.schema_version(),
    };
    let store_name = about.store;
    let store = Watched::new(store);
    let commits = Arc::clone(&store.commits);
    let engine = Engine {
        store,
        errands: EdgeErrands::new(outbound, config.argon2_concurrency),
        vault: Vault::of(master),
        public_url: config.server.public_url_at(address),
        surface: Surface {
            dialects: &vidimus_dialect::NAMES,
            reserved_segments: reserved_segments(),
            dialect_settings: vidimus_dialect::settings(),
            root_dialects: vidimus_dialect::at_root(),
            admin_dialects: vidimus_dialect::for_administrators(),
        },
    };
    let app = App::new(engine, clock, about).with_docs(docs::find);
    let app = match &config.audit {
        Some(audit) => app.with_audit_lines(audit_file::lines(audit)?),
        None => app,
    };
    let app = match config.server.admin_listen {
        Some(_) => app.with_admin_apart(),
        None => app,
    };
    let mut app = match sandbox {
        Some(sandbox) => app.with_sandbox(sandbox),
        None => app,
    };
    app.status.has_keys(master);
    app.metrics.commits = commits;
    Ok(Prepared { app: Arc::new(app), listeners, tls, address, admin_address, store_name })
}

async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| {
        Failure::refused(format!(
            "cannot listen on {address}: {why}. Another address is set by {setting}; port 0 is \
             any free one"
        ))
    })
}

fn load_tls(files: &config::Tls) -> Result<Arc<Tls>, Failure> {
    let files = TlsFiles { certificate: files.cert.clone(), key: files.key.clone() };
    Tls::load(files)
        .map(Arc::new)
        .map_err(|why| Failure::refused(format!("server.tls_cert and tls_key: {why}")))
}

impl Prepared {
    /// Where a command on this machine finds us. A certificate is for the public name.
    pub fn reachable_url(&self, config: &Config) -> String {
        let public = &self.app.engine.public_url;
        if config.server.tls.is_some() {
            let host = Url::parse(public).ok().and_then(|url| Some(url.host_str()?.to_owned()));
            return match host.filter(|_| config.server.admin_listen.is_some()) {
                Some(host) => format!("https://{host}:{}", self.admin_address.port()),
                None => public.clone(),
            };
        }
        let mut address = self.admin_address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }
}
