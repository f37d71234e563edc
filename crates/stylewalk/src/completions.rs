//! `stylewalk completions`: what completes its commands and flags in a shell.

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::files;

/// Print what completes this program's commands and flags in a shell, for a file that the shell reads.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell; for example `stylewalk completions bash > ~/.local/share/bash-completion/completions/stylewalk`
    shell: Shell,
}

/// Runs `stylewalk completions`.
///
/// # Errors
/// Standard output takes no more, for another reason than that nobody reads it.
pub fn run(args: &CompletionsArgs, mut program: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "stylewalk", &mut script);
    files::print(&script).context("could not print the completions")
}
