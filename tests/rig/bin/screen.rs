//! A daemon without a core that panics while the real terminal display is shown, in another thread
//! than the one that draws: the product has no way to do so on purpose.
//!
//! Owns the panic. Refuses to know what the terminal shows.

use std::{error::Error, sync::Arc, thread, time::Duration};

use bellboard::{
    cli::serve,
    clock::Clock,
    config::model::Display,
    io::outputs::{
        frames::Slot,
        terminal::{self, Terminal},
    },
};
use bellboard_panel::{Look, Snapshot, Timestamp, snapshot::Trust};
use tokio::sync::{mpsc, watch};

/// The picture stands on the terminal for so long.
const SHOWN_FOR: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    serve::end_on_panic();
    let snapshot = Snapshot::empty("rig", Timestamp::default(), Trust::Live);
    let (_sender, snapshots) = watch::channel(Arc::new(snapshot));
    let (keys, _typed) = mpsc::channel(1);
    let display = Display { grows: true, ..Display::default() };
    let opened = Terminal::open("Rig")?;
    let _drawing = terminal::spawn(
        &display,
        opened,
        Clock::start(),
        snapshots,
        |_| Look::default(),
        keys,
        Slot::default(),
    )?;
    thread::sleep(SHOWN_FOR);
    panic!("asked to");
}
