//! `cargo xtask lighthouse`: what Lighthouse says of the built page, in the tests' Chromium.

use anyhow::{Context, Result};
use serve::Server;
use std::thread;

use crate::command;
use crate::page::{self, Build};
use crate::setup;
use crate::workspace::Workspace;

/// Options of `cargo xtask lighthouse`.
#[derive(clap::Args)]
pub struct Options {
    /// Build the page as it is published: takes many minutes
    #[arg(long)]
    release: bool,
    /// Take the page in dist/ as it is
    #[arg(long, conflicts_with = "release")]
    built: bool,
}

/// Builds and serves the page, and has Lighthouse visit it; fails where a score is below the least.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tests = setup::for_lighthouse(workspace)?;
    let dist = match options.built {
        true => workspace.root.join("dist"),
        false => {
            let tools = setup::for_page(workspace)?;
            page::build(workspace, &tools, Build::of_release(options.release), None)?
        }
    };
    let server = Server::bind(&dist, 0)?;
    let address = format!("http://{}/", server.address());
    // Not waited for: it ends with the program.
    thread::spawn(move || server.run());
    let mut node = tests.command("node");
    node.arg(workspace.root.join("tests/lighthouse/run.mjs"));
    command::run(node.arg(address)).context("Lighthouse wants more of the page")
}
