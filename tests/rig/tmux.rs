//! A real terminal: a pane of tmux with the product in it.
//!
//! Owns the pane, what stands on it and the modes it is in. Refuses to know what should stand
//! there.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{appliance::bellboard, debian::tool, picture::Picture};

/// How often the pane is looked at.
const LOOK: Duration = Duration::from_millis(30);
/// The end of the line below the picture.
const STATUS_END: &str = "[q] quit";
/// What stands on the pane before the product starts.
const BEFORE: &str = "before";

/// The pane's own settings: all rows for the product, no waiting for escape sequences.
const SETTINGS: &str = "set -g status off\nset -g escape-time 0\nset -g default-terminal tmux-256color\n";

/// What runs in the pane: the product, with standard errors in a file where one is named, and
/// afterwards a program that leaves the terminal as it is. `$0` is the script, `$1` that file.
const SCRIPT: &str = r#"
echo before
sh -c 'echo $$ >"$0.pid"; errors=$1; shift; [ -z "$errors" ] || exec 2>"$errors"; exec "$@"' "$0" "$@"
echo "ended with $?"
exec cat
"#;

/// A pane with the product in it. Dropping it takes the terminal away.
pub struct Pane {
    folder: TempDir,
}

/// How pixels are written as characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One by two pixels a character.
    HalfBlocks,
    /// Two by four pixels a character.
    Braille,
}

impl Pane {
    /// Runs the product with these arguments in a pane of this size, and its standard errors on
    /// the pane, or in `errors`.
    pub fn start<A: AsRef<OsStr>>(
        size: (u16, u16),
        errors: Option<&Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self::start_in(size, &[], errors, bellboard().args(arguments))
    }

    /// Runs a program in a pane of this size, with these variables: what the pane says of its
    /// colours is in them.
    #[must_use]
    pub fn start_in(
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
        errors: Option<&Path>,
        program: &Command,
    ) -> Self {
        let pane = Self { folder: tempfile::tempdir().expect("a folder for the socket") };
        let (settings, script) = (pane.file("settings"), pane.file("script"));
        fs::write(&settings, SETTINGS).expect("the folder is ours");
        fs::write(&script, SCRIPT).expect("the folder is ours");
        let mut command = pane.tmux();
        // The first command starts the server, from which the pane has its variables.
        program.get_envs().for_each(|(name, _)| _ = command.env_remove(name));
        command.env_remove("COLORTERM").env_remove("NO_COLOR").envs(variables.iter().copied());
        command.arg("-f").arg(settings).args(["new-session", "-d"]);
        command.args(["-x", &columns.to_string(), "-y", &rows.to_string(), "sh"]).arg(script);
        command.arg(errors.unwrap_or(Path::new(""))).arg(program.get_program()).args(program.get_args());
        run(&mut command);
        pane
    }

    /// Presses keys, by tmux's names for them.
    pub fn press(&self, keys: &str) {
        run(self.tmux().args(["send-keys", keys]));
    }

    /// The product's process.
    #[must_use]
    pub fn process(&self) -> i32 {
        let text = fs::read_to_string(self.file("script.pid")).expect("the script has started");
        text.trim().parse().expect("the number of a process")
    }

    /// The lines on the pane, without the blanks at their ends.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = run(self.tmux().args(["capture-pane", "-p"]));
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The lines with their colours, as escape sequences in tmux's own form.
    #[must_use]
    pub fn colors(&self) -> String {
        run(self.tmux().args(["capture-pane", "-e", "-p"]))
    }

    /// Gives the pane another size, as a person does at a window's corner.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        run(self.tmux().args(["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]));
    }

    /// Waits until what stands on the pane is something; gives what `look` made of it.
    ///
    /// # Panics
    /// It is not within that time.
    pub fn expect<T>(&self, what: &str, within: Duration, look: impl Fn(&[String]) -> Option<T>) -> T {
        let deadline = Instant::now() + within;
        loop {
            let lines = self.lines();
            if let Some(found) = look(&lines) {
                return found;
            }
            assert!(Instant::now() < deadline, "not within {within:?}: {what}, but\n{}", lines.join("\n"));
            thread::sleep(LOOK);
        }
    }

    /// Waits until the product has ended, and fails unless it ended well and the terminal is as
    /// it was: its own screen, a cursor, wrapped lines, and echo.
    pub fn expect_restored(&self, within: Duration) {
        self.expect("the end", within, |lines| {
            let text: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
            (text == [BEFORE, "ended with 0"]).then_some(())
        });
        self.expect_given_back(within);
    }

    /// Waits until the program has aborted, and fails unless the terminal is as it was.
    pub fn expect_aborted(&self, within: Duration) {
        self.expect("the end", within, |lines| {
            let ended = lines.iter().any(|line| line == "ended with 134");
            (lines[0] == BEFORE && ended).then_some(())
        });
        self.expect_given_back(within);
    }

    fn expect_given_back(&self, within: Duration) {
        let modes = "#{alternate_on} #{cursor_flag} #{wrap_flag} #{pane_tty}";
        let modes = run(self.tmux().args(["display-message", "-p", modes]));
        let (modes, terminal) = modes.trim().rsplit_once(' ').expect("four values");
        assert_eq!(modes, "0 1 1", "alternate screen, cursor, line wrap");
        let settings = run(tool("stty", "coreutils").args(["-a", "-F", terminal]));
        for setting in ["echo", "icanon", "isig", "icrnl", "opost"] {
            assert!(settings.split_whitespace().any(|word| word == setting), "no {setting}: {settings}");
        }
        self.press("typed");
        self.expect("an echo", within, |lines| lines.iter().any(|line| line == "typed").then_some(()));
    }

    /// Closes the terminal while the product runs in it.
    pub fn close(&self) {
        run(self.tmux().arg("kill-server"));
    }

    fn tmux(&self) -> Command {
        let mut command = tool("tmux", "tmux");
        command.env("LC_ALL", "C.UTF-8").arg("-u").arg("-S").arg(self.file("socket"));
        command
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        // It may have been closed already.
        let _ = self.tmux().arg("kill-server").output();
    }
}

/// The picture of `width` by `height` pixels on a pane, the form it is written in, and the line
/// below it; `None` while there is none. Anything that stands beside it is an error.
#[must_use]
pub fn picture(lines: &[String], (width, height): (usize, usize)) -> Option<(Picture, Form, String)> {
    let status_at = lines.iter().position(|line| line.ends_with(STATUS_END))?;
    let indent = lines[status_at].chars().take_while(|c| *c == ' ').count();
    let cells = |line: &String| line.chars().skip(indent).collect::<Vec<char>>();
    let braille = lines[..status_at].iter().any(|line| line.chars().any(is_braille));
    let (form, wide, high) = if braille { (Form::Braille, 2, 4) } else { (Form::HalfBlocks, 1, 2) };
    let top = status_at.checked_sub(height.div_ceil(high))?;
    let picture: Vec<Vec<char>> = lines[top..status_at].iter().map(cells).collect();
    let others = lines[..top].iter().chain(&lines[status_at + 1..]);
    let indented = lines[top..status_at].iter().all(|line| line.chars().take(indent).all(|c| c == ' '));
    let alone = others.into_iter().all(String::is_empty) && indented;
    let within = picture.iter().all(|cells| cells.len() * wide <= width);
    assert!(alone && within, "something stands beside the picture:\n{}", lines.join("\n"));
    let lit = |x: usize, y: usize| {
        let cell = picture[y / high].get(x / wide).copied().unwrap_or(' ');
        dot(form, cell, x % wide, y % high)
    };
    Some((Picture::new(width, height, lit), form, lines[status_at].trim().to_owned()))
}

/// Whether a pixel of a character is lit.
fn dot(form: Form, cell: char, x: usize, y: usize) -> bool {
    match form {
        Form::HalfBlocks => cell == '█' || cell == ['▀', '▄'][y],
        Form::Braille => {
            let bit = [[0, 1, 2, 6], [3, 4, 5, 7]][x][y];
            is_braille(cell) && (cell as u32) >> bit & 1 == 1
        }
    }
}

fn is_braille(cell: char) -> bool {
    ('\u{2800}'..='\u{28FF}').contains(&cell)
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program was found");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("it writes text")
}
