//! `cargo xtask load`: the page's server under a thousand connections, half-asked questions, readers who stop reading, and
//! parts of files; its memory must not grow.

use anyhow::Result;
use clap::Args;

use crate::command;
use crate::workspace::Workspace;

/// `cargo xtask load`
#[derive(Args)]
pub struct Options {
    /// Connections at once
    #[arg(long, default_value_t = 1000)]
    connections: usize,
    /// How often everything is asked; memory is compared from the third time on
    #[arg(long, default_value_t = 12, value_parser = rounds)]
    rounds: usize,
}

fn rounds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rounds) if rounds >= 6 => Ok(rounds),
        _ => Err("at least 6 are needed to see memory grow".to_owned()),
    }
}

/// Runs the server's own test of this with so many connections, which prints the table and fails where an answer is wrong or
/// late, or memory grows.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut test = command::new("cargo");
    test.current_dir(&workspace.root)
        .args(["test", "--profile=quick", "--package=serve", "--test=load"])
        .args(["answers_stay", "--", "--nocapture"])
        .env(
            "STYLEWALK_LOAD_CONNECTIONS",
            options.connections.to_string(),
        )
        .env("STYLEWALK_LOAD_ROUNDS", options.rounds.to_string());
    command::run(&mut test)
}
