//! The names of the pages.
//!
//! Owns which there are and what they are called. Refuses to know what is on them.

/// A page of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// How many wait, and the oldest wait.
    Now,
    /// The conversations that are worst off.
    List,
    /// The numbers by channel.
    Channels,
    /// The numbers by queue.
    Queues,
    /// The day's figures.
    Today,
    /// Nobody waits and no clock runs out.
    Empty,
    /// The floor is shut, and when it opens.
    Closed,
    /// Something wants to be acknowledged.
    Alarm,
    /// The numbers cannot be believed, and why.
    Trust,
    /// There is no snapshot yet.
    Starting,
    /// Every part of the display, to be looked at by a person.
    Test,
}

impl Page {
    /// All pages.
    pub const ALL: [Self; 11] = [
        Self::Now,
        Self::List,
        Self::Channels,
        Self::Queues,
        Self::Today,
        Self::Empty,
        Self::Closed,
        Self::Alarm,
        Self::Trust,
        Self::Starting,
        Self::Test,
    ];

    /// Those that take turns, and that a person may choose; the others come by themselves.
    pub const TURNING: [Self; 5] = [Self::Now, Self::List, Self::Channels, Self::Queues, Self::Today];

    /// The word for the page on command lines and in file names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::List => "list",
            Self::Channels => "channels",
            Self::Queues => "queues",
            Self::Today => "today",
            Self::Empty => "empty",
            Self::Closed => "closed",
            Self::Alarm => "alarm",
            Self::Trust => "trust",
            Self::Starting => "starting",
            Self::Test => "test",
        }
    }
}
