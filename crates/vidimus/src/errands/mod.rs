//! The slow things that a decision may ask for: bounded, coalesced, remembered for a while.

mod admit;
mod fetch_json;
mod fetch_jwks;
mod generate_key;
mod secrets;
mod verified;

use std::{sync::Arc, time::Instant};

use vidimus_core::{
    errand::{Done, Errand, Errands},
    error::Fault,
};

use crate::outbound::Outbound;
use admit::Admissions;
use fetch_json::Documents;
use fetch_jwks::JwksCache;
use generate_key::KeyMaker;
use secrets::SlowHashes;

pub struct EdgeErrands {
    secrets: SlowHashes,
    jwks: JwksCache,
    documents: Documents,
    keys: KeyMaker,
    admissions: Admissions,
}

impl EdgeErrands {
    pub fn new(outbound: Arc<Outbound>, argon2_concurrency: usize) -> Self {
        Self {
            secrets: SlowHashes::new(argon2_concurrency),
            jwks: JwksCache::new(Arc::clone(&outbound)),
            documents: Documents::new(outbound),
            keys: KeyMaker::default(),
            admissions: Admissions::new(),
        }
    }
}

impl Errands for EdgeErrands {
    async fn run(&self, errand: Errand) -> Result<Done, Fault> {
        match errand {
            Errand::VerifySecret { phc, presented } => {
                self.secrets.verify(phc, presented).await.map(Done::Verified)
            }
            Errand::HashSecret { chosen } => self.secrets.hash(chosen).await.map(Done::Hashed),
            Errand::FetchJwks { uri, kid } => {
                self.jwks.get(&uri, kid.as_deref()).await.map(Done::Jwks)
            }
            Errand::FetchJson { uri } => self.documents.get(&uri).await.map(Done::Json),
            Errand::Admit { who, within_seconds, times_max } => {
                #[expect(clippy::disallowed_methods, reason = "an errand is run by the edge")]
                let now = Instant::now();
                let admitted = self.admissions.admit(&who, within_seconds, times_max, now);
                Ok(Done::Admitted(admitted))
            }
            Errand::GenerateKey { algorithm } => self.keys.make(algorithm).await.map(Done::Key),
        }
    }
}
