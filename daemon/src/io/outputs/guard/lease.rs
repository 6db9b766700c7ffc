//! What the daemon tells the guard of the buzzer's line: how long it may be high.
//!
//! Owns the bytes of a message. Refuses to know pipes and lines.

use thiserror::Error;

/// The longest lease, in milliseconds: more than twice the longest pulse of any burst, and half
/// of the second after which the buzzer of a dead or stopped daemon must be silent.
pub const MAX_LEASE_MS: u16 = 500;

/// Bytes of every message. Far below the 4,096 that a pipe passes on in one piece.
pub const MESSAGE_LEN: usize = 4;

const HIGH: u8 = b'H';
const LOW: u8 = b'L';

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// High from now on, for so many milliseconds: 1 to [`MAX_LEASE_MS`].
    High(u16),
    /// Low now, whatever was granted before.
    Low,
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the buzzer's guard was told something it does not understand: {0:02x?}")]
pub struct Malformed(pub [u8; MESSAGE_LEN]);

impl Lease {
    /// High for `ms` milliseconds, moved into 1 to [`MAX_LEASE_MS`].
    #[must_use]
    pub fn high(ms: u64) -> Self {
        Self::High(ms.clamp(1, u64::from(MAX_LEASE_MS)) as u16)
    }

    /// The message: a word, its complement, and the milliseconds in little-endian order.
    #[must_use]
    pub fn to_bytes(self) -> [u8; MESSAGE_LEN] {
        let (word, ms) = match self {
            Self::High(ms) => (HIGH, ms),
            Self::Low => (LOW, 0),
        };
        let [low, high] = ms.to_le_bytes();
        [word, !word, low, high]
    }

    /// Reads a message; everything that [`Lease::to_bytes`] does not write is refused.
    pub fn from_bytes(bytes: [u8; MESSAGE_LEN]) -> Result<Self, Malformed> {
        let [word, check, low, high] = bytes;
        match (word, u16::from_le_bytes([low, high])) {
            _ if check != !word => Err(Malformed(bytes)),
            (HIGH, ms @ 1..=MAX_LEASE_MS) => Ok(Self::High(ms)),
            (LOW, 0) => Ok(Self::Low),
            _ => Err(Malformed(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lease_survives_the_pipe() {
        for lease in (1..=MAX_LEASE_MS).map(Lease::High).chain([Lease::Low]) {
            assert_eq!(Lease::from_bytes(lease.to_bytes()), Ok(lease));
        }
    }

    #[test]
    fn no_bytes_ask_for_more_than_the_longest_lease() {
        for ms in [0, MAX_LEASE_MS + 1, u16::MAX] {
            let bytes = Lease::High(ms).to_bytes();
            assert_eq!(Lease::from_bytes(bytes), Err(Malformed(bytes)));
        }
        assert_eq!(Lease::high(u64::MAX), Lease::High(MAX_LEASE_MS));
        assert_eq!(Lease::high(0), Lease::High(1));
    }

    #[test]
    fn shifted_and_unknown_messages_are_refused() {
        for bytes in [*b"L\xb3\x01\0", *b"\xb7\xc8\0H", *b"HH\xc8\0", *b"X\xa7\0\0", [0; 4]] {
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
