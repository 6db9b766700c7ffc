//! `[mqtt]`, `[broker]` and `[[source]]`: where messages come from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::{
    model::{Broker, HeartbeatRule, Mqtt, Source, Sources, Tls},
    reader::Reader,
    value::{
        address, boolean, choice, host, integer, list, listen, millis, optional, public_file, root,
        secret_file, text,
    },
};

/// A board follows a few main systems; each has its own subscriptions and its own trust.
const MAX_SOURCES: usize = 16;
/// The port that brokers with TLS listen on, unless something else is said.
const TLS_PORT: u16 = 8883;
/// Brokers must take 23 bytes; this many are taken by all that are known.
const MAX_CLIENT_ID: usize = 128;
const MAX_USERNAME: usize = 256;
/// Below this a busy network looks like a dead broker; above, a dead broker stays unnoticed.
const KEEP_ALIVE_MS: std::ops::RangeInclusive<u64> = 5_000..=3_600_000;
/// A heartbeat comes every 30 s or more often.
const STALE_AFTER_MS: std::ops::RangeInclusive<u64> = 5_000..=3_600_000;

pub(super) fn broker(top: &mut Reader<'_>) -> Broker {
    let mut broker = Broker::default();
    top.section("broker", |section| {
        section.set(&mut broker.embedded, "embedded", boolean);
        section.set(&mut broker.listen, "listen", listen);
        section.set(&mut broker.users_file, "users_file", optional(secret_file));
        if !broker.listen.ip().is_loopback() && !section.given("users_file") {
            let hint = "name a `users_file` with `name:password` lines, or listen on 127.0.0.1";
            section.refuse("listen", "is open to other machines without any password", hint);
        }
    });
    broker
}

pub(super) fn mqtt(top: &mut Reader<'_>, broker: &Broker) -> Mqtt {
    let mut mqtt = Mqtt::default();
    top.section("mqtt", |section| {
        section.set(&mut mqtt.client_id, "client_id", optional(text(1..=MAX_CLIENT_ID)));
        section.set(&mut mqtt.username, "username", optional(text(1..=MAX_USERNAME)));
        section.set(&mut mqtt.password_file, "password_file", optional(secret_file));
        if mqtt.password_file.is_some() && !section.given("username") {
            section.refuse("password_file", "is of no use without a user", "set `username` as well");
        }
        if let Some(ms) = section.read("keep_alive", millis(KEEP_ALIVE_MS)) {
            mqtt.keep_alive_s = (ms / 1000) as u16;
        }
        mqtt.tls = tls(section);
        mqtt.hosts = hosts(section, mqtt.tls.is_some(), broker);
    });
    mqtt
}

fn tls(section: &mut Reader<'_>) -> Option<Tls> {
    let wanted = section.read("tls", boolean).unwrap_or(false);
    let ca_file = section.read("ca_file", optional(public_file)).flatten();
    let cert_file = section.read("cert_file", optional(public_file)).flatten();
    let key_file = section.read("key_file", optional(secret_file)).flatten();
    if !wanted {
        let named = [("ca_file", &ca_file), ("cert_file", &cert_file), ("key_file", &key_file)];
        if let Some((key, _)) = named.iter().find(|(_, file)| file.is_some()) {
            section.refuse(key, "has no effect while `tls` is off", "set `tls = true`");
        }
        return None;
    }
    if !section.given("ca_file") {
        let hint = "name the certificates to trust, like ca_file = \"/etc/ssl/certs/ca-certificates.crt\"";
        section.refuse("tls", "needs `ca_file`", hint);
    }
    match (section.given("cert_file"), section.given("key_file")) {
        (true, false) => section.refuse("cert_file", "needs its key", "set `key_file` as well"),
        (false, true) => section.refuse("key_file", "needs its certificate", "set `cert_file` as well"),
        _ => {}
    }
    Some(Tls { ca_file, client: cert_file.zip(key_file) })
}

/// The brokers in the order in which they are tried. With an embedded broker and nothing else
/// said, that is the one.
fn hosts(section: &mut Reader<'_>, tls: bool, broker: &Broker) -> Vec<(String, u16)> {
    let (mut single, mut port) = Mqtt::default().hosts.swap_remove(0);
    if broker.embedded && !section.given("host") {
        (single, port) = (reachable(broker.listen.ip()), broker.listen.port());
    } else if tls {
        port = TLS_PORT;
    }
    section.set(&mut port, "port", integer(1..=u16::MAX));
    section.set(&mut single, "host", host);
    let several = section.read("hosts", list(address(port)));
    match several {
        Some(_) if section.given("host") => {
            section.refuse("hosts", "is given besides `host`", "keep one of the two");
        }
        Some(list) if list.is_empty() => {
            section.refuse("hosts", "must not be empty", "name a broker, or leave it out");
        }
        Some(list) => return list,
        None => {}
    }
    vec![(single, port)]
}

/// The address under which this machine reaches what listens on `ip`.
fn reachable(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
        other => other.to_string(),
    }
}

pub(super) fn sources(top: &mut Reader<'_>) -> Sources {
    let rules = [("auto", HeartbeatRule::Auto), ("required", HeartbeatRule::Required)];
    let mut roots: Vec<String> = Vec::new();
    let list = top.each("source", MAX_SOURCES, |entry| {
        let mut source = Source::default();
        entry.set(&mut source.root, "root", root);
        entry.set(&mut source.heartbeat, "heartbeat", choice(&rules));
        entry.set(&mut source.stale_after_ms, "stale_after", millis(STALE_AFTER_MS));
        if let Some(other) = roots.iter().find(|other| share_topics(other, &source.root)) {
            let what = format!("shares topics with the source at \"{other}\"");
            entry.refuse("root", what, "give each source a root of its own, none below another");
        }
        roots.push(source.root.clone());
        source
    });
    if list.is_empty() { Sources::default() } else { Sources(list) }
}

/// Whether one root is the other or lies below it.
fn share_topics(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
