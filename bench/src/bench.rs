//! One run: its sizes, its pins, what was prepared, what was found.

use vidimus_e2e::{cluster::Cluster, server::Server};

use crate::{
    arguments::Options, cast::Cast, ground::Ground, pin::Pins, report::Report, scale::Scale,
};

pub struct Bench {
    pub options: Options,
    pub scale: Scale,
    pub pins: Pins,
    pub report: Report,
    small: Option<Ground>,
    big: Option<Ground>,
    cluster: Option<Cluster>,
}

impl Bench {
    pub fn new(options: Options, scale: Scale, pins: Pins) -> Self {
        let report = Report::default();
        Self { options, scale, pins, report, small: None, big: None, cluster: None }
    }

    /// A million live tokens. Taken out, so that a row can use it beside the report; put back with
    /// [`Self::keep_small`].
    pub fn small(&mut self) -> Ground {
        let (live, expired) = (self.scale.live, self.scale.expired);
        self.small.take().unwrap_or_else(|| self.anywhere(|| Ground::sqlite(live, expired)))
    }

    pub fn keep_small(&mut self, ground: Ground) {
        self.small = Some(ground);
    }

    /// Ten million live tokens and as many expired ones.
    pub fn big(&mut self) -> Ground {
        let (live, expired) = (self.scale.many_live, self.scale.many_expired);
        self.big.take().unwrap_or_else(|| self.anywhere(|| Ground::sqlite(live, expired)))
    }

    pub fn keep_big(&mut self, ground: Ground) {
        self.big = Some(ground);
    }

    /// Preparations may use every core.
    pub fn anywhere<T>(&self, act: impl FnOnce() -> T) -> T {
        self.pins.with(Pins::NONE, act)
    }

    /// # Errors
    /// What is missing.
    pub fn cluster(&mut self) -> Result<Cluster, String> {
        self.cluster.take().map_or_else(|| self.anywhere(Cluster::start), Ok)
    }

    pub fn keep_cluster(&mut self, cluster: Cluster) {
        self.cluster = Some(cluster);
    }
}

/// So many tokens, issued by the server itself.
pub fn issued(server: &Server, request: &vidimus_e2e::http::Request, count: usize) -> Vec<String> {
    let mut connection = server.connect();
    let token = |_| connection.exchange(request).expect("an answer").member("access_token");
    (0..count).map(token).collect()
}

/// What a token is introspected as: the yardstick returns the same.
pub fn model(server: &Server, cast: &Cast, token: &str) -> vidimus_e2e::http::Response {
    let answer = server.exchange(&cast.introspect(token));
    assert!(answer.text().contains("\"active\":true"), "{}", answer.text());
    answer
}
