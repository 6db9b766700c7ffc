//! Promises of the status page, request by request.
//!
//! Owns the claims about what is answered to whom. What a person sees in a browser has its own
//! tests.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use bellboard_panel::Snapshot;
use rig::{
    binary::call,
    picture::Picture,
    visitor::{Answer, ask, connect},
    web::{TOKEN, Web, conversation},
};

/// Longer than anything here takes on a machine that is not broken.
const SOON: Duration = Duration::from_secs(20);
/// Connections that the page keeps at a time.
const MAX_CONNECTIONS: usize = 64;
/// Pages that are live at a time.
const MAX_STREAMS: usize = 48;
/// A connection that asks for nothing is ended within this.
const IDLE: Duration = Duration::from_secs(8);
/// A promise that rings at once, and names in full.
const FLOOR: &str = "[privacy]\nshow_names = \"full\"\n[[sla]]\nname = \"all\"\nfirst_reply = \"15m\"\n\
                     [alarm]\non_delay = \"0s\"\n";

fn get(web: &Web, path: &str) -> Answer {
    ask(web.address, &format!("GET {path}"), &[], "")
}

fn bearer() -> String {
    format!("Authorization: Bearer {TOKEN}")
}

/// Asks until the answer is like that.
fn expect(what: &str, ask: impl Fn() -> Answer, is_so: impl Fn(&Answer) -> bool) -> Answer {
    let began = Instant::now();
    loop {
        let answer = ask();
        if is_so(&answer) {
            return answer;
        }
        assert!(began.elapsed() < SOON, "{what}: {} {}", answer.status, answer.text());
        thread::sleep(Duration::from_millis(20));
    }
}

fn expect_page(web: &Web, what: &str) -> Answer {
    expect(what, || get(web, "/"), |answer| answer.text().contains(what))
}

fn board(web: &Web) -> Snapshot {
    serde_json::from_slice(&get(web, "/api/board").body).expect("the board as JSON")
}

#[test]
fn every_answer_forbids_what_the_page_does_not_need() {
    let web = Web::start("");
    expect("a live board", || get(&web, "/healthz"), |answer| answer.status == 200);
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/login", 200, "text/html; charset=utf-8"),
        ("/board.css", 200, "text/css; charset=utf-8"),
        ("/board.js", 200, "text/javascript; charset=utf-8"),
        ("/icon.svg", 200, "image/svg+xml"),
        ("/api/board", 200, "application/json"),
        ("/healthz", 200, "text/plain; charset=utf-8"),
        ("/nothing", 404, "text/plain; charset=utf-8"),
        ("/display/none.png", 404, "text/plain; charset=utf-8"),
    ] {
        let answer = get(&web, path);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(kind)), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
        for part in ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    }
    let page = get(&web, "/").text();
    let foreign = ["http://", "https://", "style=", "<style", "onclick", "javascript:"];
    assert!(foreign.iter().all(|word| !page.contains(word)), "{page}");
}

#[test]
fn the_board_is_the_one_that_is_published() {
    let web = Web::start(FLOOR);
    web.desk.waits("c-1", 60);
    let mut watch = web.broker.door().watch(&["bellboard/board/state"]);
    let seen = watch.expect(SOON, |seen| seen.json()["waiting"] == 1).json();
    expect_page(&web, "customer waiting");
    let answer: serde_json::Value = serde_json::from_slice(&get(&web, "/api/board").body).expect("JSON");
    let keys =
        |board: &serde_json::Value| board.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&answer), keys(&seen));
    assert_eq!((&answer["oldest"]["id"], &answer["channels"]), (&seen["oldest"]["id"], &seen["channels"]));
}

#[test]
fn names_that_are_markup_stay_names() {
    let hostile = "<script>alert(1)</script>\"' onload=x &amp;";
    let web = Web::start(FLOOR);
    let state = conversation("</table><img src=x>", "<b>\"q'", hostile, 2_000);
    web.desk.says("c-1", &state);
    let page = expect_page(&web, "c-1").text();
    let mut events = connect(web.address);
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", web.address);
    events.write_all(request.as_bytes()).expect("sent");
    let mut first = vec![0; 4_000];
    events.read_exact(&mut first).expect("the first board");
    for text in [page, String::from_utf8_lossy(&first).into_owned()] {
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{text}");
        for raw in ["<script>alert", "<img", "<b>\"q", "</table><"] {
            assert!(
                !text.contains(raw) || raw == "</table><" && !text.contains("</table><img"),
                "{raw}: {text}"
            );
        }
    }
}

#[test]
fn a_name_that_is_not_the_pages_own_is_refused() {
    let web = Web::start("hosts = [\"Board.example\"]\n");
    let with_host = |host: &str| ask(web.address, "GET /", &[&format!("Host: {host}")], "").status;
    assert_eq!(with_host(&web.address.to_string()), 200);
    assert_eq!(with_host("localhost:18088"), 200);
    assert_eq!(with_host("board.example"), 200);
    assert_eq!(with_host("evil.example"), 421);
    assert_eq!(with_host("board.example.evil.example:18088"), 421);
    assert_eq!(with_host(""), 421);
    let healthz = ask(web.address, "GET /healthz", &["Host: evil.example"], "");
    assert!(healthz.status == 421 && healthz.text().contains("add it to `hosts` in [http]"), "{healthz:?}");
}

#[test]
fn only_who_holds_the_token_acts_and_only_from_the_page_itself() {
    let web = Web::start(FLOOR);
    let mut watch = web.broker.door().watch(&["bellboard/board/alarms"]);
    web.desk.waits("late", 1_000);
    let answer = expect_page(&web, "1 alarm not acknowledged");
    assert!(!answer.text().contains("<form"), "who holds no token sees no button");
    let post =
        |path: &str, lines: &[&str], body: &str| ask(web.address, &format!("POST {path}"), lines, body);
    let form = "Content-Type: application/x-www-form-urlencoded";
    let (origin, cookie) =
        (format!("Origin: http://{}", web.address), format!("Cookie: bellboard-18088={TOKEN}"));
    let wrong = "Authorization: Bearer c2VjcmV0LWZvci10aGUtZmxvb3J=";
    for (lines, expected) in [
        (vec![origin.as_str()], 401),
        (vec![wrong], 401),
        (vec![cookie.as_str()], 403),
        (vec![cookie.as_str(), "Origin: http://evil.example"], 403),
        (vec![cookie.as_str(), "Origin: null"], 403),
        (vec![cookie.as_str(), origin.as_str(), "Sec-Fetch-Site: cross-site"], 403),
    ] {
        let lines: Vec<&str> = lines.into_iter().chain([form]).collect();
        for path in ["/cmd/ack", "/api/cmd/ack"] {
            assert_eq!(post(path, &lines, "").status, expected, "{path} {lines:?}");
        }
    }
    assert_eq!(board(&web).alarm.unacked, 1, "nothing was done");
    assert_eq!(get(&web, "/cmd/ack").status, 405);
    let bearer = bearer();
    let acked = post("/api/cmd/ack", &[&bearer], "{\"by\":\"Jo\"}");
    assert_eq!((acked.status, acked.text().as_str()), (200, "{\"ok\":true}"));
    let line =
        |seen: &rig::watch::Seen| seen.json()[0]["state"] == "acked" && seen.json()[0]["acked_by"] == "Jo";
    watch.expect(SOON, line);
    let muted = post("/cmd/mute", &[&cookie, &origin, form], "for_s=600");
    assert_eq!((muted.status, muted.header("location")), (303, Some("/")));
    assert!(board(&web).alarm.muted);
    let bad = post("/api/cmd/mute", &[&bearer], "{}");
    assert!(bad.status == 400 && bad.text().contains("\"field\":\"for_s\""), "{}", bad.text());
    assert_eq!(post("/api/cmd/reboot", &[&bearer], "").status, 404);
    assert_eq!(post("/api/cmd/ack", &[&bearer], "{").status, 400);
}

#[test]
fn a_login_is_a_cookie_that_no_script_and_no_other_site_gets() {
    let web = Web::start(FLOOR);
    let origin = format!("Origin: http://{}", web.address);
    let form = "Content-Type: application/x-www-form-urlencoded";
    let log_in = |lines: &[&str], token: &str| {
        let token = token.replace('=', "%3D");
        ask(web.address, "POST /login", lines, &format!("token={token}"))
    };
    assert_eq!(log_in(&[form, "Origin: http://evil.example"], TOKEN).status, 403);
    let wrong = log_in(&[form, &origin], "not-the-token-at-all");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
    assert!(wrong.text().contains("That is not the token."));
    let right = log_in(&[form, &origin], TOKEN);
    assert_eq!((right.status, right.header("location")), (303, Some("/")));
    let cookie = right.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().expect("a name and a value");
    let page = ask(web.address, "GET /", &[&format!("Cookie: {pair}")], "").text();
    assert!(page.contains("action=\"/logout\"") && !page.contains(TOKEN), "{page}");
    let out = ask(web.address, "POST /logout", &[&origin], "");
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{out:?}");
}

#[test]
fn without_a_token_in_the_configuration_nobody_acts() {
    let web = Web::without_token(FLOOR);
    web.desk.waits("late", 1_000);
    let page = expect_page(&web, "1 alarm not acknowledged").text();
    assert!(!page.contains("<form") && !page.contains("/login"), "{page}");
    let refused = ask(web.address, "POST /api/cmd/ack", &[&bearer()], "");
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("names no `token_file` in [http]"), "{}", refused.text());
    assert_eq!(get(&web, "/login").status, 401);
}

#[test]
fn from_other_machines_even_reading_needs_the_token() {
    let mut web = Web::start("");
    web.listen_everywhere();
    for path in ["/api/board", "/events", "/display/oled.png"] {
        assert_eq!(get(&web, path).status, 401, "{path}");
    }
    let page = get(&web, "/");
    assert_eq!((page.status, page.header("location")), (303, Some("/login")));
    assert_eq!(get(&web, "/healthz").status, 200);
    assert_eq!(ask(web.address, "GET /api/board", &[&bearer()], "").status, 200);
}

#[test]
fn health_is_that_the_board_is_live() {
    let mut web = Web::start("");
    let health = |web: &Web| get(web, "/healthz");
    let answer = expect("all is well", || health(&web), |answer| answer.status == 200);
    assert_eq!(answer.text(), "live\n");
    web.desk.is("offline");
    let answer = expect("the main system is away", || health(&web), |answer| answer.status == 503);
    assert!(answer.text().starts_with("offline since 20"), "{}", answer.text());
    web.desk.is("online");
    expect("the main system is back", || health(&web), |answer| answer.status == 200);
    web.broker.kill();
    expect("the broker is gone", || health(&web), |answer| answer.status == 503);
}

#[test]
fn a_display_has_its_picture_under_its_own_name_and_a_missing_one_is_dark() {
    let web = Web::start("[[display]]\nname = \"hall / 1\"\nbus = \"/dev/no-i2c\"\n");
    web.desk.waits("c-1", 60);
    expect_page(&web, "customer waiting");
    let answer = get(&web, "/display/hall%20%2F%201.png");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
    assert_eq!(Picture::of_png(&answer.body).lit_pixels(), 0, "it cannot be reached");
    let missing = get(&web, "/display/other.png");
    assert_eq!(
        (missing.status, missing.text().as_str()),
        (404, "there is no such display; known: hall / 1.png\n")
    );
    assert!(get(&web, "/").text().contains("href=\"/display/hall%20%2F%201.png\""));
}

#[test]
fn a_flood_of_messages_makes_at_most_five_pictures_a_second() {
    let web = Web::start(FLOOR);
    let mut events = connect(web.address);
    events
        .write_all(format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", web.address).as_bytes())
        .expect("sent");
    let door = web.broker.door();
    let flood = thread::spawn(move || {
        let until = Instant::now() + Duration::from_secs(4);
        let mut n = 0;
        while Instant::now() < until {
            let batch = (n..n + 200).map(|n| {
                let state = conversation("email", "general", "", n % 3_600);
                (format!("support/conversations/c-{}", n % 500), state.to_string())
            });
            door.retain_all(batch);
            n += 200;
        }
        n
    });
    let (began, mut bytes, mut buffer) = (Instant::now(), Vec::new(), vec![0; 1 << 16]);
    while began.elapsed() < Duration::from_secs(4) {
        let count = events.read(&mut buffer).expect("the stream goes on");
        bytes.extend_from_slice(&buffer[..count]);
    }
    let sent = flood.join().expect("the flood ends");
    let pictures = String::from_utf8_lossy(&bytes).matches("event: board").count();
    println!("{sent} messages in 4 s made {pictures} pictures");
    assert!((8..=22).contains(&pictures), "{pictures}");
}

#[test]
fn a_request_beyond_the_limits_is_refused() {
    let web = Web::start("");
    let bearer = bearer();
    let long = ask(web.address, "POST /api/cmd/ack", &[&bearer], &" ".repeat(5_000));
    assert_eq!(long.status, 413);
    let path = "x".repeat(20_000);
    assert_eq!(ask(web.address, &format!("GET /{path}"), &[], "").status / 100, 4);
    let lines: Vec<String> = (0..100).map(|n| format!("X-{n}: y")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(ask(web.address, "GET /", &lines, "").status, 431);
}

#[test]
fn who_asks_for_nothing_holds_a_place_for_some_seconds_only() {
    let web = Web::start("");
    let idle: Vec<_> = (0..MAX_CONNECTIONS).map(|_| connect(web.address)).collect();
    let began = Instant::now();
    assert_eq!(get(&web, "/healthz").status, 200);
    println!("behind {MAX_CONNECTIONS} idle connections an answer took {} ms", began.elapsed().as_millis());
    assert!(began.elapsed() < IDLE, "{:?}", began.elapsed());
    drop(idle);
    // And who keeps a connection after an answer.
    let mut kept = connect(web.address);
    kept.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", web.address).as_bytes())
        .expect("sent");
    let (began, mut bytes) = (Instant::now(), Vec::new());
    kept.read_to_end(&mut bytes).expect("it ends");
    assert!(began.elapsed() < IDLE, "{:?}", began.elapsed());
}

#[test]
fn so_many_pages_are_live_at_a_time_and_commands_still_get_through() {
    let web = Web::start("");
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", web.address);
    let streams: Vec<_> = (0..MAX_STREAMS)
        .map(|_| {
            let mut stream = connect(web.address);
            stream.write_all(request.as_bytes()).expect("sent");
            stream.read_exact(&mut [0; 200]).expect("it begins");
            stream
        })
        .collect();
    assert_eq!(get(&web, "/events").status, 503);
    assert_eq!(ask(web.address, "POST /api/cmd/unmute", &[&bearer()], "").status, 200);
    drop(streams);
    let began = || {
        let mut stream = connect(web.address);
        stream.write_all(request.as_bytes()).expect("sent");
        let mut line = [0; 15];
        stream.read_exact(&mut line).expect("an answer");
        line == *b"HTTP/1.1 200 OK"
    };
    let start = Instant::now();
    while !began() {
        assert!(start.elapsed() < SOON, "no place was given back");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_taken_address_stops_no_board_and_is_tried_again() {
    let page = rig::door::Door::own(18_089);
    let address: SocketAddr = format!("{}:{}", page.host, page.port).parse().expect("an address");
    let taken = std::net::TcpListener::bind(address).expect("an address of our own");
    let broker = rig::mosquitto::Mosquitto::start();
    let door = broker.door();
    let config =
        format!("[mqtt]\nhost = \"{}\"\nport = {}\n[http]\nlisten = \"{address}\"\n", door.host, door.port);
    let daemon = rig::daemon::Daemon::start(&config);
    daemon.log().expect("to=\"live\"", 1, SOON);
    daemon.log().expect("the status page cannot listen; it will be tried again", 1, SOON);
    drop(taken);
    daemon.log().expect("status page address=", 1, SOON);
    assert_eq!(ask(address, "GET /healthz", &[], "").status, 200);
    daemon.reload(&config.replace("18089", "18090"));
    daemon.log().expect("parts=\"[http]\"", 1, SOON);
    let end = daemon.terminate();
    assert!(end.status.success() && end.took < Duration::from_secs(3), "{end:?}");
}

#[test]
fn a_page_open_to_other_machines_without_a_good_token_is_a_mistake_in_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, token) = (folder.path().join("b.toml"), folder.path().join("token"));
    let check = |http: &str| {
        std::fs::write(&config, format!("[http]\n{http}\n")).expect("written");
        call(&["check", "--config", config.to_str().expect("text")], "")
    };
    let open = check("listen = \"0.0.0.0:8088\"");
    assert_eq!(open.code, 78);
    assert!(
        open.err.contains("`listen` in [http] is open to other machines without any token"),
        "{}",
        open.err
    );
    let with_file = "listen = \"0.0.0.0:8088\"\ntoken_file = \"token\"";
    assert!(check(with_file).err.contains("which does not exist"));
    std::fs::write(&token, "short\n").expect("written");
    set_mode(&token, 0o600);
    assert!(check(with_file).err.contains("which holds no token of 16 to 256 characters on its first line"));
    std::fs::write(&token, TOKEN).expect("written");
    set_mode(&token, 0o644);
    assert!(check(with_file).err.contains("which is open to everyone on this machine"));
    set_mode(&token, 0o640);
    let good = check(with_file);
    assert!(good.code == 0 && good.out.contains("status page on 0.0.0.0:8088"), "{good:?}");
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
}
