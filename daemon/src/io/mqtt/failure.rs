//! Why there is no connection, in words for whoever reads the log.
//!
//! Owns the sentences, from the client's, the network's and TLS's errors. Refuses to decide what
//! follows.

use std::io;

use rumqttc::{ConnectReturnCode, ConnectionError, StateError, TlsError, mqttbytes};
use rustls::{AlertDescription, CertificateError};

use super::{SettingsError, mailbox::Overflow, settings::MAX_PACKET};

/// Why a session ended or none could be had, as one sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("the name `{host}` cannot be resolved")]
    Resolve { host: String },
    #[error("the broker refused the connection: {reason}")]
    Refused { reason: &'static str, credentials: bool },
    #[error("a message larger than {} bytes waits on a subscribed topic; clear it at the broker", MAX_PACKET)]
    TooLarge,
    #[error("the broker sends faster than the messages can be looked at: {0}")]
    Overflow(#[from] Overflow),
    #[error("the broker closed the connection")]
    Closed,
    #[error("the broker does not answer")]
    Silent,
    #[error("{0}")]
    Network(String),
}

impl From<ConnectionError> for LinkError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::ConnectionRefused(code) => refusal(code),
            ConnectionError::NetworkTimeout
            | ConnectionError::FlushTimeout
            | ConnectionError::MqttState(StateError::AwaitPingResp) => Self::Silent,
            ConnectionError::MqttState(StateError::ConnectionAborted) => Self::Closed,
            ConnectionError::MqttState(StateError::Deserialization(
                mqttbytes::Error::PayloadSizeLimitExceeded(_),
            )) => Self::TooLarge,
            ConnectionError::Io(source)
            | ConnectionError::Tls(TlsError::Io(source))
            | ConnectionError::MqttState(
                StateError::Io(source) | StateError::Deserialization(mqttbytes::Error::Io(source)),
            ) => network(&source),
            other => Self::Network(other.to_string()),
        }
    }
}

fn refusal(code: ConnectReturnCode) -> LinkError {
    let (reason, credentials) = match code {
        ConnectReturnCode::BadUserNamePassword => ("wrong user name or password", true),
        ConnectReturnCode::NotAuthorized => ("not authorized", true),
        ConnectReturnCode::BadClientId => ("the client id is not accepted", true),
        ConnectReturnCode::RefusedProtocolVersion => ("it does not speak MQTT 3.1.1", true),
        ConnectReturnCode::ServiceUnavailable => ("it is not available", false),
        ConnectReturnCode::Success => ("no reason was given", false),
    };
    LinkError::Refused { reason, credentials }
}

fn network(error: &io::Error) -> LinkError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(tls) => LinkError::Network(tls_in_words(tls)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => LinkError::Closed,
        None => LinkError::Network(error.to_string()),
    }
}

/// What an administrator can do something about has a sentence; the rest is in the library's words.
fn tls_in_words(error: &rustls::Error) -> String {
    let known = match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::UnknownIssuer => "the broker's certificate is signed by nobody in `ca_file`",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the broker's certificate is for another host name"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the broker's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the broker's certificate is not valid yet, or this machine's clock is behind"
            }
            _ => return format!("the broker's certificate cannot be trusted: {fault}"),
        },
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the broker asks for a client certificate: set `cert_file` and `key_file`"
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked,
        ) => "the broker does not accept the client certificate",
        other => return format!("TLS: {other}"),
    };
    known.to_owned()
}
