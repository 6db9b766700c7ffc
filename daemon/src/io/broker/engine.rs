//! The crate that speaks MQTT for the embedded broker, with the settings that make it fit.
//!
//! Owns everything that names `mqtt5`: another crate would replace this file and no other.
//! Refuses to know files and threads.

use std::{
    collections::HashSet,
    future::{Future, ready},
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use bellboard_panel::Timestamp;
use mqtt5::{
    QoS,
    broker::{
        AuthProvider, AuthResult, BrokerConfig, BrokerEventHandler, BrokerShutdownHandle, DynamicStorage,
        MqttBroker, RetainedSetEvent, StorageBackend, StorageBackendType, StorageConfig,
        config::{AuthConfig, RateLimitConfig},
        storage::RetainedMessage,
    },
    packet::{connect::ConnectPacket, publish::PublishPacket},
    protocol::v5::reason_codes::ReasonCode,
};
use tokio::sync::{Notify, watch};

use super::{
    BrokerError,
    retained::{Change, Retained},
    users::Users,
};

/// Messages queued for one client. A late subscriber gets all retained ones as one burst, and
/// what does not fit is lost: twice the 100,000 conversations the product is made for.
const MAX_QUEUED: usize = 200_000;
/// Retained messages in all, so that no client can fill the memory. As many as one burst holds.
const MAX_RETAINED: usize = MAX_QUEUED;
/// Bytes of a packet: what the daemon's own client takes, too.
const MAX_PACKET_LEN: usize = 1 << 20;
/// Connections at a time: a floor has tens of boards and scripts.
const MAX_CLIENTS: usize = 1000;
/// A session whose client is away longer than this is forgotten, with what waits for it.
const SESSION_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// Topics remembered as changed; beyond it, all are looked at.
const MAX_CHANGED: usize = 200_000;

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A broker that listens and does not answer yet.
pub struct Engine {
    broker: MqttBroker,
    state: State,
}

impl Engine {
    /// Listens on `addr`; with `users`, only they may connect.
    pub async fn bind(addr: SocketAddr, users: Option<Users>) -> Result<Self, BrokerError> {
        let changed = Arc::new(Changed::default());
        let config = settings(addr).with_event_handler(Arc::<Changed>::clone(&changed));
        let broker = MqttBroker::with_config(config).await.map_err(|error| why_not_bound(addr, &error))?;
        let storage = broker.storage().expect("the settings ask for a storage");
        let broker = broker.with_auth_provider(Arc::new(Door(users)));
        Ok(Self { broker, state: State { storage, changed } })
    }

    /// Where it listens, with the real port.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.broker.local_addr()
    }

    /// The retained messages, from now on.
    pub fn state(&self) -> State {
        self.state.clone()
    }

    /// Becomes true when clients are answered.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.broker.ready_receiver()
    }

    /// Ends [`Self::run`].
    pub fn stopper(&self) -> Stopper {
        Stopper(self.broker.shutdown_handle())
    }

    /// Serves until it is stopped; connections get 5 s to end.
    pub async fn run(mut self) -> Result<(), BrokerError> {
        self.broker.run().await.map_err(|error| BrokerError::Engine(error.to_string()))
    }
}

/// Ends a running [`Engine`].
pub struct Stopper(BrokerShutdownHandle);

impl Stopper {
    /// Does nothing before the engine is ready.
    pub fn stop(&self) {
        self.0.shutdown();
    }
}

/// The settings; each default that differs would lose messages, memory or strangers' manners.
fn settings(addr: SocketAddr) -> BrokerConfig {
    let storage = StorageConfig {
        // The other one rewrites a whole file for each retained message.
        backend: StorageBackendType::Memory,
        enable_persistence: true,
        max_queued_messages_per_client: MAX_QUEUED,
        ..StorageConfig::default()
    };
    let auth = AuthConfig {
        // Five bad logins would lock out everybody behind the same address for five minutes.
        rate_limit: RateLimitConfig { enabled: false, ..RateLimitConfig::default() },
        ..AuthConfig::default()
    };
    BrokerConfig {
        max_retained_messages: MAX_RETAINED,
        ..BrokerConfig::default()
            .with_bind_address(addr)
            .with_storage(storage)
            .with_auth(auth)
            .with_max_clients(MAX_CLIENTS)
            .with_max_packet_size(MAX_PACKET_LEN)
            .with_client_channel_capacity(MAX_QUEUED)
            .with_session_expiry(SESSION_TIMEOUT)
            // Nobody reads $SYS here, and it would change retained messages every 10 s.
            .with_sys_topics_enabled(false)
    }
}

/// The crate tells a failed bind as text for a console; asking once more gives the cause.
fn why_not_bound(addr: SocketAddr, error: &mqtt5::MqttError) -> BrokerError {
    match TcpListener::bind(addr) {
        Err(source) => BrokerError::Listen { addr, source },
        Ok(_) => BrokerError::Engine(error.to_string()),
    }
}

/// The retained messages of a running broker, and which topics changed.
#[derive(Clone)]
pub struct State {
    storage: Arc<DynamicStorage>,
    changed: Arc<Changed>,
}

impl State {
    /// Puts messages back, before the engine runs. Those that ended before `now` are left out.
    pub async fn restore(&self, messages: Vec<Retained>, now: Timestamp) -> Result<(), BrokerError> {
        let now = now.secs() as u64;
        for message in messages {
            let mut packet = PublishPacket::new(message.topic, message.payload, from_level(message.qos));
            packet.retain = true;
            if let Some(expires_at) = message.expires_at {
                let Some(left) = expires_at.checked_sub(now).filter(|left| *left > 0) else { continue };
                packet = packet.with_message_expiry_interval(u32::try_from(left).unwrap_or(u32::MAX));
            }
            let topic = packet.topic_name.clone();
            self.storage
                .store_retained_message(&topic, RetainedMessage::new(packet))
                .await
                .map_err(|error| BrokerError::Engine(error.to_string()))?;
        }
        Ok(())
    }

    /// Waits until some topic changed since the last [`Self::take_changes`].
    pub async fn changed(&self) {
        self.changed.notify.notified().await;
    }

    /// What became of each topic that changed since the last call; `None` when they were too
    /// many to remember.
    pub async fn take_changes(&self) -> Option<Vec<Change>> {
        let topics = self.changed.take()?;
        let mut changes = Vec::with_capacity(topics.len());
        for topic in topics {
            let message = self.storage.get_retained_message(&topic).await.ok().flatten();
            changes.push(match message {
                Some(message) => Change::Holds(to_retained(message)),
                None => Change::HoldsNothing(topic.as_ref().to_owned()),
            });
        }
        Some(changes)
    }

    /// Every retained message.
    pub async fn all(&self) -> Vec<Retained> {
        let messages = self.storage.get_retained_messages("#").await.unwrap_or_default();
        messages.into_iter().map(|(_, message)| to_retained(message)).collect()
    }
}

fn to_retained(message: RetainedMessage) -> Retained {
    let expires_at = message.expires_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Retained {
        topic: message.topic,
        payload: message.payload,
        qos: message.qos as u8,
        expires_at: expires_at.map(|since_epoch| since_epoch.as_secs()),
    }
}

fn from_level(qos: u8) -> QoS {
    match qos {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

/// The topics that changed. Only their names: the crate tells of a change after it has stored
/// it, so what the storage holds later is never older than the change.
#[derive(Default)]
struct Changed {
    topics: Mutex<Topics>,
    notify: Notify,
}

#[derive(Default)]
struct Topics {
    names: HashSet<Arc<str>>,
    overflowed: bool,
}

impl Changed {
    fn add(&self, topic: Arc<str>) {
        // Topics that start with $ are the broker's own, and no wildcard finds them.
        if topic.starts_with('$') {
            return;
        }
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if topics.names.len() < MAX_CHANGED {
            topics.names.insert(topic);
        } else {
            topics.overflowed = true;
        }
        self.notify.notify_one();
    }

    fn take(&self) -> Option<HashSet<Arc<str>>> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let topics = std::mem::take(&mut *topics);
        (!topics.overflowed).then_some(topics.names)
    }
}

impl BrokerEventHandler for Changed {
    fn on_retained_set(&self, event: RetainedSetEvent) -> Later<'_, ()> {
        self.add(event.topic);
        Box::pin(ready(()))
    }
}

/// Lets in everybody, or the users; whoever is in may do everything.
struct Door(Option<Users>);

impl AuthProvider for Door {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client: SocketAddr,
    ) -> Later<'a, mqtt5::Result<AuthResult>> {
        let name = connect.username.as_deref().unwrap_or_default();
        let password = connect.password.as_deref().unwrap_or_default();
        let result = match &self.0 {
            None => AuthResult::success(),
            Some(users) if users.admits(name, password) => AuthResult::success_with_user(name),
            Some(_) => {
                tracing::warn!(%client, "the embedded broker refused a wrong user name or password");
                AuthResult::fail(ReasonCode::BadUsernameOrPassword)
            }
        };
        Box::pin(ready(Ok(result)))
    }

    fn authorize_publish<'a>(&'a self, _: &str, _: Option<&'a str>, _: &'a str) -> Later<'a, bool> {
        Box::pin(ready(true))
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, _: Option<&'a str>, _: &'a str) -> Later<'a, bool> {
        Box::pin(ready(true))
    }
}

#[cfg(test)]
impl State {
    /// Retains a message as a client's would be.
    pub async fn retain(&self, message: Retained) {
        let topic = Arc::from(message.topic.as_str());
        self.restore(vec![message], Timestamp::EPOCH).await.expect("memory takes it");
        self.changed.add(topic);
    }
}
