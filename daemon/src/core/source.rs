//! A main system, and whether what it told can be believed now.
//!
//! Owns the sync of a session, freshness (from heartbeats only) and drift. Refuses to know the
//! conversations themselves: it works on their [`Tally`].

use bellboard_panel::{Timestamp, snapshot::Trust};

use crate::{
    config::model::{self, HeartbeatRule},
    core::{
        decode::Heartbeat,
        sla::earlier,
        table::Tally,
        time::{Mono, Now},
    },
};

/// A burst is over when no retained message has come for this long: some brokers pace it.
const QUIET_MS: u64 = 1_000;
/// Subscriptions are renewed this often, which heals whatever the broker failed to deliver.
const RENEW_MS: u64 = 3_600_000;
/// On drift all conversations are asked for at most this often: a resync is work for everybody.
const RESYNC_MS: u64 = 60_000;
/// So many counts in a row must differ before it is drift: one may cross a message in flight.
const MAX_MISMATCHES: u8 = 2;
/// A heartbeat from further ahead than this, in milliseconds, means that this machine's clock is
/// behind: an unset clock is never ahead.
const MAX_AHEAD_MS: i64 = 300_000;

/// One source.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, learned and lost apart from the rest"
)]
pub struct Source {
    /// The topic that its messages live under.
    pub root: String,
    rule: HeartbeatRule,
    stale_after_ms: u64,
    availability: Option<bool>,
    last: Option<Heartbeat>,
    heard: Option<Mono>,
    session_began: Mono,
    burst: Option<Burst>,
    /// The count of a heartbeat during the burst, as long as nothing has changed since.
    told: Option<u64>,
    /// Whether the first burst of this session has been settled.
    synced: bool,
    /// Whether a burst is over but what it left out waits for a heartbeat's count.
    awaits_count: bool,
    /// Whether a heartbeat has agreed since the last burst.
    agreed: bool,
    mismatches: u8,
    drift: bool,
    renew_at: Option<Mono>,
    resynced_at: Option<Mono>,
    clock_behind: bool,
}

/// A burst of retained messages under way.
#[derive(Clone, Copy, Debug)]
struct Burst {
    marker_seen: bool,
    last_message: Mono,
}

/// What to do about conversations that a burst did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There are none, or they are believed.
    Settled,
    /// They are gone.
    Drop,
    /// The heartbeat counts them, so they are there.
    Confirm,
    /// Nobody can say: keep them, marked.
    Keep,
}

/// What a heartbeat's count says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Nothing new.
    Fine,
    /// It settles what a burst left open.
    Settles(Verdict),
    /// It differs.
    Differs {
        /// It is the first count after a burst and tells of more than the burst brought.
        short: bool,
        /// Everything should be asked for again.
        resync: bool,
    },
}

impl Source {
    /// A source that has said nothing.
    #[must_use]
    pub fn new(config: &model::Source, start: Mono) -> Self {
        Self {
            root: config.root.clone(),
            rule: config.heartbeat,
            stale_after_ms: config.stale_after_ms,
            availability: None,
            last: None,
            heard: None,
            session_began: start,
            burst: None,
            told: None,
            synced: false,
            awaits_count: false,
            agreed: false,
            mismatches: 0,
            drift: false,
            renew_at: None,
            resynced_at: None,
            clock_behind: false,
        }
    }

    /// A new session: nothing is known to be current until the burst is over.
    pub fn begin_session(&mut self, now: Mono) {
        self.availability = None;
        self.session_began = now;
        self.synced = false;
        self.drift = false;
        self.begin_burst(now);
    }

    /// The retained messages come again within the session.
    pub fn begin_burst(&mut self, now: Mono) {
        self.burst = Some(Burst { marker_seen: false, last_message: now });
        self.told = None;
        self.awaits_count = false;
        self.agreed = false;
        self.mismatches = 0;
        self.renew_at = Some(now.plus_millis(RENEW_MS));
    }

    /// The connection is gone, and with it the burst.
    pub fn end_session(&mut self) {
        self.burst = None;
        self.awaits_count = false;
        self.renew_at = None;
    }

    /// A retained message came.
    pub fn retained_seen(&mut self, now: Mono) {
        if let Some(burst) = &mut self.burst {
            burst.last_message = now;
        }
    }

    /// A conversation changed within the session: an earlier count says nothing any more.
    pub fn change_seen(&mut self) {
        self.told = None;
    }

    /// The daemon's own marker came back: the subscriptions are in force.
    pub fn marker_seen(&mut self, now: Mono) {
        if let Some(burst) = &mut self.burst {
            burst.marker_seen = true;
            burst.last_message = burst.last_message.max(now);
        }
    }

    /// Whether the burst is over by the rule of marker and quiet.
    #[must_use]
    pub fn burst_is_over(&self, now: Mono) -> bool {
        self.burst.is_some_and(|b| b.marker_seen && now.millis_since(b.last_message) >= QUIET_MS)
    }

    /// Whether the count of a heartbeat that came during the burst is reached by now.
    #[must_use]
    pub fn count_is_reached(&self, tally: Tally) -> bool {
        self.burst.is_some() && self.told == Some(u64::from(tally.confirmed_open))
    }

    /// The burst is over: says what becomes of those it did not bring.
    pub fn end_burst(&mut self, tally: Tally) -> Verdict {
        let counted = self.count_is_reached(tally);
        self.burst = None;
        if counted {
            self.agree();
            return self.settle(Verdict::Drop);
        }
        if tally.unconfirmed() == 0 {
            // A count that came during the burst and differs at its end is the first of two.
            self.mismatches = u8::from(self.told.is_some_and(|told| told != u64::from(tally.open)));
            return self.settle(Verdict::Settled);
        }
        if self.heard.is_some() && self.availability != Some(false) {
            // A count is on its way: believing a smaller number meanwhile might be a lie.
            self.awaits_count = true;
            return Verdict::Settled;
        }
        let verdict = match (self.synced, self.availability) {
            // Within a session only a count may take away what the session itself had brought.
            (true, _) => Verdict::Confirm,
            (false, Some(true)) => Verdict::Drop,
            (false, _) => Verdict::Keep,
        };
        self.settle(verdict)
    }

    fn settle(&mut self, verdict: Verdict) -> Verdict {
        self.awaits_count = false;
        self.synced = true;
        verdict
    }

    /// A heartbeat that was not retained. One that is a repetition of an earlier one proves
    /// nothing about the present and changes nothing.
    pub fn heartbeat(&mut self, beat: Heartbeat, tally: Tally, now: Now) -> Count {
        let told = beat.open;
        let is_new = self
            .last
            .as_ref()
            .is_none_or(|last| last.boot != beat.boot || beat.seq > last.seq || beat.at > last.at);
        if !is_new {
            return Count::Fine;
        }
        self.clock_behind = beat.at.millis_since(now.wall) > MAX_AHEAD_MS;
        self.heard = Some(now.mono);
        self.last = Some(beat);
        if self.burst.is_some() {
            self.told = Some(told);
            return Count::Fine;
        }
        if told == u64::from(tally.open) {
            self.agree();
            return Count::Settles(self.settle(Verdict::Confirm));
        }
        if told == u64::from(tally.confirmed_open) {
            self.agree();
            return Count::Settles(self.settle(Verdict::Drop));
        }
        if self.awaits_count {
            self.differ(true, now.mono);
            return Count::Settles(self.settle(Verdict::Keep));
        }
        let short = !self.agreed && told > u64::from(tally.open) && !self.drift;
        let resync = self.differ(short, now.mono);
        Count::Differs { short, resync }
    }

    fn agree(&mut self) {
        self.agreed = true;
        self.mismatches = 0;
        self.drift = false;
    }

    /// Counts a mismatch; true when everything should be asked for again.
    fn differ(&mut self, at_once: bool, now: Mono) -> bool {
        self.mismatches = self.mismatches.saturating_add(1);
        if self.mismatches < MAX_MISMATCHES && !at_once {
            return false;
        }
        self.drift = true;
        let resync = self.resynced_at.is_none_or(|at| now.millis_since(at) >= RESYNC_MS);
        if resync {
            self.resynced_at = Some(now);
        }
        resync
    }

    /// The availability; true when a new burst must settle what the last one left open, because
    /// only now is the source known to be there.
    pub fn available(&mut self, online: bool, tally: Tally) -> bool {
        let came = online && self.availability != Some(true);
        self.availability = Some(online);
        let open_question = self.burst.is_none() && self.synced && tally.unconfirmed() > 0;
        if came && open_question {
            self.synced = false;
        }
        came && open_question
    }

    /// The retained availability was cleared.
    pub fn availability_cleared(&mut self) {
        self.availability = None;
    }

    /// Whether the subscriptions are due to be renewed.
    #[must_use]
    pub fn renewal_is_due(&self, now: Mono) -> bool {
        self.renew_at.is_some_and(|at| at <= now)
    }

    /// Whether this machine's clock is behind the source's.
    #[must_use]
    pub fn clock_is_behind(&self) -> bool {
        self.clock_behind
    }

    /// Conversations to be marked as unconfirmed.
    #[must_use]
    pub fn marked(&self, tally: Tally) -> u32 {
        if self.synced && self.burst.is_none() && !self.awaits_count && !self.agreed {
            tally.unconfirmed()
        } else {
            0
        }
    }

    /// Whether, and why not, the source's numbers can be believed, given a connection.
    #[must_use]
    pub fn trust(&self, tally: Tally, now: Mono) -> Trust {
        if self.availability == Some(false) {
            Trust::Offline
        } else if !self.synced && !self.awaits_count {
            Trust::Syncing
        } else if self.is_silent(now) {
            Trust::Stale
        } else if !self.synced || (self.rule == HeartbeatRule::Required && self.heard.is_none()) {
            Trust::Syncing
        } else if self.drift || self.marked(tally) > 0 {
            Trust::Drift
        } else {
            Trust::Live
        }
    }

    fn is_silent(&self, now: Mono) -> bool {
        self.silent_from().is_some_and(|from| from <= now)
    }

    /// When the silence becomes too long; `None` for a source that need not speak.
    fn silent_from(&self) -> Option<Mono> {
        let since = match (self.heard, self.rule) {
            (Some(heard), _) => heard,
            (None, HeartbeatRule::Required) => self.session_began,
            (None, HeartbeatRule::Auto) => return None,
        };
        Some(since.plus_millis(self.stale_after_ms))
    }

    /// When time alone next changes something here.
    #[must_use]
    pub fn next_timer(&self, now: Mono) -> Option<Mono> {
        let quiet = self.burst.filter(|b| b.marker_seen).map(|b| b.last_message.plus_millis(QUIET_MS));
        let silence = self.silent_from().filter(|from| *from > now);
        earlier(earlier(quiet, silence), self.renew_at)
    }

    /// When the last heartbeat was sent, by the source's clock.
    #[must_use]
    pub fn last_heartbeat_at(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|beat| beat.at)
    }
}
