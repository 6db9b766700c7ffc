//! From the start of the board to the right numbers, with a queue already there.
//!
//! The board is right and says so once it has taken in as many conversations as a heartbeat
//! counts. Beside it, `mosquitto_sub` from its own start until it has received them all. Run with
//! `cargo bench -p bellboard-tests --bench start`.

use std::time::{Duration, Instant};

use bellboard::clock::Clock;
use rig::{
    bench::{
        STEP_TIMEOUT,
        board::{BrokerIs, Home},
        figures::{Series, machine},
        reader,
        traffic::{CONVERSATIONS_FILTER, Packets, Sender, State, heartbeat},
    },
    mosquitto::Mosquitto,
};

/// Retained conversations.
const QUEUES: [usize; 3] = [1_000, 10_000, 100_000];
/// The machine is noisy: one measurement says nothing.
const REPETITIONS: usize = 5;
/// A real main system's heartbeats are seldom; these come often, so that none is waited for.
const BEAT_EVERY: Duration = Duration::from_millis(5);

/// Seconds of one kind of consumer.
#[derive(Default)]
struct Consumer {
    wall: Series,
    cpu: Series,
}

fn main() {
    println!("{}", machine());
    println!("median (least to most) of {REPETITIONS}, one after the other\n");
    println!("{:>8} {:<14} {:>24} {:>24}", "retained", "", "seconds", "CPU seconds");
    for open in QUEUES {
        let (mut board, mut reader) = (Consumer::default(), Consumer::default());
        let broker = Mosquitto::start();
        let state = State { version: 1, at: Clock::start().now().wall, open };
        let mut sender = Sender::connect(&broker.door());
        sender.send(&Packets::default().with_states(open, &state, true));
        for _ in 0..REPETITIONS {
            read(&broker, open, &mut reader);
            start(&broker, &mut sender, open, &mut board);
        }
        for (name, consumer) in [("bellboard", &board), ("mosquitto_sub", &reader)] {
            println!(
                "{open:>8} {name:<14} {:>24} {:>24}",
                consumer.wall.to_string(),
                consumer.cpu.to_string()
            );
        }
        let (wall, cpu) = (board.wall.over(&reader.wall), board.cpu.over(&reader.cpu));
        println!("{open:>8} {:<14} {:>24} {:>24}", "ratio", wall.to_string(), cpu.to_string());
    }
}

fn read(broker: &Mosquitto, open: usize, reader: &mut Consumer) {
    let began = Instant::now();
    let sub = reader::start(broker, CONVERSATIONS_FILTER, open);
    sub.wait_for_end();
    reader.wall.add(began.elapsed().as_secs_f64());
    reader.cpu.add(sub.cpu());
}

fn start(broker: &Mosquitto, sender: &mut Sender, open: usize, board: &mut Consumer) {
    let home = Home::new(BrokerIs::Beside, broker.door());
    let mut listener = home.listen();
    let clock = Clock::start();
    let began = Instant::now();
    let daemon = home.start();
    for seq in 0.. {
        sender.send(&heartbeat(seq, open, clock.now().wall));
        if listener.next(BEAT_EVERY).is_some_and(|word| word.is_turned_live()) {
            break;
        }
        assert!(began.elapsed() < STEP_TIMEOUT, "the board was never right");
    }
    board.wall.add(began.elapsed().as_secs_f64());
    board.cpu.add(daemon.cpu());
    daemon.stop();
}
