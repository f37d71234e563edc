//! The networks in a browser: this project, Burn as it comes, onnxruntime-web and TensorFlow.js, in tabs of one real
//! Chromium, in turns, with the same weights. tests/bench/web drives them; here they are built, and the table is made.

mod build;
mod first;
mod live;
mod results;
mod table;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::wasm;
use crate::command;
use crate::page::{self, Build};
use crate::setup::{self, TestTools};
use crate::workspace::Workspace;
use results::Results;

/// Where the table goes.
const TABLE: &str = "docs/bench-web.md";

/// `cargo xtask bench web`
#[derive(Args)]
pub struct Options {
    /// Channels of the first convolution, of all that is not training
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// The same for the training step
    #[arg(long, default_value_t = 16)]
    training_width: usize,
    /// Pictures of the training step
    #[arg(long, default_value_t = 8)]
    training_batch: usize,
    /// How often each contestant is timed at each thing, in turns
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Leave out all other contestants
    #[arg(long, value_enum, value_name = "CONTESTANT")]
    only: Vec<Contestant>,
    /// Measure only this
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// The graphics adapter: an emulated one that every Chromium has, or the machine's own
    #[arg(long, value_enum, default_value_t = Adapter::Swiftshader)]
    adapter: Adapter,
    /// A dist folder of an earlier version, whose first picture is timed beside this one's
    #[arg(long, value_name = "DIR")]
    before: Option<PathBuf>,
    /// A further switch for Chromium
    #[arg(long, value_name = "SWITCH", allow_hyphen_values = true)]
    chromium_args: Vec<String>,
    /// Build the wasm as it is published: takes many minutes
    #[arg(long)]
    release: bool,
    /// Write the raw numbers into this file; parts that it has and that are not measured now stay, and are in the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Contestant {
    /// This project on WebGPU
    Ours,
    /// This project on the processor
    OursCpu,
    /// Burn without our kernels, on WebGPU
    Burn,
    /// onnxruntime-web on WebGPU
    Onnx,
    /// onnxruntime-web on the processor, one thread
    OnnxWasm,
    /// TensorFlow.js on WebGPU
    Tensorflow,
}

impl Contestant {
    /// As tests/bench/web/contestants.mjs and its results call it.
    fn key(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursCpu => "ours-cpu",
            Self::Burn => "burn",
            Self::Onnx => "onnx",
            Self::OnnxWasm => "onnx-wasm",
            Self::Tensorflow => "tensorflow",
        }
    }

    /// As the table calls it.
    fn title(self) -> &'static str {
        match self {
            Self::Ours => "this project, WebGPU",
            Self::OursCpu => "this project, CPU",
            Self::Burn => "burn 0.22.1 as it comes, WebGPU",
            Self::Onnx => "onnxruntime-web, WebGPU",
            Self::OnnxWasm => "onnxruntime-web, wasm, one thread",
            Self::Tensorflow => "TensorFlow.js, WebGPU",
        }
    }
}

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From opening a page to its first reconstruction
    Cold,
    /// One picture
    One,
    /// Sixteen pictures
    Many,
    /// A training step
    Training,
    /// Downloads
    Size,
    /// The page under a hand: composites and walking
    Live,
    /// The page itself, up to its first picture: time, downloads, memory
    First,
}

impl Part {
    fn key(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::One => "one",
            Self::Many => "many",
            Self::Training => "training",
            Self::Size => "size",
            Self::Live => "live",
            Self::First => "first",
        }
    }
}

/// Whose graphics adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Adapter {
    /// SwiftShader, on the processor
    Swiftshader,
    /// The machine's
    Default,
}

impl Adapter {
    /// As tests/browser/chromium.mjs calls it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Swiftshader => "swiftshader",
            Self::Default => "default",
        }
    }
}

/// Runs the comparison.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let before = options.before.as_deref().map(earlier_page).transpose()?;
    let tools = setup::for_page(workspace)?;
    let how = Build::of_release(options.release);
    let page = page::build_viewer(workspace, &tools, how, None)?;
    let mut settings = settings(options);
    let page_alone = |part: &Part| matches!(part, Part::Live | Part::First);
    let tests = if !options.part.is_empty() && options.part.iter().all(page_alone) {
        setup::for_tests(workspace)?
    } else {
        page::complete(workspace, &tools, how, &page)?;
        settings["folders"] = build::all(workspace, &tools, options)?;
        setup::for_web_bench(workspace)?
    };
    let work = wasm::folder(workspace)?;
    settings["page"] = json!(page);
    settings["before"] = json!(before);
    settings["published"] = build::published(workspace, &page)?;
    settings["compressed"] = json!(work.join("compressed.json"));
    settings["packed"] = json!(work.join("packed"));
    let mut results = ask(workspace, &tests, &settings)?;
    if let Some(file) = &options.json {
        results.keep_earlier(file)?;
        results.write(file)?;
    }
    let table = table::text(options, &results);
    println!("\n{table}");
    if options.json.is_none() && !(options.part.is_empty() && options.only.is_empty()) {
        println!(
            "{TABLE} stays as it is: a part alone would leave out the others, which --json keeps"
        );
        return Ok(());
    }
    let path = workspace.root.join(TABLE);
    std::fs::write(&path, table).with_context(|| format!("could not write {}", path.display()))
}

/// The folder of a page, whole, because the driver runs elsewhere.
fn earlier_page(folder: &Path) -> Result<PathBuf> {
    ensure!(
        folder.join("index.html").is_file(),
        "--before names {}, where there is no index.html: name the dist folder of an earlier version",
        folder.display()
    );
    let whole = folder.canonicalize();
    whole.with_context(|| format!("finding {}", folder.display()))
}

/// What tests/bench/web/run.mjs is told, without the files.
fn settings(options: &Options) -> serde_json::Value {
    let only: Vec<_> = options.only.iter().map(|one| one.key()).collect();
    let parts = match options.part.as_slice() {
        [] => Part::value_variants(),
        chosen => chosen,
    };
    let runs: BTreeMap<_, _> = parts
        .iter()
        .map(|part| (part.key(), options.runs.max(1)))
        .collect();
    json!({
        "only": only,
        "runs": runs,
        "batch": options.training_batch,
        "adapter": options.adapter.key(),
        "chromiumArgs": options.chromium_args,
        "folders": {},
    })
}

fn ask(workspace: &Workspace, tests: &TestTools, settings: &serde_json::Value) -> Result<Results> {
    let mut node = tests.command("node");
    node.arg(workspace.root.join("tests/bench/web/run.mjs"))
        .arg(settings.to_string())
        .current_dir(&workspace.root);
    let printed = command::last_line(&mut node)?;
    serde_json::from_str(&printed).with_context(|| format!("the benchmark printed `{printed}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contestants_and_parts_are_the_drivers() {
        let driver = include_str!("../../../../../tests/bench/web/contestants.mjs");
        for contestant in Contestant::value_variants() {
            let entry = format!("{{ name: \"{}\", module:", contestant.key());
            assert!(driver.contains(&entry), "{entry}");
        }
        let [timed @ .., live, first] = Part::value_variants() else {
            panic!("there are two parts of the page itself");
        };
        for part in timed {
            let entry = format!("name: \"{}\"", part.key());
            assert!(driver.contains(&entry), "{entry}");
        }
        let driver = include_str!("../../../../../tests/bench/web/run.mjs");
        for part in [live, first] {
            assert!(driver.contains(&format!("\"{}\" in settings.runs", part.key())));
        }
    }

    #[test]
    fn an_earlier_page_is_looked_for_before_anything_is_built() {
        let error = earlier_page(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.starts_with("--before names /nowhere"), "{error}");
    }
}
