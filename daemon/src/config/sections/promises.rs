//! `[[sla]]`: what was promised, and to whom.

use crate::config::{
    duration,
    model::{Match, Origin, Policy, Urgency},
    reader::Reader,
    value::{boolean, choice, millis, one_or_more, share, text},
};

use super::{
    board::{MAX_CHANNEL, MAX_QUEUE},
    hours::Calendars,
};

/// Each conversation is held against the policies one by one.
const MAX_POLICIES: usize = 256;
const MAX_NAME: usize = 64;
/// A year of open time: a promise beyond it is a slip of the unit.
const TARGET_MS: std::ops::RangeInclusive<u64> = 1_000..=365 * 86_400_000;
const WARN_BEFORE_MS: std::ops::RangeInclusive<u64> = 0..=7 * 86_400_000;
/// A target may take this many weeks of its calendar. More is a slip of the unit or of the
/// calendar, and deadlines are counted opening by opening.
const MAX_WEEKS: u64 = 104;

pub(super) fn policies(top: &mut Reader<'_>, calendars: &Calendars) -> Vec<Policy> {
    let mut number = 0;
    let mut matches_all: Option<String> = None;
    top.each("sla", MAX_POLICIES, |entry| {
        number += 1;
        let mut policy = Policy { name: format!("policy {number}"), ..Policy::default() };
        entry.set(&mut policy.name, "name", text(1..=MAX_NAME));
        policy.applies = entry.section("match", applies);
        policy.first_reply_ms = entry.read("first_reply", millis(TARGET_MS));
        policy.next_reply_ms = entry.read("next_reply", millis(TARGET_MS));
        policy.resolution_ms = entry.read("resolution", millis(TARGET_MS));
        entry.set(&mut policy.follow_up, "follow_up", boolean);
        entry.set(&mut policy.warn_at, "warn_at", share);
        entry.set(&mut policy.warn_before_ms, "warn_before", millis(WARN_BEFORE_MS));
        entry.set(&mut policy.calendar, "calendar", |item| calendars.open(item));
        refuse_out_of_reach(entry, &policy);
        if let Some(first) = &matches_all {
            let hint = "move the policy that matches everything to the end";
            entry.refuse_table(format!("this policy is never reached: `{first}` matches everything"), hint);
        } else if !entry.given("match") {
            matches_all = Some(policy.name.clone());
        }
        policy
    })
}

fn applies(section: &mut Reader<'_>) -> Match {
    let priorities = [
        ("low", Urgency::Low),
        ("normal", Urgency::Normal),
        ("high", Urgency::High),
        ("urgent", Urgency::Urgent),
    ];
    let origins = [("direct", Origin::Direct), ("mention", Origin::Mention), ("found", Origin::Found)];
    let mut applies = Match::default();
    section.set(&mut applies.channel, "channel", one_or_more(text(1..=MAX_CHANNEL)));
    section.set(&mut applies.queue, "queue", one_or_more(text(1..=MAX_QUEUE)));
    section.set(&mut applies.priority, "priority", one_or_more(choice(&priorities)));
    applies.public = section.read("public", boolean);
    section.set(&mut applies.origin, "origin", one_or_more(choice(&origins)));
    applies
}

/// Refuses targets that their calendar all but never reaches.
fn refuse_out_of_reach(entry: &Reader<'_>, policy: &Policy) {
    let a_week = policy.calendar.open_ms_a_week();
    let targets = [
        ("first_reply", policy.first_reply_ms),
        ("next_reply", policy.next_reply_ms),
        ("resolution", policy.resolution_ms),
    ];
    for (key, target) in targets {
        if target.is_some_and(|target| target > a_week * MAX_WEEKS) {
            let what = format!("takes over two years in the calendar \"{}\"", policy.calendar);
            let hint = format!("that calendar is open for {} a week", duration::show(a_week));
            entry.refuse(key, what, hint);
        }
    }
}
