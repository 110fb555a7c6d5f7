//! A real browser for tests: Chromium by its driver, in a folder of its own that goes with it, whatever they wrote there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use futures::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// How long a page may take to become so.
const PATIENCE: Duration = Duration::from_secs(20);

/// A driver on a port of its own, ended when it goes out of sight.
struct Driver {
    child: Child,
    port: String,
    folder: TempDir,
}

impl Driver {
    fn start() -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let command = |name: &str| {
            let mut command = Command::new(name);
            command.env("TMPDIR", folder.path());
            command
        };
        let browsers = ["chromium", "chromium-browser", "google-chrome"];
        let is_there = |name: &str| command(name).arg("--version").stdout(Stdio::null()).status().is_ok();
        browsers.into_iter().find(|name| is_there(name)).context("there is no chromium")?;
        let mut driver = command("chromedriver");
        let mut child = driver
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("there is no chromedriver")?;
        let lines = BufReader::new(child.stdout.take().context("chromedriver says nothing")?).lines();
        let says = |line: String| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned());
        let port = lines.map_while(Result::ok).find_map(says).context("chromedriver does not start")?;
        Ok(Self { child, port, folder })
    }

    async fn open(&self) -> anyhow::Result<Client> {
        let profile = format!("--user-data-dir={}", self.folder.path().join("profile").display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--window-size=1280,900",
            &profile,
        ];
        let wanted = json!({ "goog:chromeOptions": { "args": arguments } });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().cloned().unwrap_or_default());
        Ok(builder.connect(&format!("http://127.0.0.1:{}", self.port)).await?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A window.
#[derive(Clone, Debug)]
pub struct Browser(pub Client);

/// Runs a test in a browser, which is closed whatever comes of it. Left out, with a word, where there is no Chromium with its driver.
///
/// # Panics
/// When the test does, or when a browser that is there does not open.
#[expect(clippy::expect_used, reason = "a test ends here when its browser does not open")]
pub async fn in_browser(test: impl AsyncFnOnce(Browser)) {
    let driver = match Driver::start() {
        Ok(driver) => driver,
        Err(error) => {
            // Written past the capture of the test harness, so that it is seen when all tests pass.
            let _ = writeln!(std::io::stderr(), "tests in a browser are left out: {error:#}");
            return;
        }
    };
    let browser = driver.open().await.expect("a window of the browser");
    let outcome = AssertUnwindSafe(test(Browser(browser.clone()))).catch_unwind().await;
    let closed = browser.close().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
    closed.expect("the browser closes");
}

/// A command of the extension for WebAuthn (Level 3 §11), to the endpoint below `webauthn/authenticator`.
#[derive(Debug)]
struct WebAuthn {
    below: String,
    body: Value,
}

impl WebDriverCompatibleCommand for WebAuthn {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator{}", session.unwrap_or_default(), self.below))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Plugs in a device of the browser's own making that keeps passkeys and knows its holder. Its name.
    ///
    /// # Errors
    /// If the browser has none.
    pub async fn plug_in_authenticator(&self) -> anyhow::Result<String> {
        let body = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let made = self.0.issue_cmd(WebAuthn { below: String::new(), body }).await?;
        Ok(made.as_str().context("the authenticator has no name")?.to_owned())
    }

    /// Whether such a device finds that its holder is who it knows.
    ///
    /// # Errors
    /// If there is no such device.
    pub async fn set_user_verified(&self, authenticator: &str, is_so: bool) -> anyhow::Result<()> {
        let (below, body) = (format!("/{authenticator}/uv"), json!({ "isUserVerified": is_so }));
        self.0.issue_cmd(WebAuthn { below, body }).await?;
        Ok(())
    }

    /// Keeps a picture of the window in the folder of `XINYU_SCREENSHOTS`, if there is one: for who looks.
    ///
    /// # Errors
    /// If it cannot be taken or written.
    pub async fn picture(&self, name: &str) -> anyhow::Result<()> {
        let Some(folder) = std::env::var_os("XINYU_SCREENSHOTS") else {
            return Ok(());
        };
        let png = self.0.screenshot().await?;
        Ok(std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), png)?)
    }

    /// Opens a page.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub async fn goto(&self, address: &str) -> anyhow::Result<()> {
        Ok(self.0.goto(address).await?)
    }

    /// The text of the first such element.
    ///
    /// # Errors
    /// If there is none.
    pub async fn text(&self, css: &str) -> anyhow::Result<String> {
        let found = self.0.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        Ok(found.prop("textContent").await?.unwrap_or_default())
    }

    /// Waits for an element.
    ///
    /// # Errors
    /// If it does not come; then with what the page shows instead.
    pub async fn becomes(&self, css: &str) -> anyhow::Result<()> {
        match self.0.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(anyhow::anyhow!("{css} is not on {}: {}", self.0.current_url().await?, self.text("body").await?))
            }
        }
    }

    /// Clicks on the first such element, once it is there.
    ///
    /// # Errors
    /// If there is none.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        self.becomes(css).await?;
        self.0.find(Locator::Css(css)).await?.click().await.with_context(|| css.to_owned())
    }

    /// Types into a field, in place of what stands there.
    ///
    /// # Errors
    /// If there is none.
    pub async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.becomes(css).await?;
        let field = self.0.find(Locator::Css(css)).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }
}
