//! `stylewalk man`: its manual pages, one for each command.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_mangen::Man;

use crate::files;

/// What the program's own page is called.
const FIRST: &str = "stylewalk.1";

/// Write this program's manual pages, one for each command: `man -l DIR/stylewalk.1` shows the first.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Folder for the pages; it is made; pages of an earlier version in it are replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs `stylewalk man`.
///
/// # Errors
/// The folder cannot be written, or holds something else.
pub fn run(args: &ManArgs, mut program: Command) -> Result<()> {
    files::check_replaceable(&args.out, "manual pages", |out| out.join(FIRST).is_file())?;
    program.build();
    let mut pages = Vec::new();
    render(&program, &mut pages).context("could not make the manual pages")?;
    files::write_into(&args.out, &pages)?;
    remove_others(&args.out, &pages)?;
    files::print(format!("{} pages in {}\n", pages.len(), args.out.display()).as_bytes())
        .context("could not print how many pages there are")
}

/// Removes the pages of commands that an earlier version had; what is not called as a page of ours stays.
fn remove_others(folder: &Path, pages: &[(String, Vec<u8>)]) -> Result<()> {
    let entries = folder.read_dir();
    let entries = entries.with_context(|| format!("could not read {}", folder.display()))?;
    for name in entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
    {
        let ours = name.starts_with("stylewalk-") && name.ends_with(".1");
        if ours && pages.iter().all(|(page, _)| *page != name) {
            files::remove_if_there(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Adds the pages of a command and of all that stand below it, by their files' names.
fn render(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render(&mut page)?;
    pages.push((man.get_filename(), page));
    let below = command.get_subcommands();
    below
        .filter(|below| below.get_name() != "help" && !below.is_hide_set())
        .try_for_each(|below| render(below, pages))
}
