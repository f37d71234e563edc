//! `cargo xtask demo`: sets up, builds the page, serves it, and adds its workshop while it is open already.

use crate::page::{self, Address, Build};
use crate::setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serve::Server;
use std::env;
use std::process::Stdio;
use std::thread;

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Print the address and leave the browser alone
    #[arg(long)]
    no_open: bool,
    /// Leave the page in dist/ and serve nothing
    #[arg(long)]
    build_only: bool,
    /// Leave a copy of the page beside it whose modules are in few files, as those of a published page are
    #[arg(long, requires = "build_only")]
    bundled: bool,
    /// Build the page small, as it is published: takes many minutes, downloads in a fraction
    #[arg(long)]
    release: bool,
    /// Where dist/ will be published, for the picture that other sites show beside a link to it
    #[arg(long, value_name = "URL")]
    address: Option<Address>,
}

/// Runs it, until Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let (build, address) = (Build::of_release(options.release), options.address.as_ref());
    let tools = setup::for_page_beside(workspace, |compiler| {
        page::compile_viewer(workspace, compiler, build)
    })?;
    if options.build_only {
        page::build(workspace, &tools, build, address)?;
        if options.bundled {
            let copy = page::bundled(workspace)?;
            println!("page: in few files in {}", copy.display());
        }
        return Ok(());
    }
    let dist = page::build_viewer(workspace, &tools, build, address)?;
    let server = Server::bind(&dist, options.port)?;
    let address = format!("http://{}/", server.address());
    println!("The page is at {address} (Ctrl-C ends it)");
    if !options.no_open {
        open(&address);
    }
    let workspace = workspace.clone();
    // Not waited for: Ctrl-C ends it with everything else.
    thread::spawn(move || page::complete_served(&workspace, &tools, build, &dist));
    server.run().context("serving the page")
}

/// Opens the user's browser if there is a screen; where it does not open, the printed address has to do.
fn open(address: &str) {
    let Some(program) = opener(env::consts::OS, |name| env::var_os(name).is_some()) else {
        return;
    };
    let started = crate::command::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        println!("No browser opened by itself; open the address in yours.");
    }
}

/// The program that opens an address, where there is a screen to open it on.
fn opener(os: &str, is_set: impl Fn(&str) -> bool) -> Option<&'static str> {
    match os {
        "macos" => Some("open"),
        "windows" => Some("explorer"),
        _ => (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")).then_some("xdg-open"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_screen_no_browser_opens() {
        assert_eq!(opener("linux", |_| false), None);
        assert_eq!(
            opener("linux", |name| name == "WAYLAND_DISPLAY"),
            Some("xdg-open")
        );
        assert_eq!(opener("macos", |_| false), Some("open"));
    }
}
