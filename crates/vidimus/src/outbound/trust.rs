//! Whose certificates are believed where the operator names some: theirs and the machine's. A certificate
//! that signed itself is believed as it stands, byte for byte, whatever it says that it is for.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

#[derive(Debug)]
struct Named {
    usual: Arc<WebPkiServerVerifier>,
    /// What the operator named.
    certificates: Vec<CertificateDer<'static>>,
}

/// # Errors
/// A certificate cannot be read.
pub fn config(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in &extra {
        roots.add(certificate.clone())?;
    }
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|why| Error::General(why.to_string()))?;
    let verifier = Arc::new(Named { usual, certificates: extra });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match judged {
            // Its time is looked at before what it is for, so this one is not over; its name was not
            // come to.
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.certificates.iter().any(|named| named == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::{slice::from_ref, time::Duration};

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::*;

    /// As `openssl req -x509` makes it: an authority, and the server itself.
    fn own(host: &str, is_ca: bool, until: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn judge(
        named: &[CertificateDer<'static>],
        shown: &CertificateDer<'static>,
        host: &'static str,
    ) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        for certificate in named {
            roots.add(certificate.clone()).unwrap();
        }
        let provider = Arc::new(default_provider());
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = Named { usual: usual.build().unwrap(), certificates: named.to_vec() };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let name = ServerName::try_from(host).unwrap();
        verifier.verify_server_cert(shown, &[], &name, &[], now).map(drop)
    }

    #[test]
    fn a_certificate_that_signed_itself_is_believed_where_it_is_named() {
        for is_ca in [true, false] {
            let suite = own("suite.example", is_ca, 2040);
            assert_eq!(judge(from_ref(&suite), &suite, "suite.example"), Ok(()), "{is_ca}");
            assert!(judge(from_ref(&suite), &suite, "other.example").is_err(), "another name");
            let stranger = own("suite.example", is_ca, 2040);
            assert!(
                judge(from_ref(&suite), &stranger, "suite.example").is_err(),
                "not the very one"
            );
            let over = own("suite.example", is_ca, 2020);
            assert!(judge(from_ref(&over), &over, "suite.example").is_err(), "over");
        }
    }
}
