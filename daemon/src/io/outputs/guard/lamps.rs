//! The guard's duty at the lamps: they shine on lease only, and flash.
//!
//! Owns the message that says which lamps shine, the lease, and the rhythm of flashing. Refuses
//! to know what a lamp tells people.

use embedded_hal::digital::OutputPin;

use super::{Duty, GuardError, MESSAGE_LEN, Malformed, Message, message, words};
use crate::core::time::Mono;

/// How long lamps shine without being told anew, in milliseconds: a daemon that hangs tells old
/// news for no longer than this.
pub const LAMP_LEASE_MS: u16 = 5_000;
/// Half of a flash, in milliseconds: 1 Hz, below the 3 Hz of WCAG 2.3.1.
pub const HALF_FLASH_MS: u64 = 500;

const SHINE: u8 = b'M';

/// Which lamps shine for the next [`LAMP_LEASE_MS`]; bit n is the n-th lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shine {
    /// Those that are on.
    pub lit: u32,
    /// Those that flash while they are on.
    pub flash: u32,
}

impl Shine {
    /// The message.
    #[must_use]
    pub fn to_bytes(self) -> Message {
        message(SHINE, LAMP_LEASE_MS, [self.lit, self.flash])
    }

    /// Reads a message; everything that [`Shine::to_bytes`] does not write is refused.
    pub fn from_bytes(bytes: [u8; MESSAGE_LEN]) -> Result<Self, Malformed> {
        match words(bytes)? {
            (SHINE, LAMP_LEASE_MS, [lit, flash]) => Ok(Self { lit, flash }),
            _ => Err(Malformed(bytes)),
        }
    }

    /// The lamps that shine at an instant.
    fn at(self, now: Mono) -> u32 {
        let dark_half = now.millis() / HALF_FLASH_MS % 2 == 1;
        if dark_half { self.lit & !self.flash } else { self.lit }
    }
}

/// The lamps' lines and the lease they shine on.
pub(super) struct Lamps<P> {
    pins: Vec<P>,
    shine: Shine,
    until: Mono,
    /// What the lines are set to.
    shown: u32,
}

impl<P: OutputPin> Lamps<P>
where
    GuardError: From<P::Error>,
{
    /// Takes lines whose lamps are off; at most 32.
    pub fn new(pins: Vec<P>) -> Self {
        Self { pins, shine: Shine::default(), until: Mono::default(), shown: 0 }
    }

    /// Sets what differs; after a failure, the rest of the lines all the same.
    fn show(&mut self, wanted: u32) -> Result<(), GuardError> {
        let mut outcome = Ok(());
        for (n, pin) in self.pins.iter_mut().enumerate() {
            let bit = 1 << n;
            if (self.shown ^ wanted) & bit == 0 {
                continue;
            }
            let set = if wanted & bit == 0 { pin.set_low() } else { pin.set_high() };
            match set {
                Ok(()) => self.shown ^= bit,
                Err(error) => outcome = outcome.and(Err(error.into())),
            }
        }
        outcome
    }
}

impl<P: OutputPin> Duty for Lamps<P>
where
    GuardError: From<P::Error>,
{
    fn obey(&mut self, message: Message, now: Mono) -> Result<(), GuardError> {
        self.shine = Shine::from_bytes(message)?;
        self.until = now.plus_millis(u64::from(LAMP_LEASE_MS));
        self.show(self.shine.at(now))
    }

    fn tick(&mut self, now: Mono) -> Result<(), GuardError> {
        if self.until <= now {
            self.shine = Shine::default();
        }
        self.show(self.shine.at(now))
    }

    fn left_ms(&self, now: Mono) -> Option<u16> {
        if self.shine.lit == 0 {
            return None;
        }
        let lease = self.until.millis_since(now);
        let flash = HALF_FLASH_MS - now.millis() % HALF_FLASH_MS;
        let next = if self.shine.lit & self.shine.flash == 0 { lease } else { lease.min(flash) };
        Some(next as u16)
    }

    fn end(mut self) -> Result<(), GuardError> {
        self.show(0)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use embedded_hal::digital::ErrorType;

    use super::*;

    impl From<Infallible> for GuardError {
        fn from(never: Infallible) -> Self {
            match never {}
        }
    }

    #[derive(Default)]
    struct Pin {
        high: bool,
        sets: u32,
    }

    impl ErrorType for Pin {
        type Error = Infallible;
    }

    impl OutputPin for Pin {
        fn set_low(&mut self) -> Result<(), Infallible> {
            (self.high, self.sets) = (false, self.sets + 1);
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            (self.high, self.sets) = (true, self.sets + 1);
            Ok(())
        }
    }

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    fn three(lit: u32, flash: u32) -> Lamps<Pin> {
        let mut lamps = Lamps::new((0..3).map(|_| Pin::default()).collect());
        lamps.obey(Shine { lit, flash }.to_bytes(), at(0)).expect("a pin does not fail");
        lamps
    }

    fn seen(lamps: &mut Lamps<Pin>, ms: u64) -> [bool; 3] {
        lamps.tick(at(ms)).expect("a pin does not fail");
        [0, 1, 2].map(|n| lamps.pins[n].high)
    }

    #[test]
    fn lamps_shine_until_the_lease_ends_and_are_set_once() {
        let mut lamps = three(0b101, 0);
        assert_eq!(seen(&mut lamps, 4_999), [true, false, true]);
        assert_eq!(lamps.left_ms(at(4_000)), Some(1_000));
        assert_eq!(seen(&mut lamps, 5_000), [false; 3]);
        assert_eq!(lamps.left_ms(at(5_000)), None);
        assert_eq!(lamps.pins.iter().map(|pin| pin.sets).collect::<Vec<_>>(), [2, 0, 2]);
    }

    #[test]
    fn a_flashing_lamp_is_on_for_every_other_half_second_and_wakes_the_guard_for_it() {
        let mut lamps = three(0b011, 0b010);
        assert_eq!(seen(&mut lamps, 499), [true, true, false]);
        assert_eq!(lamps.left_ms(at(499)), Some(1));
        assert_eq!(seen(&mut lamps, 500), [true, false, false]);
        assert_eq!(seen(&mut lamps, 1_000), [true, true, false]);
        lamps.end().expect("a pin does not fail");
    }

    #[test]
    fn every_message_survives_the_pipe_and_others_are_refused() {
        for shine in [Shine::default(), Shine { lit: u32::MAX, flash: 1 << 31 }] {
            assert_eq!(Shine::from_bytes(shine.to_bytes()), Ok(shine));
        }
        let too_long = message(SHINE, LAMP_LEASE_MS + 1, [1, 0]);
        assert_eq!(Shine::from_bytes(too_long), Err(Malformed(too_long)));
    }
}
