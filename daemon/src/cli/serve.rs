//! The daemon put together: what `run` and `demo` have in common.
//!
//! Owns the order of start and end: broker, link, outputs, event loop, and back. Refuses to
//! know where the configuration came from.

mod historian;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use bellboard_panel::{
    Canvas, ColorCanvas, Look, Snapshot,
    screens::{self, Page},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tracing::{error, info, warn};

use crate::{
    clock::{self, Clock},
    config::{
        Config,
        model::{self, BuzzerDriver, DisplayDriver},
    },
    core::{Press, time::Mono},
    event_loop::EventLoop,
    io::{
        inputs::button,
        memory::{self, Keeper},
        mqtt::{self, Mailbox, Publisher, Settings},
        outputs::{
            buzzer, dimming,
            framebuffer::{self, mounted::Mounted},
            frames::{Frame, Frames, Slot},
            lamps, oled,
            screen::{Draw, Hooks, Shift},
            terminal::{self, Key, Terminal},
            turns::Turns,
        },
        pulse::{Pulse, Pulses},
        systemd,
    },
};
#[cfg(feature = "http")]
use crate::{event_loop::Asked, io::http};

/// Presses that wait for the event loop: more than fingers can make in a second.
const MAX_PRESSES: usize = 16;
/// Commands of the status page that wait for the event loop: more than anybody can give in a second.
const MAX_COMMANDS: usize = 16;
/// The broker gets this long to take the last messages.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);
/// Outputs get this long to end dark and silent: two tries at a bus that times out.
const OUTPUTS_TIMEOUT: Duration = Duration::from_secs(5);
/// A thread that drives a device beats once a second; a bus that hangs takes several to say so.
const DEVICE_PULSE: Duration = Duration::from_secs(30);
/// What to serve.
pub struct Daemon {
    /// The configuration.
    pub config: Config,
    /// Where state is kept; `None`: it is not.
    pub state_dir: Option<PathBuf>,
}

/// The parts that run beside the event loop.
#[derive(Default)]
struct Outputs {
    threads: Vec<(String, JoinHandle<()>)>,
}

impl Daemon {
    /// Runs until `stop` is ready or somebody quits in the terminal, and ends everything in
    /// order: the broker is told, displays go dark, the buzzer is silent. `watch` is given the
    /// board as it changes.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()>,
        configs: mpsc::Receiver<Config>,
        watch: impl FnOnce(watch::Receiver<Arc<Snapshot>>),
    ) -> anyhow::Result<()> {
        let config = Arc::new(self.config);
        #[cfg(feature = "embedded-broker")]
        let broker = start_broker(&config.broker, self.state_dir.as_deref())?;
        let clock = Clock::start();
        let pulses = Pulses::default();
        let mailbox = Arc::new(Mailbox::default());
        let publisher = Publisher::default();
        let (keeper, writer) = keep_state(self.state_dir.as_deref(), &pulses)?;
        let (mut event_loop, board) = EventLoop::new(
            Arc::clone(&config),
            clock,
            Arc::clone(&mailbox),
            publisher.clone(),
            pulses.clone(),
            keeper,
        );
        if let Some(memory) = self.state_dir.as_deref().and_then(memory::recall) {
            event_loop.restore(&memory);
        }
        let historian = historian::start(&mut event_loop, &config, self.state_dir.as_deref(), &pulses)?;
        let settings = Settings::new(&config, event_loop.topics())?;
        // The client's own keep-alive ends a wait; without traffic it takes up to two of them.
        let patience = Duration::from_secs(u64::from(config.mqtt.keep_alive_s) * 2 + 60);
        let link = mqtt::start(settings, publisher, mailbox, pulses.watch("broker link", patience))?;
        let (presses, heard) = mpsc::channel(MAX_PRESSES);
        let (commands, asked) = mpsc::channel(MAX_COMMANDS);
        let (quit, quits) = oneshot::channel();
        let frames = Frames::new(config.http.listen.is_some());
        let mut outputs = Outputs::start(&config, clock, &board, &pulses, &frames, presses, quit)?;
        outputs.threads.extend(writer.map(|thread| ("the memory".into(), thread)));
        outputs.threads.extend(historian.map(|thread| ("the history".into(), thread)));
        #[cfg(feature = "http")]
        outputs.threads.extend(start_page(&config, clock, &board, &pulses, &frames, commands)?);
        #[cfg(not(feature = "http"))]
        drop(commands);
        watch(board);
        systemd::ready();
        let stop = async {
            tokio::select! {
                () = stop => {}
                Ok(()) = quits => {}
            }
        };
        let goodbye = event_loop.run(heard, asked, configs, stop).await;
        systemd::stopping();
        if !goodbye {
            drop(link);
        } else if timeout(GOODBYE_TIMEOUT, link).await.is_err() {
            warn!("the broker took no goodbye; it will find the connection gone");
        }
        outputs.end().await;
        #[cfg(feature = "embedded-broker")]
        if let Some(broker) = broker {
            broker.shutdown().await.context("the embedded broker")?;
        }
        info!("stopped");
        Ok(())
    }
}

/// Who writes down what a restart must not forget. Without a folder nobody does.
fn keep_state(dir: Option<&Path>, pulses: &Pulses) -> anyhow::Result<(Keeper, Option<JoinHandle<()>>)> {
    let Some(dir) = dir else {
        return Ok((Keeper::without_a_file(), None));
    };
    if let Err(error) = std::fs::create_dir_all(dir) {
        warn!(path = %dir.display(), %error, "the folder for state cannot be made");
    }
    let (keeper, thread) = Keeper::start(dir, pulses.watch("memory", DEVICE_PULSE))?;
    Ok((keeper, Some(thread)))
}

#[cfg(feature = "embedded-broker")]
fn start_broker(
    config: &model::Broker,
    state_dir: Option<&Path>,
) -> anyhow::Result<Option<crate::io::broker::EmbeddedBroker>> {
    if !config.embedded {
        return Ok(None);
    }
    let broker = crate::io::broker::EmbeddedBroker::start(config, state_dir)?;
    info!(address = %broker.local_addr(), "embedded broker");
    Ok(Some(broker))
}

impl Outputs {
    fn start(
        config: &Config,
        clock: Clock,
        board: &watch::Receiver<Arc<Snapshot>>,
        pulses: &Pulses,
        frames: &Frames,
        presses: mpsc::Sender<(Press, Mono)>,
        quit: oneshot::Sender<()>,
    ) -> anyhow::Result<Self> {
        let mut outputs = Self::default();
        let mut quit = Some(quit);
        if config.displays.is_empty() {
            info!("no display is configured; the board is published all the same");
        }
        for display in &config.displays {
            let thread = match display.driver {
                DisplayDriver::Terminal => {
                    let quit = quit.take().context("only one display can be the terminal")?;
                    start_terminal(config, display, clock, board.clone(), frames, presses.clone(), quit)?
                }
                DisplayDriver::Framebuffer => {
                    start_framebuffer(config, display, clock, board.clone(), pulses, frames)?
                }
                DisplayDriver::Ssd1306 | DisplayDriver::Ssd1309 | DisplayDriver::Sh1106 => {
                    start_oled(config, display, clock, board.clone(), pulses, frames)?
                }
            };
            outputs.threads.push((format!("display `{}`", display.name), thread));
        }
        if config.buzzer.driver != BuzzerDriver::None {
            let beat = beater(pulses.watch("buzzer", DEVICE_PULSE));
            let thread = buzzer::spawn(&config.buzzer, &config.alarm.sound, board.clone(), beat)?;
            outputs.threads.extend(thread.map(|thread| ("the buzzer".into(), thread)));
        }
        if !config.lamps.is_empty() {
            let beat = beater(pulses.watch("lamps", DEVICE_PULSE));
            let thread = lamps::spawn(&config.lamps, board.clone(), beat)?;
            outputs.threads.extend(thread.map(|thread| ("the lamps".into(), thread)));
        }
        if config.button.enabled {
            let beat = beater(pulses.watch("button", DEVICE_PULSE));
            outputs.threads.push(("the button".into(), button::spawn(&config.button, presses, clock, beat)?));
        }
        Ok(outputs)
    }

    /// Waits until every thread has ended: they see that no further board will come.
    async fn end(self) {
        let mut names = Vec::new();
        let (mut done, ended) = (Vec::new(), oneshot::channel());
        for (name, thread) in self.threads {
            names.push(name.clone());
            done.push((name, thread));
        }
        let joined = std::thread::spawn(move || {
            for (name, thread) in done {
                if thread.join().is_err() {
                    error!(output = name, "ended badly");
                }
            }
            _ = ended.0.send(());
        });
        if timeout(OUTPUTS_TIMEOUT, ended.1).await.is_err() {
            warn!(outputs = names.join(", "), "not every output ended in time");
        } else {
            _ = joined.join();
        }
    }
}

fn beater(pulse: Pulse) -> impl Fn() + Send + 'static {
    move || pulse.beat()
}

/// How a display shows this board: its title, and local time at the instants it tells.
fn look(config: &Config) -> impl Fn(&Snapshot) -> Look + Send + 'static {
    let board = &config.board;
    let (title, locale, zone) = (board.name.clone(), board.locale, board.timezone);
    move |snapshot| {
        let opens_at = snapshot.closed.and_then(|closed| closed.opens_at);
        Look {
            title: title.clone(),
            locale,
            utc_offset_s: clock::utc_offset_s(zone, snapshot.at),
            opening_utc_offset_s: opens_at.map(|at| clock::utc_offset_s(zone, at)),
        }
    }
}

fn start_oled(
    config: &Config,
    display: &model::Display,
    clock: Clock,
    board: watch::Receiver<Arc<Snapshot>>,
    pulses: &Pulses,
    frames: &Frames,
) -> anyhow::Result<JoinHandle<()>> {
    let settings = oled::Settings::try_from(display)?;
    let shown = frames.slot(&display.name, display.size);
    let slot = shown.clone();
    let (width, height) = display.size;
    let look = look(config);
    let draw = move |page, snapshot: &Snapshot, shift: Shift, frame: &mut [u8]| {
        let mut canvas = Canvas::new(width, height);
        let Ok(()) = screens::draw(page, snapshot, &look(snapshot), &mut canvas);
        // The test picture reaches every edge, so a shift would cut it.
        if page != Page::Test {
            canvas = canvas.shifted(shift.dx, shift.dy);
        }
        frame.copy_from_slice(canvas.bytes());
        slot.show(|| Frame::Mono(canvas));
    };
    let hooks = hooks(display, pulses, shown, Box::new(draw));
    Ok(oled::spawn(display, settings, clock, board, hooks)?)
}

fn start_framebuffer(
    config: &Config,
    display: &model::Display,
    clock: Clock,
    board: watch::Receiver<Arc<Snapshot>>,
    pulses: &Pulses,
    frames: &Frames,
) -> anyhow::Result<JoinHandle<()>> {
    let shown = frames.slot(&display.name, display.size);
    let slot = shown.clone();
    let look = look(config);
    let rotate = display.rotate;
    let draw = move |page, snapshot: &Snapshot, shift: Shift, canvas: &mut ColorCanvas| {
        let shift = if page == Page::Test { Shift::default() } else { shift };
        let mut mounted = Mounted::new(canvas, rotate, shift);
        let Ok(()) = screens::draw(page, snapshot, &look(snapshot), &mut mounted);
        slot.show(|| Frame::Color(canvas.clone()));
    };
    let hooks = hooks(display, pulses, shown, Box::new(draw));
    Ok(framebuffer::spawn(display, clock, board, hooks)?)
}

/// What every display with a thread of its own asks for.
fn hooks<C: ?Sized>(display: &model::Display, pulses: &Pulses, shown: Slot, draw: Draw<C>) -> Hooks<C> {
    let (blank, dimmed) = (display.blank.clone(), display.clone());
    Hooks {
        turns: Turns::new(&display.pages),
        draw,
        blank: Box::new(move |at| blank.as_ref().is_some_and(|hours| hours.is_open(at))),
        brightness: Box::new(move |snapshot, at| dimming::brightness(&dimmed, snapshot, at)),
        beat: Box::new(beater(pulses.watch(format!("display {}", display.name), DEVICE_PULSE))),
        shown,
    }
}

fn start_terminal(
    config: &Config,
    display: &model::Display,
    clock: Clock,
    board: watch::Receiver<Arc<Snapshot>>,
    frames: &Frames,
    presses: mpsc::Sender<(Press, Mono)>,
    quit: oneshot::Sender<()>,
) -> anyhow::Result<JoinHandle<()>> {
    let terminal = Terminal::open(&config.board.name)?;
    let (keys, mut typed) = mpsc::channel(MAX_PRESSES);
    tokio::spawn(async move {
        while let Some(key) = typed.recv().await {
            match key {
                Key::Ack => _ = presses.send((Press::Short, clock.now().mono)).await,
                Key::Shelve => _ = presses.send((Press::Hold, clock.now().mono)).await,
                Key::Quit => break,
            }
        }
        // Nobody waits for it any more when the daemon ends for another reason.
        _ = quit.send(());
    });
    let shown = frames.slot(&display.name, display.size);
    Ok(terminal::spawn(display, terminal, clock, board, look(config), keys, shown)?)
}

/// The status page, where it is on.
#[cfg(feature = "http")]
fn start_page(
    config: &Config,
    clock: Clock,
    board: &watch::Receiver<Arc<Snapshot>>,
    pulses: &Pulses,
    frames: &Frames,
    commands: mpsc::Sender<Asked>,
) -> anyhow::Result<Option<(String, JoinHandle<()>)>> {
    if config.http.listen.is_none() {
        return Ok(None);
    }
    let hooks = http::Hooks {
        board: board.clone(),
        look: Box::new(look(config)),
        frames: frames.clone(),
        commands,
        beat: Box::new(beater(pulses.watch("http", DEVICE_PULSE))),
    };
    let thread = http::spawn(&config.http, &config.alarm, clock, hooks)?;
    Ok(thread.map(|thread| ("the status page".into(), thread)))
}

/// A runtime for the event loop; the link, the embedded broker and the displays have threads of
/// their own.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A panic anywhere ends the process, after the terminal and the consoles were given back: the service manager
/// starts it anew, and the buzzer's guard falls silent.
pub fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        terminal::restore();
        framebuffer::console::restore();
        report(panic);
        std::process::abort();
    }));
}
