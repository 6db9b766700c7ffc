//! What a person types: arguments to a command, one file a command.

pub mod check;
pub mod demo;
pub mod exit;
pub mod publish;
pub mod replay;
pub mod schema;
