//! How the board is set up: TOML to a checked [`Config`].

pub mod model;

pub use model::Config;
