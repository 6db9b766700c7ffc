//! Durations as people write them: `90s`, `15m`, `2h`, `1h30m`, `2d`.
//!
//! Owns that notation, both ways. Refuses to know what lasts so long.

use std::fmt::Write as _;

/// The units from the largest to the smallest, in milliseconds; a day is 24 hours.
const UNITS: [(char, u64); 4] = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// Reads a duration, in milliseconds: whole numbers with units, each unit at most once, the
/// larger before the smaller. `None` for anything else and for what 64 bits cannot hold.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, millis) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*millis)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
}

/// Writes a duration of whole seconds so that [`parse`] reads it back.
#[must_use]
pub fn show(millis: u64) -> String {
    let mut left = millis;
    let mut text = String::new();
    for (name, unit) in UNITS {
        if left >= unit {
            let _ = write!(text, "{}{name}", left / unit);
            left %= unit;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_forms_are_read() {
        let known = [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7_200),
            ("1h30m", 5_400),
            ("2d", 172_800),
            ("1d1h1m1s", 90_061),
        ];
        for (text, seconds) in known {
            assert_eq!(parse(text), Some(seconds * 1000), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "90", "s", "1.5h", "-1s", "1m1h", "1m1m", "2 h", "5x", "1h ", "99999999999999d", "٣s"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(seconds in 0u64..10_000_000) {
            prop_assert_eq!(parse(&show(seconds * 1000)), Some(seconds * 1000));
        }
    }
}
