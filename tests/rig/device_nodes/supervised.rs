//! A program that runs on modelled device nodes.
//!
//! Owns its process, its pipes and its end. Refuses to know the nodes.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, set_child_subreaper};

use super::{
    DeviceNodes, Level, Probe,
    seccomp::{Listener, confine},
    supervisor::Supervisor,
};

/// Longer than a pulse takes to come, and a killed program to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// A process that runs in another core stops within this time, and a call that it made before
/// has reached the models.
const STOP_TIME: Duration = Duration::from_millis(5);

/// A running program. Dropping it kills the program, waits for its children to end by
/// themselves, and fails the test for every call that the models did not know.
pub struct Supervised {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines,
    stderr: Lines,
    over: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<Vec<String>>>,
}

impl Supervised {
    /// Starts `command` on `nodes`, with pipes for its input, output and errors. The command is
    /// taken out of its place, since it cannot be started twice.
    ///
    /// # Panics
    /// The program cannot be started, or the kernel has no user notification (before 5.19).
    pub fn start(command: &mut Command, nodes: &DeviceNodes) -> Self {
        adopt_orphans();
        let mut command = std::mem::replace(command, Command::new(""));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let socket = confine(&mut command).expect("a pair of sockets for the listener");
        let (nodes, over) = (nodes.clone(), Arc::new(AtomicBool::new(false)));
        let flag = over.clone();
        let (started, child) = mpsc::channel();
        // The program is killed when the thread that started it ends, however that comes about.
        let supervise = move || {
            let child = command.spawn();
            // Its copy of the sending end would hide that the program never sent anything.
            drop(command);
            let id = child.as_ref().map(Child::id).ok();
            started.send(child).expect("the test waits for the program");
            let Some(id) = id else { return Vec::new() };
            let listener = Listener::receive(&socket).expect("the program sent its listener");
            Supervisor::new(nodes, listener).run(id as i32, &flag).expect("the listener works")
        };
        let supervisor = thread::Builder::new().name("supervisor".into()).spawn(supervise);
        let supervisor = supervisor.expect("a thread for the supervisor");
        let child = child.recv().expect("the supervisor starts the program");
        let mut child = child.expect("the program can be started under a seccomp filter");
        let stdin = child.stdin.take();
        let stdout = Lines::collect(child.stdout.take().expect("a pipe was asked for"));
        let stderr = Lines::collect(child.stderr.take().expect("a pipe was asked for"));
        Self { child, stdin, stdout, stderr, over, supervisor: Some(supervisor) }
    }

    /// The program's process.
    #[must_use]
    pub fn process(&self) -> i32 {
        self.child.id() as i32
    }

    /// What it wrote to standard output.
    #[must_use]
    pub fn stdout(&self) -> &Lines {
        &self.stdout
    }

    /// What it wrote to standard error: the log.
    #[must_use]
    pub fn log(&self) -> &Lines {
        &self.stderr
    }

    /// Writes a line to its standard input.
    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("standard input was not closed");
        writeln!(stdin, "{line}").expect("the program reads its input");
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        send_signal(self.process(), signal);
    }

    /// Kills the program with SIGKILL. Its children stay.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Kills the program and the process that holds the line, both with SIGKILL, while the line
    /// is high: the moment at which nobody is left to lower it.
    ///
    /// # Panics
    /// Nobody holds the line, or it never rises.
    pub fn kill_in_a_pulse(&mut self, line: &(impl Probe + ?Sized)) {
        let holder = line.holder().expect("somebody holds the line");
        loop {
            line.expect(Level::High, KILL_TIMEOUT);
            // Stopped, the two cannot end the pulse, unless they did so just before.
            send_signal(holder, Signal::STOP);
            self.signal(Signal::STOP);
            thread::sleep(STOP_TIME);
            if line.level() == Level::High {
                break;
            }
            send_signal(holder, Signal::CONT);
            self.signal(Signal::CONT);
        }
        send_signal(holder, Signal::KILL);
        self.kill();
        self.wait(KILL_TIMEOUT);
    }

    /// Waits until the program ends.
    ///
    /// # Panics
    /// It does not within that time.
    pub fn wait(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "the program did not end within {within:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.over.store(true, Ordering::Relaxed);
        let Some(supervisor) = self.supervisor.take() else { return };
        let outcome = supervisor.join();
        if thread::panicking() {
            return;
        }
        match outcome {
            Ok(violations) => assert!(violations.is_empty(), "{}", violations.join("; ")),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Sends a signal to any process of the program, for instance the [holder](super::Line::holder)
/// of a line.
///
/// # Panics
/// There is no such process.
pub fn send_signal(process: i32, signal: Signal) {
    let process = Pid::from_raw(process).expect("no process has the number 0");
    kill_process(process, signal).expect("the process exists");
}

/// Makes this process the parent of its orphaned descendants. Only a descendant's memory can be
/// reached under the usual restrictions (Yama), and a guard outlives its daemon.
fn adopt_orphans() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        set_child_subreaper(Some(rustix::process::getpid())).expect("Linux since 3.4 can do that");
    });
}

/// The lines that a program writes, as they come.
#[derive(Clone)]
pub struct Lines {
    shared: Arc<(Mutex<Vec<String>>, Condvar)>,
}

#[expect(clippy::must_use_candidate, reason = "to wait is often all that a test wants")]
impl Lines {
    pub(crate) fn collect(source: impl Read + Send + 'static) -> Self {
        let lines = Self { shared: Arc::default() };
        let shared = lines.shared.clone();
        thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                shared.0.lock().expect("no reader panics").push(line);
                shared.1.notify_all();
            }
        });
        lines
    }

    /// All lines so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.shared.0.lock().expect("no reader panics").clone()
    }

    /// How many lines so far contain `text`.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.all().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until `count` lines contain `text`; gives the last of them.
    ///
    /// # Panics
    /// They do not come within that time.
    pub fn expect(&self, text: &str, count: usize, within: Duration) -> String {
        let deadline = Instant::now() + within;
        let mut lines = self.shared.0.lock().expect("no reader panics");
        loop {
            let found = lines.iter().filter(|line| line.contains(text)).nth(count.saturating_sub(1));
            if let Some(line) = found {
                return line.clone();
            }
            let left = deadline.checked_duration_since(Instant::now());
            let Some(left) = left else {
                let all = lines.join("\n");
                // Whoever cleans up after this may read the lines as well.
                drop(lines);
                panic!("no {count} lines with {text:?} within {within:?}, but:\n{all}")
            };
            lines = self.shared.1.wait_timeout(lines, left).expect("no reader panics").0;
        }
    }
}
