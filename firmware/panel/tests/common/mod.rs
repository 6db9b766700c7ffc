//! Snapshots to draw, and a target that watches how it is drawn on.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::convert::Infallible;

use bellboard_panel::{
    Look, Snapshot, Timestamp,
    snapshot::{
        AlarmSummary, Cause, Clock, ClockState, Closed, Levels, NextDue, Oldest, Priority, Ringing, Trust,
        Worst,
    },
};
use embedded_graphics::{
    Pixel,
    geometry::{OriginDimensions, Size},
    pixelcolor::BinaryColor,
    prelude::DrawTarget,
};

/// A look at a board in Warsaw in winter.
pub fn look() -> Look {
    Look { title: "Support".into(), utc_offset_s: 3600, ..Look::default() }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a valid time")
}

/// A quiet morning: eight wait, the first of them for twelve minutes.
pub fn calm() -> Snapshot {
    Snapshot {
        board: "floor-1".into(),
        at: at("2026-11-22T08:12:05Z"),
        trust: Trust::Live,
        trust_since: at("2026-11-22T07:02:01Z"),
        open: 12,
        waiting: 8,
        unassigned: 3,
        at_risk: 0,
        breached: 0,
        unconfirmed: 0,
        oldest: Some(Oldest {
            id: "fb-1842".into(),
            channel: "facebook".into(),
            queue: "billing".into(),
            customer: None,
            waiting_since: at("2026-11-22T08:00:00Z"),
            waiting_s: 725,
        }),
        next_due: Some(NextDue {
            id: "x-77".into(),
            clock: Clock::NextReply,
            due_at: at("2026-11-22T08:17:45Z"),
            in_s: 340,
        }),
        channels: vec![],
        queues: vec![],
        worst: vec![Worst {
            id: "fb-1842".into(),
            channel: "facebook".into(),
            customer: None,
            waiting_s: Some(725),
            clock: Clock::FirstReply,
            due_at: at("2026-11-22T08:10:00Z"),
            state: ClockState::Breached,
        }],
        alarm: AlarmSummary::default(),
        closed: None,
        surge: None,
        today: None,
        history_failing: false,
        levels: bellboard_panel::snapshot::Levels::default(),
    }
}

/// The floor is shut from now on; `opens_at` is RFC 3339.
pub fn shut(opens_at: Option<&str>) -> Snapshot {
    Snapshot { closed: Some(Closed { opens_at: opens_at.map(at) }), ..calm() }
}

/// An alarm that nobody has reacted to for five minutes, with the line that says whom to tell.
pub fn escalated(contact: Option<&str>) -> Snapshot {
    let mut snapshot = calm();
    (snapshot.breached, snapshot.alarm.unacked, snapshot.alarm.escalated) = (3, 3, 1);
    snapshot.alarm.priority = Some(Priority::High);
    snapshot.levels = ringing(Cause::Conversation(snapshot.worst[0].clone()), contact);
    snapshot.levels.ringing.iter_mut().for_each(|it| it.escalated = true);
    snapshot
}

/// Far more conversations arrive than usual.
pub fn surging(received: u32) -> Snapshot {
    let mut snapshot = calm();
    (snapshot.alarm.unacked, snapshot.surge) = (1, Some(true));
    snapshot.alarm.priority = Some(Priority::Medium);
    snapshot.levels = ringing(Cause::Surge { received }, None);
    snapshot
}

fn ringing(what: Cause, contact: Option<&str>) -> Levels {
    let since = at("2026-11-22T08:10:10Z");
    let ringing = Ringing { what, since, escalated: false, contact: contact.map(Into::into) };
    Levels { ringing: Some(ringing), ..Levels::default() }
}

/// Every sign at once, each with a count.
pub fn signed(count: u32) -> AlarmSummary {
    AlarmSummary {
        acked: count,
        shelved: count,
        missed: count,
        muted: true,
        quiet: true,
        shelved_until: Some(at("2026-11-22T08:26:10Z")),
        ..AlarmSummary::default()
    }
}

/// Ten thousand wait, for days; the sound is off and nothing is confirmed; names are long.
pub fn crowded() -> Snapshot {
    let mut snapshot = calm();
    (snapshot.open, snapshot.waiting, snapshot.at_risk, snapshot.breached) = (10_400, 10_000, 300, 9_700);
    snapshot.unconfirmed = 10_000;
    snapshot.alarm = AlarmSummary {
        priority: None,
        unacked: 9_700,
        acked: 0,
        shelved: 0,
        muted: true,
        ..AlarmSummary::default()
    };
    let wait = 3 * 86_400 + 4 * 3_600;
    if let Some(oldest) = &mut snapshot.oldest {
        oldest.waiting_s = wait;
    }
    let worst = &mut snapshot.worst[0];
    (worst.waiting_s, worst.id) = (Some(wait), "jW".repeat(32));
    snapshot
}

/// The same with nobody waiting.
pub fn nobody(snapshot: Snapshot) -> Snapshot {
    Snapshot { waiting: 0, oldest: None, next_due: None, ..snapshot }
}

/// The same with two alarms that nobody has acknowledged, and the sound off meanwhile.
pub fn alarming(mut snapshot: Snapshot) -> Snapshot {
    (snapshot.breached, snapshot.alarm.unacked, snapshot.alarm.quiet) = (2, 2, true);
    snapshot
}

/// The same with one alarm missed, one shelved, and quiet hours.
pub fn marked(snapshot: Snapshot) -> Snapshot {
    let (unacked, escalated) = (snapshot.alarm.unacked, snapshot.alarm.escalated);
    let alarm = AlarmSummary { unacked, escalated, acked: 0, muted: false, ..signed(1) };
    Snapshot { alarm, ..snapshot }
}

/// Snapshots that are hard to draw.
pub fn hostile() -> Vec<Snapshot> {
    let trusts = [Trust::Live, Trust::Syncing, Trust::Stale, Trust::Offline, Trust::Drift, Trust::Clock];
    let mut all = vec![calm()];
    all.extend(trusts.map(|trust| Snapshot { trust, ..crowded() }));
    let clocks = Clock::ALL.map(|clock| {
        let mut snapshot = calm();
        (snapshot.breached, snapshot.alarm.unacked, snapshot.alarm.muted) = (99, 99, true);
        (snapshot.waiting, snapshot.worst[0].clock) = (100, clock);
        snapshot.worst[0].waiting_s = None;
        snapshot.worst[0].customer = Some("محمد 漢字 Żółć".into());
        snapshot
    });
    all.extend(clocks);
    let mut limit = crowded();
    (limit.waiting, limit.breached, limit.alarm.unacked) = (u32::MAX, u32::MAX, u32::MAX);
    limit.worst[0].waiting_s = Some(u64::MAX);
    if let Some(oldest) = &mut limit.oldest {
        oldest.waiting_s = u64::MAX;
    }
    for count in [2, u32::MAX] {
        for snapshot in [calm(), shut(Some("2026-11-30T08:00:00Z")), limit.clone()] {
            let alarm = AlarmSummary { unacked: snapshot.alarm.unacked, ..signed(count) };
            all.push(Snapshot { alarm, unconfirmed: 1, ..snapshot.clone() });
            all.push(Snapshot { alarm: AlarmSummary { missed: 0, ..alarm }, ..snapshot });
        }
    }
    all.extend([None, Some("1970-01-01T00:00:00Z"), Some("9999-12-31T23:59:59Z")].map(shut));
    let closed = shut(None).closed;
    all.extend(trusts.map(|trust| Snapshot { trust, closed, ..limit.clone() }));
    let endless = "jW".repeat(64);
    for contact in [None, Some("Ana 600 700 800"), Some(endless.as_str())] {
        all.extend(trusts.map(|trust| Snapshot { trust, ..escalated(contact) }));
        let alarm = AlarmSummary { unacked: u32::MAX, escalated: 1, ..signed(u32::MAX) };
        all.push(Snapshot { alarm, unconfirmed: 1, ..escalated(contact) });
    }
    for received in [14, u32::MAX] {
        let flood = AlarmSummary { unacked: 99, escalated: 1, flood: true, ..signed(99) };
        all.push(Snapshot { alarm: flood, ..surging(received) });
        all.push(Snapshot { alarm: AlarmSummary { escalated: 0, ..flood }, ..surging(received) });
        all.push(surging(received));
    }
    all.push(limit.clone());
    all.push(Snapshot { breached: 0, trust_since: Timestamp::EPOCH, trust: Trust::Stale, ..limit.clone() });
    all.push(Snapshot { oldest: None, next_due: None, worst: vec![], ..limit });
    all
}

/// So many fills make up two neighbouring letters at most. In a proportional font the arm of
/// one may touch the other: that is the font's own drawing and no fault.
const FILLS_OF_TWO_LETTERS: u32 = 48;

/// A target that remembers what was wrong with the way it was drawn on: ink outside of it,
/// and light where light already was, which is one thing drawn over another.
pub struct Strict {
    size: Size,
    /// For each pixel that is lit, the fill that lit it.
    lit: Vec<Option<u32>>,
    fills: u32,
    faults: Vec<(i32, i32)>,
}

impl Strict {
    pub fn new(width: u32, height: u32) -> Self {
        let lit = vec![None; (width * height) as usize];
        Self { size: Size::new(width, height), lit, fills: 0, faults: Vec::new() }
    }

    /// The first few places.
    pub fn faults(&self) -> &[(i32, i32)] {
        &self.faults[..self.faults.len().min(8)]
    }

    fn put(&mut self, x: i32, y: i32, on: bool) {
        if !(0..self.size.width as i32).contains(&x) || !(0..self.size.height as i32).contains(&y) {
            self.faults.push((x, y));
            return;
        }
        let index = (y * self.size.width as i32 + x) as usize;
        let old = self.lit[index].filter(|fill| fill + FILLS_OF_TWO_LETTERS < self.fills);
        if on && old.is_some() {
            self.faults.push((x, y));
        }
        self.lit[index] = on.then_some(self.fills);
    }
}

impl OriginDimensions for Strict {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Strict {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        self.fills += 1;
        for Pixel(point, color) in pixels {
            self.put(point.x, point.y, color.is_on());
        }
        Ok(())
    }
}
