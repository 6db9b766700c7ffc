//! A real browser: Chromium without a window, driven by its own driver.
//!
//! Owns its process and its eyes: screen, colours, what it wrote to its console, and what axe-core
//! finds. Refuses to know the product. The driver's answers come from `fantoccini`.

use std::{
    env, fs,
    net::IpAddr,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator, error::CmdError, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};
use url::Url;

use crate::{
    device_nodes::Lines,
    tool::{CHROMEDRIVER, CHROMIUM},
};

/// A browser on a busy machine takes seconds to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two looks at the page.
const LOOK: Duration = Duration::from_millis(20);
/// What the driver says when it is ready, before its port.
const READY: &str = "started successfully on port ";

/// How a screen is.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Pixels, in the page's measure.
    pub size: (u32, u32),
    /// Whether its owner prefers dark pages.
    pub dark: bool,
    /// Whether it is touched.
    pub mobile: bool,
}

/// A phone held upright.
pub const PHONE: Screen = Screen { size: (390, 844), dark: true, mobile: true };
/// A television on a wall.
pub const TV: Screen = Screen { size: (1920, 1080), dark: true, mobile: false };

/// A browser with one page. Dropping it ends it.
pub struct Browser {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    _log: Lines,
}

impl Browser {
    /// Starts a browser that runs scripts.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&json!({}), &[])
    }

    /// Starts a browser that finds that name at that address: to it the page is not on its own
    /// machine, and so one that it trusts and tells less.
    #[must_use]
    pub fn that_finds(name: &str, address: IpAddr) -> Self {
        Self::with(&json!({}), &[format!("--host-resolver-rules=MAP {name} {address}")])
    }

    /// Starts a browser that runs none.
    #[must_use]
    pub fn without_javascript() -> Self {
        Self::with(&json!({"profile.managed_default_content_settings.javascript": 2}), &[])
    }

    fn with(preferences: &Value, arguments: &[String]) -> Self {
        let mut command = CHROMEDRIVER.command();
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("the driver can be started");
        let log = Lines::collect(driver.stdout.take().expect("a pipe was asked for"));
        let line = log.expect(READY, 1, START_TIMEOUT);
        let (_, port) = line.split_once(READY).expect("the line was found by it");
        let port = port.trim_end_matches('.');
        let capabilities = capabilities(preferences, arguments);
        let capabilities = capabilities.as_object().expect("they are an object");
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connecting = async {
            let mut builder = ClientBuilder::new(hyper_connector());
            builder.capabilities(capabilities.clone());
            builder.connect(&format!("http://127.0.0.1:{port}")).await
        };
        let client = runtime.block_on(connecting).expect("the browser starts");
        Self { runtime, client: Some(client), driver, _log: log }
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("it is taken at the end only")
    }

    /// Loads a page.
    pub fn visit(&self, url: &str) {
        self.runtime.block_on(self.client().goto(url)).expect("the page is loaded");
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> String {
        self.runtime.block_on(self.client().current_url()).expect("the page has an address").to_string()
    }

    /// Becomes a browser on such a screen.
    pub fn be_on(&self, screen: Screen) {
        let (width, height) = screen.size;
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen.mobile});
        self.tell("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if screen.dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.tell("Emulation.setEmulatedMedia", &features);
    }

    /// Has it fail to load what is at such an address; `*` stands for anything.
    pub fn block(&self, pattern: &str) {
        self.tell("Network.enable", &json!({}));
        self.tell("Network.setBlockedURLs", &json!({"urls": [pattern]}));
    }

    fn tell(&self, command: &str, parameters: &Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.ask("goog/cdp/execute", &body).expect("the browser knows the command");
    }

    /// What a script returns.
    ///
    /// # Panics
    /// It fails.
    #[must_use]
    pub fn run(&self, script: &str) -> Value {
        let result = self.runtime.block_on(self.client().execute(script, Vec::new()));
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The text that can be seen in the first element of that kind; `None`: there is none.
    #[must_use]
    pub fn text(&self, selector: &str) -> Option<String> {
        let seeing = async {
            let found = self.client().find_all(Locator::Css(selector)).await?;
            Ok::<_, CmdError>(match found.first() {
                Some(element) => Some(element.text().await?),
                None => None,
            })
        };
        // An element that was replaced between the two questions is as good as none.
        self.runtime.block_on(seeing).unwrap_or_default()
    }

    /// Waits until that text is like that; gives it and how long it took.
    ///
    /// # Panics
    /// It never is.
    pub fn expect_text(
        &self,
        selector: &str,
        within: Duration,
        is_so: impl Fn(&str) -> bool,
    ) -> (String, Duration) {
        let began = Instant::now();
        loop {
            let text = self.text(selector);
            let took = began.elapsed();
            match text {
                Some(text) if is_so(&text) => return (text, took),
                text => assert!(took < within, "{selector} after {took:?}: {text:?}"),
            }
            thread::sleep(LOOK);
        }
    }

    /// Clicks on the first element of that kind, as a person does.
    pub fn click(&self, selector: &str) {
        let clicking = async { self.client().find(Locator::Css(selector)).await?.click().await };
        self.runtime.block_on(clicking).unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Writes into a field.
    pub fn write(&self, selector: &str, text: &str) {
        let writing = async { self.client().find(Locator::Css(selector)).await?.send_keys(text).await };
        self.runtime.block_on(writing).unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// The warnings and errors in the console since the last question.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let lines = self.ask("se/log", &json!({"type": "browser"})).expect("the console is kept");
        let bad = |line: &&Value| matches!(line["level"].as_str(), Some("WARNING" | "SEVERE"));
        let lines = lines.as_array().expect("a list").iter().filter(bad);
        lines.map(|line| format!("{}: {}", line["level"], line["message"])).collect()
    }

    /// What is wrong with the page for people who see or move differently: the serious and
    /// critical findings of axe-core, a line each.
    #[must_use]
    pub fn accessibility(&self) -> Vec<String> {
        let run = "const done = arguments[0]; axe.run().then((found) => done(found.violations), \
                   (error) => done([{impact: 'serious', id: String(error), nodes: []}]));";
        let source = fs::read_to_string(axe()).expect("it was found just now");
        let _ = self.run(&source);
        let found = self.runtime.block_on(self.client().execute_async(run, Vec::new()));
        let found = found.expect("axe-core runs");
        let serious = |finding: &&Value| matches!(finding["impact"].as_str(), Some("serious" | "critical"));
        let found = found.as_array().expect("a list").iter().filter(serious);
        found.map(|finding| format!("{}: {}", finding["id"], finding["nodes"])).collect()
    }

    /// Keeps a picture of what is on the screen, as `target/screenshots/<name>.png`.
    pub fn keep_picture(&self, name: &str) {
        let picture = self.runtime.block_on(self.client().screenshot()).expect("a picture");
        let folder = target().join("screenshots");
        fs::create_dir_all(&folder).expect("a folder for pictures");
        fs::write(folder.join(format!("{name}.png")), picture).expect("the picture is written");
    }

    fn ask(&self, path: &'static str, body: &Value) -> Result<Value, CmdError> {
        let command = Own { path, body: body.to_string() };
        self.runtime.block_on(self.client().issue_cmd(command))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // A browser that has crashed is gone already.
            let _ = self.runtime.block_on(client.close());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn hyper_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

fn capabilities(preferences: &Value, more: &[String]) -> Value {
    let program = CHROMIUM.command().get_program().to_string_lossy().into_owned();
    let arguments = [
        "--headless=new",
        // Its sandbox needs what containers and root do not have; it visits this machine only.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1280,900",
    ];
    let arguments: Vec<&str> = arguments.into_iter().chain(more.iter().map(String::as_str)).collect();
    json!({
        "goog:chromeOptions": {"binary": program, "args": arguments, "prefs": preferences},
        "goog:loggingPrefs": {"browser": "ALL"},
    })
}

/// A command of this driver that no standard has.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: String,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.clone()))
    }
}

/// Where axe-core is.
///
/// # Panics
/// `tests/run` has not fetched it.
fn axe() -> PathBuf {
    let path = target().join("axe-core").join("axe.min.js");
    assert!(path.is_file(), "{} is missing: tests/run fetches it", path.display());
    path
}

fn target() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from)
}
