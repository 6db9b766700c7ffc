//! The broker inside the daemon keeps its promises to any MQTT client.
//!
//! Owns the claims about `[broker] embedded = true`: nothing retained is lost on the way or
//! across a restart, and nobody gets in who may not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use bellboard::{
    config::model::Broker,
    io::broker::{BrokerError, EmbeddedBroker},
};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Incoming, LastWill, MqttOptions,
    NetworkOptions, QoS,
};

/// As many as a large floor has open and closed within a day.
const CONVERSATIONS: usize = 10_000;
/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest packet the clients take, as the broker does.
const MAX_PACKET: usize = 1 << 20;

fn on_loopback() -> Broker {
    Broker { embedded: true, listen: SocketAddr::from(([127, 0, 0, 1], 0)), users_file: None }
}

struct Client {
    out: AsyncClient,
    events: EventLoop,
}

impl Client {
    /// Connects; `adjust` changes the options.
    async fn connect(
        broker: &EmbeddedBroker,
        id: &str,
        adjust: impl FnOnce(&mut MqttOptions) -> &mut MqttOptions,
    ) -> Result<Self, ConnectionError> {
        let mut options = MqttOptions::new(id, "127.0.0.1", broker.local_addr().port());
        options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
        adjust(&mut options);
        let (out, mut events) = AsyncClient::new(options, 2 * CONVERSATIONS);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        let mut client = Self { out, events };
        loop {
            if let Event::Incoming(Incoming::ConnAck(_)) = client.next().await? {
                return Ok(client);
            }
        }
    }

    async fn plain(broker: &EmbeddedBroker, id: &str) -> Self {
        Self::connect(broker, id, |o| o).await.unwrap()
    }

    async fn next(&mut self) -> Result<Event, ConnectionError> {
        tokio::time::timeout(STEP_TIMEOUT, self.events.poll()).await.expect("the broker went quiet")
    }

    /// Publishes each retained at QoS 1, and returns when the broker has taken all.
    async fn retain(&mut self, messages: impl IntoIterator<Item = (String, String)>) {
        let mut missing = 0;
        for (topic, payload) in messages {
            self.out.try_publish(topic, QoS::AtLeastOnce, true, payload).unwrap();
            missing += 1;
        }
        while missing > 0 {
            if let Event::Incoming(Incoming::PubAck(_)) = self.next().await.unwrap() {
                missing -= 1;
            }
        }
    }

    /// Subscribes at QoS 0 and collects until the marker, which is published to itself once
    /// the subscription stands, has come back: all that was retained is before it.
    async fn burst(&mut self, filter: &str) -> BTreeMap<String, String> {
        self.out.try_subscribe(filter, QoS::AtMostOnce).unwrap();
        self.out.try_subscribe("test/marker", QoS::AtMostOnce).unwrap();
        self.out.try_publish("test/marker", QoS::AtMostOnce, false, "").unwrap();
        let mut seen = BTreeMap::new();
        loop {
            if let Event::Incoming(Incoming::Publish(message)) = self.next().await.unwrap() {
                if message.topic == "test/marker" {
                    return seen;
                }
                assert!(message.retain, "{} came as if it were new", message.topic);
                let payload = String::from_utf8(message.payload.to_vec()).unwrap();
                assert_eq!(seen.insert(message.topic, payload), None);
            }
        }
    }

    /// The next message.
    async fn message(&mut self) -> (String, Vec<u8>) {
        loop {
            if let Event::Incoming(Incoming::Publish(message)) = self.next().await.unwrap() {
                return (message.topic, message.payload.to_vec());
            }
        }
    }

    async fn subscribe(&mut self, topic: &str) {
        self.out.try_subscribe(topic, QoS::AtMostOnce).unwrap();
        while !matches!(self.next().await.unwrap(), Event::Incoming(Incoming::SubAck(_))) {}
    }
}

fn conversations() -> BTreeMap<String, String> {
    let conversation = |n| {
        let payload = format!(
            r#"{{"status":"open","channel":"facebook","opened_at":{n},"waiting_since":{n},"customer":"Zoë {n}"}}"#
        );
        (format!("support/conversations/fb-{n}"), payload)
    };
    (0..CONVERSATIONS).map(conversation).collect()
}

async fn what_a_new_client_sees(broker: &EmbeddedBroker) -> BTreeMap<String, String> {
    Client::plain(broker, "late").await.burst("support/#").await
}

#[tokio::test]
async fn ten_thousand_retained_conversations_reach_a_late_subscriber_and_survive_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = conversations();

    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    let mut desk = Client::plain(&broker, "desk").await;
    desk.retain(expected.clone()).await;
    assert!(what_a_new_client_sees(&broker).await == expected, "the first burst is not complete");
    broker.shutdown().await.unwrap();

    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    assert!(what_a_new_client_sees(&broker).await == expected, "a restart lost messages");
    let mut desk = Client::plain(&broker, "desk").await;
    let removed: Vec<String> = expected.keys().step_by(3).cloned().collect();
    desk.retain(removed.iter().map(|topic| (topic.clone(), String::new()))).await;
    for topic in &removed {
        expected.remove(topic);
    }
    let changed = ("support/conversations/fb-1".to_owned(), "changed".to_owned());
    expected.insert(changed.0.clone(), changed.1.clone());
    desk.retain([changed]).await;
    assert!(what_a_new_client_sees(&broker).await == expected, "a removal was not seen");
    broker.shutdown().await.unwrap();

    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    assert!(what_a_new_client_sees(&broker).await == expected, "what was removed came back");
    broker.shutdown().await.unwrap();
}

#[tokio::test]
async fn without_a_state_directory_nothing_is_kept_and_nothing_is_asked_for() {
    let broker = EmbeddedBroker::start(&on_loopback(), None).unwrap();
    Client::plain(&broker, "desk").await.retain([("support/availability".into(), "online".into())]).await;
    broker.shutdown().await.unwrap();
    let broker = EmbeddedBroker::start(&on_loopback(), None).unwrap();
    assert_eq!(what_a_new_client_sees(&broker).await, BTreeMap::new());
    broker.shutdown().await.unwrap();
}

fn users_file(dir: &Path) -> Broker {
    let path = dir.join("users");
    fs::write(&path, "# who may connect\ndesk:s3cret\n").unwrap();
    Broker { users_file: Some(path), ..on_loopback() }
}

#[tokio::test]
async fn with_a_users_file_only_the_right_password_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    let broker = EmbeddedBroker::start(&users_file(dir.path()), None).unwrap();
    for (name, password) in [("desk", "wrong"), ("desk", ""), ("stranger", "s3cret")] {
        let error = Client::connect(&broker, "a", |o| o.set_credentials(name, password)).await;
        assert!(
            matches!(
                error,
                Err(ConnectionError::ConnectionRefused(
                    ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized
                ))
            ),
            "{name} with {password:?} was let in"
        );
    }
    assert!(Client::connect(&broker, "a", |o| o).await.is_err(), "a nameless client was let in");
    // After as many failures as one likes, the right password still works.
    let mut desk = Client::connect(&broker, "a", |o| o.set_credentials("desk", "s3cret")).await.unwrap();
    desk.retain([("support/availability".into(), "online".into())]).await;
    broker.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_last_will_of_a_client_that_vanishes_is_published_and_retained() {
    let broker = EmbeddedBroker::start(&on_loopback(), None).unwrap();
    let mut watcher = Client::plain(&broker, "watcher").await;
    watcher.subscribe("support/availability").await;
    let will = LastWill::new("support/availability", "offline", QoS::AtLeastOnce, true);
    let desk = Client::connect(&broker, "desk", |o| o.set_last_will(will)).await.unwrap();
    drop(desk);
    assert_eq!(watcher.message().await, ("support/availability".into(), b"offline".to_vec()));
    let seen = what_a_new_client_sees(&broker).await;
    assert_eq!(seen["support/availability"], "offline");
    broker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_broker_starts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker-retained.log");
    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    let mut desk = Client::plain(&broker, "desk").await;
    desk.retain([("support/a".into(), "first".into())]).await;
    broker.shutdown().await.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend_from_slice(b"torn");
    fs::write(&file, &bytes).unwrap();

    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    assert_eq!(what_a_new_client_sees(&broker).await["support/a"], "first");
    broker.shutdown().await.unwrap();
    assert_eq!(fs::read(dir.path().join("broker-retained.damaged-1")).unwrap(), bytes);

    fs::write(&file, "not ours").unwrap();
    let broker = EmbeddedBroker::start(&on_loopback(), Some(dir.path())).unwrap();
    assert_eq!(what_a_new_client_sees(&broker).await, BTreeMap::new());
    broker.shutdown().await.unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("broker-retained.damaged-2")).unwrap(), "not ours");
}

#[test]
fn an_address_that_others_reach_is_refused_without_users() {
    let open = Broker { listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), ..on_loopback() };
    let error = EmbeddedBroker::start(&open, None).unwrap_err();
    assert!(matches!(error, BrokerError::NeedsUsers { .. }), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let guarded = Broker { listen: open.listen, ..users_file(dir.path()) };
    assert_ne!(EmbeddedBroker::start(&guarded, None).unwrap().local_addr().port(), 0);
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_reason() {
    let broker = EmbeddedBroker::start(&on_loopback(), None).unwrap();
    let same = Broker { listen: broker.local_addr(), ..on_loopback() };
    let error = EmbeddedBroker::start(&same, None).unwrap_err().to_string();
    let expected = format!("the embedded broker cannot listen on {}: ", broker.local_addr());
    assert!(error.starts_with(&expected) && error.contains("in use"), "{error}");
    broker.shutdown().await.unwrap();
}
