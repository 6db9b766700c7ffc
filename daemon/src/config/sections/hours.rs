//! `[calendar.<name>]`: opening hours under a name, and references to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use chrono_tz::Tz;
use toml::de::DeValue;

use crate::{
    config::{
        item::Item,
        machine_timezone,
        reader::Reader,
        spelling::nearest,
        value::{holidays_file, list, optional, zone},
    },
    core::calendar::{Calendar, MAX_DAYS_AHEAD, Period, Weekly},
};

/// The name that stands for being open at every instant.
const ALWAYS: &str = "always";
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The calendars by name; `None` for one that was refused, so that whoever refers to it is
/// not blamed as well.
pub(super) struct Calendars(BTreeMap<String, Option<Known>>);

struct Known {
    calendar: Arc<Calendar>,
    /// Why no promise can be counted in it, and what to do.
    shut: Option<(String, String)>,
}

pub(super) fn calendars(top: &mut Reader<'_>, board_zone: Option<Tz>) -> Calendars {
    let named = top.named("calendar", |name, section| {
        let weekly = calendar(name, section, board_zone);
        (name.to_owned(), weekly.map(|weekly| Known::new(Calendar::Weekly(Box::new(weekly)))))
    });
    let always = (ALWAYS.to_owned(), Some(Known::new(Calendar::Always)));
    Calendars(named.into_iter().chain([always]).collect())
}

impl Known {
    fn new(calendar: Calendar) -> Self {
        let shut = if calendar.open_ms_a_week() == 0 {
            let what =
                format!("names a calendar that never opens: [calendar.{calendar}] has no opening hours");
            Some((what, "give it some under `open`".to_owned()))
        } else {
            calendar.endless_holiday().map(|day| {
                let what = format!(
                    "names a calendar that stays shut for over {MAX_DAYS_AHEAD} days: in [calendar.{calendar}] \
                    every day that could open from {day} on is a holiday"
                );
                (what, "take some of its holidays away".to_owned())
            })
        };
        Self { calendar: Arc::new(calendar), shut }
    }
}

fn calendar(name: &str, section: &mut Reader<'_>, board_zone: Option<Tz>) -> Option<Weekly> {
    let own_zone = section.read("timezone", zone);
    let days = section.section("open", week);
    let listed = section.read("holidays", list(date)).unwrap_or_default();
    let from_file = section.read("holidays_ics", optional(holidays_file)).flatten().unwrap_or_default();
    if name == ALWAYS || name.is_empty() || name.starts_with('!') {
        section.refuse_table(format!("a calendar cannot be called \"{name}\""), "choose another name");
        return None;
    }
    let zone = match own_zone.or(board_zone) {
        Some(zone) => zone,
        None if section.given("timezone") => return None,
        None => machine_timezone().or_else(|| {
            let hint = "set `timezone` here or in [board]";
            section.refuse("timezone", "is not set, and this machine's is unknown", hint);
            None
        })?,
    };
    let holidays: BTreeSet<NaiveDate> = listed.into_iter().chain(from_file).collect();
    match Weekly::new(name, zone, days, holidays) {
        Ok(weekly) => Some(weekly),
        Err(overlap) => {
            let hint = "let one end before the other starts";
            section.refuse("open", format!("has periods that overlap: {overlap}"), hint);
            None
        }
    }
}

/// `{ mon-thu = ["09:00-13:00"], fri = [...] }`
fn week(open: &mut Reader<'_>) -> [Vec<Period>; 7] {
    let mut days: [Vec<Period>; 7] = Default::default();
    for (key, item) in open.entries() {
        let Some(which) = days_of(key) else {
            let hint = format!("write a day ({}) or a range like mon-fri", DAYS.join(" "));
            item.refuse_key::<()>("is not a day of the week", hint);
            continue;
        };
        let periods = list(period)(&item).unwrap_or_default();
        for day in which {
            days[day].extend(&periods);
        }
    }
    days
}

/// The days of `mon` or `fri-mon`, as numbers from Monday on.
fn days_of(key: &str) -> Option<Vec<usize>> {
    let number = |name: &str| DAYS.iter().position(|day| *day == name);
    let (first, last) = key.split_once('-').unwrap_or((key, key));
    let (first, last) = (number(first)?, number(last)?);
    let count = (last + 7 - first) % 7 + 1;
    Some((first..first + count).map(|day| day % 7).collect())
}

fn period(item: &Item<'_>) -> Option<Period> {
    let text = item.text()?;
    let read = || {
        let (from, to) = text.split_once('-')?;
        Some((minute(from.trim())?, minute(to.trim())?))
    };
    match read() {
        Some((from, to)) if from == to => {
            item.refuse_hint(format!("has a period without length: {text}"), "a whole day is \"00:00-24:00\"")
        }
        Some((from, to)) => Period::new(from, to)
            .or_else(|| item.refuse(format!("has a period that starts at the end of a day: {text}"))),
        None => item.refuse_hint(
            format!("has a period that cannot be read: \"{text}\""),
            "write it like \"09:00-17:30\", past midnight \"22:00-02:00\"",
        ),
    }
}

/// Minutes since midnight of `hh:mm`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// A day as text or as TOML's own date.
fn date(item: &Item<'_>) -> Option<NaiveDate> {
    let text = match item.value() {
        DeValue::Datetime(datetime) => datetime.to_string(),
        _ => item.text()?.to_owned(),
    };
    text.parse().ok().or_else(|| {
        item.refuse_hint(format!("has a date that does not exist: {text}"), "write it like \"2026-12-25\"")
    })
}

impl Calendars {
    /// The calendar of that name, which opens again and again.
    pub(super) fn open(&self, item: &Item<'_>) -> Option<Arc<Calendar>> {
        let text = item.text()?;
        if text.starts_with('!') {
            return item.refuse("must be a calendar's name, without `!`");
        }
        let known = self.find(text, item)?;
        match &known.shut {
            Some((what, hint)) => item.refuse_hint(what, hint),
            None => Some(Arc::clone(&known.calendar)),
        }
    }

    /// The calendar of that name, or with `!` before the name its opposite. It may stay shut: a
    /// display that is never dark is a display.
    pub(super) fn open_or_shut(&self, item: &Item<'_>) -> Option<Arc<Calendar>> {
        let text = item.text()?;
        let calendar = |name| self.find(name, item).map(|known| Arc::clone(&known.calendar));
        match text.strip_prefix('!') {
            Some(name) => Some(Arc::new(Calendar::Shut(calendar(name)?))),
            None => calendar(text),
        }
    }

    fn find(&self, name: &str, item: &Item<'_>) -> Option<&Known> {
        if let Some(known) = self.0.get(name) {
            return known.as_ref();
        }
        let names = || self.0.keys().map(String::as_str);
        let all: Vec<&str> = names().collect();
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("define [calendar.{name}], or choose from {}", all.join(", ")),
        };
        item.refuse_hint(format!("names a calendar that is not defined: \"{name}\""), hint)
    }
}
