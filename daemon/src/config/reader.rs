//! Reading a table of the configuration key by key, and noticing what was never asked for.
//!
//! Owns the walk over the document: how each key is called in a message and which are known. A
//! key is known because somebody asks for it, so the list of known keys cannot drift from what
//! is read. Refuses to know what any key means.

use std::fmt::Display;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{item::Item, sheet::Sheet, spelling::nearest};

/// A table under a name, with a memory of the keys that were asked for.
pub(super) struct Reader<'a> {
    sheet: &'a Sheet<'a>,
    /// `None` for a section that the file leaves out.
    table: Option<&'a DeTable<'a>>,
    /// Where the table starts, or the place that lacks it.
    byte: usize,
    /// The dotted path of the table, empty at the top.
    path: String,
    /// How a message calls the table, like `in [mqtt]`.
    label: String,
    asked: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads the whole document with `read`.
    pub fn document<T>(sheet: &'a Sheet<'a>, table: &'a DeTable<'a>, read: impl FnOnce(&mut Self) -> T) -> T {
        let top = Self {
            sheet,
            table: Some(table),
            byte: 0,
            path: String::new(),
            label: "at the top level".into(),
            asked: Vec::new(),
        };
        top.run(read)
    }

    /// Lets `read` ask, then reports every key that it never asked for.
    fn run<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let result = read(&mut self);
        for (key, _) in self.table.into_iter().flatten() {
            let word = key.get_ref().as_ref();
            if self.asked.contains(&word) {
                continue;
            }
            let hint = match nearest(word, self.asked.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known here: {}", self.asked.join(", ")),
            };
            let message = format!("unknown key `{word}` {}", self.label);
            self.sheet.report(key.span().start, &self.join(word), message, Some(hint));
        }
        result
    }

    /// The value under `key`, which is known from now on.
    pub fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        let value = self.table?.get(key)?;
        Some(self.item_of(key, value))
    }

    /// Every key with its value, for tables whose keys are names that the file chooses: none of
    /// them is unknown.
    pub fn entries(&mut self) -> Vec<(&'a str, Item<'a>)> {
        let entries = self.table.take().into_iter().flatten();
        entries
            .map(|(key, value)| {
                let word: &'a str = key.get_ref().as_ref();
                (word, self.item_of(word, value).with_key_at(key.span()))
            })
            .collect()
    }

    /// The value under `key` as `parse` understands it; `None` when it is absent or was refused.
    pub fn read<T>(&mut self, key: &'static str, parse: impl FnOnce(&Item<'a>) -> Option<T>) -> Option<T> {
        self.item(key).and_then(|item| parse(&item))
    }

    /// Replaces the default in `target` where the file has a value for `key`.
    pub fn set<T>(&mut self, target: &mut T, key: &'static str, parse: impl FnOnce(&Item<'a>) -> Option<T>) {
        if let Some(value) = self.read(key, parse) {
            *target = value;
        }
    }

    /// Reads the table under `key`; a missing one is read like an empty one, so that its
    /// defaults arise in one place.
    pub fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Reader<'a>) -> T) -> T {
        let item = self.item(key);
        let label =
            if self.path.is_empty() { format!("in [{key}]") } else { format!("{} {key}", self.label) };
        let table = item.as_ref().and_then(|item| item.table(&format!("write [{key}] on a line of its own")));
        let byte = item.map_or(self.byte, |item| item.byte());
        self.within(table, byte, self.join(key), label).run(read)
    }

    /// Reads each table of the list under `key` (`[[key]]`), of which there may be `most`.
    pub fn each<T>(
        &mut self,
        key: &'static str,
        most: usize,
        mut read: impl FnMut(&mut Reader<'a>) -> T,
    ) -> Vec<T> {
        let Some(item) = self.item(key) else { return Vec::new() };
        let hint = format!("write [[{key}]] on a line of its own");
        let DeValue::Array(list) = item.value() else {
            item.refuse_hint::<()>("must be a list of tables", &hint);
            return Vec::new();
        };
        let mut results = Vec::with_capacity(list.len());
        for (n, value) in list.iter().enumerate() {
            let entry = self.item_of(key, value);
            if n == most {
                entry.refuse::<()>(format!("is one too many: there may be {most}"));
                break;
            }
            if let Some(table) = entry.table(&hint) {
                let path = format!("{}[{n}]", self.join(key));
                let reader = self.within(Some(table), entry.byte(), path, format!("in [[{key}]]"));
                results.push(reader.run(&mut read));
            }
        }
        results
    }

    /// Reads each table whose name the file chooses (`[key.name]`).
    pub fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&'a str, &mut Reader<'a>) -> T,
    ) -> Vec<T> {
        self.section(key, |section| {
            let entries = section.entries();
            entries
                .into_iter()
                .filter_map(|(name, item)| {
                    let table = item.table(&format!("write [{key}.{name}] on a line of its own"))?;
                    let (byte, label) = (item.key_byte(), format!("in [{key}.{name}]"));
                    let reader = section.within(Some(table), byte, item.key().to_owned(), label);
                    Some(reader.run(|reader| read(name, reader)))
                })
                .collect()
        })
    }

    /// Whether the file says something for the key; empty text says nothing. Does not make the
    /// key known.
    pub fn given(&self, key: &str) -> bool {
        let value = self.table.and_then(|table| table.get(key));
        value.is_some_and(|value| value.get_ref().as_str() != Some(""))
    }

    /// Whether the file has text for the key that begins like this. Does not make the key known.
    pub fn begins(&self, key: &str, with: &str) -> bool {
        let value = self.table.and_then(|table| table.get(key)).and_then(|value| value.get_ref().as_str());
        value.is_some_and(|text| text.starts_with(with))
    }

    /// Reports what is wrong with a value that is fine by itself; where the file has no such
    /// key, at the head of the table.
    pub fn refuse(&self, key: &str, what: impl Display, hint: impl Display) {
        let byte = self.table.and_then(|table| table.get(key)).map_or(self.byte, |value| value.span().start);
        let message = format!("`{key}` {} {what}", self.label);
        self.sheet.report(byte, &self.join(key), message, Some(hint.to_string()));
    }

    /// Reports what is wrong with the table as a whole.
    pub fn refuse_table(&self, message: impl Display, hint: impl Display) {
        self.sheet.report(self.byte, &self.path, message.to_string(), Some(hint.to_string()));
    }

    fn within(&self, table: Option<&'a DeTable<'a>>, byte: usize, path: String, label: String) -> Self {
        Self { sheet: self.sheet, table, byte, path, label, asked: Vec::new() }
    }

    fn item_of(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item::new(self.sheet, value, self.join(key), format!("`{key}` {}", self.label))
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }
}
