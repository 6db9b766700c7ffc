//! Signs of life: every task shows that it makes progress, and the watchdog is fed only then.
//!
//! Owns who must beat how often. Refuses to know what a task does.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// All tasks that must show life.
#[derive(Clone, Debug, Default)]
pub struct Pulses {
    members: Arc<Mutex<Vec<Member>>>,
}

#[derive(Debug)]
struct Member {
    name: String,
    within: Duration,
    pulse: Pulse,
}

/// One task's sign of life. Dropping every clone of it, as a task does at its end, does not
/// stop the watch: a task that ended unasked is a task that makes no progress.
#[derive(Clone, Debug)]
pub struct Pulse {
    start: Instant,
    last: Arc<AtomicU64>,
}

impl Pulse {
    /// Shows life.
    pub fn beat(&self) {
        self.last.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn age(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }
}

impl Pulses {
    /// Watches one more task, which must beat within every such span.
    #[must_use]
    pub fn watch(&self, name: impl Into<String>, within: Duration) -> Pulse {
        let pulse = Pulse { start: Instant::now(), last: Arc::default() };
        let member = Member { name: name.into(), within, pulse: pulse.clone() };
        self.members.lock().unwrap_or_else(PoisonError::into_inner).push(member);
        pulse
    }

    /// The tasks that have shown no life for too long.
    #[must_use]
    pub fn stalled(&self) -> Vec<String> {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let late = members.iter().filter(|member| member.pulse.age() > member.within);
        late.map(|member| member.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_task_that_is_late_is_named() {
        let pulses = Pulses::default();
        let alive = pulses.watch("alive", Duration::from_secs(3600));
        let _dead = pulses.watch("dead", Duration::ZERO);
        alive.beat();
        while pulses.stalled().is_empty() {
            std::hint::spin_loop();
        }
        assert_eq!(pulses.stalled(), ["dead"]);
    }
}
