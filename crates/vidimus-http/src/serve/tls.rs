//! TLS 1.2 and 1.3 by rustls, and a certificate that changes without a restart.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// PEM files: the chain, leaf first, and its key.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The current configuration; new connections take it, old ones keep theirs.
pub struct Tls {
    files: TlsFiles,
    current: RwLock<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    modified: Modified,
}

/// When the two files last changed, as far as the file system tells.
type Modified = [Option<SystemTime>; 2];

impl Tls {
    /// # Errors
    /// The files cannot be read or do not belong together.
    pub fn load(files: TlsFiles) -> io::Result<Self> {
        let current = RwLock::new(read(&files)?);
        Ok(Self { files, current })
    }

    /// Reads the files again. A broken pair changes nothing: the old one goes on.
    ///
    /// # Errors
    /// As [`Tls::load`]; for the log.
    pub fn reload(&self) -> io::Result<()> {
        let fresh = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reads the files again if one of them has changed. Whether it did.
    ///
    /// # Errors
    /// As [`Tls::load`]; for the log.
    pub fn reload_if_changed(&self) -> io::Result<bool> {
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).modified;
        if modified(&self.files) == known {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).acceptor.clone()
    }
}

fn modified(files: &TlsFiles) -> Modified {
    [&files.certificate, &files.key]
        .map(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok())
}

fn read(files: &TlsFiles) -> io::Result<Current> {
    // Before the contents: a change in between is then seen as one more change.
    let modified = modified(files);
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| invalid(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(invalid(&files.certificate, &"it holds no certificate in PEM"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| invalid(&files.key, &e))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| invalid(&files.certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                invalid(&files.certificate, &format!("not of the key {}", files.key.display()))
            }
            error => invalid(&files.certificate, &error),
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Current { acceptor: TlsAcceptor::from(Arc::new(config)), modified })
}

fn invalid(path: &std::path::Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
}
