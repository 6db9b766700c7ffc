//! What is kept of the past, and what is made of it.
//!
//! Owns the meaning and the default of each key. Refuses to know TOML.

/// `[history]`: what is kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Whether figures are counted and rows are kept.
    pub enabled: bool,
    /// Milliseconds for which rows are kept.
    pub keep_ms: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { enabled: true, keep_ms: 400 * 86_400_000 }
    }
}

/// `[[badge]]`: a rule for a mark that the floor earns and loses.
#[derive(Clone, Debug, PartialEq)]
pub struct Badge {
    /// Its name, for people.
    pub name: String,
    /// The share of conversations that have to be answered, above 0 and up to 1.
    pub answered: f64,
    /// Milliseconds of wall time within which a first reply counts; `None`: whenever it came.
    pub within_ms: Option<u64>,
    /// Milliseconds over which conversations are looked at, by when they were opened.
    pub window_ms: u64,
}

impl Default for Badge {
    fn default() -> Self {
        Self { name: String::new(), answered: 0.9, within_ms: Some(300_000), window_ms: 7 * 86_400_000 }
    }
}
