//! `cargo xtask kill`: trainings, exports and preparations that are ended at random moments. The same commands then go on
//! to what undisturbed ones make, to the byte. And browsers that are ended while they keep the page for use without a
//! network, which then have all of it or say that they have not (tests/browser/kept.mjs).

mod acts;
mod moments;
mod table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::page::{self, Build};
use crate::setup;
use crate::workspace::Workspace;
use acts::Act;
use moments::{Moment, Moments};
use table::Outcome;

/// Moments of the short form, which is among the checks: one for each act.
pub const FEW: usize = Act::ALL.len();
/// Photographs that are drawn, and their side.
const PHOTOGRAPHS: &str = "600";
const SIDE: &str = "128";

/// `cargo xtask kill`
#[derive(Args)]
pub struct Options {
    /// Moments at which a program is ended
    #[arg(long, default_value_t = 100)]
    moments: usize,
    /// Moments at which a browser is ended that keeps the page
    #[arg(long, default_value_t = 20)]
    page_moments: usize,
    /// Seed of the moments, of what is ended at them, and how
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A `stylewalk` that is built already [default: this checkout's, built in the profile of tests]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Ends the program at many moments.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let program = match &options.program {
        // Each is started in a folder of its own.
        Some(program) => program
            .canonicalize()
            .with_context(|| format!("--program: there is no {}", program.display()))?,
        None => build(workspace)?,
    };
    try_out(workspace, &program, options.moments, options.seed)?;
    try_out_page(workspace, options)
}

/// Builds the page and ends browsers at many moments of its first visit.
fn try_out_page(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.page_moments == 0 {
        return Ok(());
    }
    let tests = setup::for_tests(workspace)?;
    page::build(workspace, &setup::for_page(workspace)?, Build::Quick, None)?;
    let mut node = tests.command("node");
    node.arg("kept-campaign.mjs")
        .args(["--moments", &options.page_moments.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .current_dir(workspace.root.join("tests/browser"));
    command::run(&mut node).context("a page was half there without a network")
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = command::new("cargo");
    let build = build.current_dir(&workspace.root);
    command::run(build.args(["build", "--profile=quick", "--workspace", "--bin=stylewalk"]))?;
    let program = format!("stylewalk{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("quick").join(program))
}

/// Ends `program` at so many moments and prints what became of that.
///
/// # Errors
/// Something was lost, or is other than it would have been.
pub fn try_out(workspace: &Workspace, program: &Path, moments: usize, seed: u64) -> Result<()> {
    let bench = Bench::new(&workspace.target.join("kill"), program)?;
    let undisturbed = bench.undisturbed()?;
    let mut outcomes = Vec::new();
    for moment in Moments::new(seed).take(moments) {
        let tried = bench.end_at(&moment, undisturbed[moment.act as usize]);
        let tried = tried.with_context(|| format!("{moment}, of seed {seed}"));
        outcomes.push(Outcome::of(moment, tried));
    }
    println!("{}", table::text(&outcomes));
    let failed: Vec<String> = outcomes.iter().filter_map(Outcome::failure).collect();
    if !failed.is_empty() {
        bail!(
            "{} of {moments} moments: {}",
            failed.len(),
            failed.join("; ")
        );
    }
    println!("nothing was lost at {moments} moments, of seed {seed}");
    Ok(())
}

/// A folder with photographs, and what undisturbed programs make of them.
pub struct Bench {
    folder: PathBuf,
    program: PathBuf,
}

impl Bench {
    fn new(folder: &Path, program: &Path) -> Result<Self> {
        let bench = Self {
            folder: folder.to_owned(),
            program: program.to_owned(),
        };
        bench.clear("")?;
        let photographs = bench.path("photographs");
        let mut draw = command::new(program);
        draw.args(["data", "draw", "--count", PHOTOGRAPHS, "--side", SIDE]);
        command::text(draw.arg(photographs))?;
        Ok(bench)
    }

    /// A place in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The program with `arguments`, in the folder.
    pub fn command(&self, arguments: &str) -> std::process::Command {
        let mut command = command::new(&self.program);
        command
            .current_dir(&self.folder)
            .args(arguments.split_whitespace());
        command
    }

    /// Removes what is called `name` in the folder.
    pub fn clear(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        if path.exists() {
            std::fs::remove_dir_all(&path)
                .with_context(|| format!("could not remove {}", path.display()))?;
        }
        std::fs::create_dir_all(&path).with_context(|| format!("could not make {}", path.display()))
    }

    /// Does each act to its end, and returns how long it took.
    fn undisturbed(&self) -> Result<[Duration; FEW]> {
        let mut took = [Duration::ZERO; FEW];
        for (act, took) in Act::ALL.into_iter().zip(&mut took) {
            self.clear(act.undisturbed())?;
            act.prepare(self, act.undisturbed())?;
            let began = Instant::now();
            command::text(&mut act.command(self, act.undisturbed()))?;
            *took = began.elapsed();
        }
        Ok(took)
    }

    /// Ends an act at a moment, lets it go on, and compares. Whether it was still at work.
    fn end_at(&self, moment: &Moment, took: Duration) -> Result<bool> {
        let (act, folder) = (moment.act, "disturbed");
        self.clear(folder)?;
        act.prepare(self, folder)?;
        let was_at_work = moment.end(&mut act.command(self, folder), took)?;
        act.check_left(self, folder, moment.how)?;
        act.go_on(self, folder)?;
        act.compare(self, folder)?;
        Ok(was_at_work)
    }
}
