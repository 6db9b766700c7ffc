//! Who may read and who may act.
//!
//! Owns the token, where it travels (a header, a cookie), and the two checks that keep foreign
//! sites out: the name a request is for, and the page it comes from. Refuses to know what is
//! read and done.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use subtle::{Choice, ConstantTimeEq as _};

use crate::config::model::{Http, MAX_TOKEN};

/// A login lasts as long as browsers let one last: a display on a wall has no keyboard.
const COOKIE_MAX_AGE_S: u32 = 400 * 86_400;

/// What browsers tell of where a request comes from.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// See the board.
    pub read: bool,
    /// Acknowledge, put aside, mute.
    pub act: bool,
}

/// The gatekeeper.
pub struct Gate {
    token: Option<Padded>,
    free_to_read: bool,
    hosts: Vec<String>,
    cookie: String,
}

impl Gate {
    /// For a page that listens there. Without a token nobody may act.
    #[must_use]
    pub fn new(http: &Http, token: Option<&str>) -> Self {
        let listen = http.listen;
        Self {
            token: token.map(|token| Padded::new(token.as_bytes())),
            free_to_read: listen.is_some_and(|listen| listen.ip().is_loopback()),
            hosts: http.hosts.clone(),
            // Cookies know no ports: two boards of one machine must not take each other's.
            cookie: format!("bellboard-{}", listen.map_or(0, |listen| listen.port())),
        }
    }

    /// Whether anybody may act at all.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// What the sender of these headers may do.
    #[must_use]
    pub fn rights(&self, headers: &HeaderMap) -> Rights {
        let given = bearer(headers).or_else(|| self.cookie(headers));
        let act = given.is_some_and(|given| self.admits(given));
        Rights { read: self.free_to_read || act, act }
    }

    /// Whether this is the token. It takes as long for a wrong one as for the right one.
    #[must_use]
    pub fn admits(&self, given: &str) -> bool {
        self.token.as_ref().is_some_and(|token| Padded::new(given.as_bytes()).is(token))
    }

    /// Whether a request is for this page by its name. A name that is not ours may be a foreign
    /// site's that was pointed here; an address cannot be, since no lookup is needed for it.
    #[must_use]
    pub fn knows_host(&self, host: &str) -> bool {
        let name = host_name(host).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || bare.parse::<IpAddr>().is_ok() || self.hosts.contains(&name)
    }

    /// The cookie of somebody who has shown the token.
    #[must_use]
    pub fn login_cookie(&self, token: &str) -> Option<HeaderValue> {
        let cookie = &self.cookie;
        let text = format!("{cookie}={token}; Path=/; Max-Age={COOKIE_MAX_AGE_S}; HttpOnly; SameSite=Strict");
        HeaderValue::from_str(&text).ok()
    }

    /// What takes that cookie away.
    #[must_use]
    pub fn logout_cookie(&self) -> Option<HeaderValue> {
        let text = format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", self.cookie);
        HeaderValue::from_str(&text).ok()
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.cookie)
            .map(|p| p.1)
    }
}

/// Whether a request that changes something was made by a page of ours, or by a program that
/// holds the token itself.
#[must_use]
pub fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
        }
        // Browsers name an origin; a program does not, and has no cookie that could be abused.
        (None, _) => bearer(headers).is_some(),
        (Some(_), None) => false,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A host without its port.
fn host_name(host: &str) -> &str {
    let end = match host.find(']') {
        Some(end) => end + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    &host[..end]
}

/// A token at a fixed length, so that comparing says nothing about it.
struct Padded {
    bytes: [u8; MAX_TOKEN],
    len: u64,
}

impl Padded {
    fn new(token: &[u8]) -> Self {
        let mut bytes = [0; MAX_TOKEN];
        let kept = token.len().min(MAX_TOKEN);
        bytes[..kept].copy_from_slice(&token[..kept]);
        Self { bytes, len: token.len() as u64 }
    }

    fn is(&self, other: &Self) -> bool {
        let same: Choice = self.bytes.ct_eq(&other.bytes) & self.len.ct_eq(&other.len);
        same.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "c2VjcmV0LWZvci10aGUtZmxvb3I=";

    fn gate(listen: &str, token: Option<&str>) -> Gate {
        let hosts = vec!["board.example".to_owned()];
        Gate::new(&Http { listen: listen.parse().ok(), token_file: None, hosts }, token)
    }

    fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn reading_is_free_on_this_machine_only_and_acting_needs_the_token() {
        let (free, all) = (Rights { read: true, act: false }, Rights { read: true, act: true });
        let none = Rights { read: false, act: false };
        let bearer = headers(&[(header::AUTHORIZATION, &format!("Bearer {TOKEN}"))]);
        let wrong = headers(&[(header::AUTHORIZATION, "Bearer c2VjcmV0LWZvci10aGUtZmxvb3")]);
        let cookie = headers(&[(header::COOKIE, &format!("other=1; bellboard-8088={TOKEN}"))]);
        let neighbour = headers(&[(header::COOKIE, &format!("bellboard-8089={TOKEN}"))]);
        for (listen, without) in [("127.0.0.1:8088", free), ("[::1]:8088", free), ("0.0.0.0:8088", none)] {
            let gate = gate(listen, Some(TOKEN));
            assert_eq!(gate.rights(&HeaderMap::new()), without);
            assert_eq!(gate.rights(&wrong), without);
            assert_eq!(gate.rights(&neighbour), without);
            assert_eq!(gate.rights(&bearer), all);
            assert_eq!(gate.rights(&cookie), all);
        }
        let tokenless = gate("127.0.0.1:8088", None);
        assert_eq!(tokenless.rights(&bearer), free);
        assert!(!tokenless.admits(""));
    }

    #[test]
    fn a_token_that_only_begins_right_is_refused() {
        let longest = "t".repeat(MAX_TOKEN);
        let gate = gate("127.0.0.1:8088", Some(&longest));
        assert!(gate.admits(&longest));
        assert!(!gate.admits(&format!("{longest}t")));
        assert!(!gate.admits(&longest[1..]));
    }

    #[test]
    fn only_names_of_this_page_are_known() {
        let gate = gate("0.0.0.0:8088", Some(TOKEN));
        for host in
            ["localhost", "LOCALHOST:8088", "127.0.0.1:8088", "[::1]:8088", "[::1]", "192.168.1.5:8088"]
        {
            assert!(gate.knows_host(host), "{host}");
        }
        assert!(gate.knows_host("Board.Example:80"));
        for host in
            ["evil.example", "localhost.evil.example", "", "board.example.evil", "127.0.0.1.evil.example"]
        {
            assert!(!gate.knows_host(host), "{host}");
        }
    }

    #[test]
    fn what_changes_something_must_come_from_a_page_of_ours_or_with_the_token_in_a_header() {
        let (origin, host) = (header::ORIGIN, header::HOST);
        let here = |lines: &[(HeaderName, &str)]| comes_from_here(&headers(lines));
        assert!(here(&[(origin.clone(), "http://localhost:8088"), (host.clone(), "localhost:8088")]));
        assert!(here(&[(SEC_FETCH_SITE, "same-origin")]));
        assert!(here(&[(header::AUTHORIZATION, "Bearer x")]));
        assert!(!here(&[]));
        assert!(!here(&[(origin.clone(), "null"), (host.clone(), "localhost:8088")]));
        assert!(!here(&[(origin.clone(), "http://evil.example"), (host.clone(), "localhost:8088")]));
        assert!(!here(&[(origin.clone(), "http://localhost:8089"), (host.clone(), "localhost:8088")]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!here(&[(SEC_FETCH_SITE, site), (header::AUTHORIZATION, "Bearer x")]), "{site}");
        }
        assert!(!here(&[(origin, "http://evil.example"), (header::AUTHORIZATION, "Bearer x")]));
    }
}
