//! TLS with libpq's meaning of `sslmode`: what is encrypted, and what of the server's certificate is verified.
//!
//! | sslmode | encrypted | certificate |
//! |---|---|---|
//! | `disable` | no | |
//! | `allow`, `prefer` | if the server can, else plain | not verified |
//! | `require` | yes | its authority, when there is an `sslrootcert` (or `~/.postgresql/root.crt`) |
//! | `verify-ca` | yes | its authority |
//! | `verify-full` | yes | its authority and its name |

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, version,
};
use switchback_plan::shell::word;
use switchback_plan::{Error, ErrorKind, Result};
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::der::Decode;

use super::settings::{Roots, SslMode, TlsSettings};

/// What opens TLS sessions as the settings want them.
pub(super) fn connector(settings: &TlsSettings) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier {
        trust: trust(settings)?,
        check_name: settings.mode == SslMode::VerifyFull,
        algorithms: provider.signature_verification_algorithms,
    };
    let versions = match (settings.min_tls13, settings.max_tls12) {
        (true, true) => {
            return Err(Error::new(
                ErrorKind::Config,
                "ssl_min_protocol_version is above ssl_max_protocol_version",
            ));
        }
        (true, false) => vec![&version::TLS13],
        (false, true) => vec![&version::TLS12],
        (false, false) => vec![&version::TLS12, &version::TLS13],
    };
    let builder = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|e| Error::new(ErrorKind::Config, format!("TLS cannot be set up: {e}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client_certificate(settings)? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|e| {
            Error::new(
                ErrorKind::Config,
                format!("the client certificate and its key do not go together: {e}"),
            )
            .hint("check sslcert and sslkey")
        })?,
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = settings.send_name;
    if settings.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

/// The certificates that are trusted.
#[derive(Debug)]
struct Trust {
    roots: RootCertStore,
    /// The same ones as they are: a server may show one of them itself, which a path of authorities cannot express.
    exact: Vec<CertificateDer<'static>>,
}

fn trust(settings: &TlsSettings) -> Result<Option<Trust>> {
    let verifies = settings.mode >= SslMode::VerifyCa;
    let file = match &settings.roots {
        // Encryption that may fall back to none gains nothing from verifying.
        _ if settings.mode < SslMode::Require => return Ok(None),
        Roots::System => return system_trust().map(Some),
        Roots::File(file) => file,
        Roots::DefaultFile(file) if file.exists() => file,
        Roots::DefaultFile(_) | Roots::None if verifies => {
            return Err(Error::new(ErrorKind::Config, "sslmode asks to verify the server's certificate, but no trusted certificates are given")
                .hint("name a file with sslrootcert=FILE, or use those of the operating system with sslrootcert=system"));
        }
        Roots::DefaultFile(_) | Roots::None => return Ok(None),
    };
    let exact = certificates(file, "sslrootcert")?;
    let mut roots = RootCertStore::empty();
    for certificate in &exact {
        roots.add(certificate.clone()).map_err(|e| {
            Error::new(ErrorKind::Config, format!("a certificate in {} cannot be used: {e}", file.display()))
        })?;
    }
    Ok(Some(Trust { roots, exact }))
}

fn system_trust() -> Result<Trust> {
    let mut roots = RootCertStore::empty();
    // A system's store may hold a few that cannot be read; the others still count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(Error::new(ErrorKind::Config, "the operating system has no trusted certificates").hint(
            "install its package of certificates (ca-certificates), or name a file with sslrootcert=FILE",
        )),
        false => Ok(Trust { roots, exact: Vec::new() }),
    }
}

type ClientIdentity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(settings: &TlsSettings) -> Result<Option<ClientIdentity>> {
    let Some((certificate, key, asked_for)) = &settings.client else { return Ok(None) };
    if !asked_for && !certificate.exists() {
        return Ok(None);
    }
    let chain = certificates(certificate, "sslcert")?;
    check_key_permissions(key)?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|e| unreadable(key, "sslkey", "unencrypted private key", &e))?;
    Ok(Some((chain, key)))
}

fn certificates(file: &Path, keyword: &str) -> Result<Vec<CertificateDer<'static>>> {
    let found: std::result::Result<Vec<_>, PemError> =
        CertificateDer::pem_file_iter(file).and_then(|certificates| certificates.collect());
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(unreadable(file, keyword, "certificate", &PemError::NoItemsFound)),
        Err(error) => Err(unreadable(file, keyword, "certificate", &error)),
    }
}

fn unreadable(file: &Path, keyword: &str, what: &str, error: &PemError) -> Error {
    let message = match error {
        PemError::Io(error) => format!("{} cannot be read: {error}", file.display()),
        _ => format!("{} holds no {what} in PEM form", file.display()),
    };
    Error::new(ErrorKind::Config, message).hint(format!("check {keyword}"))
}

/// As libpq: a key that others can read is refused; one of root's may be readable by its group.
#[cfg(unix)]
fn check_key_permissions(key: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(key).map_err(|e| {
        Error::new(ErrorKind::Config, format!("{} cannot be read: {e}", key.display())).hint("check sslkey")
    })?;
    let tolerated = if metadata.uid() == 0 { 0o640 } else { 0o600 };
    match metadata.mode() & 0o077 & !tolerated {
        0 => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Config,
            format!("the private key {} can be read by others", key.display()),
        )
        .hint(format!("chmod 600 {}", word(&key.display().to_string())))),
    }
}

#[cfg(not(unix))]
fn check_key_permissions(_: &Path) -> Result<()> {
    Ok(())
}

/// Verifies as much of a certificate as the mode asks for; the handshake's signature always, or the channel binding of
/// the password exchange would be worth nothing.
#[derive(Debug)]
struct Verifier {
    trust: Option<Trust>,
    check_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(trust) = &self.trust else { return Ok(ServerCertVerified::assertion()) };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        if trust.exact.iter().any(|known| known.as_ref() == end_entity.as_ref()) {
            check_dates(end_entity, now)?;
        } else {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                &trust.roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        if self.check_name {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn check_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> std::result::Result<(), rustls::Error> {
    let certificate =
        x509_cert::Certificate::from_der(certificate.as_ref()).map_err(|_| CertificateError::BadEncoding)?;
    let validity = certificate.tbs_certificate.validity;
    let now = now.as_secs();
    if now < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}
