//! Text from strangers, made harmless once, at the door.
//!
//! Owns which characters may pass and how a long text is cut. Refuses to know what the text is for.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// A grapheme may be made of any number of characters; a text of `limit` graphemes keeps at most
/// `limit` times this many, so that a name of stacked accents stays small in memory.
const MAX_CHARS_A_GRAPHEME: usize = 4;

/// The text without control characters, escape sequences, bidirectional controls and zero-width
/// characters, cut to at most `limit` graphemes. Ordinary short text is borrowed, not copied.
#[must_use]
pub fn clean(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit && text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Cow::Borrowed(text);
    }
    let harmless = composed(without_controls(text));
    let end = cut_at(&harmless, limit);
    match harmless {
        Cow::Borrowed(whole) => Cow::Borrowed(&whole[..end]),
        Cow::Owned(mut whole) => {
            whole.truncate(end);
            Cow::Owned(whole)
        }
    }
}

/// The text with letters and their accents in one, as the fonts have them and as people type them
/// (Unicode's form C): some systems send them apart.
fn composed(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_nfc(&text) { text } else { Cow::Owned(text.nfc().collect()) }
}

/// The byte at which a text of at most `limit` graphemes ends.
fn cut_at(text: &str, limit: usize) -> usize {
    let mut chars_left = limit * MAX_CHARS_A_GRAPHEME;
    let mut end = 0;
    for (start, grapheme) in text.grapheme_indices(true).take(limit) {
        let chars = grapheme.chars().count();
        if chars > chars_left {
            break;
        }
        chars_left -= chars;
        end = start + grapheme.len();
    }
    end
}

fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unwanted) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_csi(&mut rest),
            '\u{90}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            c if is_unwanted(c) => {}
            c => kept.push(c),
        }
    }
    Cow::Owned(kept)
}

/// Characters that never reach a display, a log or a page.
fn is_unwanted(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'       // soft hyphen, Arabic letter mark, Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'               // zero-width space and joiners, direction marks
            | '\u{2028}'..='\u{202e}'               // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'               // word joiner, invisible operators, isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'  // byte order mark, interlinear annotation
            | '\u{e0000}'..='\u{e007f}') // tags
}

/// What follows ESC: a control sequence, a control string, or one more character.
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    match rest.next() {
        Some('[') => skip_csi(rest),
        Some('P' | 'X' | ']' | '^' | '_') => skip_string(rest),
        Some(c) if ('\u{20}'..='\u{2f}').contains(&c) => {
            rest.next();
        }
        _ => {}
    }
}

/// Parameters and intermediates up to the final character of a control sequence (ECMA-48, 5.4).
fn skip_csi(rest: &mut std::str::Chars<'_>) {
    for c in rest.by_ref() {
        if !('\u{20}'..='\u{3f}').contains(&c) {
            break;
        }
    }
}

/// A control string up to its terminator; an unterminated one takes the rest of the text with it.
fn skip_string(rest: &mut std::str::Chars<'_>) {
    while let Some(c) = rest.next() {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next();
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_letter_and_its_accent_that_come_apart_become_one() {
        assert_eq!(clean("Zoe\u{308}", 40), "Zoë");
        assert_eq!(clean("Z\u{307}o\u{301}łty", 40), "Żółty");
        assert_eq!(clean("Ελε\u{301}νη", 40), "Ελένη");
    }

    #[test]
    fn ordinary_text_passes_without_a_copy() {
        assert!(matches!(clean("billing", 64), Cow::Borrowed("billing")));
        assert_eq!(clean("Zażółć gęślą", 64), "Zażółć gęślą");
        assert_eq!(clean("שלום עולם", 64), "שלום עולם");
    }

    #[test]
    fn escape_sequences_go_whole() {
        assert_eq!(clean("a\u{1b}[31;1mred\u{1b}[0mb", 64), "aredb");
        assert_eq!(clean("a\u{1b}]0;title\u{7}b", 64), "ab");
        assert_eq!(clean("a\u{1b}]8;;http://x\u{1b}\\b", 64), "ab");
        assert_eq!(clean("a\u{9b}2Jb", 64), "ab");
        assert_eq!(clean("a\u{1b}(Bb", 64), "ab");
    }

    #[test]
    fn direction_overrides_and_zero_widths_go() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{2069}d\u{200b}e\u{feff}f", 64), "abcdef");
        assert_eq!(clean("a\r\n\tb\u{0}", 64), "ab");
    }

    #[test]
    fn a_cut_never_splits_a_grapheme() {
        assert_eq!(clean("ééé", 2), "éé");
        assert_eq!(clean("e\u{301}e\u{301}e\u{301}", 2), "éé");
        assert_eq!(clean("🇵🇱🇬🇷🇮🇱", 2), "🇵🇱🇬🇷");
    }

    #[test]
    fn a_stack_of_accents_does_not_pass_as_one_letter() {
        let zalgo = format!("ok{}", "\u{301}".repeat(10_000));
        assert_eq!(clean(&zalgo, 64), "o");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_leaves_clean_and_within_the_limit(text in "\\PC*|.*", limit in 1_usize..70) {
            let out = clean(&text, limit);
            prop_assert!(out.chars().all(|c| !is_unwanted(c)));
            prop_assert!(out.graphemes(true).count() <= limit);
            prop_assert_eq!(clean(&out, limit), out.clone());
        }
    }
}
