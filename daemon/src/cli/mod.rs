//! What a person types: arguments to a command, one file a command.

pub mod demo;
pub mod exit;
pub mod replay;
