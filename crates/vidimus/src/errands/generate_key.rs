//! Signing keys, one at a time: an RSA key takes the better part of a second.

use std::sync::Arc;

use aws_lc_rs::{
    encoding::AsDer as _,
    error::Unspecified,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use tokio::sync::Semaphore;
use vidimus_core::{error::Fault, model::SigningAlgorithm};
use zeroize::Zeroizing;

pub struct KeyMaker {
    permit: Semaphore,
    waiting: Semaphore,
}

const QUEUE_MAX: usize = 16;

impl Default for KeyMaker {
    fn default() -> Self {
        Self { permit: Semaphore::new(1), waiting: Semaphore::new(QUEUE_MAX) }
    }
}

impl KeyMaker {
    pub async fn make(
        &self,
        algorithm: SigningAlgorithm,
    ) -> Result<Arc<Zeroizing<Vec<u8>>>, Fault> {
        let busy = || Fault::Busy("the queue for new signing keys");
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let _permit = self.permit.acquire().await.map_err(|_| busy())?;
        let made = tokio::task::spawn_blocking(move || pkcs8(algorithm)).await;
        match made {
            Ok(Ok(pkcs8)) => Ok(Arc::new(pkcs8)),
            Ok(Err(_)) => Err(Fault::Corrupt("the library made no key".to_owned())),
            Err(why) => Err(Fault::Corrupt(format!("making a key: {why}"))),
        }
    }
}

/// PKCS#8 version 1 (RFC 5208).
fn pkcs8(algorithm: SigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let random = SystemRandom::new();
    let der = match algorithm {
        SigningAlgorithm::ES256 => {
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?
                .as_ref()
                .to_vec()
        }
        SigningAlgorithm::EdDSA => Ed25519KeyPair::generate_pkcs8v1(&random)?.as_ref().to_vec(),
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => {
            RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(der))
}

#[cfg(test)]
mod tests {
    use vidimus_core::jwt::Signer;

    use super::*;

    #[tokio::test]
    async fn every_algorithm_gets_a_key_that_the_signer_takes() {
        let maker = KeyMaker::default();
        for algorithm in SigningAlgorithm::ALL {
            let first = maker.make(algorithm).await.unwrap();
            let second = maker.make(algorithm).await.unwrap();
            assert_ne!(first, second);
            Signer::parse(algorithm, "kid", &first).unwrap();
        }
    }
}
