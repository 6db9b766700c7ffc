//! RTTTL, the ringtone text of old telephones: `name:d=4,o=5,b=120:8c6,p,e.,2a#`.
//!
//! Owns its grammar, its limits and the wording of what is wrong. Refuses to know which alarm a
//! tune is for. Written form: a name, the defaults `d=` (duration), `o=` (octave) and `b=`
//! (beats a minute), then notes of `[duration] pitch [#] [.] [octave] [.]`; `h` is `b`, `p` a rest.

use alloc::vec::Vec;
use core::fmt;

use crate::chime::{Note, Tune};

/// More notes than any ringtone of the old telephones had.
pub const MAX_NOTES: usize = 128;
/// Longer than the longest pause between two bursts, in milliseconds.
pub const MAX_TUNE_MS: u64 = 60_000;
/// Longer names belong to something that is no ringtone.
const MAX_NAME: usize = 32;
/// Beats a minute: at the ends a quarter lasts 6 s and 0.1 s.
const TEMPO: core::ops::RangeInclusive<u32> = 10..=600;
/// Of the octaves that are written, those that a small sounder can play: 262 to 7,902 Hz.
const OCTAVES: core::ops::RangeInclusive<u32> = 4..=8;

/// The part of a note that is silent at its end, so that two of the same pitch are heard as two.
const GAP_DIVISOR: u64 = 8;
/// In milliseconds: below, the gap is not heard; above, a tune sounds chopped.
const GAP_MS: core::ops::RangeInclusive<u64> = 10..=60;

/// The twelve pitches of octave 4 from C on, in millihertz (A4 = 440 Hz, equal temperament).
const OCTAVE_4_MHZ: [u64; 12] = [
    261_626, 277_183, 293_665, 311_127, 329_628, 349_228, 369_994, 391_995, 415_305, 440_000, 466_164,
    493_883,
];

/// Why a text is no tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtttlError {
    /// Where it went wrong: characters before that place, plus 1.
    pub at: usize,
    /// What was wanted there.
    pub expected: Expected,
}

/// What was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A name of at most 32 characters, and a colon.
    Name,
    /// `d=`, `o=` or `b=`.
    Setting,
    /// 1, 2, 4, 8, 16 or 32.
    Duration,
    /// 4 to 8.
    Octave,
    /// 10 to 600.
    Tempo,
    /// A pitch: `a` to `h`, or `p` for a rest.
    Pitch,
    /// A sharp that exists: not `e#`, `b#`, `p#`.
    Sharp,
    /// A comma, or the end.
    Comma,
    /// The end: there are [`MAX_NOTES`] notes.
    FewerNotes,
    /// The end: the tune lasts [`MAX_TUNE_MS`].
    ShorterTune,
    /// At least one note that sounds.
    Sound,
}

impl fmt::Display for RtttlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: expected ", self.at)?;
        match self.expected {
            Expected::Name => write!(f, "a name of at most {MAX_NAME} characters and then `:`"),
            Expected::Setting => f.write_str("`d=`, `o=` or `b=`, and `:` after the last of them"),
            Expected::Duration => f.write_str("a duration: 1, 2, 4, 8, 16 or 32"),
            Expected::Octave => write!(f, "an octave from {} to {}", OCTAVES.start(), OCTAVES.end()),
            Expected::Tempo => write!(f, "beats a minute from {} to {}", TEMPO.start(), TEMPO.end()),
            Expected::Pitch => f.write_str("a note, one of c d e f g a b h, or p for a rest"),
            Expected::Sharp => f.write_str("no `#`: only c d f g a have one"),
            Expected::Comma => f.write_str("a comma, or the end"),
            Expected::FewerNotes => write!(f, "the end, since a tune has at most {MAX_NOTES} notes"),
            Expected::ShorterTune => {
                write!(f, "the end, since a tune lasts at most {} s", MAX_TUNE_MS / 1000)
            }
            Expected::Sound => f.write_str("at least one note that sounds"),
        }
    }
}

impl core::error::Error for RtttlError {}

/// Reads a tune. Letters may be large or small, and spaces may stand anywhere.
///
/// Each note is silent for its last eighth (10 to 60 ms), so that a buzzer that knows no pitch
/// plays the rhythm.
pub fn parse(text: &str) -> Result<Tune, RtttlError> {
    let mut reader = Reader::new(text);
    reader.name()?;
    let settings = reader.settings()?;
    let mut notes = Vec::new();
    let (mut count, mut length_ms) = (0, 0);
    loop {
        let at = reader.at;
        let (hz, ms) = reader.note(&settings)?;
        count += 1;
        length_ms += ms;
        if count > MAX_NOTES {
            return Err(RtttlError { at: at + 1, expected: Expected::FewerNotes });
        }
        if length_ms > MAX_TUNE_MS {
            return Err(RtttlError { at: at + 1, expected: Expected::ShorterTune });
        }
        push(&mut notes, hz, ms);
        if reader.peek().is_none() {
            break;
        }
        reader.take(',').ok_or(reader.wants(Expected::Comma))?;
    }
    if notes.iter().all(|note| note.hz.is_none()) {
        return Err(reader.wants(Expected::Sound));
    }
    Ok(Tune(notes))
}

/// A note and its gap, or a rest.
fn push(notes: &mut Vec<Note>, hz: Option<u16>, ms: u64) {
    // A tune lasts at most MAX_TUNE_MS, which fits.
    let note = |hz, ms: u64| Note { hz, ms: ms as u16 };
    if hz.is_none() {
        notes.push(note(None, ms));
        return;
    }
    let gap = (ms / GAP_DIVISOR).clamp(*GAP_MS.start(), *GAP_MS.end()).min(ms / 2);
    notes.push(note(hz, ms - gap));
    if gap > 0 {
        notes.push(note(None, gap));
    }
}

/// What a note has that says nothing else. These are the defaults of the format.
struct Settings {
    duration: u32,
    octave: u32,
    tempo: u32,
}

struct Reader<'a> {
    text: core::iter::Peekable<core::str::Chars<'a>>,
    /// Characters read.
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.chars().peekable(), at: 0 }
    }

    fn wants(&self, expected: Expected) -> RtttlError {
        RtttlError { at: self.at + 1, expected }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.text.next()?;
        self.at += 1;
        Some(next)
    }

    /// The next character that is no space, as a small letter.
    fn peek(&mut self) -> Option<char> {
        while self.text.peek().is_some_and(|c| c.is_whitespace()) {
            self.next();
        }
        self.text.peek().map(char::to_ascii_lowercase)
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.peek() == Some(wanted)).then(|| _ = self.next())
    }

    /// A whole number, if one stands here.
    fn number(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.next();
        }
        number
    }

    /// A number that must be there and right; the error points to where it begins.
    fn checked(&mut self, expected: Expected, is_right: impl Fn(u32) -> bool) -> Result<u32, RtttlError> {
        let _ = self.peek();
        let wanted = self.wants(expected);
        self.number().filter(|number| is_right(*number)).ok_or(wanted)
    }

    /// The same for a number that may be left out.
    fn optional(
        &mut self,
        default: u32,
        expected: Expected,
        is_right: impl Fn(u32) -> bool,
    ) -> Result<u32, RtttlError> {
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.checked(expected, is_right)
        } else {
            Ok(default)
        }
    }

    fn name(&mut self) -> Result<(), RtttlError> {
        for _ in 0..=MAX_NAME {
            match self.next() {
                Some(':') => return Ok(()),
                Some(_) => {}
                None => break,
            }
        }
        Err(self.wants(Expected::Name))
    }

    fn settings(&mut self) -> Result<Settings, RtttlError> {
        let mut settings = Settings { duration: 4, octave: 6, tempo: 63 };
        loop {
            match self.peek() {
                Some(':') => break,
                Some(key @ ('d' | 'o' | 'b')) => {
                    self.next();
                    self.take('=').ok_or(self.wants(Expected::Setting))?;
                    match key {
                        'd' => settings.duration = self.checked(Expected::Duration, is_duration)?,
                        'o' => settings.octave = self.checked(Expected::Octave, is_octave)?,
                        _ => settings.tempo = self.checked(Expected::Tempo, |bpm| TEMPO.contains(&bpm))?,
                    }
                }
                _ => return Err(self.wants(Expected::Setting)),
            }
            if self.take(',').is_none() && self.peek() != Some(':') {
                return Err(self.wants(Expected::Setting));
            }
        }
        self.next();
        Ok(settings)
    }

    /// One note: its pitch and its milliseconds.
    fn note(&mut self, settings: &Settings) -> Result<(Option<u16>, u64), RtttlError> {
        let duration = self.optional(settings.duration, Expected::Duration, is_duration)?;
        let pitch = self.pitch()?;
        let mut dots = u32::from(self.take('.').is_some());
        let octave = self.optional(settings.octave, Expected::Octave, is_octave)?;
        dots += u32::from(dots == 0 && self.take('.').is_some());
        let whole_ms = 4 * 60_000 / u64::from(settings.tempo);
        let plain = whole_ms / u64::from(duration);
        let ms = if dots > 0 { plain * 3 / 2 } else { plain };
        Ok((pitch.map(|semitone| frequency_hz(semitone, octave)), ms))
    }

    /// The semitone above C; `None` for a rest.
    fn pitch(&mut self) -> Result<Option<usize>, RtttlError> {
        let semitone = match self.peek() {
            Some('c') => Some(0),
            Some('d') => Some(2),
            Some('e') => Some(4),
            Some('f') => Some(5),
            Some('g') => Some(7),
            Some('a') => Some(9),
            Some('b' | 'h') => Some(11),
            Some('p') => None,
            _ => return Err(self.wants(Expected::Pitch)),
        };
        self.next();
        if self.peek() != Some('#') {
            return Ok(semitone);
        }
        match semitone {
            Some(semitone @ (0 | 2 | 5 | 7 | 9)) => {
                self.next();
                Ok(Some(semitone + 1))
            }
            _ => Err(self.wants(Expected::Sharp)),
        }
    }
}

fn is_duration(number: u32) -> bool {
    matches!(number, 1 | 2 | 4 | 8 | 16 | 32)
}

fn is_octave(number: u32) -> bool {
    OCTAVES.contains(&number)
}

/// Rounded to whole hertz. `octave` is one of [`OCTAVES`].
fn frequency_hz(semitone: usize, octave: u32) -> u16 {
    ((OCTAVE_4_MHZ[semitone] << (octave - OCTAVES.start())) + 500).div_euclid(1000) as u16
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    fn tune(text: &str) -> Vec<(Option<u16>, u16)> {
        let tune = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        tune.0.iter().map(|note| (note.hz, note.ms)).collect()
    }

    fn fault(text: &str) -> (usize, Expected) {
        let error = parse(text).expect_err(text);
        (error.at, error.expected)
    }

    #[test]
    fn defaults_durations_dots_and_octaves_make_pitches_and_times() {
        // 120 beats a minute: a quarter is 500 ms, and 60 of them are the gap.
        let expected = [(Some(440), 440), (None, 60), (Some(932), 219), (None, 31), (None, 750)];
        assert_eq!(tune("t:d=4,o=4,b=120:a, 8A#5, p."), expected);
        assert_eq!(tune("t:d=4,o=4,b=120:4a.5"), tune("t:d=4,o=4,b=120:4a5."));
        assert_eq!(tune("t:b=120:h4"), tune("t:o=4,b=120:4b"));
    }

    #[test]
    fn without_defaults_those_of_the_format_hold() {
        assert_eq!(tune("t::c"), tune("t:d=4,o=6,b=63:c"));
        assert_eq!(tune("t::c")[0].0, Some(1047));
    }

    #[test]
    fn known_pitches_are_right_to_the_hertz() {
        let pitches = |text| tune(text).iter().filter_map(|note| note.0).collect::<Vec<_>>();
        assert_eq!(
            pitches("t:o=4:c,c#,d,d#,e,f,f#,g,g#,a,a#,b"),
            [262, 277, 294, 311, 330, 349, 370, 392, 415, 440, 466, 494]
        );
        assert_eq!(pitches("t::a5,a6,a7,b8"), [880, 1760, 3520, 7902]);
    }

    #[test]
    fn two_notes_of_one_pitch_have_a_silence_between_them() {
        let notes = tune("t:d=32,o=5,b=600:c,c");
        assert_eq!(notes.iter().map(|note| note.0.is_some()).collect::<Vec<_>>(), [true, false, true, false]);
        assert!(notes.iter().all(|note| note.1 > 0));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let faults = [
            ("", 1, Expected::Name),
            ("no colon", 9, Expected::Name),
            ("t:x=1:c", 3, Expected::Setting),
            ("t:d=4", 6, Expected::Setting),
            ("t:d 4:c", 5, Expected::Setting),
            ("t:d=5:c", 5, Expected::Duration),
            ("t:o=3:c", 5, Expected::Octave),
            ("t:b=900:c", 5, Expected::Tempo),
            ("t:b=99999999999:c", 5, Expected::Tempo),
            ("t::", 4, Expected::Pitch),
            ("t::c,,d", 6, Expected::Pitch),
            ("t::c,d,", 8, Expected::Pitch),
            ("t::3c", 4, Expected::Duration),
            ("t::c9", 5, Expected::Octave),
            ("t::e#", 5, Expected::Sharp),
            ("t::p#", 5, Expected::Sharp),
            ("t::c d", 6, Expected::Comma),
            ("t::p,p", 7, Expected::Sound),
        ];
        for (text, at, expected) in faults {
            assert_eq!(fault(text), (at, expected), "{text}");
        }
        assert_eq!(
            parse("t::c9").expect_err("an octave").to_string(),
            "at character 5: expected an octave from 4 to 8"
        );
    }

    #[test]
    fn a_tune_has_an_end() {
        let many = "c,".repeat(MAX_NOTES);
        assert_eq!(fault(&format!("t:d=32,b=600:{many}c")).1, Expected::FewerNotes);
        assert!(parse(&format!("t:d=32,b=600:{}", many.trim_end_matches(','))).is_ok());
        assert_eq!(fault("t:d=1,b=10:c,c,c").1, Expected::ShorterTune);
    }
}
