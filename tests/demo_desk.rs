//! The demo's desk behaves like a main system towards a real broker.
//!
//! Owns the claims about the link: presence, a complete first picture, resync, farewell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use bellboard::{cli::demo::link, config::model::Broker, core::decode, io::broker::EmbeddedBroker};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, Publish, QoS};
use tokio::{sync::watch, time::timeout};

/// Far more than any step takes.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

async fn watch_everything(addr: SocketAddr) -> (AsyncClient, EventLoop) {
    let (client, mut events) = AsyncClient::new(MqttOptions::new("watcher", "127.0.0.1", addr.port()), 10);
    client.try_subscribe("support/#", QoS::AtMostOnce).unwrap();
    while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::SubAck(_))) {}
    (client, events)
}

async fn next_message(events: &mut EventLoop) -> Publish {
    loop {
        if let Event::Incoming(Incoming::Publish(message)) =
            timeout(STEP_TIMEOUT, events.poll()).await.expect("the desk went quiet").unwrap()
        {
            return message;
        }
    }
}

/// Reads up to the next heartbeat; its count, and the open conversations named on the way.
async fn up_to_heartbeat(events: &mut EventLoop) -> (u64, BTreeSet<String>) {
    let mut open = BTreeSet::new();
    loop {
        let message = next_message(events).await;
        match message.topic.strip_prefix("support/").unwrap() {
            "heartbeat" => return (decode::heartbeat(&message.payload).unwrap().open, open),
            "availability" => assert!(decode::availability(&message.payload).unwrap()),
            "resync" => open.clear(),
            conversation => {
                let id = conversation.strip_prefix("conversations/").unwrap();
                if decode::conversation(&message.payload).unwrap().status == decode::Status::Resolved {
                    open.remove(id);
                } else {
                    open.insert(id.to_owned());
                }
            }
        }
    }
}

#[tokio::test]
async fn the_desk_is_online_complete_answers_resync_and_says_farewell() {
    let settings = Broker { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Broker::default() };
    let broker = EmbeddedBroker::start(&settings, None).unwrap();
    let (client, mut events) = watch_everything(broker.local_addr()).await;
    let (stop, stopped) = watch::channel(false);
    let desk = tokio::spawn(link::play(broker.local_addr(), 1, stopped));

    let (count, open) = up_to_heartbeat(&mut events).await;
    assert_eq!(count, open.len() as u64);
    assert!(count >= 8, "{count}");

    client.try_publish("support/resync", QoS::AtMostOnce, false, r#"{"board":"b","reason":"test"}"#).unwrap();
    let (count, open) = up_to_heartbeat(&mut events).await;
    assert_eq!(count, open.len() as u64);

    stop.send(true).unwrap();
    loop {
        let message = next_message(&mut events).await;
        if message.topic == "support/availability" {
            assert!(!decode::availability(&message.payload).unwrap());
            break;
        }
    }
    timeout(STEP_TIMEOUT, desk).await.unwrap().unwrap();
    broker.shutdown().await.unwrap();
}
