//! The way in: who is let in, how many at a time, and for how long.
//!
//! Owns the limits of connections. Refuses to know what is asked for.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};

/// Connections at a time; who comes later waits in the kernel's queue. A browser opens up to six.
const MAX_CONNECTIONS: usize = 64;
/// A request's line and headers, in bytes: the longest of ours is a token in a cookie.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Browsers send about fifteen.
const MAX_HEADERS: usize = 64;
/// For a request's headers, and for the next request of a connection that is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// Milliseconds that a reader may leave what was sent to it unread: then its connection ends, so
/// that a screen that was switched off holds no place.
const UNREAD_TIMEOUT_MS: u32 = 15_000;
/// After no connection could be accepted, as when the process has no file left for it.
const ACCEPT_RETRY: Duration = Duration::from_millis(500);

/// Listens on that address.
pub(super) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Lets clients in for ever.
pub(super) async fn serve(listener: &TcpListener, router: &Router) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    visit(stream, router).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a browser's connection was not accepted");
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn visit(stream: TcpStream, router: Router) {
    // Only a nicety fails here: the reader is then given more time.
    _ = setsockopt(&stream, TcpUserTimeout, &UNREAD_TIMEOUT_MS);
    _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a browser's connection ended");
    }
}
