//! From the level "this burst sounds" to leases at the right time.
//!
//! Owns when each note of a burst starts. Refuses to know who keeps the sounder, and reads no clock.

use std::sync::Arc;

use bellboard_panel::{
    chime::Note,
    snapshot::{Burst, Priority},
};

use crate::{
    config::model::Sound,
    core::time::Mono,
    io::outputs::guard::{Lease, MAX_LEASE_MS},
};

/// Silence between a burst that was cut short and the one that takes its place, in milliseconds:
/// without it the two would sound as one.
const CUT_MS: u64 = 100;
/// A note that is longer than a lease gets the next one so long after the last, in milliseconds:
/// early enough for a busy machine.
const RENEW_MS: u64 = MAX_LEASE_MS as u64 / 2;

/// The burst that sounds, and the one heard last.
#[derive(Debug)]
pub struct Player {
    /// What each priority sounds like, from low to high.
    tunes: [Arc<[Note]>; 3],
    heard: Option<u64>,
    playing: Option<Playing>,
}

#[derive(Debug)]
struct Playing {
    tune: Arc<[Note]>,
    /// Which note comes or sounds.
    note: usize,
    /// When that note starts.
    starts: Mono,
    /// When there is something to do.
    next: Mono,
}

impl Player {
    /// A silent player of these sounds.
    #[must_use]
    pub fn new(sound: &Sound) -> Self {
        let tunes =
            [Priority::Low, Priority::Medium, Priority::High].map(|priority| sound.tune(priority).0.into());
        Self { tunes, heard: None, playing: None }
    }

    /// Takes the newest level. `Some(Lease::Silence)` means that a burst was cut short and is to
    /// be silenced now.
    #[must_use]
    pub fn level(&mut self, burst: Option<Burst>, now: Mono) -> Option<Lease> {
        let Some(burst) = burst else {
            return self.playing.take().map(|_| Lease::Silence);
        };
        if self.heard.replace(burst.serial) == Some(burst.serial) {
            return None;
        }
        let cut = self.playing.take();
        let starts = now.plus_millis(if cut.is_some() { CUT_MS } else { 0 });
        let tune = Arc::clone(&self.tunes[burst.priority as usize]);
        self.playing = Some(Playing { tune, note: 0, starts, next: starts });
        cut.map(|_| Lease::Silence)
    }

    /// The lease of the note that is due, cut to what is left of it. A note whose time has
    /// passed altogether is left out, so that the rhythm stays.
    #[must_use]
    pub fn poll(&mut self, now: Mono) -> Option<Lease> {
        while let Some(playing) = &mut self.playing
            && playing.next <= now
        {
            let Some(note) = playing.tune.get(playing.note) else {
                self.playing = None;
                break;
            };
            let ends = playing.starts.plus_millis(u64::from(note.ms));
            let left = ends.millis_since(now);
            match note.hz {
                Some(hz) if left > u64::from(MAX_LEASE_MS) => {
                    playing.next = now.plus_millis(RENEW_MS);
                    return Some(Lease::sound(hz, left));
                }
                Some(hz) if left > 0 => {
                    playing.pass(ends);
                    return Some(Lease::sound(hz, left));
                }
                _ => playing.pass(ends),
            }
        }
        None
    }

    /// When [`Player::poll`] has something to do again.
    #[must_use]
    pub fn next(&self) -> Option<Mono> {
        self.playing.as_ref().map(|playing| playing.next)
    }
}

impl Playing {
    /// Goes on to the next note, which starts when this one ends.
    fn pass(&mut self, ends: Mono) {
        self.note += 1;
        self.starts = ends;
        self.next = ends;
    }
}

#[cfg(test)]
mod tests {
    use bellboard_panel::rtttl;

    use super::*;

    /// The pitches of the built-in bursts.
    const LOW: u16 = 440;
    const MEDIUM: u16 = 659;
    const HIGH: u16 = 880;

    fn built_in() -> Player {
        Player::new(&Sound::default())
    }

    fn lease(hz: u16, ms: u16) -> Lease {
        Lease::Sound { hz, ms }
    }

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    fn burst(serial: u64, priority: Priority) -> Burst {
        Burst { serial, priority }
    }

    /// All leases of what is playing, each at the time the player asked to be woken.
    fn play_out(player: &mut Player) -> Vec<(u64, Lease)> {
        let mut leases = Vec::new();
        while let Some(now) = player.next() {
            leases.extend(player.poll(now).map(|lease| (now.millis(), lease)));
        }
        leases
    }

    #[test]
    fn a_burst_is_one_lease_a_pulse_in_the_rhythm_of_its_pattern() {
        let mut player = built_in();
        assert_eq!(player.level(Some(burst(1, Priority::Medium)), at(1000)), None);
        let expected = [1000, 1300, 1600].map(|ms| (ms, lease(MEDIUM, 200)));
        assert_eq!(play_out(&mut player), expected);
        let _ = player.level(Some(burst(2, Priority::High)), at(5000));
        let starts: Vec<u64> = play_out(&mut player).iter().map(|(ms, _)| ms - 5000).collect();
        assert_eq!(starts, [0, 230, 460, 690, 920, 1770, 2000, 2230, 2460, 2690]);
    }

    #[test]
    fn one_serial_sounds_once_even_after_silence() {
        let mut player = built_in();
        let _ = player.level(Some(burst(1, Priority::Low)), at(0));
        play_out(&mut player);
        assert_eq!(player.level(Some(burst(1, Priority::Low)), at(5000)), None);
        assert_eq!(player.level(None, at(6000)), None);
        assert_eq!(player.level(Some(burst(1, Priority::Low)), at(7000)), None);
        assert_eq!(player.next(), None);
    }

    #[test]
    fn silence_cuts_a_burst_short() {
        let mut player = built_in();
        let _ = player.level(Some(burst(1, Priority::High)), at(0));
        assert_eq!(player.poll(at(0)), Some(lease(HIGH, 150)));
        assert_eq!(player.level(None, at(50)), Some(Lease::Silence));
        assert_eq!(player.poll(at(10_000)), None);
        assert_eq!(player.next(), None);
    }

    #[test]
    fn a_new_burst_takes_the_place_of_the_old_one_after_a_short_silence() {
        let mut player = built_in();
        let _ = player.level(Some(burst(1, Priority::High)), at(0));
        let _ = player.poll(at(0));
        assert_eq!(player.level(Some(burst(2, Priority::Low)), at(50)), Some(Lease::Silence));
        assert_eq!(play_out(&mut player), [(150, lease(LOW, 200)), (550, lease(LOW, 200))]);
    }

    #[test]
    fn a_late_pulse_is_shortened_and_a_missed_one_left_out() {
        let mut player = built_in();
        let _ = player.level(Some(burst(1, Priority::Medium)), at(0));
        assert_eq!(player.poll(at(150)), Some(lease(MEDIUM, 50)));
        assert_eq!(player.poll(at(520)), None);
        assert_eq!(player.poll(at(650)), Some(lease(MEDIUM, 150)));
    }

    #[test]
    fn a_note_longer_than_a_lease_is_renewed_before_the_lease_ends() {
        let low = Some(rtttl::parse("t:d=4,o=4,b=120:a,2b").expect("a tune"));
        let mut player = Player::new(&Sound { low, ..Sound::default() });
        let _ = player.level(Some(burst(1, Priority::Low)), at(0));
        // 500 ms of A4 with a gap of 60, then a second of B4 with the same.
        let b = |ms| lease(494, ms);
        let expected = [(0, lease(440, 440)), (500, b(500)), (750, b(500)), (1000, b(440))];
        assert_eq!(play_out(&mut player), expected);
    }
}
