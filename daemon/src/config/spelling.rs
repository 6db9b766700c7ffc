//! What a misspelt word was probably meant to be.
//!
//! Owns how near is near. Refuses to know what the words are for.

/// The candidate that `word` is most likely a misspelling of: at most a third of its letters,
/// and always one, may be wrong. Capitals and dashes make no difference.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let keys = ["keep_alive", "host", "hosts", "password_file"];
        assert_eq!(nearest("keepalive", keys), Some("keep_alive"));
        assert_eq!(nearest("Keep-Alive", keys), Some("keep_alive"));
        assert_eq!(nearest("passwd_file", keys), Some("password_file"));
        assert_eq!(nearest("hsot", keys), Some("host"));
        assert_eq!(nearest("retain", keys), None);
    }
}
