//! The languages that a board speaks.
//!
//! Owns their names and the direction they are read in. Refuses to know their words.

use core::fmt;

/// A language, with its digits, plurals and ways to write the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Polish.
    Pl,
    /// Greek.
    El,
    /// Hebrew.
    He,
    /// Arabic, with Arabic-Indic digits.
    Ar,
}

impl Locale {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::Pl, Self::El, Self::He, Self::Ar];

    /// The language's code, after ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Pl => "pl",
            Self::El => "el",
            Self::He => "he",
            Self::Ar => "ar",
        }
    }

    /// The language with that code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == code)
    }

    /// Whether it is read from right to left.
    #[must_use]
    pub const fn is_rtl(self) -> bool {
        matches!(self, Self::He | Self::Ar)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
