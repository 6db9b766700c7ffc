//! The lamps: each shines while its condition holds.
//!
//! Owns the conditions, and the thread that tells the lamps' guard. Refuses to know why a
//! condition holds, and never holds a line itself: [`guard`](super::guard) says why.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use bellboard_panel::{Snapshot, snapshot::Trust};
use tokio::{sync::watch, time::sleep};

use super::{
    guard::{Charge, LAMP_LEASE_MS, Shine},
    post::Post,
};
use crate::{
    clock::Clock,
    config::model::{Lamp, LampOn},
};

/// How often the guard is told anew what it knows: twice within a lease, so that one message
/// that comes late darkens nothing.
const RENEW_MS: u64 = LAMP_LEASE_MS as u64 * 2 / 5;

/// Whether a lamp with this condition shines on this board.
///
/// What a number says shines only while the numbers can be believed: together with a dark
/// `live`, a dark `breached` means that nobody knows. An alarm that waits for somebody does so
/// whatever the trust.
#[must_use]
pub fn lit(on: LampOn, board: &Snapshot) -> bool {
    let live = board.trust == Trust::Live;
    match on {
        LampOn::Breached => live && board.breached > 0,
        LampOn::AtRisk => live && board.at_risk > 0,
        LampOn::Surge => live && board.surge == Some(true),
        LampOn::Unacked => board.alarm.unacked > 0,
        LampOn::Live => live,
    }
}

/// Starts the lamps' thread. `None`: there are no lamps.
///
/// `beat` is called as by [`buzzer::spawn`](super::buzzer::spawn), and troubles are told in the
/// same way; one guard holds all lamps, and none of them shines before it has them all. The
/// thread ends when the sender of `snapshots` is dropped, after the lamps went dark.
///
/// # Errors
/// The operating system gives no thread or no event queue.
pub fn spawn(
    lamps: &[Lamp],
    snapshots: watch::Receiver<Arc<Snapshot>>,
    beat: impl Fn() + Send + 'static,
) -> io::Result<Option<JoinHandle<()>>> {
    if lamps.is_empty() {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (post, lamps) = (Post::new(Charge::lamps(lamps), Clock::start()), lamps.to_vec());
    let shine = move || runtime.block_on(follow(post, lamps, snapshots, beat));
    thread::Builder::new().name("lamps".into()).spawn(shine).map(Some)
}

/// Tells the guard what shines, whenever that changes and before it forgets.
async fn follow(
    mut post: Post,
    lamps: Vec<Lamp>,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    beat: impl Fn(),
) {
    let mut told = None;
    loop {
        beat();
        if post.relieve().await {
            told = None;
        }
        let shine = shine(&lamps, &snapshots.borrow_and_update());
        if told != Some(shine) || post.quiet_ms() >= RENEW_MS {
            post.send(shine.to_bytes()).await;
            told = Some(shine);
        }
        let rest = post.rest(None);
        tokio::select! {
            changed = snapshots.changed() => {
                if changed.is_err() {
                    break;
                }
            }
            () = post.news() => {}
            () = sleep(rest) => {}
        }
    }
    post.leave(Shine::default().to_bytes()).await;
}

fn shine(lamps: &[Lamp], board: &Snapshot) -> Shine {
    let mut shine = Shine::default();
    for (n, lamp) in lamps.iter().enumerate() {
        shine.lit |= u32::from(lit(lamp.on, board)) << n;
        shine.flash |= u32::from(lamp.flash) << n;
    }
    shine
}

#[cfg(test)]
mod tests {
    use bellboard_panel::{Timestamp, snapshot::AlarmSummary};

    use super::*;

    const ALL: [LampOn; 5] = [LampOn::Breached, LampOn::AtRisk, LampOn::Surge, LampOn::Unacked, LampOn::Live];

    fn board(trust: Trust) -> Snapshot {
        Snapshot::empty("wall", Timestamp::EPOCH, trust)
    }

    fn troubled(trust: Trust) -> Snapshot {
        let alarm = AlarmSummary { unacked: 1, ..AlarmSummary::default() };
        Snapshot { at_risk: 1, breached: 1, surge: Some(true), alarm, ..board(trust) }
    }

    fn shining(board: &Snapshot) -> [bool; 5] {
        ALL.map(|on| lit(on, board))
    }

    #[test]
    fn a_lamp_shines_for_its_condition_and_no_other() {
        let calm = board(Trust::Live);
        assert_eq!(shining(&calm), [false, false, false, false, true]);
        let boards = [
            Snapshot { breached: 1, ..calm.clone() },
            Snapshot { at_risk: 1, ..calm.clone() },
            Snapshot { surge: Some(true), ..calm.clone() },
            Snapshot { alarm: AlarmSummary { unacked: 1, ..AlarmSummary::default() }, ..calm.clone() },
        ];
        for (n, board) in boards.iter().enumerate() {
            let mut expected = shining(&calm);
            expected[n] = true;
            assert_eq!(shining(board), expected);
        }
    }

    #[test]
    fn numbers_that_cannot_be_believed_light_no_lamp_but_an_alarm_does() {
        assert_eq!(shining(&troubled(Trust::Live)), [true; 5]);
        for trust in [Trust::Syncing, Trust::Stale, Trust::Offline, Trust::Drift, Trust::Clock] {
            assert_eq!(shining(&troubled(trust)), [false, false, false, true, false], "{trust:?}");
        }
    }

    #[test]
    fn the_message_has_a_bit_for_each_lamp_in_its_order() {
        let lamp = |on, flash| Lamp { on, flash, ..Lamp::default() };
        let lamps = [lamp(LampOn::Live, false), lamp(LampOn::Breached, true), lamp(LampOn::Unacked, true)];
        assert_eq!(shine(&lamps, &board(Trust::Live)), Shine { lit: 0b001, flash: 0b110 });
        assert_eq!(shine(&lamps, &troubled(Trust::Stale)), Shine { lit: 0b100, flash: 0b110 });
    }

    #[test]
    fn a_lease_survives_one_renewal_that_comes_late() {
        assert!(RENEW_MS * 2 < u64::from(LAMP_LEASE_MS));
    }
}
