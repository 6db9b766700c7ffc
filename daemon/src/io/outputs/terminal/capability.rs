//! What a terminal can show: how many colours, and whether it has braille.
//!
//! Owns how that is read from the environment, and how a colour becomes an escape sequence of
//! the kind that the terminal understands. Refuses to know what is drawn.

use bellboard_panel::{Palette, Role};
use embedded_graphics::pixelcolor::{IntoStorage, Rgb888};

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// None, or none are wanted.
    None,
    /// The sixteen of the first colour terminals, whose exact hue is the terminal's own.
    Sixteen,
    /// A fixed table of 256.
    Table,
    /// Any.
    All,
}

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// How many colours.
    pub colors: Colors,
    /// Whether its font has braille patterns: the console of Linux has room for 512 characters,
    /// and these are not among them.
    pub braille: bool,
}

/// Every role, the most salient last.
const ROLES: [Role; 6] = [Role::Ground, Role::Text, Role::Number, Role::Fine, Role::AtRisk, Role::Breached];

impl Capability {
    /// What the environment says; `None` for a terminal that cannot even place characters.
    #[must_use]
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name| variable(name).unwrap_or_default();
        let terminal = set("TERM");
        if terminal == "dumb" {
            return None;
        }
        let all = matches!(set("COLORTERM").as_str(), "truecolor" | "24bit") || terminal.ends_with("-direct");
        let colored = ["ansi", "color", "cygwin", "konsole", "linux", "rxvt", "screen", "tmux", "xterm"];
        let colors = if !set("NO_COLOR").is_empty() || terminal.ends_with("-m") || terminal.ends_with("-mono")
        {
            Colors::None
        } else if all {
            Colors::All
        } else if terminal.contains("256color") {
            Colors::Table
        } else if colored.iter().any(|name| terminal.contains(name)) {
            Colors::Sixteen
        } else {
            Colors::None
        };
        Some(Self { colors, braille: !terminal.starts_with("linux") })
    }
}

impl Colors {
    /// The escape sequence after which characters have this ink on this ground, each
    /// `0x00RRGGBB`; empty where there are no colours.
    #[must_use]
    pub fn paint(self, ink: u32, ground: u32) -> String {
        match self {
            Self::None => String::new(),
            Self::Sixteen => {
                let code = |color: u8, base: u8| if color < 8 { base + color } else { base + 52 + color };
                format!("\x1b[{};{}m", code(sixteen(ink), 30), code(sixteen(ground), 40))
            }
            Self::Table => format!("\x1b[38;5;{};48;5;{}m", table(ink), table(ground)),
            Self::All => {
                let [_, r, g, b] = ink.to_be_bytes();
                let [_, under_r, under_g, under_b] = ground.to_be_bytes();
                format!("\x1b[38;2;{r};{g};{b};48;2;{under_r};{under_g};{under_b}m")
            }
        }
    }

    /// The escape sequence that ends [`Colors::paint`].
    #[must_use]
    pub const fn end(self) -> &'static str {
        if matches!(self, Self::None) { "" } else { "\x1b[0m" }
    }
}

/// A role's colour, `0x00RRGGBB`.
#[must_use]
pub fn color(role: Role) -> u32 {
    Rgb888::of(role).into_storage()
}

/// The role whose colour is nearest to this one, and how salient it is: the more, the higher.
#[must_use]
pub fn nearest_role(pixel: u32) -> (usize, Role) {
    let near = |(_, role): &(usize, Role)| distance(color(*role), pixel);
    ROLES.into_iter().enumerate().min_by_key(near).expect("there are roles")
}

/// The nearest of the sixteen colours. Their hue differs from terminal to terminal, so what
/// counts is the role: calm for what is fine, yellow and red for what is not.
fn sixteen(pixel: u32) -> u8 {
    match nearest_role(pixel).1 {
        Role::Ground => 0,
        Role::Text => 7,
        Role::Number => 15,
        Role::Fine => 14,
        Role::AtRisk => 11,
        Role::Breached => 9,
    }
}

/// The nearest colour of the table of 256: a cube of six steps a side from 16 on, and 24 greys
/// from 232 on. The first sixteen are the terminal's own and left out.
fn table(pixel: u32) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let [_, r, g, b] = pixel.to_be_bytes();
    let step = |value: u8| (0..6_u8).min_by_key(|n| STEPS[usize::from(*n)].abs_diff(value)).unwrap_or(0);
    let cube = [r, g, b].map(step);
    let [cr, cg, cb] = cube.map(|n| STEPS[usize::from(n)]);
    let mean = (u32::from(r) + u32::from(g) + u32::from(b)) / 3;
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let level = 8 + 10 * grey;
    let in_cube = distance(u32::from_be_bytes([0, cr, cg, cb]), pixel);
    if distance(u32::from_be_bytes([0, level, level, level]), pixel) < in_cube {
        232 + grey
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

fn distance(one: u32, other: u32) -> u32 {
    let (one, other) = (one.to_be_bytes(), other.to_be_bytes());
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(variables: &[(&str, &str)]) -> Option<Colors> {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Capability::of(value).map(|capability| capability.colors)
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (terminal, expected) in [
            ("xterm-256color", Colors::Table),
            ("tmux-256color", Colors::Table),
            ("xterm-direct", Colors::All),
            ("xterm", Colors::Sixteen),
            ("linux", Colors::Sixteen),
            ("screen", Colors::Sixteen),
            ("vt100", Colors::None),
            ("xterm-mono", Colors::None),
            ("linux-m", Colors::None),
            ("", Colors::None),
        ] {
            assert_eq!(colors(&[("TERM", terminal)]), Some(expected), "{terminal}");
        }
        assert_eq!(colors(&[]), Some(Colors::None));
        for all in ["truecolor", "24bit"] {
            assert_eq!(colors(&[("TERM", "xterm"), ("COLORTERM", all)]), Some(Colors::All));
            let unwanted = [("TERM", "xterm"), ("COLORTERM", all), ("NO_COLOR", "1")];
            assert_eq!(colors(&unwanted), Some(Colors::None));
        }
        assert_eq!(colors(&[("TERM", "xterm"), ("NO_COLOR", "")]), Some(Colors::Sixteen), "empty is not set");
        assert_eq!(colors(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]), None);
    }

    #[test]
    fn only_the_console_of_linux_lacks_braille() {
        let braille = |terminal: &str| Capability::of(|_| Some(terminal.into())).map(|c| c.braille);
        assert_eq!(braille("linux"), Some(false));
        assert_eq!(braille("linux-16color"), Some(false));
        assert_eq!(braille("xterm"), Some(true));
    }

    #[test]
    fn each_role_has_a_colour_of_its_own_however_few_there_are() {
        for colors in [Colors::Sixteen, Colors::Table, Colors::All] {
            let mut seen: Vec<String> = ROLES.map(|role| colors.paint(color(role), 0)).to_vec();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), ROLES.len(), "{colors:?}: {seen:?}");
        }
    }

    #[test]
    fn a_colour_is_written_in_the_form_that_the_terminal_understands() {
        let breached = color(Role::Breached);
        let ground = color(Role::Ground);
        assert_eq!(Colors::None.paint(breached, ground), "");
        assert_eq!(Colors::Sixteen.paint(breached, ground), "\x1b[91;40m");
        assert_eq!(Colors::Sixteen.paint(ground, color(Role::Text)), "\x1b[30;47m");
        assert_eq!(Colors::Table.paint(0x00FF_0000, 0x0012_1212), "\x1b[38;5;196;48;5;233m");
        assert_eq!(Colors::All.paint(0x00FF_7A45, 0x000E_1217), "\x1b[38;2;255;122;69;48;2;14;18;23m");
    }

    #[test]
    fn every_colour_of_the_table_is_nearest_to_itself() {
        for (color, place) in [(0x0000_0000, 16), (0x00FF_FFFF, 231), (0x0058_5858, 240), (0x005F_87AF, 67)] {
            assert_eq!(table(color), place, "{color:06x}");
        }
    }

    #[test]
    fn what_is_worse_is_more_salient() {
        let saliences = ROLES.map(|role| nearest_role(color(role)).0);
        assert!(saliences.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
