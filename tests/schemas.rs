//! The published schemas hold for what is documented and for what the board really says.
//!
//! Owns examples of every message. Refuses to test the decoder, which does without schemas.

use std::path::Path;

use bellboard::{
    cli::schema::SCHEMAS,
    core::{
        alarm::{AlarmLine, AlarmState},
        group,
    },
};
use bellboard_panel::{
    Snapshot, Timestamp,
    screens::Page,
    snapshot::{
        AlarmSummary, Clock, ClockState, Closed, Group, NextDue, Oldest, Priority, Today, Trust, Worst,
    },
};
use rig::schemas::{closed, validator};
use serde_json::{Value, json};

/// The document of a schema.
fn document(name: &str) -> Value {
    let schema = SCHEMAS.iter().find(|schema| schema.name == name).expect("a schema of that name");
    serde_json::from_str(schema.text).expect("JSON")
}

fn assert_holds(name: &str, message: &Value) {
    let validator = validator(&closed(document(name)));
    let faults: Vec<String> =
        validator.iter_errors(message).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{name}: {message}\n{faults:#?}");
}

/// The JSON blocks of the user's description of the interface, each with the name of the
/// schema after the word `json` on its fence.
fn documented() -> Vec<(String, Value)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/MQTT.md");
    let text = std::fs::read_to_string(path).expect("config/MQTT.md");
    let mut found = Vec::new();
    let mut blocks = text.split("```json ").skip(1);
    for block in &mut blocks {
        let (name, rest) = block.split_once('\n').expect("a line after the fence");
        let (body, _) = rest.split_once("```").expect("the end of the block");
        let message = serde_json::from_str(body).unwrap_or_else(|error| panic!("{name}: {error}\n{body}"));
        found.push((name.trim().to_owned(), message));
    }
    found
}

#[test]
fn every_schema_is_valid_and_has_an_example_in_the_documentation_that_it_accepts() {
    let examples = documented();
    for schema in SCHEMAS {
        let _ = validator(&document(schema.name));
        if schema.name != "availability" {
            assert!(examples.iter().any(|(name, _)| name == schema.name), "no example of {}", schema.name);
        }
    }
    for (name, message) in examples {
        assert_holds(&name, &message);
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// A snapshot in which every optional part is there.
fn full() -> Snapshot {
    let now = at("2026-11-22T08:12:05.250Z");
    let group =
        Group { name: "facebook".into(), open: 5, waiting: 3, at_risk: 1, breached: 1, oldest_s: Some(725) };
    Snapshot {
        board: "floor-1".into(),
        at: now,
        trust: Trust::Live,
        trust_since: at("2026-11-22T06:00:01Z"),
        open: 12,
        waiting: 8,
        unassigned: 3,
        at_risk: 2,
        breached: 1,
        unconfirmed: 1,
        oldest: Some(Oldest {
            id: "fb-1842".into(),
            channel: "facebook".into(),
            queue: "billing".into(),
            customer: Some("J.".into()),
            waiting_since: now,
            waiting_s: 725,
        }),
        next_due: Some(NextDue { id: "x-77".into(), clock: Clock::NextReply, due_at: now, in_s: 340 }),
        channels: vec![group.clone()],
        queues: vec![Group { oldest_s: None, ..group }],
        worst: vec![Worst {
            id: "fb-1842".into(),
            channel: "facebook".into(),
            customer: None,
            waiting_s: None,
            clock: Clock::FirstReply,
            due_at: now,
            state: ClockState::AtRisk,
        }],
        alarm: AlarmSummary {
            priority: Some(Priority::High),
            unacked: 2,
            acked: 1,
            shelved: 1,
            muted: true,
            escalated: 1,
            missed: 1,
            shelved_until: Some(now),
            quiet: true,
            flood: true,
        },
        closed: Some(Closed { opens_at: Some(now) }),
        surge: Some(false),
        today: Some(Today {
            received: 41,
            answered: 36,
            answer_rate: Some(0.88),
            median_first_reply_s: Some(412),
            in_target_rate: None,
            p90_first_reply_s: Some(1_800),
            breaches: 3,
            median_next_reply_s: Some(300),
            typical_s: Some(380),
            badges: vec!["very responsive".into()],
            badge: true,
        }),
        history_failing: true,
        levels: bellboard_panel::snapshot::Levels::default(),
    }
}

#[test]
fn what_the_board_publishes_as_its_state_is_described_to_the_last_field() {
    assert_holds("state", &serde_json::to_value(full()).expect("JSON"));
    let empty = Snapshot {
        unconfirmed: 0,
        oldest: None,
        next_due: None,
        channels: Vec::new(),
        queues: Vec::new(),
        worst: Vec::new(),
        alarm: AlarmSummary::default(),
        closed: None,
        surge: None,
        today: None,
        history_failing: false,
        ..full()
    };
    assert_holds("state", &serde_json::to_value(empty).expect("JSON"));
    let for_good = Snapshot { closed: Some(Closed { opens_at: None }), ..full() };
    assert_holds("state", &serde_json::to_value(for_good).expect("JSON"));
}

#[test]
fn what_has_nothing_to_say_is_left_out_of_the_state() {
    let alarm = AlarmSummary { acked: 1, ..AlarmSummary::default() };
    let plain =
        serde_json::to_value(Snapshot { alarm, closed: None, unconfirmed: 0, ..full() }).expect("JSON");
    for field in ["closed", "unconfirmed"] {
        assert!(plain.get(field).is_none(), "{field}");
    }
    for field in ["escalated", "missed", "shelved_until", "quiet", "flood"] {
        assert!(plain["alarm"].get(field).is_none(), "{field}");
    }
    assert_holds("state", &plain);
}

/// Every state that an alarm on the board can be in.
const STATES: [AlarmState; 6] = [
    AlarmState::Pending,
    AlarmState::Unacked,
    AlarmState::Escalated,
    AlarmState::Acked,
    AlarmState::Missed,
    AlarmState::Shelved,
];

#[test]
fn an_alarm_in_any_state_is_described_and_only_a_shelved_one_says_until_when() {
    let alarms = validator(&closed(document("alarms")));
    for state in STATES {
        for frozen in [false, true] {
            let line = |until| AlarmLine {
                key: "a/first_reply".into(),
                clock: Some(Clock::FirstReply),
                state,
                priority: Priority::Medium,
                occurrence: 1,
                since: at("2026-11-22T08:05:00Z"),
                acked_by: None,
                until,
                frozen,
            };
            let until = Some(at("2026-11-22T08:20:00Z"));
            let (bare, dated) = (json!([line(None)]), json!([line(until)]));
            let shelved = state == AlarmState::Shelved;
            assert_eq!((alarms.is_valid(&bare), alarms.is_valid(&dated)), (!shelved, shelved), "{state:?}");
        }
    }
}

#[test]
fn every_step_of_an_alarm_is_described() {
    for from in STATES.into_iter().chain([AlarmState::Normal]) {
        let event = json!({"type": "alarm", "alarm": "board/surge", "occurrence": 1, "from": from,
            "to": "normal", "cause": "ack", "at": "2026-11-22T08:05:00Z"});
        assert_holds("event", &event);
    }
}

#[test]
fn what_a_board_tells_its_group_is_described() {
    let keys: Vec<String> = (0..=group::MAX_SHARED).map(|n| format!("{n}/first_reply")).collect();
    let messages = group::write(&keys, "button", at("2026-11-22T08:05:00.5Z"), "floor-1");
    for message in &messages {
        assert_holds("group-ack", &serde_json::from_str(message).expect("JSON"));
    }
    assert_eq!(messages.len(), 2);
}

#[test]
fn every_word_of_an_enumeration_is_described() {
    for trust in [Trust::Syncing, Trust::Live, Trust::Stale, Trust::Offline, Trust::Drift, Trust::Clock] {
        assert_holds("state", &serde_json::to_value(Snapshot { trust, ..full() }).expect("JSON"));
    }
    for clock in Clock::ALL {
        let next_due = full().next_due.map(|next| NextDue { clock, ..next });
        assert_holds("state", &serde_json::to_value(Snapshot { next_due, ..full() }).expect("JSON"));
    }
    for priority in [Priority::Low, Priority::Medium, Priority::High] {
        assert_holds("cmd-test", &json!({"sound": priority}));
    }
    for page in Page::TURNING {
        assert_holds("cmd-page", &json!({"page": page.word()}));
    }
    for (command, key) in [("cmd-page", "page"), ("cmd-brightness", "percent")] {
        assert_holds(command, &json!({}));
        assert_holds(command, &json!({key: null}));
    }
}

#[test]
fn a_message_that_breaks_the_interface_is_refused() {
    let whole = json!({"status": "open", "channel": "x", "opened_at": 1_795_334_400, "waiting_since": null});
    let with = |key: &str, value: Value| {
        let mut message = whole.clone();
        message[key] = value;
        message
    };
    let mut without = whole.clone();
    without.as_object_mut().expect("an object").remove("waiting_since");
    let conversation = validator(&document("conversation"));
    assert!(conversation.is_valid(&whole));
    assert!(conversation.is_valid(&with("something_else", json!([1]))), "unknown fields are ignored");
    for bad in [
        without,
        with("status", json!("closed")),
        with("channel", json!("")),
        with("channel", json!(7)),
        with("opened_at", json!("yesterday")),
        with("opened_at", json!("2026-11-22T08:00:00")),
        with("opened_at", json!(-1)),
        with("queue", json!(null)),
        with("version", json!(-1)),
        with("due", json!({"first_reply": "soon"})),
        json!([]),
    ] {
        assert!(!conversation.is_valid(&bad), "{bad}");
    }
    assert!(!validator(&document("cmd-mute")).is_valid(&json!({})));
    assert!(!validator(&document("cmd-mute")).is_valid(&json!({"for_s": 0})));
    assert!(!validator(&document("cmd-shelve")).is_valid(&json!({"alarm": "a/first_reply"})));
    assert!(!validator(&document("cmd-shelve")).is_valid(&json!({"for_s": 0})));
    assert!(validator(&document("cmd-unshelve")).is_valid(&json!({})));
    assert!(!validator(&document("cmd-unshelve")).is_valid(&json!({"alarm": 7})));
    assert!(!validator(&document("group-ack")).is_valid(&json!({"alarms": "a/first_reply"})));
    assert!(!validator(&document("cmd-page")).is_valid(&json!({"page": "alarm"})));
    assert!(!validator(&document("cmd-brightness")).is_valid(&json!({"percent": 101})));
    assert!(!validator(&document("cmd-test")).is_valid(&json!({"sound": "loud"})));
    assert!(!validator(&document("cmd-result")).is_valid(&json!({"ok": false})));
    assert!(!validator(&document("availability")).is_valid(&json!("away")));
}

/// A whole conversation with one field replaced, or left out where the value is `None`.
fn conversation(field: &str, value: Option<Value>) -> Value {
    let mut whole = json!({
        "status": "open", "channel": "facebook", "opened_at": "2026-11-22T08:00:00Z", "waiting_since": null,
        "first_reply_at": null, "last_reply_at": 1, "promised_at": null, "resolved_at": null, "queue": "billing",
        "priority": "high", "public": true, "origin": "found", "customer": "Jane", "assignee": "",
        "due": {"first_reply": 5}, "version": 3, "updated_at": "2026-11-22T09:00:00.5+01:00",
    });
    let fields = whole.as_object_mut().expect("it is an object");
    match value {
        Some(value) => _ = fields.insert(field.to_owned(), value),
        None => _ = fields.remove(field),
    }
    whole
}

#[test]
fn the_schema_and_the_board_accept_the_same_conversations() {
    let schema = validator(&document("conversation"));
    let fields = conversation("", None);
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(3),
        json!(-1),
        json!(1.5),
        json!(253_402_300_800_i64),
        json!(""),
        json!(" "),
        json!("x"),
        json!("open"),
        json!("urgent"),
        json!("mention"),
        json!("2026-11-22T08:00:00Z"),
        json!("2026-11-22T08:00:00+02:00"),
        json!("2026-11-22T08:00:00"),
        json!("2026-11-22"),
        json!([]),
        json!({}),
        json!({"next_reply": null, "unknown": 1}),
        json!({"next_reply": "soon"}),
    ];
    let mut accepted = 0;
    for field in fields.as_object().expect("it is an object").keys() {
        for value in values.iter().cloned().map(Some).chain([None]) {
            let message = conversation(field, value);
            let payload = message.to_string();
            let decoded = bellboard::core::decode::conversation(payload.as_bytes());
            let described = schema.is_valid(&message);
            assert_eq!(described, decoded.is_ok(), "{field} in {message}: the board says {decoded:?}");
            accepted += usize::from(described);
        }
    }
    assert!(accepted > 60, "the table has both kinds: {accepted}");
}
