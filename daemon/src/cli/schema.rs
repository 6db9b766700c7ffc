//! `bellboard schema`: the MQTT interface for machines, as JSON Schemas (draft 2020-12).
//!
//! Owns which schemas there are. Refuses to check messages with them: the core decodes by itself.

use std::io::{self, Write};

use super::exit;

/// The schema of one kind of message.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What `bellboard schema` calls it.
    pub name: &'static str,
    /// Where such messages are; `S` is a source's root, `B` the board's.
    pub topic: &'static str,
    /// The schema, a JSON document.
    pub text: &'static str,
}

macro_rules! schemas {
    ($($name:literal at $topic:literal),* $(,)?) => {
        /// Every message of the interface.
        pub const SCHEMAS: &[Schema] = &[$(Schema {
            name: $name,
            topic: $topic,
            text: include_str!(concat!("../schema/", $name, ".json")),
        }),*];
    };
}

schemas! {
    "conversation" at "S/conversations/<id>",
    "heartbeat" at "S/heartbeat",
    "availability" at "S/availability, B/availability",
    "resync" at "S/resync",
    "state" at "B/state",
    "alarms" at "B/alarms",
    "event" at "B/event",
    "response-time" at "B/response_time",
    "rejected" at "B/rejected",
    "cmd-ack" at "B/cmd/ack",
    "cmd-shelve" at "B/cmd/shelve",
    "cmd-unshelve" at "B/cmd/unshelve",
    "cmd-mute" at "B/cmd/mute",
    "cmd-unmute" at "B/cmd/unmute",
    "cmd-page" at "B/cmd/page",
    "cmd-brightness" at "B/cmd/brightness",
    "cmd-test" at "B/cmd/test",
    "cmd-result" at "B/cmd/<name>/result",
    "group-ack" at "bellboard/group/<group>/ack",
}

/// Print the machine-readable schemas of the MQTT messages
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bellboard schema conversation > conversation.schema.json")]
pub struct Args {
    /// One message; without it, all schemas as one JSON object
    pub name: Option<String>,
    /// List the names and the topics
    #[arg(long, conflicts_with = "name")]
    pub list: bool,
}

/// Prints what was asked for; returns the exit code. Fails where `out` or `err` does.
pub fn run(args: &Args, mut out: impl Write, mut err: impl Write) -> io::Result<u8> {
    if args.list {
        let width = SCHEMAS.iter().map(|schema| schema.name.len()).max().unwrap_or(0);
        for Schema { name, topic, .. } in SCHEMAS {
            writeln!(out, "{name:width$}  {topic}")?;
        }
        return Ok(exit::OK);
    }
    let Some(wanted) = &args.name else {
        write_all(&mut out)?;
        return Ok(exit::OK);
    };
    if let Some(schema) = SCHEMAS.iter().find(|schema| schema.name == wanted) {
        out.write_all(schema.text.as_bytes())?;
        return Ok(exit::OK);
    }
    let names: Vec<&str> = SCHEMAS.iter().map(|schema| schema.name).collect();
    writeln!(err, "there is no schema `{wanted}`; there are {}", names.join(", "))?;
    Ok(exit::USAGE)
}

/// One object with a member for each schema, in the order of the list.
fn write_all(out: &mut impl Write) -> io::Result<()> {
    for (n, Schema { name, text, .. }) in SCHEMAS.iter().enumerate() {
        let before = if n == 0 { "{" } else { "," };
        let indented = text.trim_end().replace('\n', "\n  ");
        write!(out, "{before}\n  \"{name}\": {indented}")?;
    }
    writeln!(out, "\n}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn print(args: &Args) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(args, &mut out, &mut err).expect("written to memory");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (code, text(out), text(err))
    }

    fn named(name: Option<&str>, list: bool) -> Args {
        Args { name: name.map(Into::into), list }
    }

    #[test]
    fn all_schemas_are_one_object_of_each_by_its_name() {
        let (code, all, _) = print(&named(None, false));
        assert_eq!(code, exit::OK);
        let all: Value = serde_json::from_str(&all).expect("JSON");
        assert_eq!(all.as_object().map(serde_json::Map::len), Some(SCHEMAS.len()));
        for Schema { name, .. } in SCHEMAS {
            let (code, one, _) = print(&named(Some(name), false));
            assert_eq!(code, exit::OK);
            assert_eq!(all[name], serde_json::from_str::<Value>(&one).expect("JSON"), "{name}");
            assert_eq!(all[name]["$id"], format!("urn:bellboard:mqtt:1:{name}"));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let (code, out, err) = print(&named(Some("conversations"), false));
        assert_eq!((code, out.as_str()), (exit::USAGE, ""));
        assert!(err.contains("`conversations`") && err.contains("cmd-result"), "{err}");
    }

    #[test]
    fn the_list_names_every_topic() {
        let (_, out, _) = print(&named(None, true));
        assert_eq!(out.lines().count(), SCHEMAS.len());
        assert!(out.contains("conversation    S/conversations/<id>\n"), "{out}");
    }
}
