//! What can be asked for, and what is answered.
//!
//! Owns paths, status codes and the headers of every answer. Refuses to know HTML and the board.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Form, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bellboard_panel::snapshot::Trust;
use serde_json::{Value, json};
use tokio::{sync::oneshot, task, time};

use super::{
    Site, board, events,
    gate::{Rights, comes_from_here},
    page,
    write::Writer,
};
use crate::{
    core::command::{self, Failure},
    event_loop::Asked,
    io::outputs::png,
};

/// The body of a request: the longest of ours is a command with a conversation's id, or a token.
const MAX_BODY: usize = 4 * 1024;
/// For a whole request to arrive and be answered.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// For the event loop to carry a command out.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Who gives a wrong token waits so long for the answer.
const WRONG_TOKEN_DELAY: Duration = Duration::from_millis(500);
/// Who acknowledges on the page, where nobody says.
const BY: &str = "web";

/// On every answer. Nothing is loaded from elsewhere and nothing runs but the page's own files; no
/// other site may frame it; nothing is kept, since it would be old. Where a form was sent from is
/// told to this site only: without that a browser would send it as from nowhere.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

type Shared = State<Arc<Site>>;

/// All paths.
pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/board.css", get(async || text("text/css; charset=utf-8", page::STYLE)))
        .route("/board.js", get(async || text("text/javascript; charset=utf-8", page::SCRIPT)))
        .route("/icon.svg", get(async || text("image/svg+xml", page::ICON)))
        .route("/events", get(stream))
        .route("/login", get(login_page).post(login))
        .route("/logout", post(logout))
        .route("/cmd/{name}", post(form_command))
        .route("/api/cmd/{name}", post(api_command))
        .route("/api/board", get(api_board))
        .route("/healthz", get(healthz))
        .route("/display/{file}", get(display))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "there is nothing here; the board is at /"))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard))
        .with_state(site)
}

/// What holds for every request: it is for this page, it ends in time, and its answer carries
/// [`HEADERS`].
async fn guard(State(site): Shared, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut response = if site.gate.knows_host(host) {
        let answered = time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
        answered.unwrap_or_else(|_| refuse(StatusCode::REQUEST_TIMEOUT, "the request took too long"))
    } else {
        let why = "this page does not go by that name; add it to `hosts` in [http], or use its address";
        refuse(StatusCode::MISDIRECTED_REQUEST, why)
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn text(kind: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

/// A sentence for a person, on a line of its own.
fn refuse(status: StatusCode, why: impl Into<String>) -> Response {
    let why: String = why.into();
    (status, text("text/plain; charset=utf-8", why + "\n")).into_response()
}

fn needs_token(site: &Site) -> Response {
    let why = if site.gate.has_token() {
        "this needs the token: log in at /login, or send the header `Authorization: Bearer <token>`"
    } else {
        "this needs a token, and the configuration names no `token_file` in [http]"
    };
    let mut response = refuse(StatusCode::UNAUTHORIZED, why);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

// Reading.

async fn index(State(site): Shared, headers: HeaderMap) -> Response {
    let rights = site.gate.rights(&headers);
    if !rights.read {
        return Redirect::to("/login").into_response();
    }
    if site.is_stuck() {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "the board makes no progress, so its numbers are old",
        );
    }
    let snapshot = site.now();
    let look = (site.look)(&snapshot);
    text("text/html; charset=utf-8", page::board(&view(&site, rights), &snapshot, Writer::new(&look)))
}

async fn stream(State(site): Shared, headers: HeaderMap) -> Response {
    let rights = site.gate.rights(&headers);
    if !rights.read {
        return needs_token(&site);
    }
    let Ok(permit) = Arc::clone(&site.streams).try_acquire_owned() else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "too many pages are live already");
    };
    let receiver = site.board.clone();
    let draw = move |snapshot: &bellboard_panel::Snapshot| {
        let look = (site.look)(snapshot);
        board::fragment(&view(&site, rights), snapshot, Writer::new(&look)).into_string()
    };
    events::stream(receiver, draw, permit).into_response()
}

fn view(site: &Site, rights: Rights) -> board::View {
    board::View {
        may_act: rights.act,
        may_log_in: site.gate.has_token() && !rights.act,
        shelve_for_s: site.shelve_for_s,
        displays: site.frames.names(),
    }
}

async fn api_board(State(site): Shared, headers: HeaderMap) -> Response {
    if !site.gate.rights(&headers).read {
        return needs_token(&site);
    }
    match serde_json::to_string(&*site.now()) {
        Ok(board) => text("application/json", board),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, format!("the board is no JSON: {error}")),
    }
}

async fn healthz(State(site): Shared) -> Response {
    let snapshot = site.now();
    if site.is_stuck() {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, format!("stuck since {}", snapshot.at));
    }
    match snapshot.trust {
        Trust::Live => text("text/plain; charset=utf-8", "live\n"),
        trust => {
            let sentence = format!("{} since {}", trust.word(), snapshot.trust_since);
            refuse(StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }
}

async fn display(State(site): Shared, Path(file): Path<String>, headers: HeaderMap) -> Response {
    if !site.gate.rights(&headers).read {
        return needs_token(&site);
    }
    let frame = file.strip_suffix(".png").and_then(|name| site.frames.shown(name));
    let Some(frame) = frame else {
        let names: Vec<String> = site.frames.names().iter().map(|name| format!("{name}.png")).collect();
        let known = if names.is_empty() { "there are none".into() } else { names.join(", ") };
        return refuse(StatusCode::NOT_FOUND, format!("there is no such display; known: {known}"));
    };
    let packed = task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        png::write_frame(&frame, &mut bytes).map(|()| bytes)
    });
    match packed.await {
        Ok(Ok(bytes)) => text("image/png", bytes),
        Ok(Err(error)) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the picture was not made"),
    }
}

// Logging in and out.

async fn login_page(State(site): Shared) -> Response {
    if !site.gate.has_token() {
        return needs_token(&site);
    }
    let look = (site.look)(&site.now());
    text("text/html; charset=utf-8", page::login(Writer::new(&look), false))
}

async fn login(
    State(site): Shared,
    headers: HeaderMap,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    if !comes_from_here(&headers) {
        return foreign();
    }
    let given = fields.get("token").map(|token| token.trim()).unwrap_or_default();
    if !site.gate.admits(given) {
        time::sleep(WRONG_TOKEN_DELAY).await;
        let look = (site.look)(&site.now());
        let body = page::login(Writer::new(&look), true);
        return (StatusCode::UNAUTHORIZED, text("text/html; charset=utf-8", body)).into_response();
    }
    with_cookie(site.gate.login_cookie(given))
}

async fn logout(State(site): Shared, headers: HeaderMap) -> Response {
    if comes_from_here(&headers) { with_cookie(site.gate.logout_cookie()) } else { foreign() }
}

fn with_cookie(cookie: Option<HeaderValue>) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn foreign() -> Response {
    refuse(StatusCode::FORBIDDEN, "this was not sent from the board's own page, so nothing was done")
}

// Acting.

/// A button of the page. A script gets JSON, a browser without one the page again.
async fn form_command(
    State(site): Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    let payload: BTreeMap<String, Value> = fields
        .into_iter()
        .map(|(field, value)| {
            let number = value.parse::<u64>().ok().filter(|_| field == "for_s");
            (field, number.map_or_else(|| Value::from(value), Value::from))
        })
        .collect();
    let result = match carry_out(&site, &name, json!(payload), &headers).await {
        Ok(result) => result,
        Err(response) => return response,
    };
    let wants_json = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    match result {
        result if wants_json => answer(&result),
        Ok(()) => Redirect::to("/").into_response(),
        Err(failure) => {
            let look = (site.look)(&site.now());
            let body = page::failed(Writer::new(&look), &failure.message);
            (status(&failure), text("text/html; charset=utf-8", body)).into_response()
        }
    }
}

/// A command as over MQTT: the same names, payloads and answers.
async fn api_command(
    State(site): Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let payload = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&body) };
    let Ok(payload) = payload else {
        return refuse(StatusCode::BAD_REQUEST, "the body is no JSON");
    };
    match carry_out(&site, &name, payload, &headers).await {
        Ok(result) => answer(&result),
        Err(response) => response,
    }
}

/// Has the event loop carry out a command for whoever may give one. The error is the answer to
/// who may not, or when the loop has none.
async fn carry_out(
    site: &Site,
    name: &str,
    mut payload: Value,
    headers: &HeaderMap,
) -> Result<Result<(), Failure>, Response> {
    if !comes_from_here(headers) {
        return Err(foreign());
    }
    if !site.gate.rights(headers).act {
        return Err(needs_token(site));
    }
    if let (true, Some(fields)) = (name == "ack", payload.as_object_mut()) {
        fields.entry("by").or_insert_with(|| BY.into());
    }
    let command = match command::parse(name, payload.to_string().as_bytes()) {
        Ok(command) => command,
        Err(failure) => return Ok(Err(failure)),
    };
    let (answer, answered) = oneshot::channel();
    let asking = async {
        site.commands.send(Asked { command, answer }).await.ok()?;
        answered.await.ok()
    };
    let busy =
        || refuse(StatusCode::SERVICE_UNAVAILABLE, "the board did not answer; nothing may have been done");
    time::timeout(ANSWER_TIMEOUT, asking).await.ok().flatten().ok_or_else(busy)
}

fn answer(result: &Result<(), Failure>) -> Response {
    let status = result.as_ref().map_or_else(status, |()| StatusCode::OK);
    (status, text("application/json", command::answer(result).to_string())).into_response()
}

fn status(failure: &Failure) -> StatusCode {
    match failure.code {
        "unknown_command" | "unknown_alarm" => StatusCode::NOT_FOUND,
        "not_shelvable" => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    }
}
