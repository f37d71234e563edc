//! `cargo xtask test`: everything that continuous integration checks, the cheapest first.

mod javascript;
mod outcome;
mod rust;

use crate::page::{self, Build};
use crate::setup::{self, PageTools, TestTools};
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use outcome::{Counts, Report};
use std::cell::Cell;
use std::process::ExitCode;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub struct Options {
    /// Leave out what needs the page: its build, clippy for wasm, JavaScript types, the browser tests
    #[arg(long)]
    quick: bool,
}

/// What the checks share.
struct Bench<'a> {
    workspace: &'a Workspace,
    tests: &'a TestTools,
}

/// Runs every check, also after one failed, and reports them all. The last line is `N passed, N failed, N ignored`.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let tests = setup::for_tests(workspace)?;
    let tools = if options.quick {
        None
    } else {
        Some(setup::for_page(workspace)?)
    };
    let bench = Bench {
        workspace,
        tests: &tests,
    };
    let mut report = Report::default();
    report.check("formatting", || rust::formatting(&bench));
    report.check("JavaScript syntax", || javascript::syntax(&bench));
    report.check("workflows", || javascript::workflows(&bench));
    report.check("clippy", || rust::clippy(&bench));
    report.check("tests", || rust::tests(&bench));
    report.check("translated shaders", || rust::translations(&bench));
    report.check("killed programs go on", || rust::killed(&bench));
    report.check("a graphics card's figures", || rust::graphics(&bench));
    report.check("documentation", || rust::documentation(&bench));
    if let Some(tools) = &tools {
        check_page(&bench, tools, &mut report);
    }
    Ok(report.finish())
}

fn check_page(bench: &Bench<'_>, tools: &PageTools, report: &mut Report) {
    report.check("clippy for wasm", || rust::clippy_for_wasm(bench, tools));
    let built = Cell::new(false);
    report.check("page build", || {
        page::build(bench.workspace, tools, Build::Quick, None)?;
        built.set(true);
        Ok(Counts::ONE)
    });
    let on_page = |check: fn(&Bench<'_>) -> Result<Counts>| {
        if !built.get() {
            bail!("not run, because the page did not build");
        }
        check(bench)
    };
    report.check("JavaScript types", || on_page(javascript::types));
    report.check("browser tests", || on_page(javascript::browser_tests));
}
