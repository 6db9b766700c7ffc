//! The promises of `explain`: what it says is what the board does, in words, to the letter.

use std::{fs, path::PathBuf};

use bellboard::cli::explain::{Args, ExplainError, run};

const SHOP: &str = r#"
[[sla]]
name = "public and urgent"
match = { channel = ["facebook", "x"], priority = ["high", "urgent"], public = true }
first_reply = "15m"

[[sla]]
name = "shop"
match = { channel = ["email", "facebook", "x"] }
first_reply = "2h"
resolution = "4d"
calendar = "shop"

[calendar.shop]
timezone = "Europe/Warsaw"
open = { mon-fri = ["09:00-17:00"], sat = ["22:00-04:00"] }
holidays = ["2026-11-11"]
"#;

/// What is explained of a conversation at an instant.
fn told(config: &str, payload: &str, at: &str, json: bool) -> Result<String, ExplainError> {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a small file");
        path
    };
    let args = Args {
        conversation: written("conversation.json", payload),
        config: Some(written("board.toml", config)),
        at: at.parse().expect("a time"),
        json,
    };
    let mut out = Vec::new();
    run(&args, &mut out)?;
    let text = String::from_utf8(out).expect("text");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(json || widest <= Some(80), "wider than a terminal: {widest:?}");
    Ok(text)
}

#[track_caller]
fn assert_told(payload: &str, at: &str, page: &str) {
    let text = told(SHOP, payload, at, false).unwrap_or_else(|error| panic!("{error}"));
    assert!(text == page, "it says:\n{text}");
}

#[test]
fn on_friday_evening_the_clock_starts_on_monday_at_nine() {
    let shop = SHOP.replace(", sat = [\"22:00-04:00\"]", "");
    let payload = r#"{"status":"open","channel":"facebook","opened_at":"2026-11-20T18:10:25+01:00",
        "waiting_since":"2026-11-20T18:10:25+01:00","queue":"billing","priority":"high"}"#;
    let text = told(&shop, payload, "2026-11-20T18:30:00+01:00", false).expect("a good message");
    assert!(
        text == r#"Conversation  open, in queue "billing" from channel "facebook", priority high,
              not public, direct
As of         Fri 2026-11-20 18:30, in the time of Europe/Warsaw
Policy        "shop" applies
              "public and urgent" does not:
              - public is false, the policy wants true

first_reply   running, not counting yet
              target    2h of open time in the calendar "shop"
              start     Fri 2026-11-20 18:10:25
              opens     Mon 2026-11-23 09:00
              at risk   Mon 2026-11-23 10:30, after 75% of the target
              due       Mon 2026-11-23 11:00, in 2d16h30m
              counts    Mon 2026-11-23 09:00 - 11:00  2h

next_reply    does not run: there was no first reply so far (`first_reply_at`)
follow_up     does not run: nothing was promised (`promised_at`)

resolution    running, not counting yet
              target    4d of open time in the calendar "shop"
              start     Fri 2026-11-20 18:10:25
              opens     Mon 2026-11-23 09:00
              at risk   Thu 2026-12-03 17:00, after 75% of the target
              due       Tue 2026-12-08 17:00, in 17d22h30m
              counts    Mon 2026-11-23 09:00 - 17:00  8h
                        Tue 2026-11-24 09:00 - 17:00  8h
                        Wed 2026-11-25 09:00 - 17:00  8h
                        Thu 2026-11-26 09:00 - 17:00  8h
                        ... 7 more ...
                        Tue 2026-12-08 09:00 - 17:00  8h

Worst clock   first_reply, running, due Mon 2026-11-23 11:00
Next due      first_reply, Mon 2026-11-23 11:00, in 2d16h30m
"#,
        "it says:\n{text}"
    );
}

#[test]
fn a_night_that_the_clocks_change_in_counts_as_long_as_it_lasts() {
    let payload = r#"{"status":"open","channel":"x","opened_at":"2026-10-24T23:30:00+02:00",
        "waiting_since":null,"first_reply_at":"2026-10-24T23:31:00+02:00"}"#;
    assert_told(
        payload,
        "2026-10-25T02:30:00+01:00",
        r#"Conversation  open, in queue "default" from channel "x", priority normal, not
              public, direct
As of         Sun 2026-10-25 02:30 (+01:00), in the time of Europe/Warsaw
Policy        "shop" applies
              "public and urgent" does not:
              - priority is "normal", the policy wants "high" or "urgent"
              - public is false, the policy wants true

first_reply   does not run: the first reply was given (`first_reply_at`)
next_reply    does not run: nobody is waiting (`waiting_since`)
follow_up     does not run: nothing was promised (`promised_at`)

resolution    running
              target    4d of open time in the calendar "shop"
              start     Sat 2026-10-24 23:30
              at risk   Wed 2026-11-04 13:30, after 75% of the target
              due       Sun 2026-11-08 02:30, in 14d
              counts    Sat 2026-10-24 23:30 - Sun 2026-10-25 04:00  5h30m
                        (clocks go back 1h in it)
                        Mon 2026-10-26 09:00 - 17:00                 8h
                        Tue 2026-10-27 09:00 - 17:00                 8h
                        Wed 2026-10-28 09:00 - 17:00                 8h
                        ... 8 more ...
                        Sat 2026-11-07 22:00 - Sun 2026-11-08 02:30  4h30m

Worst clock   resolution, running, due Sun 2026-11-08 02:30
Next due      resolution, Sun 2026-11-08 02:30, in 14d
"#,
    );
}

#[test]
fn a_given_deadline_is_called_one() {
    let payload = r#"{"status":"pending","channel":"email","opened_at":"2026-11-20T10:00:00+01:00",
        "waiting_since":"2026-11-20T10:00:00+01:00","promised_at":"2026-11-20T13:00:00+01:00",
        "due":{"first_reply":"2026-11-20T10:30:00+01:00","next_reply":"2026-11-20T10:30:00+01:00"}}"#;
    assert_told(
        payload,
        "2026-11-20T12:52:00+01:00",
        r#"Conversation  pending, in queue "default" from channel "email", priority normal,
              not public, direct
As of         Fri 2026-11-20 12:52, in the time of Europe/Warsaw
Policy        "shop" applies
              "public and urgent" does not:
              - channel is "email", the policy wants "facebook" or "x"
              - priority is "normal", the policy wants "high" or "urgent"
              - public is false, the policy wants true

first_reply   breached
              deadline  given by the main system
              at risk   Fri 2026-11-20 10:20
              due       Fri 2026-11-20 10:30, 2h22m ago

next_reply    does not run: there was no first reply so far (`first_reply_at`),
              so its given deadline does not count

follow_up     at risk
              deadline  as promised to the customer (`promised_at`)
              at risk   Fri 2026-11-20 12:50
              due       Fri 2026-11-20 13:00, in 8m

resolution    running
              target    4d of open time in the calendar "shop"
              start     Fri 2026-11-20 10:00
              at risk   Tue 2026-12-01 14:00, after 75% of the target
              due       Fri 2026-12-04 14:00, in 14d1h8m
              counts    Fri 2026-11-20 10:00 - 17:00                 7h
                        Sat 2026-11-21 22:00 - Sun 2026-11-22 04:00  6h
                        Mon 2026-11-23 09:00 - 17:00                 8h
                        Tue 2026-11-24 09:00 - 17:00                 8h
                        ... 8 more ...
                        Fri 2026-12-04 09:00 - 14:00                 5h

Worst clock   first_reply, breached, due Fri 2026-11-20 10:30
Next due      follow_up, Fri 2026-11-20 13:00, in 8m
"#,
    );
}

#[test]
fn where_no_policy_applies_each_says_why() {
    let payload = r#"{"status":"open","channel":"phone","opened_at":"2026-11-20T10:00:00+01:00",
        "waiting_since":"2026-11-20T10:00:00+01:00","promised_at":"2026-11-20T13:00:00+01:00"}"#;
    let bare = SHOP.replace("timezone = \"Europe/Warsaw\"\n", "");
    let config = format!("[board]\ntimezone = \"Asia/Kathmandu\"\n{bare}");
    let text = told(&config, payload, "2026-11-20T12:52:00+01:00", false).expect("a good message");
    assert!(
        text == r#"Conversation  open, in queue "default" from channel "phone", priority normal,
              not public, direct
As of         Fri 2026-11-20 17:37, in the time of Asia/Kathmandu
Policy        none applies
              "public and urgent" does not:
              - channel is "phone", the policy wants "facebook" or "x"
              - priority is "normal", the policy wants "high" or "urgent"
              - public is false, the policy wants true
              "shop" does not:
              - channel is "phone", the policy wants "email" or "facebook" or
                "x"

first_reply   does not run: no policy applies
next_reply    does not run: there was no first reply so far (`first_reply_at`)
follow_up     does not run: no policy applies
resolution    does not run: no policy applies

Worst clock   none runs
Next due      none
"#,
        "it says:\n{text}"
    );
}

#[test]
fn of_a_resolved_conversation_no_clock_runs() {
    let payload = r#"{"status":"resolved","channel":"email","opened_at":"2026-11-20T10:00:00+01:00",
        "waiting_since":null,"due":{"resolution":"2026-11-20T10:30:00+01:00"}}"#;
    assert_told(
        payload,
        "2026-11-20T12:00:00+01:00",
        r#"Conversation  resolved, in queue "default" from channel "email", priority
              normal, not public, direct
As of         Fri 2026-11-20 12:00, in the time of Europe/Warsaw
Policy        "shop" applies
              "public and urgent" does not:
              - channel is "email", the policy wants "facebook" or "x"
              - priority is "normal", the policy wants "high" or "urgent"
              - public is false, the policy wants true

first_reply   does not run: the conversation is resolved
next_reply    does not run: the conversation is resolved
follow_up     does not run: the conversation is resolved
resolution    does not run: the conversation is resolved, so its given deadline
              does not count

Worst clock   none runs
Next due      none
"#,
    );
}

#[test]
fn the_same_is_told_to_programs_in_utc() {
    let payload = r#"{"status":"open","channel":"email","opened_at":"2026-11-20T16:00:00+01:00",
        "waiting_since":"2026-11-20T16:00:00+01:00"}"#;
    let shop = SHOP.replace(", sat = [\"22:00-04:00\"]", "").replace("resolution = \"4d\"\n", "");
    let text = told(&shop, payload, "2026-11-23T09:45:00+01:00", true).expect("a good message");
    let json: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
    let idle = |clock: &str, why: &str| {
        serde_json::json!({"clock": clock, "state": null, "idle": why, "given": false, "start": null,
            "warn_at": null, "due_at": null, "target_ms": null, "warn_share": null, "calendar": null,
            "periods": []})
    };
    let whole = serde_json::json!({
        "at": "2026-11-23T08:45:00Z",
        "zone": "Europe/Warsaw",
        "conversation": {"status": "open", "channel": "email", "queue": "default", "priority": "normal",
            "public": false, "origin": "direct"},
        "policy": "shop",
        "passed": [{"policy": "public and urgent", "because": [
            {"field": "channel", "is": "email", "wants": ["facebook", "x"]},
            {"field": "priority", "is": "normal", "wants": ["high", "urgent"]},
            {"field": "public", "is": false, "wants": [true]},
        ]}],
        "clocks": [
            {"clock": "first_reply", "state": "at_risk", "idle": null, "given": false,
             "start": "2026-11-20T15:00:00Z", "warn_at": "2026-11-23T08:30:00Z",
             "due_at": "2026-11-23T09:00:00Z", "target_ms": 7_200_000, "warn_share": 0.75,
             "calendar": "shop", "periods": [
                {"from": "2026-11-20T15:00:00Z", "to": "2026-11-20T16:00:00Z", "counts_ms": 3_600_000},
                {"from": "2026-11-23T08:00:00Z", "to": "2026-11-23T09:00:00Z", "counts_ms": 3_600_000},
             ]},
            idle("next_reply", "not_replied"),
            idle("follow_up", "nothing_promised"),
            idle("resolution", "no_target"),
        ],
        "worst": {"clock": "first_reply", "state": "at_risk", "due_at": "2026-11-23T09:00:00Z"},
        "next_due": {"clock": "first_reply", "due_at": "2026-11-23T09:00:00Z"},
    });
    assert!(json == whole, "it says:\n{json:#}");
}

#[test]
fn what_cannot_be_explained_says_why_with_its_exit_code() {
    let fail = |config: &str, payload: &str| {
        let error = told(config, payload, "now", false).expect_err("it must be refused");
        let text = error.to_string();
        (error.code(), text.rsplit('/').next().unwrap_or_default().to_owned())
    };
    let whole = r#"{"status":"open","channel":"x","opened_at":1,"waiting_since":null}"#;
    let reason = |reason: &str| (65, format!("conversation.json: {reason}"));
    assert_eq!(fail(SHOP, "{}"), reason("missing field `status`"));
    assert_eq!(fail(SHOP, ""), reason("the payload is not JSON at line 1 column 0"));
    assert_eq!(
        fail(SHOP, &format!("{whole}{}", " ".repeat(65_536))),
        reason("the payload is longer than 65536 bytes")
    );
    let config = SHOP.replace("2h", "2x");
    assert_eq!(fail(&config, whole).0, 78);
    let missing = Args {
        conversation: "/nowhere/c.json".into(),
        config: None,
        at: "now".parse().expect("a time"),
        json: false,
    };
    let error = run(&missing, Vec::new()).expect_err("there is no such file");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (66, "cannot open /nowhere/c.json: No such file or directory (os error 2)")
    );
}
