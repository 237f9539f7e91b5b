//! The slow things that a decision may ask for: bounded, coalesced, remembered for a while.

mod admit;
mod deliver;
mod fetch_image;
mod fetch_json;
mod fetch_jwks;
mod fetch_text;
mod generate_key;
mod guesses;
mod imported;
mod picture;
mod remembered;
mod secrets;
mod threads;
mod verified;

use std::{sync::Arc, time::Instant};

use vidimus_core::{
    errand::{Done, Errand, Errands},
    error::Fault,
};

use crate::outbound::Outbound;
use admit::Admissions;
use deliver::Deliveries;
use fetch_image::Images;
use fetch_json::Documents;
use fetch_jwks::JwksCache;
use fetch_text::Texts;
use generate_key::KeyMaker;
use secrets::SlowHashes;

pub struct EdgeErrands {
    secrets: SlowHashes,
    jwks: JwksCache,
    documents: Documents,
    texts: Texts,
    images: Images,
    deliveries: Deliveries,
    keys: KeyMaker,
    admissions: Admissions,
}

impl EdgeErrands {
    pub fn new(outbound: Arc<Outbound>, argon2_concurrency: usize) -> Self {
        Self {
            secrets: SlowHashes::new(argon2_concurrency),
            jwks: JwksCache::new(Arc::clone(&outbound)),
            documents: Documents::new(Arc::clone(&outbound)),
            texts: Texts::new(Arc::clone(&outbound)),
            images: Images::new(Arc::clone(&outbound)),
            deliveries: Deliveries::new(outbound),
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
            Errand::VerifyGuess { phc, presented, guess } => {
                guesses::verify(&self.secrets, &self.admissions, phc, presented, &guess).await
            }
            Errand::HashSecret { chosen, .. } => self.secrets.hash(chosen).await.map(Done::Hashed),
            Errand::FetchJwks { uri, kid } => {
                self.jwks.get(&uri, kid.as_deref()).await.map(Done::Jwks)
            }
            Errand::FetchJson { uri } => self.documents.get(&uri).await.map(Done::Json),
            Errand::FetchText { uri } => self.texts.get(&uri).await.map(Done::Text),
            Errand::FetchImage { uri } => self.images.get(&uri).await.map(Done::Image),
            Errand::Deliver { uri, form } => {
                self.deliveries.deliver(&uri, &form).await.map(Done::Delivered)
            }
            Errand::Admit { who, within_seconds, times_max } => {
                let admitted = self.admissions.admit(&who, within_seconds, times_max, now());
                Ok(Done::Admitted(admitted))
            }
            Errand::Forgive { who, within_seconds } => {
                self.admissions.forgive(&who, within_seconds, now());
                Ok(Done::Forgiven)
            }
            Errand::GenerateKey { algorithm } => self.keys.make(algorithm).await.map(Done::Key),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "an errand is run by the edge")]
fn now() -> Instant {
    Instant::now()
}
