//! How to reach the broker, and as whom.
//!
//! Owns the client's options, the password's place and TLS. Refuses to connect.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rumqttc::{LastWill, MqttOptions, QoS, TlsConfiguration, Transport};
use rustls::{
    ClientConfig, RootCertStore,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

use crate::{
    config::{Config, model},
    core::topic::Topics,
};

/// No packet of the interface comes near this; a larger one is an error with a name.
pub const MAX_PACKET: usize = 1 << 20;
/// Events and answers that may wait for the broker's receipt before further ones are dropped.
const IN_FLIGHT: u16 = 1_000;
/// Where the service manager puts the password.
const CREDENTIAL: &str = "mqtt-password";

/// Why the broker's settings are of no use.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds no certificate or key.
    #[error("{}: no usable PEM {what} in it", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Certificate or key.
        what: &'static str,
    },
    /// Certificate and key do not fit each other, or the library knows their kind not.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The trusted certificates are of no use.
    #[error("TLS: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
    /// A host's name cannot stand in a certificate.
    #[error("TLS: `{0}` is not a host name")]
    HostName(String),
}

/// Everything needed for a connection attempt.
#[derive(Clone)]
pub struct Settings {
    /// Hosts and ports, tried in turn.
    pub hosts: Vec<(String, u16)>,
    /// What to subscribe to.
    pub filters: Vec<String>,
    /// The topic of the marker.
    pub marker: String,
    /// What the topics of commands start with: those go ahead of everything else.
    pub commands: Vec<String>,
    client_id: String,
    login: Option<(String, String)>,
    tls: Option<Trusted>,
    keep_alive: Duration,
    will: String,
}

impl fmt::Debug for Settings {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Trusted {
    verifier: Arc<WebPkiServerVerifier>,
    client: Option<(PathBuf, PathBuf)>,
}

impl Settings {
    /// Reads the password and the certificates that the configuration names.
    pub fn new(config: &Config, topics: &Topics) -> Result<Self, SettingsError> {
        let mqtt = &config.mqtt;
        let client_id = mqtt.client_id.clone().unwrap_or_else(|| format!("bellboard-{}", config.board.id));
        let password = password(mqtt.password_file.as_deref())?;
        Ok(Self {
            hosts: mqtt.hosts.clone(),
            filters: topics.filters(),
            marker: topics.marker(),
            commands: topics.urgent(),
            client_id,
            login: mqtt.username.clone().map(|user| (user, password.unwrap_or_default())),
            tls: mqtt.tls.as_ref().map(Trusted::new).transpose()?,
            keep_alive: Duration::from_secs(mqtt.keep_alive_s.into()),
            will: topics.of_board("availability"),
        })
    }

    /// The client's options for one attempt at one address of one host.
    pub(super) fn options(&self, host: &str, address: &str, port: u16) -> Result<MqttOptions, SettingsError> {
        let mut options = self.visitor(&self.client_id, host, address, port)?;
        options.set_inflight(IN_FLIGHT).set_last_will(LastWill::new(
            &self.will,
            "offline",
            QoS::AtLeastOnce,
            true,
        ));
        Ok(options)
    }

    /// The same without a Last Will and under another client id: the daemon's own session stays.
    pub(super) fn visitor(
        &self,
        client_id: &str,
        host: &str,
        address: &str,
        port: u16,
    ) -> Result<MqttOptions, SettingsError> {
        let mut options = MqttOptions::new(client_id, address, port);
        options
            .set_clean_session(true)
            .set_keep_alive(self.keep_alive)
            .set_max_packet_size(MAX_PACKET, MAX_PACKET);
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password);
        }
        if let Some(tls) = &self.tls {
            let config = Arc::new(tls.client_config(host)?);
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(config)));
        }
        Ok(options)
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }
}

/// The first line of the password file, else of the service manager's credential.
fn password(file: Option<&Path>) -> Result<Option<String>, SettingsError> {
    let credential = || Some(Path::new(&std::env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL));
    let path = match file {
        Some(path) => path.to_owned(),
        None => match credential().filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let text = fs::read_to_string(&path).map_err(|source| SettingsError::File { path, source })?;
    Ok(text.lines().next().map(str::to_owned))
}

impl Trusted {
    fn new(tls: &model::Tls) -> Result<Self, SettingsError> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = &tls.ca_file {
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(Self { verifier, client: tls.client.clone() })
    }

    fn client_config(&self, host: &str) -> Result<ClientConfig, SettingsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| SettingsError::HostName(host.into()))?;
        let verifier = Arc::new(NamedVerifier { name, inner: Arc::clone(&self.verifier) });
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let Some((certificate, key)) = &self.client else {
            return Ok(builder.with_no_client_auth());
        };
        let pem = |_| SettingsError::Pem { path: key.clone(), what: "key" };
        let private = PrivateKeyDer::from_pem_file(key).map_err(pem)?;
        Ok(builder.with_client_auth_cert(certificates(certificate)?, private)?)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let pem = || SettingsError::Pem { path: path.to_owned(), what: "certificate" };
    let list = CertificateDer::pem_file_iter(path).map_err(|_| pem())?;
    let list = list.collect::<Result<Vec<_>, _>>().map_err(|_| pem())?;
    if list.is_empty() { Err(pem()) } else { Ok(list) }
}

/// Checks a certificate against the configured host's name. The addresses of a host are tried
/// one by one, and without this the client would look for an address in the certificate.
#[derive(Debug)]
struct NamedVerifier {
    name: ServerName<'static>,
    inner: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for NamedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _address: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
