//! When a floor is open.
//!
//! Owns opening hours. Refuses to know whose they are.

/// Opening hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Calendar {
    /// Open at every instant.
    #[default]
    Always,
}
