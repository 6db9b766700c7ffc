//! The turns of a board's life: what it remembers over a restart, and another configuration.
//!
//! Owns both. Refuses to know where the memory is kept and where the configuration came from.

use std::sync::Arc;

use super::State;
use crate::{
    config::{Config, model::Board},
    core::{
        action::Actions,
        alarm::{AlarmKey, BoardAlarm},
        hours::Hours,
        memory::{MAX_KEPT, Memory, VERSION},
        source::Source,
        time::Now,
        view,
    },
};

impl State {
    /// What a restart must not forget.
    #[must_use]
    pub fn memory(&self, now: Now) -> Memory {
        Memory {
            version: VERSION,
            at: now.wall,
            alarms: self.alarms.kept(&roots(&self.sources), MAX_KEPT),
            muted_until: self.sound.muted_until(now),
            page: self.view.page.map(|page| page.word().to_owned()),
            brightness: self.view.brightness,
            arrivals: self.surge.arrivals(now.wall),
        }
    }

    /// Puts back what was remembered, before anything else happens. Alarms stay frozen until
    /// their source is live, and are judged anew then.
    pub fn restore(&mut self, memory: &Memory, now: Now) {
        let roots = roots(&self.sources);
        for kept in memory.alarms.iter().take(MAX_KEPT) {
            self.alarms.restore(kept, &roots, now);
            if kept.breached && kept.key == AlarmKey::Board(BoardAlarm::Surge).to_string() {
                self.surge.resume();
            }
        }
        self.alarms_changed = true;
        self.surge.restore(&memory.arrivals, now.wall);
        self.view.page = memory.page.as_deref().and_then(view::page);
        self.view.brightness = memory.brightness.map(|percent| percent.min(100));
        let left = memory.muted_until.map_or(0, |until| until.millis_since(now.wall));
        if left >= 1_000 {
            self.sound.mute(left as u64 / 1_000, now);
        }
    }

    /// Another configuration holds from now on: every deadline is counted anew. Of it, the parts
    /// that a running board can take on take effect: what is promised, opening hours, alarms,
    /// names, and what is shown.
    pub fn reconfigure(&mut self, config: &Config, now: Now) -> Actions {
        let mut out = Vec::new();
        self.advance(now, &mut out);
        let shows_more = config.privacy.show_names > self.config.privacy.show_names;
        let old = &self.config;
        let board =
            Board { id: old.board.id.clone(), group: old.board.group.clone(), ..config.board.clone() };
        let sources = old.sources.clone();
        self.config = Arc::new(Config { board, sources, ..config.clone() });
        self.alarms.reconfigure(&self.config.alarm);
        self.surge.reconfigure(self.config.alarm.surge_at_least);
        self.hours = Hours::new(&self.config);
        if let Some(history) = &mut self.chronicle.history {
            history.reconfigure(&self.config.badges);
        }
        self.table.reconfigure(&self.config, now.wall);
        self.reconcile_all(now, &mut out);
        if shows_more && self.link == Some(true) {
            // Names were dropped at the door; the broker has kept them.
            self.table.forget_versions();
            self.for_each_source(|state, source| state.begin_burst(source, now, &mut out));
        }
        self.settle(now, &mut out);
        Actions(out)
    }
}

fn roots(sources: &[Source]) -> Vec<&str> {
    sources.iter().map(|source| source.root.as_str()).collect()
}
