//! What the daemon tells the guard of a sounder: what may sound, and for how long.
//!
//! Owns the bytes of these messages. Refuses to know pipes, lines and channels.

use super::{MESSAGE_LEN, Malformed, Message, message, words};

/// The longest lease, in milliseconds: longer than the longest pulse of any built-in burst, and
/// half of the second after which the sounder of a dead or stopped daemon must be silent.
pub const MAX_LEASE_MS: u16 = 500;

const SOUND: u8 = b'S';
const SILENCE: u8 = b'L';
const CHECK: u8 = b'C';

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Sound from now on.
    Sound {
        /// The pitch in hertz, at least 1; an active buzzer has only its own.
        hz: u16,
        /// For so many milliseconds: 1 to [`MAX_LEASE_MS`].
        ms: u16,
    },
    /// Silence now, whatever was granted before.
    Silence,
    /// Nothing but the question whether the guard is alive.
    Check,
}

impl Lease {
    /// Sound for `ms` milliseconds, moved into 1 to [`MAX_LEASE_MS`].
    #[must_use]
    pub fn sound(hz: u16, ms: u64) -> Self {
        Self::Sound { hz: hz.max(1), ms: ms.clamp(1, u64::from(MAX_LEASE_MS)) as u16 }
    }

    /// The message.
    #[must_use]
    pub fn to_bytes(self) -> Message {
        match self {
            Self::Sound { hz, ms } => message(SOUND, ms, [u32::from(hz), 0]),
            Self::Silence => message(SILENCE, 0, [0, 0]),
            Self::Check => message(CHECK, 0, [0, 0]),
        }
    }

    /// Reads a message; everything that [`Lease::to_bytes`] does not write is refused.
    pub fn from_bytes(bytes: [u8; MESSAGE_LEN]) -> Result<Self, Malformed> {
        let malformed = Malformed(bytes);
        match words(bytes)? {
            (SOUND, ms @ 1..=MAX_LEASE_MS, [hz @ 1..=u32::MAX, 0]) => {
                Ok(Self::Sound { hz: u16::try_from(hz).map_err(|_| malformed)?, ms })
            }
            (SILENCE, 0, [0, 0]) => Ok(Self::Silence),
            (CHECK, 0, [0, 0]) => Ok(Self::Check),
            _ => Err(malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lease_survives_the_pipe() {
        let sounds = (1..=MAX_LEASE_MS).map(|ms| Lease::Sound { hz: 440 + ms, ms });
        for lease in sounds.chain([Lease::sound(u16::MAX, 1), Lease::Silence, Lease::Check]) {
            assert_eq!(Lease::from_bytes(lease.to_bytes()), Ok(lease));
        }
    }

    #[test]
    fn no_bytes_ask_for_more_than_the_longest_lease() {
        for ms in [0, MAX_LEASE_MS + 1, u16::MAX] {
            let bytes = Lease::Sound { hz: 440, ms }.to_bytes();
            assert_eq!(Lease::from_bytes(bytes), Err(Malformed(bytes)));
        }
        assert_eq!(Lease::sound(440, u64::MAX), Lease::Sound { hz: 440, ms: MAX_LEASE_MS });
        assert_eq!(Lease::sound(0, 0), Lease::Sound { hz: 1, ms: 1 });
    }

    #[test]
    fn shifted_and_unknown_messages_are_refused() {
        let mut shifted = Lease::sound(440, 100).to_bytes();
        shifted.rotate_left(1);
        let mut doubled = Lease::Silence.to_bytes();
        doubled[1] = doubled[0];
        let too_high = message(SOUND, 100, [1 << 16, 0]);
        for bytes in [shifted, doubled, too_high, message(b'X', 0, [0, 0]), [0; MESSAGE_LEN]] {
            assert_eq!(Lease::from_bytes(bytes), Err(Malformed(bytes)));
        }
    }

    #[test]
    fn every_pulse_of_every_burst_fits_in_one_lease() {
        use bellboard_panel::{chime, snapshot::Priority};
        for priority in [Priority::Low, Priority::Medium, Priority::High] {
            assert!(chime::burst(priority).iter().all(|pulse| (1..=MAX_LEASE_MS).contains(&pulse.on_ms)));
        }
    }
}
