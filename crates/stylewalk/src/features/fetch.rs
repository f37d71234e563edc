//! `stylewalk fetch-features`: AlexNet's weights from torchvision's server.
//!
//! By the machine's own curl, which is there on Linux, macOS and Windows, knows the proxies and certificates of its
//! network, and saves every build of this program a TLS library for one file that most people never fetch.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::alexnet_file::check_hash;
use crate::files;

/// torchvision's weights; the name ends in the first digits of the file's SHA-256.
const URL: &str = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth";
/// About what the file has, for the bar and as a limit.
const BYTES: u64 = 245_000_000;

/// `stylewalk fetch-features`
#[derive(Args)]
pub struct FetchFeaturesArgs {
    /// Where the file goes; its name is kept, since it ends in the file's hash.
    #[arg(long, default_value = "features")]
    out: PathBuf,
    /// Another address of the file, a mirror's.
    #[arg(long, default_value = URL)]
    url: String,
}

/// Downloads the file, checks it, and says how to use it.
pub fn fetch(args: FetchFeaturesArgs) -> Result<()> {
    let name = args.url.rsplit('/').next().unwrap_or_default();
    ensure!(
        name.ends_with(".pth") && name.contains('-'),
        "--url is {}, but must end in a name like alexnet-owt-7be5be79.pth, whose digits the file is checked by",
        args.url
    );
    let path = args.out.join(name);
    if path.exists() {
        check_hash(name, &files::read(&path)?, None)
            .with_context(|| format!("{} exists already; delete it first", path.display()))?;
    } else {
        download(&args.url, name, &path)?;
    }
    println!("{} is complete; use it with --features {0}", path.display());
    Ok(())
}

/// Downloads `url` beside `path` and renames it there once its hash is right.
fn download(url: &str, name: &str, path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        let failed = || format!("could not make the folder {}", folder.display());
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let partial = path.with_file_name(format!(".{name}.partial"));
    let got = curl(url, &partial).and_then(|()| {
        check_hash(name, &files::read(&partial)?, None)?;
        let failed = || format!("could not write {}", path.display());
        fs::rename(&partial, path).with_context(failed)
    });
    if got.is_err() {
        // Nothing of it can be used; whether there was anything does not matter.
        fs::remove_file(&partial).ok();
    }
    got.with_context(|| {
        format!(
            "could not download {url}; download it by other means and name the file with --features"
        )
    })
}

fn curl(url: &str, partial: &Path) -> Result<()> {
    let child = Command::new("curl")
        .args(["--fail", "--location", "--silent", "--show-error"])
        .args(["--connect-timeout", "20", "--proto-redir", "=https"])
        .arg("--max-filesize")
        .arg((2 * BYTES).to_string())
        .arg("--output")
        .arg(partial)
        .arg("--")
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    match child {
        Ok(child) => wait(child, partial),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("curl, which does the download, is not installed; install it")
        }
        Err(error) => Err(error).context("could not start curl"),
    }
}

/// Waits for curl, showing how much has arrived.
fn wait(mut child: Child, partial: &Path) -> Result<()> {
    let bar = ProgressBar::new(BYTES);
    let style = ProgressStyle::with_template("{bar:24} {bytes} of about {total_bytes} left {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while child.try_wait()?.is_none() {
        bar.set_position(fs::metadata(partial).map_or(0, |file| file.len()));
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{}", said.trim().lines().last().unwrap_or("curl failed"))
}
