//! The colours of a display that has them.
//!
//! Owns what colour each role has on a dark ground: calm greys and blue, yellow and orange-red
//! only for what is at risk and breached. Blue, yellow and orange-red differ in brightness as
//! well as in hue, so that they stay apart for eyes that do not tell red from green. Refuses to
//! let colour stand alone: pages put a shape and a word beside it.

use embedded_graphics::pixelcolor::{Rgb888, RgbColor};

use crate::look::{Palette, Role};

impl Palette for Rgb888 {
    fn of(role: Role) -> Self {
        match role {
            Role::Ground => Self::new(0x0E, 0x12, 0x17),
            Role::Text => Self::new(0xC4, 0xCC, 0xD4),
            Role::Number => Self::new(0xF4, 0xF6, 0xF8),
            Role::Fine => Self::new(0x79, 0xB8, 0xFF),
            Role::AtRisk => Self::new(0xFF, 0xD4, 0x3B),
            Role::Breached => Self::new(0xFF, 0x7A, 0x45),
        }
    }

    fn mix(ground: Self, ink: Self, coverage: u8) -> Self {
        let part = |from: u8, to: u8| {
            let (from, to, share) = (i32::from(from), i32::from(to), i32::from(coverage));
            (from + (to - from) * share / 255) as u8
        };
        Self::new(part(ground.r(), ink.r()), part(ground.g(), ink.g()), part(ground.b(), ink.b()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours, 1 to 21, after WCAG 2.2, "contrast ratio".
    fn contrast(one: Rgb888, other: Rgb888) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
        };
        let luminance =
            |c: Rgb888| 0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b());
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    const INKS: [Role; 5] = [Role::Text, Role::Number, Role::Fine, Role::AtRisk, Role::Breached];

    #[test]
    fn every_text_has_a_contrast_of_at_least_4_5_and_the_big_numbers_of_at_least_7() {
        let ground = Rgb888::of(Role::Ground);
        for ink in INKS {
            let found = contrast(Rgb888::of(ink), ground);
            let least = if ink == Role::Number { 7.0 } else { 4.5 };
            // Where the ground is light, the same two colours have changed places.
            assert!(found >= least, "{ink:?}: {found:.1}");
        }
        // On an escalated alarm even the big number is dark on the light of a breach.
        assert!(contrast(ground, Rgb888::of(Role::Breached)) >= 7.0);
    }

    #[test]
    fn a_mix_begins_at_the_ground_and_ends_at_the_ink() {
        let (ground, ink) = (Rgb888::of(Role::Ground), Rgb888::of(Role::Breached));
        assert_eq!(Rgb888::mix(ground, ink, 0), ground);
        assert_eq!(Rgb888::mix(ground, ink, 255), ink);
    }
}
