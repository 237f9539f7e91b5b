//! Everything that the master key protects: the pepper of stored hashes, the seal of secrets that
//! must be used again, and parsed signers. The master key never lies in the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    context::Entropy,
    error::Fault,
    jwt::{Signer, Verifiers},
    model::{Named, SigningKey},
    row_key::RowKey,
    secret::same,
};

/// Parsed signers kept; a tenant has one or two, and only active tenants need theirs.
const SIGNERS_MAX: usize = 4096;

/// What the operator keeps for us, outside the database.
#[derive(Clone)]
pub struct MasterKeys {
    /// The first seals; each opens. There are several while one takes the place of another.
    pub seals: Vec<Zeroizing<[u8; 32]>>,
    /// Stays when keys change: what is hashed under it cannot be hashed again. `None`: it is that of
    /// the only key there ever was.
    pub pepper: Option<Zeroizing<[u8; 32]>>,
}

impl MasterKeys {
    pub fn only(key: Zeroizing<[u8; 32]>) -> Self {
        Self { seals: vec![key], pepper: None }
    }

    pub fn pepper(&self) -> Zeroizing<[u8; 32]> {
        match (&self.pepper, self.seals.first()) {
            (Some(pepper), _) => pepper.clone(),
            (None, Some(first)) => pepper_of(first),
            (None, None) => Zeroizing::default(),
        }
    }

    /// Tells the first key from any other, and tells nothing else of it.
    pub fn first_id(&self) -> String {
        let mut id = [0; 32];
        if let Some(first) = self.seals.first() {
            #[expect(clippy::expect_used, reason = "the id has the length that was asked for")]
            expand(&root_of(first), &[b"id 1"], hkdf::HKDF_SHA256).fill(&mut id).expect("32 bytes");
        }
        hex(id.first_chunk::<8>().unwrap_or(&[0; 8]))
    }
}

pub struct Vault {
    /// Its state with the key taken in: two of these are finished for every introspection.
    pepper: Hmac<Sha256>,
    /// The first seals, each opens.
    seals: RwLock<Arc<[LessSafeKey]>>,
    signers: Mutex<HashMap<(RowKey, String), Arc<Signer>>>,
    /// Keys of others, which are no secret: kept here because everything that verifies comes by.
    pub verifiers: Verifiers,
}

impl Vault {
    /// Derives the pepper and the sealing key (RFC 5869). `master` comes from a file, a credential
    /// or a key service.
    pub fn new(master: &[u8; 32]) -> Self {
        Self::of(&MasterKeys::only(Zeroizing::new(*master)))
    }

    pub fn of(keys: &MasterKeys) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let pepper = Hmac::new_from_slice(&*keys.pepper()).expect("any length");
        let seals = RwLock::new(keys.seals.iter().map(|key| seal_of(key)).collect());
        Self { pepper, seals, signers: Mutex::default(), verifiers: Verifiers::default() }
    }

    /// Other keys from now on, which open what these have sealed. Nothing else changes.
    pub fn change_keys(&self, keys: &MasterKeys) {
        let seals = keys.seals.iter().map(|key| seal_of(key)).collect();
        *self.seals.write().unwrap_or_else(PoisonError::into_inner) = seals;
    }

    fn seals(&self) -> Arc<[LessSafeKey]> {
        Arc::clone(&self.seals.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is stored of a token. Bound to the tenant, so that no row can be moved to another.
    pub fn token_hash(&self, tenant: RowKey, token: &str) -> [u8; 32] {
        self.keyed(b"token", &[&tenant.0.to_be_bytes(), token.as_bytes()])
    }

    /// Under what a text that carries no row key is found. Not bound to a tenant: it is made before
    /// the tenant is known, and looked for in one tenant only.
    pub fn locator(&self, text: &str) -> [u8; 32] {
        self.keyed(b"locator", &[text.as_bytes()])
    }

    /// A secret that can be made again from a row's key: of tokens that are given out twice.
    pub fn derived(&self, tenant: RowKey, row: RowKey) -> [u8; 32] {
        self.keyed(b"derived", &[&tenant.0.to_be_bytes(), &row.0.to_be_bytes()])
    }

    /// A user's name in one sector: the same each time, and nothing tells from it who that is or
    /// what another sector calls the user (OpenID Connect Core §8.1).
    pub fn pairwise(&self, tenant: RowKey, user: RowKey, kind: &str, sector: &str) -> String {
        let (tenant, user) = (tenant.0.to_be_bytes(), user.0.to_be_bytes());
        let parts: [&[u8]; 4] = [&tenant, &user, kind.as_bytes(), sector.as_bytes()];
        URL_SAFE_NO_PAD.encode(self.keyed(b"pairwise", &parts))
    }

    /// What is stored of a machine-made secret, in lower-case hex.
    pub fn secret_hash(&self, tenant: RowKey, owner: RowKey, secret: &str) -> String {
        let parts: [&[u8]; 3] =
            [&tenant.0.to_be_bytes(), &owner.0.to_be_bytes(), secret.as_bytes()];
        hex(&self.keyed(b"secret", &parts))
    }

    pub fn secret_matches(&self, hash: &str, tenant: RowKey, owner: RowKey, secret: &str) -> bool {
        same(self.secret_hash(tenant, owner, secret).as_bytes(), hash.as_bytes())
    }

    /// Tells a changed declaration from an unchanged one without keeping its secrets.
    pub fn fingerprint(&self, declaration: &[u8]) -> String {
        hex(&self.keyed(b"fingerprint", &[declaration]))
    }

    /// A keyed digest for one purpose: binds what is given out to what it is good for.
    pub fn tag(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        self.keyed(purpose.as_bytes(), parts)
    }

    /// Each part behind its length, so that no two lists of parts make the same text.
    fn keyed(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.pepper.clone();
        for part in std::iter::once(&purpose).chain(parts) {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// AES-256-GCM under a random nonce, base64; `place` (tenant, row, column) is authenticated,
    /// so that a sealed value opens nowhere else.
    pub fn seal(
        &self,
        place: &str,
        plain: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<String, Fault> {
        let nonce: [u8; NONCE_LEN] = entropy.draw();
        let mut sealed = plain.to_vec();
        let seals = self.seals();
        let seal =
            seals.first().ok_or_else(|| Fault::Corrupt("there is no master key".to_owned()))?;
        seal.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Fault::Corrupt(format!("cannot seal {place}")))?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(STANDARD_NO_PAD.encode(whole))
    }

    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let opened = self.seals().iter().find_map(|seal| open_with(seal, place, sealed));
        opened.ok_or_else(|| Fault::Corrupt(format!("{place} does not open under this master key")))
    }

    /// The same under the first key; `None` where it is under it already.
    ///
    /// # Errors
    /// It opens under none.
    pub fn seal_again(
        &self,
        place: &str,
        sealed: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<String>, Fault> {
        let is_current = |first| open_with(first, place, sealed).is_some();
        if self.seals().first().is_some_and(is_current) {
            return Ok(None);
        }
        let plain = self.open(place, sealed)?;
        self.seal(place, &plain, entropy).map(Some)
    }

    /// The parsed private key. Parsing costs more than signing, so it is done once.
    pub fn signer(&self, key: Named<'_, SigningKey>) -> Result<Arc<Signer>, Fault> {
        let name = (key.object.tenant, key.kid.clone());
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signer) = signers.get(&name) {
            return Ok(Arc::clone(signer));
        }
        let pkcs8 = self.open(&key_place(key.object.tenant, &key.kid), &key.sealed)?;
        let signer = Arc::new(Signer::parse(key.algorithm, &key.kid, &pkcs8)?);
        if signers.len() >= SIGNERS_MAX {
            signers.clear();
        }
        signers.insert(name, Arc::clone(&signer));
        Ok(signer)
    }
}

/// Where a signing key is sealed: bound to its tenant and its id.
pub fn key_place(tenant: RowKey, kid: &str) -> String {
    format!("signing_key/{}/{kid}", tenant.0)
}

/// Where a client's recoverable secret is sealed.
pub fn secret_place(tenant: RowKey, owner: RowKey) -> String {
    format!("client_secret/{}/{}", tenant.0, owner.0)
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *to = *from;
    }
    out
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

fn root_of(master: &[u8; 32]) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"vidimus").extract(master)
}

fn seal_of(master: &[u8; 32]) -> LessSafeKey {
    let root = root_of(master);
    LessSafeKey::new(UnboundKey::from(expand(&root, &[b"seal 1"], &AES_256_GCM)))
}

fn pepper_of(master: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let root = root_of(master);
    let mut key = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "the key has the length that was asked for")]
    expand(&root, &[b"pepper 1"], hkdf::HKDF_SHA256).fill(&mut *key).expect("32 bytes");
    key
}

fn open_with(seal: &LessSafeKey, place: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut whole = Zeroizing::new(STANDARD_NO_PAD.decode(sealed).ok()?);
    let (nonce, body) = whole.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = seal.open_in_place(nonce, Aad::from(place.as_bytes()), body).ok()?;
    Some(Zeroizing::new(plain.to_vec()))
}

fn expand<'a, T: hkdf::KeyType>(
    root: &'a hkdf::Prk,
    label: &'a [&'a [u8]],
    key_type: T,
) -> hkdf::Okm<'a, T> {
    #[expect(clippy::expect_used, reason = "fails only for outputs over 255 hashes long")]
    root.expand(label, key_type).expect("32 bytes are within HKDF's bound")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::SeededEntropy;

    fn keys(seals: &[u8], pepper: Option<u8>) -> MasterKeys {
        let key = |byte: u8| Zeroizing::new([byte; 32]);
        MasterKeys { seals: seals.iter().map(|byte| key(*byte)).collect(), pepper: pepper.map(key) }
    }

    #[test]
    fn sec_269_one_key_takes_the_place_of_another() {
        let mut entropy = SeededEntropy::new(7);
        let old = Vault::new(&[7; 32]);
        let sealed = old.seal("here", b"secret", &mut entropy).unwrap();
        assert_eq!(old.seal_again("here", &sealed, &mut entropy).unwrap(), None);
        // Both, the new one first; what was hashed stays comparable.
        let pepper = Some(MasterKeys::only(Zeroizing::new([7; 32])).pepper());
        let both = MasterKeys { pepper: pepper.clone(), ..keys(&[8, 7], None) };
        old.change_keys(&both);
        assert_eq!(old.open("here", &sealed).unwrap().as_slice(), b"secret");
        let again = old.seal_again("here", &sealed, &mut entropy).unwrap().unwrap();
        assert_eq!(old.seal_again("here", &again, &mut entropy).unwrap(), None);
        assert!(old.seal_again("there", &again, &mut entropy).is_err());
        // The new one alone.
        let new = Vault::of(&MasterKeys { pepper, ..keys(&[8], None) });
        assert_eq!(new.open("here", &again).unwrap().as_slice(), b"secret");
        assert!(new.open("here", &sealed).is_err());
        assert_eq!(new.token_hash(RowKey(1), "t"), Vault::new(&[7; 32]).token_hash(RowKey(1), "t"));
        assert_ne!(new.token_hash(RowKey(1), "t"), Vault::new(&[8; 32]).token_hash(RowKey(1), "t"));
    }

    #[test]
    fn sec_269_keys_are_told_apart_by_ids_of_the_first() {
        let id = |seals: &[u8]| keys(seals, Some(7)).first_id();
        assert_eq!(id(&[8, 7]), id(&[8]));
        assert_ne!(id(&[8, 7]), id(&[7, 8]));
        assert_eq!(id(&[8]).len(), 16);
    }

    #[test]
    fn sealed_values_open_only_in_their_place() {
        let vault = Vault::new(&[7; 32]);
        let mut entropy = SeededEntropy::new(3);
        let sealed = vault.seal("client_secret/1/2", b"secret", &mut entropy).unwrap();
        assert_eq!(vault.open("client_secret/1/2", &sealed).unwrap().as_slice(), b"secret");
        assert!(vault.open("client_secret/1/3", &sealed).is_err());
        assert!(Vault::new(&[8; 32]).open("client_secret/1/2", &sealed).is_err());
        assert!(vault.open("client_secret/1/2", "short").is_err());
    }

    /// Stored hashes outlive this program: another implementation must find the same.
    #[test]
    fn hashes_are_hmac_sha_256_of_the_parts_behind_their_lengths() {
        use aws_lc_rs::hmac;
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"vidimus").extract(&[7; 32]);
        let key = hmac::Key::from(expand(&root, &[b"pepper 1"], hmac::HMAC_SHA256));
        let token = "x".repeat(200);
        let mut text = Vec::new();
        for part in [b"token".as_slice(), &1_i64.to_be_bytes(), token.as_bytes()] {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        let expected = hmac::sign(&key, &text);
        assert_eq!(Vault::new(&[7; 32]).token_hash(RowKey(1), &token), expected.as_ref());
    }

    #[test]
    fn hashes_are_bound_to_tenant_and_master_key() {
        let vault = Vault::new(&[7; 32]);
        let hash = vault.token_hash(RowKey(1), "t");
        assert_eq!(hash, vault.token_hash(RowKey(1), "t"));
        assert_ne!(hash, vault.token_hash(RowKey(2), "t"));
        assert_ne!(hash, Vault::new(&[8; 32]).token_hash(RowKey(1), "t"));
        assert!(vault.secret_matches(
            &vault.secret_hash(RowKey(1), RowKey(2), "s"),
            RowKey(1),
            RowKey(2),
            "s"
        ));
    }
}
