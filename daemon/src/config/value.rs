//! What single values may be: numbers in a range, words of a list, durations, addresses, paths.
//!
//! Owns the checks of one value by itself. Each takes an [`Item`] and returns the value, or
//! reports what is wrong and returns `None`. Refuses to know which key it is for.

use std::{collections::BTreeSet, net::SocketAddr, ops::RangeInclusive, path::PathBuf, str::FromStr};

use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{duration, files, ics, item::Item, model, spelling::nearest};

/// Ids of boards, like those of conversations, are one level of a topic.
pub(super) const MAX_ID: usize = 64;
/// A topic may have 65,535 bytes; a root this long leaves room for what follows and for people.
const MAX_ROOT: usize = 128;
/// Problems of one file that are listed: the first few tell a person what kind of file it is.
const MAX_FAULTS: usize = 5;

/// `true` or `false`.
pub(super) fn boolean(item: &Item<'_>) -> Option<bool> {
    item.boolean()
}

/// Text of a length in characters, on one line.
pub(super) fn text(length: RangeInclusive<usize>) -> impl Fn(&Item<'_>) -> Option<String> {
    move |item| {
        let text = item.text()?;
        if text.chars().any(char::is_control) {
            return item.refuse("must be text on one line, without control characters");
        }
        if length.contains(&text.chars().count()) {
            return Some(text.to_owned());
        }
        let (least, most) = (length.start(), length.end());
        if text.is_empty() {
            return item.refuse("must not be empty");
        }
        item.refuse(format!("must have {least} to {most} characters"))
    }
}

/// A whole number in a range.
pub(super) fn integer<T>(range: RangeInclusive<T>) -> impl Fn(&Item<'_>) -> Option<T>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    move |item| {
        let number = item.integer()?;
        match T::try_from(number) {
            Ok(value) if range.contains(&value) => Some(value),
            _ => item.refuse(format!("must be from {} to {}, not {number}", range.start(), range.end())),
        }
    }
}

/// A share: above 0 and below 1.
pub(super) fn share(item: &Item<'_>) -> Option<f64> {
    let number = item.number()?;
    if number > 0.0 && number < 1.0 {
        return Some(number);
    }
    let percent = (number > 1.0 && number < 100.0).then(|| format!("{number} percent is {}", number / 100.0));
    match percent {
        Some(hint) => item.refuse_hint(format!("must be above 0 and below 1, not {number}"), hint),
        None => item.refuse(format!("must be above 0 and below 1, not {number}")),
    }
}

/// A duration in milliseconds; the range is in milliseconds too.
pub(super) fn millis(range: RangeInclusive<u64>) -> impl Fn(&Item<'_>) -> Option<u64> {
    const FORMS: &str = "write it like \"90s\", \"15m\", \"2h\", \"1h30m\" or \"2d\"";
    move |item| {
        if item.value().is_integer() || item.value().is_float() {
            return item.refuse_hint("must be a duration with a unit", FORMS);
        }
        let text = item.text()?;
        let Some(value) = duration::parse(text) else {
            return item.refuse_hint(format!("must be a duration, not \"{text}\""), FORMS);
        };
        if range.contains(&value) {
            return Some(value);
        }
        let (least, most) = (duration::show(*range.start()), duration::show(*range.end()));
        item.refuse(format!("must be from {least} to {most}, not {text}"))
    }
}

/// One of a list of words, each standing for a value.
pub(super) fn choice<T: Clone>(words: &[(&str, T)]) -> impl Fn(&Item<'_>) -> Option<T> {
    move |item| {
        let text = item.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = match nearest(text, all.iter().copied()) {
            Some(word) => format!("did you mean \"{word}\"?"),
            None => format!("it is one of {}", all.join(", ")),
        };
        item.refuse_hint(format!("cannot be \"{text}\""), hint)
    }
}

/// A list; every bad value of it is reported.
pub(super) fn list<'a, T>(parse: impl Fn(&Item<'a>) -> Option<T>) -> impl Fn(&Item<'a>) -> Option<Vec<T>> {
    move |item| all(&item.list()?, &parse)
}

/// A list, or one value without the brackets.
pub(super) fn one_or_more<'a, T>(
    parse: impl Fn(&Item<'a>) -> Option<T>,
) -> impl Fn(&Item<'a>) -> Option<Vec<T>> {
    move |item| if item.value().is_array() { all(&item.list()?, &parse) } else { Some(vec![parse(item)?]) }
}

fn all<'a, T>(items: &[Item<'a>], parse: impl Fn(&Item<'a>) -> Option<T>) -> Option<Vec<T>> {
    let values: Vec<Option<T>> = items.iter().map(parse).collect();
    values.into_iter().collect()
}

/// A value, or empty text for none.
pub(super) fn optional<'a, T>(
    parse: impl Fn(&Item<'a>) -> Option<T>,
) -> impl Fn(&Item<'a>) -> Option<Option<T>> {
    move |item| if item.value().as_str() == Some("") { Some(None) } else { parse(item).map(Some) }
}

/// An IANA time zone.
pub(super) fn zone(item: &Item<'_>) -> Option<Tz> {
    let text = item.text()?;
    if let Ok(zone) = Tz::from_str(text) {
        return Some(zone);
    }
    let city = |name: &&str| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text));
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let hint = match names().find(city).or_else(|| nearest(text, names())) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => "write it like \"Europe/Warsaw\", as the IANA time zone database names it".into(),
    };
    item.refuse_hint(format!("names no time zone: \"{text}\""), hint)
}

/// The id of a board.
pub(super) fn board_id(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if text.is_empty() || text.len() > MAX_ID || !text.chars().all(allowed) {
        return item.refuse_hint(
            format!("cannot be \"{}\"", text.escape_debug()),
            format!("an id is 1 to {MAX_ID} of A-Z a-z 0-9 . _ : -"),
        );
    }
    match text {
        "all" | "group" => item.refuse(format!("cannot be \"{text}\", which stands for more than one board")),
        _ => Some(text.to_owned()),
    }
}

/// The topic that a source's messages live under.
pub(super) fn root(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    let fault = if text.is_empty() || text.len() > MAX_ROOT {
        format!("must have 1 to {MAX_ROOT} bytes")
    } else if text.contains(['+', '#']) {
        "must not contain the wildcards + and #".into()
    } else if text.split('/').any(str::is_empty) {
        "must not have an empty level: no / at either end and no two in a row".into()
    } else if text.starts_with('$') {
        "must not begin with $, which brokers keep to themselves".into()
    } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "must not contain spaces and control characters".into()
    } else if text == "bellboard" || text.starts_with("bellboard/") {
        "must not be \"bellboard\" or lie under it, where boards publish".into()
    } else {
        return Some(text.to_owned());
    };
    item.refuse(fault)
}

/// A host without a port: a name, an IPv4 address, or an IPv6 address with or without brackets.
pub(super) fn host(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    match plain_host(text) {
        Some(host) => Some(host.to_owned()),
        None if host_and_port(text, None).is_some() => {
            item.refuse_hint("must not contain a port", "the port goes into `port`")
        }
        None => item.refuse(format!("must be the name or the address of a host, not \"{text}\"")),
    }
}

/// A host and a port like `a:1883` or `[::1]:1883`; without a port, the one given here.
pub(super) fn address(port: u16) -> impl Fn(&Item<'_>) -> Option<(String, u16)> {
    move |item| {
        let text = item.text()?;
        host_and_port(text, Some(port)).or_else(|| {
            let hint = "write \"broker.example:1883\", or \"[fd00::1]:1883\" for an IPv6 address";
            item.refuse_hint(format!("must be a host and a port, not \"{text}\""), hint)
        })
    }
}

fn host_and_port(text: &str, default: Option<u16>) -> Option<(String, u16)> {
    // An IPv6 address without brackets is taken whole only where no port can be meant.
    let end = match text.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let port = match text[end..].strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None if end == text.len() => default,
        None => None,
    };
    Some((plain_host(&text[..end])?.to_owned(), port?))
}

fn plain_host(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(inner) = inner {
        return inner.parse::<std::net::Ipv6Addr>().ok().map(|_| inner);
    }
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_name = text.strip_suffix('.').unwrap_or(text).split('.').all(label);
    (is_name || text.parse::<std::net::Ipv6Addr>().is_ok()).then_some(text)
}

/// An address to listen on: an IP address with a port.
pub(super) fn listen(item: &Item<'_>) -> Option<SocketAddr> {
    let text = item.text()?;
    text.parse().ok().or_else(|| {
        let hint = "write \"127.0.0.1:1883\", \"0.0.0.0:1883\" or \"[::]:1883\"";
        item.refuse_hint(format!("must be an IP address with a port, not \"{text}\""), hint)
    })
}

/// A device node, by its absolute path.
pub(super) fn device(item: &Item<'_>) -> Option<PathBuf> {
    let text = item.text()?;
    if text.starts_with("/dev/") && !text.contains('\0') {
        return Some(text.into());
    }
    item.refuse_hint(format!("must be a device below /dev, not \"{text}\""), "write it like \"/dev/i2c-1\"")
}

/// A PWM chip, by its absolute path in sysfs.
pub(super) fn pwm_chip(item: &Item<'_>) -> Option<PathBuf> {
    let text = item.text()?;
    if text.starts_with("/sys/") && !text.contains('\0') {
        return Some(text.into());
    }
    let hint = "write it like \"/sys/class/pwm/pwmchip0\"";
    item.refuse_hint(format!("must be a PWM chip below /sys, not \"{text}\""), hint)
}

/// A file for everyone's eyes.
pub(super) fn public_file(item: &Item<'_>) -> Option<PathBuf> {
    file(item, false)
}

/// The days of an iCalendar file; none while files are not looked at.
pub(super) fn holidays_file(item: &Item<'_>) -> Option<BTreeSet<NaiveDate>> {
    let path = file(item, false)?;
    let text = files::text(item, &path)?;
    let faults = match ics::days(&text) {
        Ok(days) => return Some(days),
        Err(faults) => faults,
    };
    for fault in faults.iter().take(MAX_FAULTS) {
        item.refuse::<()>(format!("names {}, which {fault}", path.display()));
    }
    None
}

/// A secret file with a token on its first line, which is looked at where files are.
pub(super) fn token_file(item: &Item<'_>) -> Option<PathBuf> {
    let path = file(item, true)?;
    match files::text(item, &path).map(|text| model::token(&text).map(drop)) {
        Some(Err(fault)) => {
            let hint = format!("openssl rand -base64 24 > {}", path.display());
            item.refuse_hint(format!("names {}, which {fault}", path.display()), hint)
        }
        _ => Some(path),
    }
}

/// A file that only the owner and the group may read.
pub(super) fn secret_file(item: &Item<'_>) -> Option<PathBuf> {
    file(item, true)
}

fn file(item: &Item<'_>, secret: bool) -> Option<PathBuf> {
    let text = item.text()?;
    if text.contains('\0') {
        return item.refuse("must be the path of a file");
    }
    let path = item.sheet().resolve(text);
    item.name_file(path.clone(), secret);
    Some(path)
}
