//! From the level "this burst sounds" to leases at the right time.
//!
//! Owns when each pulse of a burst starts. Refuses to know who keeps the line, and reads no clock.

use bellboard_panel::{
    chime::{self, Pulse},
    snapshot::Burst,
};

use crate::{core::time::Mono, io::outputs::guard::Lease};

/// Silence between a burst that was cut short and the one that takes its place, in milliseconds:
/// without it the two would sound as one.
const CUT_MS: u64 = 100;

/// The burst that sounds, and the one heard last.
#[derive(Debug, Default)]
pub struct Player {
    heard: Option<u64>,
    playing: Option<Playing>,
}

#[derive(Debug)]
struct Playing {
    /// What is left, the next pulse first.
    pulses: &'static [Pulse],
    /// When the next pulse starts, or the last one's silence ends.
    next: Mono,
}

impl Player {
    /// Takes the newest level. `Some(Lease::Low)` means that a burst was cut short and is to be
    /// silenced now.
    #[must_use]
    pub fn level(&mut self, burst: Option<Burst>, now: Mono) -> Option<Lease> {
        let Some(burst) = burst else {
            return self.playing.take().map(|_| Lease::Low);
        };
        if self.heard.replace(burst.serial) == Some(burst.serial) {
            return None;
        }
        let cut = self.playing.take();
        let pause = if cut.is_some() { CUT_MS } else { 0 };
        self.playing = Some(Playing { pulses: chime::burst(burst.priority), next: now.plus_millis(pause) });
        cut.map(|_| Lease::Low)
    }

    /// The lease of the pulse that is due, cut to what is left of it. A pulse whose time has
    /// passed altogether is left out, so that the rhythm stays.
    #[must_use]
    pub fn poll(&mut self, now: Mono) -> Option<Lease> {
        while let Some(playing) = &mut self.playing
            && playing.next <= now
        {
            let Some((pulse, left)) = playing.pulses.split_first() else {
                self.playing = None;
                break;
            };
            let ends = playing.next.plus_millis(u64::from(pulse.on_ms));
            playing.pulses = left;
            playing.next = ends.plus_millis(u64::from(pulse.off_ms));
            if now < ends {
                return Some(Lease::high(ends.millis_since(now)));
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

#[cfg(test)]
mod tests {
    use bellboard_panel::snapshot::Priority;

    use super::*;

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
        let mut player = Player::default();
        assert_eq!(player.level(Some(burst(1, Priority::Medium)), at(1000)), None);
        let expected = [1000, 1300, 1600].map(|ms| (ms, Lease::High(200)));
        assert_eq!(play_out(&mut player), expected);
        let _ = player.level(Some(burst(2, Priority::High)), at(5000));
        let starts: Vec<u64> = play_out(&mut player).iter().map(|(ms, _)| ms - 5000).collect();
        assert_eq!(starts, [0, 230, 460, 690, 920, 1770, 2000, 2230, 2460, 2690]);
    }

    #[test]
    fn one_serial_sounds_once_even_after_silence() {
        let mut player = Player::default();
        let _ = player.level(Some(burst(1, Priority::Low)), at(0));
        play_out(&mut player);
        assert_eq!(player.level(Some(burst(1, Priority::Low)), at(5000)), None);
        assert_eq!(player.level(None, at(6000)), None);
        assert_eq!(player.level(Some(burst(1, Priority::Low)), at(7000)), None);
        assert_eq!(player.next(), None);
    }

    #[test]
    fn silence_cuts_a_burst_short() {
        let mut player = Player::default();
        let _ = player.level(Some(burst(1, Priority::High)), at(0));
        assert_eq!(player.poll(at(0)), Some(Lease::High(150)));
        assert_eq!(player.level(None, at(50)), Some(Lease::Low));
        assert_eq!(player.poll(at(10_000)), None);
        assert_eq!(player.next(), None);
    }

    #[test]
    fn a_new_burst_takes_the_place_of_the_old_one_after_a_short_silence() {
        let mut player = Player::default();
        let _ = player.level(Some(burst(1, Priority::High)), at(0));
        let _ = player.poll(at(0));
        assert_eq!(player.level(Some(burst(2, Priority::Low)), at(50)), Some(Lease::Low));
        assert_eq!(play_out(&mut player), [(150, Lease::High(200)), (550, Lease::High(200))]);
    }

    #[test]
    fn a_late_pulse_is_shortened_and_a_missed_one_left_out() {
        let mut player = Player::default();
        let _ = player.level(Some(burst(1, Priority::Medium)), at(0));
        assert_eq!(player.poll(at(150)), Some(Lease::High(50)));
        assert_eq!(player.poll(at(520)), None);
        assert_eq!(player.poll(at(650)), Some(Lease::High(150)));
    }
}
