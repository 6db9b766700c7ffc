//! The board's memory: idle, and with a queue far longer than any floor has.
//!
//! As the kernel counts it, in MB of 1,000,000 bytes: what is resident once all has come to rest, and
//! the most that ever was. Run with `cargo bench -p bellboard-tests --bench memory`.

use std::net::TcpStream;

use bellboard::clock::Clock;
use rig::{
    bench::{
        board::{BrokerIs, Home, Listener},
        figures::machine,
        process::{Program, settle},
        traffic::{Packets, Sender, State, heartbeat},
        wait_for,
    },
    door::Door,
    mosquitto::Mosquitto,
};

/// Retained conversations.
const QUEUES: [usize; 3] = [0, 10_000, 100_000];
/// Where the broker in the daemon listens.
const PORT: u16 = 18_830;

fn main() {
    println!("{}\n", machine());
    println!("{:<26} {:>8} {:>12} {:>10}", "broker", "retained", "resident MB", "peak MB");
    for open in QUEUES {
        beside(open);
    }
    for open in QUEUES {
        inside(open);
    }
}

/// With a mosquitto that holds the queue before the board starts.
fn beside(open: usize) {
    let broker = Mosquitto::start();
    let mut sender = Sender::connect(&broker.door());
    publish(&mut sender, open);
    let home = Home::new(BrokerIs::Beside, broker.door());
    let listener = home.listen();
    let daemon = home.start();
    rest(listener, &mut sender, open);
    print("mosquitto", open, &daemon);
}

/// With the broker in the daemon, which is sent the queue, and starts with it a second time.
fn inside(open: usize) {
    let door = Door::own(PORT);
    let home = Home::new(BrokerIs::Inside, door.clone());
    for name in ["embedded, as it fills", "embedded, started anew"] {
        let daemon = home.start();
        wait_for("the embedded broker to listen", || is_up(&door).then_some(()));
        let mut sender = Sender::connect(&door);
        let listener = home.listen();
        if name.ends_with("fills") {
            publish(&mut sender, open);
        }
        rest(listener, &mut sender, open);
        print(name, open, &daemon);
        daemon.stop();
    }
}

fn is_up(door: &Door) -> bool {
    TcpStream::connect((door.host.as_str(), door.port)).is_ok()
}

fn publish(sender: &mut Sender, open: usize) {
    let state = State { version: 1, at: Clock::start().now().wall, open };
    sender.send(&Packets::default().with_states(open, &state, true));
}

/// Waits until the board has the whole queue and nothing moves any more.
fn rest(mut listener: Listener, sender: &mut Sender, open: usize) {
    listener.wait_for("the whole queue", |word| word.is_live_with(open));
    sender.send(&heartbeat(1, open, Clock::start().now().wall));
    settle();
}

fn print(broker: &str, open: usize, daemon: &Program) {
    let memory = daemon.memory();
    let mb = |kib: u64| kib as f64 * 1024.0 / 1e6;
    println!("{broker:<26} {open:>8} {:>12.1} {:>10.1}", mb(memory.resident), mb(memory.peak));
}
