//! One message to the broker, and its receipt.
//!
//! Owns the short visit of a command that publishes and goes. Refuses to stay and to try for
//! ever: a script wants to know.

use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, Incoming, NetworkOptions, Outgoing, QoS};
use tokio::time::timeout;

use super::{Settings, failure::LinkError, link::resolve};
use crate::core::action::Message;

/// How long one address gets to connect, take the message and say so.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Of one host at most so many addresses are tried.
const MAX_ADDRESSES: usize = 8;
/// What one visit has to say: the message and the farewell.
const MAX_REQUESTS: usize = 2;

/// Why the message was not published.
#[derive(Debug, thiserror::Error)]
#[error("cannot publish to {host} port {port}: {reason}")]
pub struct PublishError {
    /// The last host that was tried.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What went wrong there, as words.
    pub reason: String,
}

/// Publishes at `QoS` 1 and waits for the receipt. Tries the addresses of the hosts in turn, and
/// returns the host and port that took it, or the last failure.
pub async fn publish_once(settings: &Settings, message: &Message) -> Result<(String, u16), PublishError> {
    let mut failure = None;
    for (host, port) in &settings.hosts {
        let mut tried = Vec::new();
        for turn in 0..MAX_ADDRESSES {
            let visited = match resolve(host, *port, turn).await {
                Ok(address) if tried.contains(&address) => break,
                Ok(address) => {
                    let visited = visit(settings, message, host, &address, *port).await;
                    tried.push(address);
                    visited
                }
                Err(error) => Err(error),
            };
            match visited {
                Ok(()) => return Ok((host.clone(), *port)),
                Err(error) => {
                    failure =
                        Some(PublishError { host: host.clone(), port: *port, reason: error.to_string() });
                    // Another address of the same host would say the same.
                    if matches!(error, LinkError::Resolve { .. } | LinkError::Refused { .. }) {
                        break;
                    }
                }
            }
        }
    }
    Err(failure.expect("a configuration has at least one host"))
}

async fn visit(
    settings: &Settings,
    message: &Message,
    host: &str,
    address: &str,
    port: u16,
) -> Result<(), LinkError> {
    // Two scripts at a time must not end each other's sessions; some brokers take 23 characters.
    let client_id = format!("bellboard-pub-{:08x}", fastrand::u32(..));
    let options = settings.visitor(&client_id, host, address, port)?;
    let (client, mut events) = AsyncClient::new(options, MAX_REQUESTS);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(ANSWER_TIMEOUT.as_secs());
    events.set_network_options(network);
    let payload = message.payload.clone();
    client
        .try_publish(&message.topic, QoS::AtLeastOnce, message.retain, payload)
        .map_err(|error| LinkError::Network(error.to_string()))?;
    timeout(ANSWER_TIMEOUT, until_receipt(&client, &mut events)).await.unwrap_or(Err(LinkError::Silent))
}

async fn until_receipt(client: &AsyncClient, events: &mut EventLoop) -> Result<(), LinkError> {
    let mut received = false;
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Incoming::PubAck(_))) => {
                received = true;
                if client.try_disconnect().is_err() {
                    return Ok(());
                }
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return Ok(()),
            Ok(Event::Incoming(_) | Event::Outgoing(_)) => {}
            // The message has arrived, and a farewell that failed is of no interest.
            Err(_) if received => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
