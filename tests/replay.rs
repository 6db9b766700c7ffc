//! The promises of `replay`: a recording has one outcome, to the byte, and the scenarios in
//! `scenarios/` have the outcomes that stand in them.
//!
//! A scenario is a text: what it shows (`#`), a configuration, then `>` lines that go in, each
//! followed by the `<` lines that come out because of it. `BELLBOARD_BLESS=1` writes what came
//! out into the files, for a person to read and commit.

use std::{fmt::Write as _, fs, path::PathBuf, sync::Arc};

use bellboard::{cli::replay::replay, config};

/// The parts of a scenario.
struct Scenario {
    head: String,
    config: String,
    events: Vec<String>,
    /// Whether published messages belong to what the scenario shows.
    with_publishes: bool,
}

impl Scenario {
    fn parse(text: &str) -> Self {
        let (head, rest) = text.split_once("---\n").expect("a scenario has a line `---` before its events");
        let config = head.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        let events = rest.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect();
        let with_publishes = head.lines().any(|line| line == "# with publishes");
        Self { head: head.to_owned(), config, events, with_publishes }
    }

    fn play(&self, events: &[String]) -> String {
        let config = config::parse(&self.config, "scenario.toml").unwrap_or_else(|e| panic!("{e}"));
        let mut out = Vec::new();
        replay(&Arc::new(config), events.join("\n").as_bytes(), &mut out).unwrap_or_else(|e| panic!("{e}"));
        String::from_utf8(out).expect("the output is text")
    }

    /// The scenario with what really comes out: each event's lines are those that the recording
    /// up to it has more than the recording before it.
    fn told(&self) -> String {
        let mut told = format!("{}---\n", self.head);
        let mut before = 0;
        for (n, event) in self.events.iter().enumerate() {
            let out = self.play(&self.events[..=n]);
            let new: Vec<&str> = out.lines().skip(before).collect();
            before += new.len();
            let _ = writeln!(told, "> {event}");
            for line in new.iter().filter(|line| self.with_publishes || !line.contains("\"publish\":")) {
                let _ = writeln!(told, "< {line}");
            }
        }
        told
    }
}

fn scenarios() -> Vec<(String, PathBuf)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found: Vec<(String, PathBuf)> = fs::read_dir(dir)
        .expect("tests/scenarios is part of the project")
        .map(|entry| entry.expect("its entries can be read").path())
        .map(|path| (path.file_stem().expect("a file has a name").to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    found
}

#[test]
fn every_scenario_has_the_outcome_that_stands_in_it() {
    let mut wrong = Vec::new();
    let all = scenarios();
    assert!(all.len() >= 12, "{} scenarios found", all.len());
    for (name, path) in all {
        let text = fs::read_to_string(&path).expect("a scenario can be read");
        let told = Scenario::parse(&text).told();
        if told == text {
            continue;
        }
        if std::env::var_os("BELLBOARD_BLESS").is_some() {
            fs::write(&path, &told).expect("a scenario can be written");
        }
        let first = text.lines().zip(told.lines()).find(|(a, b)| a != b);
        wrong.push(format!("{name}: {first:#?}"));
    }
    assert!(wrong.is_empty(), "scenarios with another outcome:\n{}", wrong.join("\n"));
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    for (name, path) in scenarios() {
        let scenario = Scenario::parse(&fs::read_to_string(path).expect("a scenario can be read"));
        assert_eq!(scenario.play(&scenario.events), scenario.play(&scenario.events), "{name}");
    }
}

#[test]
fn a_bad_line_is_named_with_what_is_wrong() {
    let fail = |events: &str| {
        replay(&Arc::default(), events.as_bytes(), Vec::new()).expect_err("must be refused").to_string()
    };
    assert_eq!(
        fail("{\"at\":1,\"link\":\"up\"}\n{\"at\":2}"),
        "line 2: exactly one of mqtt, link, synced, button, clock, show belongs beside `at`"
    );
    assert_eq!(
        fail("{\"at\":2,\"link\":\"up\"}\n{\"at\":1,\"link\":\"up\"}"),
        "line 2: `at` lies before that of an earlier line"
    );
    assert!(fail("\n{\"at\":\"noon\",\"show\":\"board\"}").starts_with("line 2: `at` is not a time"));
    assert!(fail("nonsense").starts_with("line 1: "));
}
