//! Figures of a noisy machine: medians with their spread, and the machine's name.
//!
//! Owns how they are summed up and written. Refuses to judge them.

use std::{fmt, fs, thread};

/// The same thing, measured several times.
#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds one measurement.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The one in the middle.
    ///
    /// # Panics
    /// Nothing was measured.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    /// So many things in each of the measured times: how many a second.
    #[must_use]
    pub fn rate_of(&self, count: usize) -> Self {
        Self(self.0.iter().map(|seconds| count as f64 / seconds).collect())
    }

    /// Each measurement without what the other says that a part of it took.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        // The part may have been measured before the whole was: the last ones belong together.
        let parts = part.0[part.0.len() - self.0.len()..].iter();
        Self(self.0.iter().zip(parts).map(|(whole, part)| whole - part).collect())
    }

    /// Each measurement divided by the other made at the same time.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect())
    }
}

/// Median, least and most; the precision says how many decimals.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        write!(f, "{:.digits$} ({least:.digits$} to {most:.digits$})", self.median())
    }
}

/// Cores, processor and kernel, for the head of a table.
#[must_use]
pub fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let name = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{cores} cores of {}, Linux {}",
        name.map_or("an unnamed processor", |(_, name)| name),
        kernel.trim()
    )
}
