//! The transition table: what each event makes of an alarm.
//!
//! Owns the steps of the machine, which are those of ISA-18.2, one line each. Refuses to know
//! when an event happens, whose alarm it is, and what follows from a step.

use super::words::AlarmState;

/// What can happen to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// What it watches for is so.
    Breach,
    /// It is so no more.
    Clear,
    /// The state has lasted as long as it may.
    Due,
    /// A person has taken note.
    Ack,
    /// A person in front of another board of the group has.
    SharedAck,
    /// A person put it aside for a while.
    Shelve,
    /// A person took it up again before its time.
    Unshelve,
    /// What it was about is gone.
    Removed,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where to.
    pub to: AlarmState,
    /// Whether this begins an occurrence of its own.
    pub renewed: bool,
    /// Why, in a word.
    pub cause: &'static str,
}

/// The step that an event causes; `None` where the alarm stays as it is. `breached` says whether
/// its cause still holds.
#[must_use]
#[expect(clippy::match_same_arms, reason = "each line is a row of the table")]
pub fn follow(state: AlarmState, breached: bool, event: Event) -> Option<Step> {
    use AlarmState::{Acked, Escalated, Missed, Normal, Pending, Shelved, Unacked};
    use Event::{Ack, Breach, Clear, Due, Removed, SharedAck, Shelve, Unshelve};
    let step = |to, cause| Some(Step { to, renewed: false, cause });
    let anew = |to, cause| Some(Step { to, renewed: true, cause });
    let after_shelf = if breached { Unacked } else { Normal };
    match (state, event) {
        (Normal, Breach) => anew(Pending, "breach"),
        (Pending, Clear) => step(Normal, "cleared"),
        (Pending, Due) => step(Unacked, "on_delay"),
        // The other board of the group was a moment faster than this one.
        (Pending, SharedAck) => step(Acked, "ack"),
        (Unacked, Due) if breached => step(Escalated, "escalate_after"),
        (Unacked | Escalated, Due) => step(Missed, "off_delay"),
        (Unacked | Escalated, Ack | SharedAck) => step(Acked, "ack"),
        (Missed, Ack | SharedAck) => step(Normal, "ack"),
        (Missed, Due) => step(Normal, "missed_for"),
        (Missed, Breach) => anew(Unacked, "breach"),
        (Acked, Clear) => step(Normal, "cleared"),
        (Acked, Due) => anew(Unacked, "rearm_after"),
        (Pending | Unacked | Escalated | Acked, Shelve) => step(Shelved, "shelve"),
        (Shelved, Due) => step(after_shelf, "time_over"),
        (Shelved, Unshelve) => step(after_shelf, "unshelve"),
        (Pending | Unacked | Escalated | Acked | Missed | Shelved, Removed) => step(Normal, "removed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of the specification's table, and nothing besides: every other pair of state and
    /// event leaves an alarm as it is.
    #[test]
    fn every_step_is_a_row_of_the_table() {
        use AlarmState::{Acked, Escalated, Missed, Normal, Pending, Shelved, Unacked};
        use Event::{Ack, Breach, Clear, Due, Removed, SharedAck, Shelve, Unshelve};
        let rows = [
            (Normal, true, Breach, Pending),
            (Pending, false, Clear, Normal),
            (Pending, true, Due, Unacked),
            (Pending, true, SharedAck, Acked),
            (Unacked, true, Ack, Acked),
            (Unacked, true, SharedAck, Acked),
            (Unacked, true, Due, Escalated),
            (Unacked, false, Due, Missed),
            (Escalated, true, Ack, Acked),
            (Escalated, true, SharedAck, Acked),
            (Escalated, false, Due, Missed),
            (Missed, false, Ack, Normal),
            (Missed, false, SharedAck, Normal),
            (Missed, false, Due, Normal),
            (Missed, true, Breach, Unacked),
            (Acked, false, Clear, Normal),
            (Acked, true, Due, Unacked),
            (Pending, true, Shelve, Shelved),
            (Unacked, true, Shelve, Shelved),
            (Escalated, true, Shelve, Shelved),
            (Acked, true, Shelve, Shelved),
            (Shelved, true, Due, Unacked),
            (Shelved, false, Due, Normal),
            (Shelved, true, Unshelve, Unacked),
            (Shelved, false, Unshelve, Normal),
        ];
        for state in AlarmState::ALL {
            for event in [Breach, Clear, Due, Ack, SharedAck, Shelve, Unshelve] {
                for breached in [true, false] {
                    // What breaks now is broken, and what has cleared is not.
                    let possible = !matches!((event, breached), (Breach, false) | (Clear, true));
                    let row = rows.iter().find(|(s, b, e, _)| (*s, *b, *e) == (state, breached, event));
                    let to = follow(state, breached, event).map(|step| step.to);
                    let known = row.map(|(_, _, _, to)| *to);
                    // A cause that holds or not makes no difference where the table does not say so.
                    let either = rows.iter().any(|(s, _, e, _)| (*s, *e) == (state, event));
                    assert!(!possible || to == known || (row.is_none() && either), "{state:?} {event:?}");
                }
            }
            let removed = follow(state, true, Removed).map(|step| step.to);
            assert_eq!(removed, (state != Normal).then_some(Normal));
        }
    }

    #[test]
    fn an_occurrence_begins_with_a_breach_and_with_a_rearmed_alarm() {
        let renewed = |state, event| follow(state, true, event).map(|step| step.renewed);
        assert_eq!(renewed(AlarmState::Normal, Event::Breach), Some(true));
        assert_eq!(renewed(AlarmState::Missed, Event::Breach), Some(true));
        assert_eq!(renewed(AlarmState::Acked, Event::Due), Some(true));
        assert_eq!(renewed(AlarmState::Pending, Event::Due), Some(false));
        assert_eq!(renewed(AlarmState::Shelved, Event::Due), Some(false));
    }
}
