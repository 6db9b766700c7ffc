//! The demo's desk on the air: a main system as a broker sees one.
//!
//! Owns the connection and the pace. Refuses to know what the desk says.

use std::{net::SocketAddr, pin::pin, time::Duration};

use rumqttc::{
    AsyncClient, ClientError, Event, EventLoop, Incoming, LastWill, MqttOptions, NetworkOptions, Outgoing,
    QoS,
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::{desk::Desk, talk::Message};
use crate::{clock::Clock, config::model::Source};

const CLIENT_ID: &str = "bellboard-demo-desk";
/// A half-open connection is found after less than twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Messages handed over and not yet sent: a resync of a busy hour fits.
const MAX_QUEUED: usize = 1000;
/// Between attempts to connect. The broker is a part of the demo, so it is there or not at all.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// How long the end waits for the farewell to be sent; then the Last Will says the same.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// Plays a desk in real time towards the broker at `addr`, under the default source's root,
/// until `stop` is true or its sender is gone; then says `offline`. Reconnects for ever.
pub async fn play(addr: SocketAddr, seed: u64, mut stop: watch::Receiver<bool>) {
    let root = Source::default().root;
    let (client, events) = connect(addr, &root);
    let say_all = Notify::new();
    let mut listening = pin!(listen(events, &client, &root, &say_all));
    tokio::select! {
        () = &mut listening => return,
        () = speak(&client, &root, seed, &say_all) => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    if say_farewell(&client, &root).is_ok() {
        // Late or not, nothing is left to be done: the Last Will says the same.
        let _ = timeout(FAREWELL_TIMEOUT, listening).await;
    }
}

fn connect(addr: SocketAddr, root: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(CLIENT_ID, addr.ip().to_string(), addr.port());
    options.set_keep_alive(KEEP_ALIVE);
    let will = Message::offline();
    options.set_last_will(LastWill::new(topic(root, &will), will.payload, QoS::AtLeastOnce, will.retain));
    let (client, mut events) = AsyncClient::new(options, MAX_QUEUED);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
}

/// Polls the connection until the farewell is out.
async fn listen(mut events: EventLoop, client: &AsyncClient, root: &str, say_all: &Notify) {
    let resync = format!("{root}/resync");
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                if client.try_subscribe(&resync, QoS::AtMostOnce).is_err() {
                    tracing::warn!("the demo's desk is too busy to hear a resync");
                }
                say_all.notify_one();
            }
            Ok(Event::Incoming(Incoming::Publish(message))) if message.topic == resync => {
                say_all.notify_one();
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!("the demo's desk has no broker: {error}");
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// Publishes what the desk says, when it says it; all of it on every new connection and on
/// request. Ends only when the connection's other half is gone.
async fn speak(client: &AsyncClient, root: &str, seed: u64, say_all: &Notify) {
    let clock = Clock::start();
    let now = || clock.now().wall;
    // Before the first connection nobody listens, so the desk opens with it.
    say_all.notified().await;
    let mut desk = Desk::new(seed, now());
    loop {
        for message in desk.advance(now()) {
            if publish(client, root, message).await.is_err() {
                return;
            }
        }
        let until_next = desk.next_at().millis_since(now()).max(0) as u64;
        tokio::select! {
            () = sleep(Duration::from_millis(until_next)) => {}
            () = say_all.notified() => {
                for message in desk.resync() {
                    if publish(client, root, message).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

async fn publish(client: &AsyncClient, root: &str, message: Message) -> Result<(), ClientError> {
    let qos = if message.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
    client.publish(topic(root, &message), qos, message.retain, message.payload).await
}

fn say_farewell(client: &AsyncClient, root: &str) -> Result<(), ClientError> {
    let farewell = Message::offline();
    client.try_publish(topic(root, &farewell), QoS::AtLeastOnce, farewell.retain, farewell.payload)?;
    client.try_disconnect()
}

fn topic(root: &str, message: &Message) -> String {
    format!("{root}/{}", message.topic_suffix)
}

/// How long a command may take to leave.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);

/// Acknowledges what the board shows, as any other system would: by a command over MQTT.
pub async fn acknowledge(addr: SocketAddr) {
    let options = MqttOptions::new("bellboard-demo-viewer", addr.ip().to_string(), addr.port());
    let (client, mut events) = AsyncClient::new(options, 4);
    let ack = client.try_publish("bellboard/board/cmd/ack", QoS::AtLeastOnce, false, r#"{"by":"the demo"}"#);
    let sent =
        async { while !matches!(events.poll().await, Ok(Event::Incoming(Incoming::PubAck(_))) | Err(_)) {} };
    if ack.is_err() || timeout(COMMAND_TIMEOUT, sent).await.is_err() {
        tracing::warn!("the demo's acknowledgement did not reach the broker");
    }
}
