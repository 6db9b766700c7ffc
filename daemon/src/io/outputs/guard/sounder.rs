//! The guard's duty at a sounder: it sounds on lease only.
//!
//! Owns the lease and its end. Refuses to know pipes and bursts.

use embedded_hal::digital::OutputPin as _;

use super::{Duty, GuardError, Lease, Message};
use crate::{
    core::time::Mono,
    io::{gpio::Output, pwm::Channel},
};

/// Something that can sound.
pub(super) trait Sounder {
    /// Sounds from now on, at that pitch if it knows any.
    fn sound(&mut self, hz: u16) -> Result<(), GuardError>;

    /// Falls silent.
    fn silence(&mut self) -> Result<(), GuardError>;

    /// Gives the line or the channel back, after [`Sounder::silence`].
    fn leave(self) -> Result<(), GuardError>;
}

impl Sounder for Output {
    fn sound(&mut self, _: u16) -> Result<(), GuardError> {
        Ok(self.set_high()?)
    }

    fn silence(&mut self) -> Result<(), GuardError> {
        Ok(self.set_low()?)
    }

    fn leave(self) -> Result<(), GuardError> {
        Ok(())
    }
}

impl Sounder for Channel {
    fn sound(&mut self, hz: u16) -> Result<(), GuardError> {
        Ok(self.sound(hz)?)
    }

    fn silence(&mut self) -> Result<(), GuardError> {
        Ok(self.silence()?)
    }

    fn leave(self) -> Result<(), GuardError> {
        Ok(self.leave()?)
    }
}

/// The sounder and the lease it sounds on.
pub(super) struct Keeper<S> {
    sounder: S,
    until: Option<Mono>,
}

impl<S: Sounder> Keeper<S> {
    /// Takes a sounder that is silent.
    pub fn new(sounder: S) -> Self {
        Self { sounder, until: None }
    }

    fn follow(&mut self, lease: Lease, now: Mono) -> Result<(), GuardError> {
        match lease {
            Lease::Sound { hz, ms } => {
                self.until = Some(now.plus_millis(u64::from(ms)));
                self.sounder.sound(hz)
            }
            Lease::Silence => self.silence(),
            Lease::Check => Ok(()),
        }
    }

    fn silence(&mut self) -> Result<(), GuardError> {
        self.until = None;
        self.sounder.silence()
    }
}

impl<S: Sounder> Duty for Keeper<S> {
    fn obey(&mut self, message: Message, now: Mono) -> Result<(), GuardError> {
        self.follow(Lease::from_bytes(message)?, now)
    }

    fn tick(&mut self, now: Mono) -> Result<(), GuardError> {
        if self.until.is_some_and(|until| until <= now) { self.silence() } else { Ok(()) }
    }

    fn left_ms(&self, now: Mono) -> Option<u16> {
        self.until.map(|until| until.millis_since(now) as u16)
    }

    fn end(mut self) -> Result<(), GuardError> {
        self.silence()?;
        self.sounder.leave()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Piezo {
        hz: Option<u16>,
    }

    impl Sounder for Piezo {
        fn sound(&mut self, hz: u16) -> Result<(), GuardError> {
            self.hz = Some(hz);
            Ok(())
        }

        fn silence(&mut self) -> Result<(), GuardError> {
            self.hz = None;
            Ok(())
        }

        fn leave(self) -> Result<(), GuardError> {
            Ok(())
        }
    }

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    /// A keeper that was told this at these times, each a moment after it looked at its lease.
    fn told(leases: &[(u64, Lease)]) -> Keeper<Piezo> {
        let mut keeper = Keeper::new(Piezo::default());
        for (ms, lease) in leases {
            keeper.tick(at(*ms)).expect("a piezo does not fail");
            keeper.obey(lease.to_bytes(), at(*ms)).expect("a piezo does not fail");
        }
        keeper
    }

    fn heard(keeper: &mut Keeper<Piezo>, ms: u64) -> Option<u16> {
        keeper.tick(at(ms)).expect("a piezo does not fail");
        keeper.sounder.hz
    }

    #[test]
    fn a_lease_ends_by_itself() {
        let mut keeper = told(&[(1000, Lease::sound(440, 200))]);
        assert_eq!(keeper.left_ms(at(1050)), Some(150));
        assert_eq!(heard(&mut keeper, 1199), Some(440));
        assert_eq!(heard(&mut keeper, 1200), None);
        assert_eq!(keeper.left_ms(at(1200)), None);
    }

    #[test]
    fn silence_ends_a_lease_at_once_and_a_new_lease_replaces_it() {
        let mut keeper = told(&[(0, Lease::sound(440, 500)), (10, Lease::sound(880, 100))]);
        assert_eq!(heard(&mut keeper, 109), Some(880));
        assert_eq!(heard(&mut keeper, 110), None);
        let mut keeper = told(&[(200, Lease::sound(440, 500)), (201, Lease::Silence)]);
        assert_eq!(heard(&mut keeper, 201), None);
    }

    #[test]
    fn a_question_changes_nothing() {
        let mut keeper = told(&[(0, Lease::sound(440, 100)), (50, Lease::Check)]);
        assert_eq!(heard(&mut keeper, 99), Some(440));
        assert_eq!(heard(&mut keeper, 100), None);
    }
}
