//! A store with a cast and tokens whose texts are known, and servers that are started on it.

use std::path::PathBuf;

use tempfile::TempDir;
use vidimus_e2e::{
    cluster::Cluster,
    programs::Programs,
    server::Server,
    setup::{self, Setup, Store},
};

use crate::{
    cast::Cast,
    fill::{self, Tokens},
    load::requests::{Filled, Rendered, Requests},
    pin::Pins,
    signing::milliseconds_now,
};

/// What has expired stays, so that a purge changes nothing while something else is measured.
const KEEP: [(&str, &str); 2] =
    [("purge.keep_seconds", "31536000"), ("purge.interval_seconds", "86400")];

pub struct Ground {
    url: String,
    master_key: String,
    pub cast: Cast,
    pub live: Tokens,
    pub expired: Tokens,
    /// Of a file; the database of a cluster goes with the cluster.
    folder: TempDir,
}

impl Ground {
    /// A SQLite file with so many tokens.
    pub fn sqlite(live: u64, expired: u64) -> Self {
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
        let file = folder.path().join("vidimus.db");
        let url = format!("sqlite:{}", file.display());
        let (cast, master_key) = begin(&url);
        let pattern = fill::sqlite::pattern(&file);
        let now = milliseconds_now();
        let live = Tokens::live(&master_key, pattern.clone(), live, now);
        let expired = Tokens::expired(&master_key, pattern, expired, now);
        fill::sqlite::fill(&file, &[&expired, &live]);
        Self { url, master_key, cast, live, expired, folder }
    }

    pub fn postgres(cluster: &Cluster, live: u64) -> Self {
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
        let url = cluster.database();
        let programs = Programs::find().expect("PostgreSQL's programs");
        let (cast, master_key) = begin(&url);
        let pattern = fill::postgres::pattern(&programs, &url);
        let now = milliseconds_now();
        let live = Tokens::live(&master_key, pattern.clone(), live, now);
        let expired = Tokens::expired(&master_key, pattern, 1, now);
        fill::postgres::fill(&programs, &url, &live);
        Self { url, master_key, cast, live, expired, folder }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Of SQLite.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("vidimus.db")
    }

    pub fn master_key(&self) -> &str {
        &self.master_key
    }

    /// With nothing purged.
    pub fn serve(&self, pins: Pins) -> Server {
        self.serve_with(pins, &KEEP)
    }

    pub fn serve_with(&self, pins: Pins, settings: &[(&str, &str)]) -> Server {
        let mut setup = Setup::new(Store::At(self.url.clone()));
        setup.master_key = self.master_key.clone();
        setup.wrapper = pins.wrapper();
        for (key, value) in settings {
            setup = setup.setting(key, value);
        }
        Server::start(&setup)
    }

    /// Introspections of the first so many tokens in turn.
    pub fn hot(&self, count: u64, address: &str) -> Rendered {
        let request = |number| self.cast.introspect(&self.live.text(number)).bytes(address);
        Rendered((0..count.min(self.live.count)).map(request).collect())
    }

    /// Introspections of every token once, from the one that is `first` in shuffled order.
    pub fn cold(&self, first: u64, address: &str) -> impl Requests + use<'_> {
        of(&self.live, first, &self.cast, address)
    }

    pub fn of_expired(&self, address: &str) -> impl Requests + use<'_> {
        of(&self.expired, 0, &self.cast, address)
    }
}

fn of<'a>(tokens: &'a Tokens, first: u64, cast: &Cast, address: &str) -> impl Requests + use<'a> {
    let text = tokens.text(0);
    let sample = cast.introspect(&text).bytes(address);
    // Its own count: the lane's begins again with every round.
    let mut next = first;
    Filled::around(&sample, &text, move || {
        next += 1;
        tokens.text(tokens.shuffled((next - 1) % tokens.count))
    })
}

/// The cast, and one token as the pattern of the others.
fn begin(url: &str) -> (Cast, String) {
    let mut setup = Setup::new(Store::At(url.to_owned()));
    setup.master_key = setup::master_key();
    let mut server = Server::start(&setup);
    let cast = Cast::make(&server);
    let answer = server.exchange(&cast.issue());
    assert_eq!(answer.status, 200, "{}", answer.text());
    server.terminate();
    (cast, setup.master_key)
}
