//! `stylewalk presets`: the paper's experiments by name.

use std::fmt::Write;

use anyhow::Context;
use bigan::Preset;
use clap::Args;

use crate::files;

/// List the paper's nine experiments (table 1), for `train --preset`: the weights of L_AD (l1), L_AE (l2) and L_H (l3).
#[derive(Args, Debug)]
pub struct PresetsArgs {
    /// Print the list as JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Runs `stylewalk presets`.
///
/// # Errors
/// Standard output takes no more, for another reason than that nobody reads it.
pub fn run(args: PresetsArgs) -> anyhow::Result<()> {
    let list = if args.json {
        serde_json::to_string_pretty(&Preset::ALL)? + "\n"
    } else {
        text()?
    };
    files::print(list.as_bytes()).context("could not print the list")
}

fn text() -> anyhow::Result<String> {
    let mut text = String::from("name    l1   l2   l3\n");
    for Preset { name, l1, l2, l3 } in Preset::ALL {
        writeln!(text, "{name:<5}{l1:>5}{l2:>5}{l3:>5}")?;
    }
    Ok(text)
}
