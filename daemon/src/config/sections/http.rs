//! `[http]`: the status page for browsers.

use crate::config::{
    model::Http,
    reader::Reader,
    value::{host, list, listen, optional, token_file},
};

/// More names than any machine answers to.
const MAX_HOSTS: usize = 16;

pub(super) fn http(top: &mut Reader<'_>) -> Http {
    let mut http = Http::default();
    top.section("http", |section| {
        section.set(&mut http.listen, "listen", optional(listen));
        section.set(&mut http.token_file, "token_file", optional(token_file));
        section.set(&mut http.hosts, "hosts", list(host));
        for host in &mut http.hosts {
            host.make_ascii_lowercase();
        }
        if http.hosts.len() > MAX_HOSTS {
            section.refuse("hosts", format!("has more than {MAX_HOSTS} names"), "name those that are used");
        }
        let Some(listen) = http.listen else { return };
        if cfg!(not(feature = "http")) {
            let hint = "leave it out, or use a program that was built with the feature `http`";
            section.refuse("listen", "is of no use: this program was built without the status page", hint);
        }
        if !listen.ip().is_loopback() && !section.given("token_file") {
            let hint = "name a `token_file` with a token on its first line, or listen on 127.0.0.1";
            section.refuse("listen", "is open to other machines without any token", hint);
        }
    });
    http
}
