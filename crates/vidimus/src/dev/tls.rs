//! `--tls`: HTTPS beside HTTP, with a certificate for the products' host names. An authority of this
//! folder alone signs it; it can vouch for those names and no others (RFC 5280 §4.2.1.10).

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType, date_time_ymd,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use vidimus_core::time::Time;
use vidimus_http::serve::{Door, Listener, Tls, TlsFiles};

use crate::{
    dev::hosts::{PERMITTED, WILDCARDS, is_permitted},
    doctor::certificate::not_after,
    failure::Failure,
    serve::PrivateFile,
};

const FOLDER: &str = "tls";
const CA: &str = "ca.pem";
const CA_KEY: &str = "ca.key";
const NAME: &str = "Vidimus sandbox of this folder alone";
const CA_DAYS: u64 = 365;
/// One that ends sooner is made anew.
const CA_DAYS_LEFT_MIN: i64 = 30;
const CERTIFICATE_DAYS: u64 = 30;
/// Clocks differ.
const EARLIER: Duration = Duration::from_secs(86_400);
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// What clients need to know.
pub struct Secured {
    pub ca_file: PathBuf,
    pub addresses: Vec<SocketAddr>,
}

impl Secured {
    fn urls(&self) -> Vec<String> {
        self.addresses.iter().map(|address| format!("https://{address}")).collect()
    }

    fn trust_store(&self) -> PathBuf {
        self.ca_file.with_extension("p12")
    }

    /// For a shell that runs the client, and nothing else: no machine's own trust is touched.
    fn variables(&self) -> [(&'static str, String); 5] {
        let file = self.ca_file.display().to_string();
        let java = format!(
            "-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword=changeit",
            self.trust_store().display()
        );
        [
            ("CURL_CA_BUNDLE", file.clone()),
            ("REQUESTS_CA_BUNDLE", file.clone()),
            ("NODE_EXTRA_CA_CERTS", file.clone()),
            ("SSL_CERT_FILE", file),
            ("JAVA_TOOL_OPTIONS", java),
        ]
    }

    /// Java reads no PEM: its own tool makes what it reads.
    fn keytool(&self) -> String {
        format!(
            "keytool -importcert -noprompt -alias vidimus-dev -file {} -keystore {} \
             -storepass changeit",
            self.ca_file.display(),
            self.trust_store().display()
        )
    }

    pub fn as_json(&self) -> Value {
        let variables = self.variables().map(|(name, value)| (name.to_owned(), json!(value)));
        json!({
            "urls": self.urls(),
            "ca_file": self.ca_file,
            "environment": Map::from_iter(variables),
            "keytool": self.keytool(),
        })
    }

    pub fn text(&self) -> String {
        let told = [
            "curl, PHP",
            "Python requests",
            "Node.js",
            "Go, Ruby, OpenSSL, .NET",
            "Java, after the keytool line",
        ];
        let exports: String = self
            .variables()
            .iter()
            .zip(told)
            .map(|((name, value), who)| format!("            export {name}='{value}'  # {who}\n"))
            .collect();
        format!(
            "  https     {}
            authority {}: good for the products' host names and localhost alone;
            nothing is installed, a shell that shall trust it says so
{exports}            {}
            names     vidimus dev --hosts
",
            self.urls().join("  "),
            self.ca_file.display(),
            self.keytool(),
        )
    }
}

/// Listens, and adds what it listens with.
///
/// # Errors
/// An address is not of this machine alone or taken, or the folder cannot hold the keys.
pub async fn secure(
    listeners: &mut Vec<Listener>,
    asked: &[SocketAddr],
    names: &[String],
    folder: &Path,
    now: Time,
) -> Result<Secured, Failure> {
    // Whoever is told where it is may stand elsewhere.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(FOLDER);
    let files = certify(&folder, names, now)
        .map_err(|why| Failure::refused(format!("{}: {why}", folder.display())))?;
    let tls = Arc::new(Tls::load(files).map_err(|why| Failure::refused(why.to_string()))?);
    let mut addresses = Vec::new();
    for address in if asked.is_empty() { &[DEFAULT] } else { asked } {
        let refused = |why: String| {
            Failure::refused(format!(
                "cannot listen on {address}: {why}. Another address is set by --tls-listen"
            ))
        };
        if !address.ip().is_loopback() {
            let text = "the sandbox has published secrets, so it listens on this machine alone";
            return Err(Failure::usage(format!("--tls-listen {address}: {text}")));
        }
        let socket = TcpListener::bind(address).await.map_err(|why| refused(why.to_string()))?;
        addresses.push(socket.local_addr().map_err(|why| refused(why.to_string()))?);
        listeners.push(Listener { socket, door: Door::Main, tls: Some(Arc::clone(&tls)) });
    }
    Ok(Secured { ca_file: folder.join(CA), addresses })
}

/// A fresh certificate by the folder's authority, which stays, so that whoever trusts it goes on doing so.
fn certify(folder: &Path, names: &[String], now: Time) -> Result<TlsFiles, String> {
    fs::create_dir_all(folder).map_err(|why| why.to_string())?;
    let authority = authority(folder, now)?;
    let key = KeyPair::generate().map_err(|why| why.to_string())?;
    let params = of_server(names, now)?;
    let leaf = params.signed_by(&key, &authority).map_err(|why| why.to_string())?;
    let files = TlsFiles { certificate: folder.join("server.pem"), key: folder.join("server.key") };
    publish(&files.certificate, &leaf.pem())?;
    write(&files.key, &key.serialize_pem())?;
    Ok(files)
}

fn authority(folder: &Path, now: Time) -> Result<Issuer<'static, KeyPair>, String> {
    let (certificate, key_file) = (folder.join(CA), folder.join(CA_KEY));
    let lasts = not_after(&certificate)
        .is_some_and(|end| end.seconds() > now.seconds() + CA_DAYS_LEFT_MIN * 86_400);
    let params = of_authority(now);
    let kept = fs::read_to_string(&key_file).ok().filter(|_| lasts);
    if let Some(key) = kept.and_then(|pem| KeyPair::from_pem(&pem).ok()) {
        return Ok(Issuer::new(params, key));
    }
    let key = KeyPair::generate().map_err(|why| why.to_string())?;
    let signed = params.self_signed(&key).map_err(|why| why.to_string())?;
    write(&key_file, &key.serialize_pem())?;
    publish(&certificate, &signed.pem())?;
    Ok(Issuer::new(params, key))
}

fn of_authority(now: Time) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let dns = PERMITTED.map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let addresses = [
        CidrSubnet::from_addr_prefix(Ipv4Addr::new(127, 0, 0, 0).into(), 8),
        CidrSubnet::from_addr_prefix(Ipv6Addr::LOCALHOST.into(), 128),
    ];
    let permitted = dns.into_iter().chain(addresses.map(GeneralSubtree::IpAddress)).collect();
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    lasting(&mut params, now, CA_DAYS);
    params
}

/// Names that the authority may not vouch for are left out: a client would refuse all for one.
fn of_server(names: &[String], now: Time) -> Result<CertificateParams, String> {
    let own = names.iter().map(String::as_str).filter(|name| is_permitted(name));
    let mut all: Vec<String> =
        own.chain(WILDCARDS).chain(["localhost"]).map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    let mut params = CertificateParams::new(all).map_err(|why| why.to_string())?;
    let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    params.subject_alt_names.extend(loopback.map(SanType::IpAddress));
    params.distinguished_name = named("Vidimus sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    lasting(&mut params, now, CERTIFICATE_DAYS);
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn lasting(params: &mut CertificateParams, now: Time, days: u64) {
    let since = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
    let now = date_time_ymd(1970, 1, 1) + since;
    params.not_before = now - EARLIER;
    params.not_after = now + Duration::from_secs(days * 86_400);
}

/// A key is its owner's alone, and none is kept as old.
fn write(path: &Path, pem: &str) -> Result<(), String> {
    PrivateFile::begin(path)
        .and_then(|file| file.replace(pem))
        .map_err(|why| format!("{}: {why}", path.display()))
}

/// Certificates are for everybody who shall trust them.
fn publish(path: &Path, pem: &str) -> Result<(), String> {
    fs::write(path, pem).map_err(|why| format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
    use rustls::{
        RootCertStore,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
        crypto::aws_lc_rs::default_provider,
    };

    use super::*;

    const NOW: Time = Time::from_seconds(1_800_000_000);

    fn names() -> Vec<String> {
        ["login.salesforce.com", "api.example.com"].map(str::to_owned).to_vec()
    }

    fn read(path: &Path) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(path).unwrap()
    }

    fn trusts(ca: &Path, leaf: &CertificateDer<'_>, host: &'static str) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(read(ca)).unwrap();
        let provider = Arc::new(default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let name = ServerName::try_from(host).unwrap();
        verifier.verify_server_cert(leaf, &[], &name, &[], now).is_ok()
    }

    #[test]
    fn the_products_names_are_vouched_for_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let files = certify(folder.path(), &names(), NOW).unwrap();
        let (ca, leaf) = (folder.path().join(CA), read(&files.certificate));
        for host in [
            "login.salesforce.com",
            "mine.my.salesforce.com",
            "mine--uat.sandbox.my.salesforce.com",
            "localhost",
            "127.0.0.1",
        ] {
            assert!(trusts(&ca, &leaf, host), "{host}");
        }
        assert!(!trusts(&ca, &leaf, "api.example.com"));
        assert!(!trusts(&ca, &leaf, "www.salesforce.com"));
    }

    #[test]
    fn a_stolen_key_is_good_for_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path(), &names(), NOW).unwrap();
        let ca = folder.path().join(CA);
        let issuer = authority(folder.path(), NOW).unwrap();
        for (host, is_trusted) in [
            ("login.salesforce.com", true),
            ("bank.example", false),
            ("www.salesforce.com", false),
            ("vmware.com", false),
            ("10.0.0.1", false),
        ] {
            let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
            lasting(&mut params, NOW, 1);
            let key = KeyPair::generate().unwrap();
            let leaf = params.signed_by(&key, &issuer).unwrap();
            assert_eq!(trusts(&ca, leaf.der(), host), is_trusted, "{host}");
        }
    }

    #[test]
    fn the_authority_stays_until_it_is_about_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let first = certify(folder.path(), &names(), NOW).unwrap();
        let (ca, leaf) = (folder.path().join(CA), read(&first.certificate));
        let known = read(&ca);
        certify(folder.path(), &names(), NOW).unwrap();
        assert_eq!(read(&ca), known);
        assert_ne!(read(&first.certificate), leaf);
        assert!(trusts(&ca, &read(&first.certificate), "localhost"));
        let later = Time::from_seconds(NOW.seconds() + 340 * 86_400);
        certify(folder.path(), &names(), later).unwrap();
        assert_ne!(read(&ca), known);
    }

    #[test]
    fn keys_are_their_owner_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path(), &names(), NOW).unwrap();
        for name in [CA_KEY, "server.key"] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
