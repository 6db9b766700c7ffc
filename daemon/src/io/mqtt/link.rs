//! The connection: made, kept, lost and made again, for ever.
//!
//! Owns the thread that polls the client and does nothing else, the rotation over addresses and
//! the pause between attempts. Refuses to decode, and to wait for anybody who does.

use std::{future::ready, io, pin::pin, sync::Arc, thread, time::Duration};

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, NetworkOptions, Outgoing, QoS,
    SubscribeReasonCode,
};
use tokio::{
    runtime,
    sync::oneshot,
    time::{Instant, sleep, timeout},
};
use tracing::{debug, error, info, warn};

use super::{
    Publisher, Settings, at_most_once,
    failure::LinkError,
    mailbox::{Mail, Mailbox},
};
use crate::io::pulse::Pulse;

/// What may wait to be sent: the events of a great many alarms at once.
const REQUESTS: usize = 20_000;
/// An address that does not answer within this time is passed over.
const CONNECT_TIMEOUT_S: u64 = 10;
/// The resolver gets this long.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// The first pause after a lost connection; it doubles up to [`MAX_PAUSE_MS`].
const MIN_PAUSE_MS: u64 = 500;
/// The longest pause between attempts.
const MAX_PAUSE_MS: u64 = 30_000;
/// After refused credentials attempts are this much rarer: brokers lock out who tries too often.
const REFUSED_PAUSE_MS: u64 = 30_000;
/// A session of this length was a good one, and the pauses start short again.
const GOOD_SESSION: Duration = Duration::from_secs(10);
/// Refused subscriptions are asked for again after this time.
const RESUBSCRIBE_AFTER: Duration = Duration::from_secs(30);
/// The task shows life at least this often while it waits.
const BEAT_EVERY: Duration = Duration::from_secs(2);
/// After everything that came was read, the thread rests this long before it waits for more: in
/// a stream it then reads what has gathered, instead of waking up for each packet.
const REST: Duration = Duration::from_millis(1);

/// Starts a thread that keeps a connection until [`Publisher::disconnect`] has been sent; then
/// the receiver is ready. Dropping the receiver gives the connection up. The thread has a runtime
/// of its own, so that it may rest while the network does not: in a shared one each packet would
/// wake somebody up.
pub fn start(
    settings: Settings,
    publisher: Publisher,
    mailbox: Arc<Mailbox>,
    pulse: Pulse,
) -> io::Result<oneshot::Receiver<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut ending, ended) = oneshot::channel();
    let link = async move {
        tokio::select! {
            () = keep(settings, publisher, mailbox, pulse) => {}
            () = ending.closed() => return,
        }
        // Whoever waited for this may have run out of patience.
        _ = ending.send(());
    };
    thread::Builder::new().name("broker link".into()).spawn(move || runtime.block_on(link))?;
    Ok(ended)
}

async fn keep(settings: Settings, publisher: Publisher, mailbox: Arc<Mailbox>, pulse: Pulse) {
    let mut attempt = 0_usize;
    let mut pause_ms = MIN_PAUSE_MS;
    let mut said = String::new();
    loop {
        pulse.beat();
        let began = Instant::now();
        let (host, port) = &settings.hosts[attempt % settings.hosts.len()];
        let ended = one_host(&settings, host, *port, attempt, &publisher, &mailbox, &pulse).await;
        publisher.set(None);
        let Err(error) = ended else { return };
        if matches!(error, LinkError::Overflow(_)) {
            mailbox.clear();
        }
        // The queue was just emptied or is within its bounds: the news of a lost session fits in.
        _ = mailbox.put(Mail::Down, false);
        if began.elapsed() >= GOOD_SESSION {
            pause_ms = MIN_PAUSE_MS;
            said.clear();
        }
        report(&mut said, host, *port, &error);
        let least =
            if matches!(error, LinkError::Refused { credentials: true, .. }) { REFUSED_PAUSE_MS } else { 0 };
        rest(jittered(pause_ms.max(least)), &pulse).await;
        pause_ms = (pause_ms * 2).min(MAX_PAUSE_MS);
        attempt = attempt.wrapping_add(1);
    }
}

/// A failure that repeats itself is said once, and then only in detail.
fn report(said: &mut String, host: &str, port: u16, error: &LinkError) {
    let text = format!("{host}:{port}: {error}");
    if *said == text {
        debug!(broker = %format!("{host}:{port}"), %error, "still no connection to the broker");
    } else {
        warn!(broker = %format!("{host}:{port}"), %error, "no connection to the broker; trying again");
        *said = text;
    }
}

/// Sleeps in steps, so that the watchdog sees that the task is alive.
async fn rest(pause: Duration, pulse: &Pulse) {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        pulse.beat();
        sleep(BEAT_EVERY.min(until - Instant::now())).await;
    }
}

fn jittered(millis: u64) -> Duration {
    Duration::from_millis(millis / 2 + fastrand::u64(0..=millis))
}

/// Tries one address of one host, a different one each time, and stays while it lasts.
async fn one_host(
    settings: &Settings,
    host: &str,
    port: u16,
    attempt: usize,
    publisher: &Publisher,
    mailbox: &Mailbox,
    pulse: &Pulse,
) -> Result<(), LinkError> {
    let address = resolve(host, port, attempt / settings.hosts.len()).await?;
    let (client, mut events) = AsyncClient::new(settings.options(host, &address, port)?, REQUESTS);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_TIMEOUT_S);
    events.set_network_options(network);
    let mut session = Session { settings, client, publisher, mailbox };
    session.run(&mut events, pulse, || {
        info!(broker = %format!("{host}:{port}"), %address, encrypted = settings.is_encrypted(), "connected");
    })
    .await
}

/// What the client has to tell next.
async fn next(events: &mut EventLoop) -> Result<Event, ConnectionError> {
    // Started once and never dropped half way, since that might lose what it has read.
    let mut poll = pin!(events.poll());
    tokio::select! {
        biased;
        event = &mut poll => return event,
        () = ready(()) => thread::sleep(REST),
    }
    poll.await
}

/// One of the host's addresses, by turns; the name itself where it has only one, so that TLS
/// can ask for it.
pub(super) async fn resolve(host: &str, port: u16, turn: usize) -> Result<String, LinkError> {
    let unknown = || LinkError::Resolve { host: host.into() };
    let found = timeout(RESOLVE_TIMEOUT, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = found.map_err(|_| unknown())?.map_err(|_| unknown())?.collect();
    match addresses.as_slice() {
        [] => Err(unknown()),
        [_] => Ok(host.to_owned()),
        several => Ok(several[turn % several.len()].ip().to_string()),
    }
}

/// A connection under way.
struct Session<'a> {
    settings: &'a Settings,
    client: AsyncClient,
    publisher: &'a Publisher,
    mailbox: &'a Mailbox,
}

impl Session<'_> {
    /// Polls until the end: `Ok` after our own goodbye.
    async fn run(
        &mut self,
        events: &mut EventLoop,
        pulse: &Pulse,
        mut connected: impl FnMut(),
    ) -> Result<(), LinkError> {
        loop {
            pulse.beat();
            // The watchdog must not starve while the broker has nothing to say: the client's own
            // keep-alive ends a wait at the latest, and the pulse allows for that.
            match next(events).await? {
                Event::Incoming(Incoming::ConnAck(_)) => {
                    connected();
                    self.publisher.set(Some(self.client.clone()));
                    self.mailbox.put(Mail::Up, false)?;
                    self.subscribe();
                }
                Event::Incoming(Incoming::SubAck(answer)) => self.subscribed(&answer.return_codes),
                Event::Incoming(Incoming::Publish(publish)) => {
                    let urgent = !publish.retain && self.is_command(&publish.topic);
                    let (topic, payload, retained) = (publish.topic, publish.payload, publish.retain);
                    self.mailbox.put(Mail::Message { topic, payload, retained }, urgent)?;
                }
                Event::Incoming(Incoming::Disconnect) => return Err(LinkError::Closed),
                Event::Outgoing(Outgoing::Disconnect) => return Ok(()),
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    }

    fn is_command(&self, topic: &str) -> bool {
        self.settings.commands.iter().any(|prefix| topic.starts_with(prefix.as_str()))
    }

    fn subscribe(&self) {
        if self.client.try_subscribe_many(at_most_once(&self.settings.filters)).is_err() {
            error!("the queue to the broker is full before anything was sent");
        }
    }

    /// The marker follows only when every filter was granted; else all of them are asked for again.
    fn subscribed(&self, codes: &[SubscribeReasonCode]) {
        let refused: Vec<&str> = self
            .settings
            .filters
            .iter()
            .zip(codes)
            .filter(|(_, code)| matches!(code, SubscribeReasonCode::Failure))
            .map(|(filter, _)| filter.as_str())
            .collect();
        if refused.is_empty() {
            if self.client.try_publish(&self.settings.marker, QoS::AtMostOnce, false, "").is_err() {
                warn!("the queue to the broker is full: the marker was not sent");
            }
            return;
        }
        error!(topics = %refused.join(" "), "the broker refused subscriptions; asking again");
        let (client, filters) = (self.client.clone(), self.settings.filters.clone());
        tokio::spawn(async move {
            sleep(RESUBSCRIBE_AFTER).await;
            // The connection may be gone by then, and with it the need.
            _ = client.try_subscribe_many(at_most_once(&filters));
        });
    }
}
