//! The broker inside the daemon.
