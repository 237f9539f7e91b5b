//! Comparing a secret with the hash that another server made of it. What it may cost is bounded where
//! the hash is read.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, pbkdf2};
use vidimus_core::{
    imported_hash::{ImportedHash, Prf},
    secret::Secret,
};

pub fn matches(hash: &ImportedHash, presented: &Secret) -> bool {
    let presented = presented.expose();
    match hash {
        // Those who made it cut longer passwords off as well.
        ImportedHash::Bcrypt(text) => bcrypt::verify(presented, text).unwrap_or(false),
        ImportedHash::Pbkdf2 { prf, iterations, salt, hash } => {
            let algorithm = match prf {
                Prf::HmacSha1 => pbkdf2::PBKDF2_HMAC_SHA1,
                Prf::HmacSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                Prf::HmacSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            };
            pbkdf2::verify(algorithm, *iterations, salt, presented.as_bytes(), hash).is_ok()
        }
        ImportedHash::Sha256(known) => {
            let digest = digest::digest(&digest::SHA256, presented.as_bytes());
            verify_slices_are_equal(digest.as_ref(), known).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each from another implementation.
    const KNOWN: [(&str, &str); 6] = [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("password", "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE"),
        (
            "SECRET1",
            "$pbkdf2-sha256$i=25000,l=32$AAECAwQFBgcICQoLDA0ODw$NLA1qdXRtDdZ4j7Mxrh9IqfC6/oSY6ACCiK7gCbSxbg",
        ),
        (
            "SECRET1",
            "$pbkdf2-sha256$i=27500,l=64$AAECAwQFBgcICQoLDA0ODw$qLrFvj4ApHaflM4/YYo0aWZuaqYSrEMWImcrF+j0alTktial6LQz0uetSlXnEQmns48QWFK7n6+N6cykpcodfw",
        ),
        (
            "SECRET1",
            "$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$i3563C3vDSg5Yb2lYhIGQa1PYDc5Xs/DL5eMCQ0mP55MYFLEIkFvXHNZurtZnO1b8uGbP3b+ISkTs88LnRhx1w",
        ),
        ("SECRET1", "$sha256$03153249db7ce46b0330ffb1a760b59710531af08ec4d7f8424a6870fae49360"),
    ];

    #[test]
    fn the_old_secret_and_no_other() {
        for (secret, text) in KNOWN {
            let hash = ImportedHash::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert!(matches(&hash, &Secret::new(secret)), "{text}");
            for wrong in ["", "wrong", "U*u"] {
                assert!(!matches(&hash, &Secret::new(wrong)), "{text}");
            }
        }
    }
}
