//! What `bellboard publish` says has happened has happened at the broker.
//!
//! Owns the claims about the command towards a real broker; the flags have their own tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use bellboard::{
    cli::{exit, publish},
    config::model::Broker,
    core::decode,
    io::broker::EmbeddedBroker,
};
use clap::Parser;
use rumqttc::{Client, Event, Incoming, MqttOptions, QoS};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: publish::PublishArgs,
}

/// Exit code, standard output and standard error.
fn publish(broker: &EmbeddedBroker, dir: &Path, password: &str, flags: &str) -> (u8, String, String) {
    let file = dir.join("password");
    fs::write(&file, format!("{password}\n")).unwrap();
    let port = broker.local_addr().port();
    let line = format!(
        "publish {flags} --host 127.0.0.1 --port {port} --username desk --password-file {}",
        file.display()
    );
    let args = Line::parse_from(line.split(' ')).args;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = publish::run(&args, &mut out, &mut err).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// What the broker retains under the root, up to an echo of our own.
fn retained(broker: &EmbeddedBroker) -> Vec<(String, Vec<u8>)> {
    let mut options = MqttOptions::new("reader", "127.0.0.1", broker.local_addr().port());
    options.set_credentials("desk", "s3cret");
    let (client, mut connection) = Client::new(options, 10);
    client.subscribe("support/#", QoS::AtMostOnce).unwrap();
    client.publish("support/echo", QoS::AtMostOnce, false, "").unwrap();
    let mut messages = Vec::new();
    loop {
        let event = connection.recv_timeout(Duration::from_secs(30)).expect("the broker went quiet").unwrap();
        if let Event::Incoming(Incoming::Publish(message)) = event {
            if message.topic == "support/echo" {
                return messages;
            }
            messages.push((message.topic, message.payload.to_vec()));
        }
    }
}

#[test]
fn a_published_conversation_is_retained_until_it_is_removed_and_only_for_the_right_user() {
    let dir = tempfile::tempdir().unwrap();
    let users = dir.path().join("users");
    fs::write(&users, "desk:s3cret\n").unwrap();
    let settings = Broker {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        users_file: Some(users),
        ..Broker::default()
    };
    let broker = EmbeddedBroker::start(&settings, None).unwrap();
    let port = broker.local_addr().port();

    let refused = publish(&broker, dir.path(), "wrong", "fb-1 --channel facebook");
    let reason = "the broker refused the connection: wrong user name or password";
    assert_eq!(
        refused,
        (exit::UNAVAILABLE, String::new(), format!("cannot publish to 127.0.0.1 port {port}: {reason}\n"))
    );
    assert_eq!(retained(&broker), []);

    let (code, out, err) =
        publish(&broker, dir.path(), "s3cret", "fb-1 --channel facebook --opened-at -15m --queue billing");
    assert_eq!((code, err.as_str()), (exit::OK, ""));
    assert_eq!(out, format!("published support/conversations/fb-1 at 127.0.0.1 port {port}\n"));
    let messages = retained(&broker);
    assert_eq!(messages.len(), 1);
    let (topic, payload) = &messages[0];
    assert_eq!(topic, "support/conversations/fb-1");
    assert_eq!(decode::conversation(payload).unwrap().queue, "billing");

    assert_eq!(publish(&broker, dir.path(), "s3cret", "fb-1 --remove").0, exit::OK);
    assert_eq!(retained(&broker), []);
}
