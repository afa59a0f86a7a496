//! `cargo xtask test ui`: the browser tests against a demo on free ports. It installs what they lack.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, has, program, root, run, skip, step, succeed};

const CHROMIUM: &str = "/usr/bin/chromium";
const FREE_PORTS: [&str; 6] =
    ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];

/// Starts a demo, opens its pages in a browser, and ends the demo.
pub(crate) fn ui(ci: bool) -> Result<()> {
    if !has("node", &["--version"]) || !has("npm", &["--version"]) {
        return skip(ci, "browser tests", "node or npm is not installed");
    }
    if !browser()? {
        // Not an error in CI either: not every distribution has the package.
        return skip(false, "browser tests", "there is no chromium; THROUGHLINE_CHROMIUM names one");
    }
    if !packages()? {
        return skip(ci, "browser tests", "their packages cannot be installed (`npm ci` in tests/browser)");
    }
    let binary = release()?;
    let demo = step("start the demo", || Demo::start(&binary))?;
    let mut tests = program("node", &["--test"]);
    tests.current_dir(root().join("tests/browser")).env("THROUGHLINE_URL", &demo.url);
    run("browser tests", &mut tests)
}

/// Builds the binary as users get it, and returns where it is.
pub(crate) fn release() -> Result<PathBuf> {
    step("build --release", || {
        let arguments =
            ["build", "--release", "--package", "throughline", "--message-format=json-render-diagnostics"];
        let output = cargo(&arguments).stderr(Stdio::inherit()).output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!("{}", output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let path = messages.filter_map(|m| m["executable"].as_str().map(PathBuf::from)).next_back();
        path.context("cargo names no executable")
    })
}

/// Returns whether there is a browser, installing Debian's when that is possible.
fn browser() -> Result<bool> {
    #[expect(clippy::disallowed_methods, reason = "the browser tests read the same variable")]
    let named = std::env::var("THROUGHLINE_CHROMIUM").ok();
    if named.is_some() || Path::new(CHROMIUM).exists() {
        return Ok(true);
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !is_root || !has("apt-get", &["--version"]) {
        return Ok(false);
    }
    let installed = step("install chromium", || {
        succeed(&mut program("apt-get", &["update", "-q"]))?;
        succeed(
            program("apt-get", &["install", "-y", "-q", "chromium"]).env("DEBIAN_FRONTEND", "noninteractive"),
        )
    });
    if let Err(error) = installed {
        println!("{error:#}");
    }
    Ok(Path::new(CHROMIUM).exists())
}

/// Returns whether the tests' packages are there, installing the locked ones when they are not.
fn packages() -> Result<bool> {
    let folder = root().join("tests/browser");
    if folder.join("node_modules/playwright-core").is_dir() && folder.join("node_modules/axe-core").is_dir() {
        return Ok(true);
    }
    let installed = run("npm ci", program("npm", &["ci"]).current_dir(&folder));
    if let Err(error) = &installed {
        println!("{error:#}");
    }
    Ok(installed.is_ok())
}

/// A running demo; it ends when this value does.
struct Demo {
    process: Child,
    url: String,
}

impl Demo {
    fn start(binary: &Path) -> Result<Self> {
        let mut command = program(&binary.to_string_lossy(), &["--output", "json", "demo", "--days", "2"]);
        let process = command.args(FREE_PORTS).stdout(Stdio::piped()).spawn();
        let process = process.with_context(|| format!("cannot start {}", binary.display()))?;
        let mut demo = Self { process, url: String::new() };
        let stdout = demo.process.stdout.take().context("the output is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let bound: serde_json::Value =
            serde_json::from_str(&line).context("the demo did not say where it listens")?;
        demo.url = bound["ui"].as_str().context("the demo did not say where its pages are")?.to_owned();
        println!("    pages at {}", demo.url);
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            println!("the demo (process {}) did not end: {error}", self.process.id());
        }
    }
}
