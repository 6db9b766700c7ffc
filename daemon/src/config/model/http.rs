//! The status page for browsers.
//!
//! Owns the meaning and the default of its keys, and what a token may be. Refuses to know TOML
//! and HTTP.

use std::{net::SocketAddr, path::PathBuf};

/// Fewer characters could be guessed by trying: 16 of a random token have at least 64 bits.
pub const MIN_TOKEN: usize = 16;
/// A header with more is no token.
pub const MAX_TOKEN: usize = 256;

/// `[http]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// Where it listens; `None`: nowhere. Anything but loopback needs `token_file`.
    pub listen: Option<SocketAddr>,
    /// A file with the token on its first line; `None`: nobody may act.
    pub token_file: Option<PathBuf>,
    /// Names under which browsers reach it, besides `localhost` and addresses; in lower case.
    pub hosts: Vec<String>,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is too short or too long.
    #[error("holds no token of {MIN_TOKEN} to {MAX_TOKEN} characters on its first line")]
    Length,
    /// It has characters that cannot travel in a header.
    #[error("holds a token with characters besides A-Z a-z 0-9 - . _ ~ + / and =")]
    Characters,
}

/// The token on the first line of a file's text: what RFC 6750 lets a bearer token be, which can
/// travel in a cookie as well.
pub fn token(text: &str) -> Result<&str, TokenFault> {
    let token = text.lines().next().unwrap_or_default().trim_ascii();
    if !(MIN_TOKEN..=MAX_TOKEN).contains(&token.len()) {
        Err(TokenFault::Length)
    } else if token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
        Ok(token)
    } else {
        Err(TokenFault::Characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_first_line_and_fits_into_a_header() {
        assert_eq!(token("c2VjcmV0LWZvci10aGUtZmxvb3I=\nsecond line\n"), Ok("c2VjcmV0LWZvci10aGUtZmxvb3I="));
        assert_eq!(token("short"), Err(TokenFault::Length));
        assert_eq!(token(""), Err(TokenFault::Length));
        assert_eq!(token(&"a".repeat(MAX_TOKEN + 1)), Err(TokenFault::Length));
        assert_eq!(token("a token with spaces in it"), Err(TokenFault::Characters));
        assert_eq!(token("a-token;Path=/;with-more"), Err(TokenFault::Characters));
    }
}
