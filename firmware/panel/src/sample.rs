//! A board as it looks on a busy morning, for galleries and tests.
//!
//! Owns one moment with something of everything in it: names in five scripts, long and short
//! waits, every state of a clock. Refuses to be anybody's real board.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    screens::Page,
    snapshot::{
        AlarmSummary, Cause, Clock, ClockState, Closed, Group, Levels, NextDue, Oldest, Priority, Ringing,
        Snapshot, Today, Trust, Worst,
    },
    time::Timestamp,
};

/// The moment: 2026-11-22, 09:12:05 UTC.
const AT_S: i64 = 1_795_338_725;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis((AT_S + seconds) * 1000)
}

/// Who waits: channel, customer, seconds waited, which clock, seconds until it is due.
const WAITING: [(&str, &str, i64, Clock, i64); 9] = [
    ("facebook", "Łukasz Żółty", 3_725, Clock::FirstReply, -2_525),
    ("x", "محمد علي", 1_510, Clock::FirstReply, -610),
    ("mail", "Ελένη Παπαδοπούλου", 9_340, Clock::FollowUp, -95),
    ("chat", "יוסי כהן (ירושלים)", 480, Clock::NextReply, 115),
    ("whatsapp", "Марія Іваненко", 655, Clock::NextReply, 245),
    ("mail", "Bartholomew Featherstonehaugh", 2_140, Clock::FirstReply, 1_460),
    ("chat", "Ana", 75, Clock::FirstReply, 1_725),
    ("phone", "Jürgen Groß", 40, Clock::FirstReply, 1_760),
    ("mail", "Zoë", 310, Clock::Resolution, 12_300),
];

/// A busy morning: three promises are broken, two are near it.
#[must_use]
pub fn busy() -> Snapshot {
    let worst: Vec<Worst> = (1..).zip(WAITING).map(|(number, case)| worst(number, case)).collect();
    Snapshot {
        open: 31,
        waiting: 14,
        unassigned: 5,
        at_risk: 2,
        breached: 3,
        oldest: Some(Oldest {
            id: "mail-1003".into(),
            channel: "mail".into(),
            queue: "billing".into(),
            customer: Some(WAITING[2].1.into()),
            waiting_since: at(-WAITING[2].2),
            waiting_s: WAITING[2].2 as u64,
        }),
        next_due: Some(NextDue {
            id: "chat-1004".into(),
            clock: Clock::NextReply,
            due_at: at(115),
            in_s: 115,
        }),
        channels: vec![
            group("chat", 9, 4, [1, 0], 480),
            group("facebook", 4, 2, [0, 1], 3_725),
            group("mail", 11, 5, [0, 1], 9_340),
            group("phone", 2, 1, [0, 0], 40),
            group("whatsapp", 3, 1, [1, 0], 655),
            group("x", 2, 1, [0, 1], 1_510),
        ],
        queues: vec![
            group("billing", 12, 6, [1, 1], 9_340),
            group("orders", 10, 5, [0, 2], 3_725),
            group("sales", 4, 0, [0, 0], 0),
            group("technical support", 5, 3, [1, 0], 655),
        ],
        worst,
        alarm: AlarmSummary { acked: 3, ..AlarmSummary::default() },
        surge: Some(false),
        today: Some(Today {
            received: 148,
            answered: 131,
            answer_rate: Some(131.0 / 148.0),
            median_first_reply_s: Some(412),
            in_target_rate: Some(0.917),
            badge: true,
            badges: vec!["within 2 hours".into()],
            ..Today::default()
        }),
        trust_since: at(-7_800),
        ..Snapshot::empty("floor-1", at(0), Trust::Live)
    }
}

fn worst(number: u32, (channel, customer, waited, clock, due): (&str, &str, i64, Clock, i64)) -> Worst {
    let state = match due {
        ..0 => ClockState::Breached,
        0..300 => ClockState::AtRisk,
        _ => ClockState::Running,
    };
    Worst {
        id: alloc::format!("{channel}-{}", 1_000 + number),
        channel: channel.into(),
        customer: Some(customer.into()),
        waiting_s: Some(waited as u64),
        clock,
        due_at: at(due),
        state,
    }
}

fn group(name: &str, open: u32, waiting: u32, [at_risk, breached]: [u32; 2], oldest_s: u64) -> Group {
    let oldest_s = (waiting > 0).then_some(oldest_s);
    Group { name: name.into(), open, waiting, at_risk, breached, oldest_s }
}

/// The same morning, and nobody has acknowledged the three.
#[must_use]
pub fn ringing() -> Snapshot {
    let mut board = busy();
    board.alarm = AlarmSummary { priority: Some(Priority::Medium), unacked: 3, ..AlarmSummary::default() };
    let ringing = Ringing {
        what: Cause::Conversation(board.worst[0].clone()),
        since: board.worst[0].due_at,
        escalated: false,
        contact: None,
    };
    board.levels = Levels { ringing: Some(ringing), ..Levels::default() };
    board
}

/// The same, for so long that somebody else has to be told.
#[must_use]
pub fn escalated() -> Snapshot {
    let mut board = ringing();
    (board.alarm.priority, board.alarm.escalated) = (Some(Priority::High), 1);
    if let Some(ringing) = &mut board.levels.ringing {
        (ringing.escalated, ringing.contact) = (true, Some(String::from("Ana, 600 700 800")));
    }
    board
}

/// Nobody waits.
#[must_use]
pub fn calm() -> Snapshot {
    Snapshot {
        open: 6,
        waiting: 0,
        unassigned: 0,
        at_risk: 0,
        breached: 0,
        oldest: None,
        next_due: None,
        worst: Vec::new(),
        alarm: AlarmSummary::default(),
        ..busy()
    }
}

/// The floor is shut until the next morning, and two wait.
#[must_use]
pub fn closed() -> Snapshot {
    let mut board = busy();
    (board.waiting, board.at_risk, board.breached) = (2, 0, 0);
    board.alarm = AlarmSummary { quiet: true, ..AlarmSummary::default() };
    Snapshot { closed: Some(Closed { opens_at: Some(at(82_075)) }), ..board }
}

/// The main system fell silent an hour ago.
#[must_use]
pub fn stale() -> Snapshot {
    Snapshot { trust: Trust::Stale, trust_since: at(-3_600), ..busy() }
}

/// Every page with the board that it is best seen with, and what to call the picture.
#[must_use]
pub fn album() -> Vec<(&'static str, Page, Snapshot)> {
    vec![
        ("now", Page::Now, busy()),
        ("list", Page::List, busy()),
        ("channels", Page::Channels, busy()),
        ("queues", Page::Queues, busy()),
        ("today", Page::Today, busy()),
        ("today-not-yet", Page::Today, Snapshot { today: None, ..busy() }),
        ("empty", Page::Empty, calm()),
        ("alarm", Page::Alarm, ringing()),
        ("alarm-escalated", Page::Alarm, escalated()),
        ("closed", Page::Closed, closed()),
        ("trust", Page::Trust, stale()),
        ("now-while-stale", Page::Now, stale()),
        ("starting", Page::Starting, busy()),
        ("test", Page::Test, busy()),
    ]
}
