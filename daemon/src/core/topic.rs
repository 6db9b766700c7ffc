//! The topics of the interface: which there are, and what a message's topic makes of it.
//!
//! Owns every topic's name. Refuses to know payloads.

use crate::config::model::Config;

/// The root of every board.
const BOARDS: &str = "bellboard";

/// What a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// The conversation with this id, of the source at this place.
    Conversation(u8, &'a str),
    /// The availability of the source at this place.
    Availability(u8),
    /// The heartbeat of the source at this place.
    Heartbeat(u8),
    /// The command of this name.
    Command(&'a str),
    /// What was acknowledged in front of another board of the group.
    GroupAck,
    /// Our own marker, which says that the subscriptions are in force.
    Marker,
    /// Nothing that the board asked for.
    Unknown,
}

/// The topics of one board.
#[derive(Clone, Debug)]
pub struct Topics {
    board: String,
    group: Option<String>,
    roots: Vec<String>,
}

impl Topics {
    /// The topics that the configuration names.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let roots = config.sources.0.iter().map(|source| source.root.clone()).collect();
        let group = config.board.group.as_ref().map(|group| format!("{BOARDS}/group/{group}/ack"));
        Self { board: format!("{BOARDS}/{}", config.board.id), group, roots }
    }

    /// The filters to subscribe to; nothing else is ever subscribed to.
    #[must_use]
    pub fn filters(&self) -> Vec<String> {
        let mut filters: Vec<String> = self
            .roots
            .iter()
            .flat_map(|root| {
                ["conversations/+", "availability", "heartbeat"].map(|leaf| format!("{root}/{leaf}"))
            })
            .collect();
        filters.extend([format!("{}/cmd/+", self.board), format!("{BOARDS}/all/cmd/+"), self.marker()]);
        filters.extend(self.group.clone());
        filters
    }

    /// What begins like one of these goes ahead of conversations: a person waits for it.
    #[must_use]
    pub fn urgent(&self) -> Vec<String> {
        let commands = [format!("{}/cmd/", self.board), format!("{BOARDS}/all/cmd/")];
        commands.into_iter().chain(self.group.clone()).collect()
    }

    /// Where boards of this one's group share acknowledgements.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// What a topic is about.
    #[must_use]
    pub fn read<'a>(&self, topic: &'a str) -> Topic<'a> {
        for (place, root) in self.roots.iter().enumerate() {
            let Some(leaf) = topic.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            return match (leaf.strip_prefix("conversations/"), leaf) {
                (Some(id), _) => Topic::Conversation(place as u8, id),
                (None, "availability") => Topic::Availability(place as u8),
                (None, "heartbeat") => Topic::Heartbeat(place as u8),
                _ => Topic::Unknown,
            };
        }
        let Some(leaf) = topic.strip_prefix(BOARDS).and_then(|rest| rest.strip_prefix('/')) else {
            return Topic::Unknown;
        };
        if self.group.as_deref() == Some(topic) {
            return Topic::GroupAck;
        }
        let own = topic.strip_prefix(self.board.as_str()).and_then(|rest| rest.strip_prefix('/'));
        match (own, leaf.strip_prefix("all/cmd/"), own.and_then(|own| own.strip_prefix("cmd/"))) {
            (Some("sync"), _, _) => Topic::Marker,
            (_, Some(name), _) | (_, None, Some(name)) if !name.contains('/') => Topic::Command(name),
            _ => Topic::Unknown,
        }
    }

    /// `B/<leaf>`.
    #[must_use]
    pub fn of_board(&self, leaf: &str) -> String {
        format!("{}/{leaf}", self.board)
    }

    /// The marker's topic.
    #[must_use]
    pub fn marker(&self) -> String {
        self.of_board("sync")
    }

    /// Where a command is answered.
    #[must_use]
    pub fn answer(&self, command: &str) -> String {
        format!("{}/cmd/{command}/result", self.board)
    }

    /// Where the source at this place is asked to publish everything again.
    #[must_use]
    pub fn resync(&self, source: usize) -> String {
        format!("{}/resync", self.roots[source])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_what_it_says() {
        let topics = Topics::new(&Config::default());
        let read = |topic| topics.read(topic);
        assert_eq!(read("support/conversations/fb-1"), Topic::Conversation(0, "fb-1"));
        assert_eq!(read("support/availability"), Topic::Availability(0));
        assert_eq!(read("support/heartbeat"), Topic::Heartbeat(0));
        assert_eq!(read("bellboard/board/cmd/ack"), Topic::Command("ack"));
        assert_eq!(read("bellboard/all/cmd/ack"), Topic::Command("ack"));
        assert_eq!(read("bellboard/board/sync"), Topic::Marker);
        for other in
            ["bellboard/board/cmd/ack/result", "bellboard/else/cmd/ack", "supporters/heartbeat", "support"]
        {
            assert_eq!(read(other), Topic::Unknown, "{other}");
        }
    }
}
