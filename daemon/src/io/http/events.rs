//! The board as a stream of events: each is the whole picture, so that losing one loses nothing.
//!
//! Owns the pace. Refuses to know what the picture looks like.
//!
//! The event loop makes a board each second, so no other sign of life is sent: a page that hears
//! nothing for some seconds is right to say that it does not know.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::{Event, Sse};
use bellboard_panel::Snapshot;
use futures_util::stream::{self, Stream};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

/// From one picture to the next at least: five a second are more than anybody can read, and a
/// flood of messages makes many more boards.
const MIN_EVERY: Duration = Duration::from_millis(200);
/// A browser tries again so soon after its stream has broken.
const RETRY: Duration = Duration::from_secs(1);

/// Sends what `draw` makes of each board, the newest at once, until there are no more. `permit`
/// is given back with the stream.
pub(super) fn stream(
    mut board: watch::Receiver<Arc<Snapshot>>,
    draw: impl Fn(&Snapshot) -> String + Send + 'static,
    permit: OwnedSemaphorePermit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    board.mark_changed();
    let start = (board, draw, permit, Instant::now());
    Sse::new(stream::unfold(start, |(mut board, draw, permit, due)| async move {
        sleep_until(due).await;
        board.changed().await.ok()?;
        let snapshot = Arc::clone(&board.borrow_and_update());
        let event = Event::default().event("board").retry(RETRY).data(draw(&snapshot));
        Some((Ok(event), (board, draw, permit, Instant::now() + MIN_EVERY)))
    }))
}
