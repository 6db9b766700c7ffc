//! One value of the configuration, where it stands, and how a message calls it.
//!
//! Owns the types of TOML and the refusal of a wrong one. Refuses to know what a value means.

use std::{fmt::Display, ops::Range, path::PathBuf};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::sheet::{NamedFile, Sheet};

/// A value, where it stands, and how a message calls it.
#[derive(Clone)]
pub(super) struct Item<'a> {
    sheet: &'a Sheet<'a>,
    value: &'a DeValue<'a>,
    span: Range<usize>,
    key_at: Option<usize>,
    key: String,
    spoken: String,
}

impl<'a> Item<'a> {
    /// A value with the dotted path of its key and the name of the key in a message.
    pub fn new(sheet: &'a Sheet<'a>, value: &'a Spanned<DeValue<'a>>, key: String, spoken: String) -> Self {
        Self { sheet, value: value.get_ref(), span: value.span(), key_at: None, key, spoken }
    }

    /// Remembers where the key stands, for tables whose keys are names.
    pub fn with_key_at(self, key: Range<usize>) -> Self {
        Self { key_at: Some(key.start), ..self }
    }

    /// Where it stands in the text.
    pub fn byte(&self) -> usize {
        self.span.start
    }

    /// The dotted path of its key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where its key stands, for tables whose keys are names; else where the value does.
    pub fn key_byte(&self) -> usize {
        self.key_at.unwrap_or(self.span.start)
    }

    /// The sheet it stands on.
    pub fn sheet(&self) -> &'a Sheet<'a> {
        self.sheet
    }

    /// Reports that the value is wrong: `what` follows the name of the key, as in "must be ...".
    pub fn refuse<T>(&self, what: impl Display) -> Option<T> {
        self.report(self.span.start, what, None)
    }

    /// Like [`Item::refuse`], with what to do about it.
    pub fn refuse_hint<T>(&self, what: impl Display, hint: impl Display) -> Option<T> {
        self.report(self.span.start, what, Some(hint.to_string()))
    }

    /// Like [`Item::refuse_hint`], where the key itself is wrong.
    pub fn refuse_key<T>(&self, what: impl Display, hint: impl Display) -> Option<T> {
        self.report(self.key_byte(), what, Some(hint.to_string()))
    }

    fn report<T>(&self, byte: usize, what: impl Display, hint: Option<String>) -> Option<T> {
        self.sheet.report(byte, &self.key, format!("{} {what}", self.spoken), hint);
        None
    }

    /// Remembers that the value names a file.
    pub fn name_file(&self, path: PathBuf, secret: bool) {
        self.sheet.name_file(NamedFile { item: self.clone(), path, secret });
    }

    /// The value itself, to look at more than one type.
    pub fn value(&self) -> &'a DeValue<'a> {
        self.value
    }

    /// The value as text, or refused.
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                self.wrong_type("text", "put it in quotes")
            }
            _ => self.wrong_type("text", ""),
        }
    }

    /// The value as `true` or `false`, or refused.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            DeValue::String(_) => self.wrong_type("true or false", "write it without quotes"),
            _ => self.wrong_type("true or false", ""),
        }
    }

    /// The value as a whole number, or refused.
    pub fn integer(&self) -> Option<i64> {
        match self.value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .or_else(|| self.refuse("is a number beyond all reason")),
            DeValue::String(_) => self.wrong_type("a whole number", "write it without quotes"),
            _ => self.wrong_type("a whole number", ""),
        }
    }

    /// The value as a number, or refused.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            DeValue::Float(number) => {
                number.as_str().parse().ok().or_else(|| self.refuse("is not a number that can be used"))
            }
            DeValue::Integer(_) => self.integer().map(|number| number as f64),
            DeValue::String(_) => self.wrong_type("a number", "write it without quotes"),
            _ => self.wrong_type("a number", ""),
        }
    }

    /// The values of a list, or refused.
    pub fn list(&self) -> Option<Vec<Item<'a>>> {
        match self.value {
            DeValue::Array(list) => Some(
                list.iter()
                    .map(|value| Item { value: value.get_ref(), span: value.span(), ..self.clone() })
                    .collect(),
            ),
            _ => self.wrong_type("a list", "put it in [ ]"),
        }
    }

    /// The value as a table, or refused with a hint.
    pub fn table(&self, hint: &str) -> Option<&'a DeTable<'a>> {
        match self.value {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type("a table", hint),
        }
    }

    /// Reports a wrong type; an empty hint is none.
    pub fn wrong_type<T>(&self, wanted: &str, hint: &str) -> Option<T> {
        let what = format!("must be {wanted}, not {}", kind(self.value));
        self.report(self.span.start, what, (!hint.is_empty()).then(|| hint.into()))
    }
}

/// What a type is called in a message.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
