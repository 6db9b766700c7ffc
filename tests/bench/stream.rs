//! A stream of changes through a real mosquitto: the board beside `mosquitto_sub`, at once.
//!
//! How many messages a second each takes in, and what they cost it in processor time. Run with
//! `cargo bench -p bellboard-tests --bench stream`.

use std::{thread, time::Instant};

use bellboard::clock::Clock;
use rig::{
    bench::{
        board::{BrokerIs, Home, Word},
        figures::{Series, machine},
        reader,
        traffic::{CONVERSATIONS_FILTER, Packets, Sender, State},
    },
    mosquitto::Mosquitto,
};

/// Conversations on the floor.
const CONVERSATIONS: usize = 1_000;
/// Those that the end of the stream leaves open.
const OPEN_AT_END: usize = 7;
/// How often each of them changes.
const ROUNDS: u64 = 200;
/// Messages in a stream, besides the fence at its end.
const MESSAGES: usize = CONVERSATIONS * ROUNDS as usize;
/// The machine is noisy: one measurement says nothing.
const REPETITIONS: usize = 7;

/// What one consumer of the stream was measured at.
#[derive(Default)]
struct Consumer {
    /// Seconds from the first message sent to the last one taken in.
    wall: Series,
    /// Seconds of processor time.
    cpu: Series,
    /// How often it left out messages that were overtaken while they waited for it.
    passed_over: usize,
}

fn main() {
    let stream = stream();
    println!("{}; {MESSAGES} messages of {} bytes, QoS 0", machine(), stream.bytes() / MESSAGES);
    println!("median (least to most) of {REPETITIONS}, both at once on each stream\n");
    let (mut board, mut reader) = (Consumer::default(), Consumer::default());
    for _ in 0..REPETITIONS {
        measure(&stream, &mut board, &mut reader);
    }
    println!("{:<16} {:>32} {:>26}", "", "messages/s", "CPU seconds");
    for (name, consumer) in [("bellboard", &board), ("mosquitto_sub", &reader)] {
        println!("{name:<16} {:>32} {:>26}", format!("{:.0}", rate(consumer)), consumer.cpu.to_string());
    }
    let rates = rate(&board).over(&rate(&reader));
    println!("{:<16} {:>32} {:>26}", "ratio", rates.to_string(), board.cpu.over(&reader.cpu).to_string());
    println!("\nmessages passed over: {} times", board.passed_over);
}

/// Every conversation changes in turn, and in the last round most are resolved: only a board that
/// has taken in the last word on each has [`OPEN_AT_END`].
fn stream() -> Packets {
    let now = Clock::start().now().wall;
    let states = (0..ROUNDS).map(|round| State {
        version: round + 1,
        at: now.plus_millis(round as i64 * 10),
        open: if round + 1 == ROUNDS { OPEN_AT_END } else { CONVERSATIONS },
    });
    states
        .fold(Packets::default(), |packets, state| packets.with_states(CONVERSATIONS, &state, false))
        .with_fence()
}

fn measure(stream: &Packets, board: &mut Consumer, reader: &mut Consumer) {
    let broker = Mosquitto::start();
    let home = Home::new(BrokerIs::Beside, broker.door());
    let mut listener = home.listen();
    let daemon = home.start();
    listener.wait_for("an empty board", |word| word.is_live_with(0));
    let sub = reader::start(&broker, CONVERSATIONS_FILTER, MESSAGES + 1);
    reader::expect_subscription(&broker);
    let mut sender = Sender::connect(&broker.door());
    let cpu_before = daemon.cpu();
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| sender.send(stream));
        let read = scope.spawn(|| {
            sub.wait_for_end();
            reader.wall.add(began.elapsed().as_secs_f64());
            reader.cpu.add(sub.cpu());
        });
        listener.wait_for("the fence", Word::is_fence);
        board.wall.add(began.elapsed().as_secs_f64());
        board.cpu.add(daemon.cpu() - cpu_before);
        read.join().expect("the reader got every message");
    });
    board.passed_over += home.passed_over();
    listener.wait_for("the last word on every conversation", |word| word.is_live_with(OPEN_AT_END));
}

fn rate(consumer: &Consumer) -> Series {
    consumer.wall.rate_of(MESSAGES)
}
