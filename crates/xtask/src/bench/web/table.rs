//! The text of docs/bench-web.md.

use clap::ValueEnum;
use std::fmt::Write;

use super::results::{Download, Results};
use super::{Contestant, Options, first, live};

/// What is timed, and the head of its column.
const WORKLOADS: [(&str, &str); 6] = [
    ("cold", "first reconstruction, cold"),
    ("reconstruct 1", "reconstruct 1"),
    ("generate 1", "generate 1"),
    ("reconstruct 16", "reconstruct 16"),
    ("generate 16", "generate 16"),
    ("step", "training step"),
];

/// What is to be reached: how much of another contestant's time ours takes at most.
const TARGETS: [(&str, &str, Contestant, Contestant, f64); 5] = [
    (
        "reconstruct 1 image",
        "reconstruct 1",
        Contestant::Ours,
        Contestant::Onnx,
        0.25,
    ),
    (
        "generate 16 images",
        "generate 16",
        Contestant::Ours,
        Contestant::Onnx,
        0.4,
    ),
    (
        "one training step",
        "step",
        Contestant::Ours,
        Contestant::Tensorflow,
        0.2,
    ),
    (
        "cold: page open to first reconstruction",
        "cold",
        Contestant::Ours,
        Contestant::Onnx,
        0.4,
    ),
    (
        "reconstruct 1 image",
        "reconstruct 1",
        Contestant::OursCpu,
        Contestant::OnnxWasm,
        1.2,
    ),
];

/// Everything together.
pub fn text(options: &Options, results: &Results) -> String {
    let mut text = first::text(options, &results.openings) + &live::text(options, &results.live);
    if results.measurements.is_empty() && results.downloads.is_empty() {
        return text;
    }
    // Writing into a string cannot fail.
    let _ = write!(
        text,
        "{}\n{}\n{}\n{}\n{}",
        head(options, results),
        times(results),
        targets(results),
        downloads(options, results),
        agreement(results),
    );
    for failed in results.measurements.iter() {
        if let Some(error) = &failed.error {
            let _ = writeln!(
                text,
                "\n`{}` failed at {}: {error}.",
                failed.contestant, failed.workload
            );
        }
    }
    text
}

fn head(options: &Options, results: &Results) -> String {
    format!(
        "Networks of width {}, and a training step of width {} and batch {}, in {} on the adapter `{}`, \
         `cargo xtask bench web`: medians (smallest to largest) of {} runs in turns, after one that is not counted.\n\n\
         All have the same random weights in float32 and take and give the same numbers: E then G to reconstruct, G to \
         generate, D nowhere. Each is in a tab of its own. A cold run opens a new tab with nothing cached, loads the \
         program and all three networks from this machine's disk, and ends with the first reconstruction's numbers. A \
         training step is D's, then that of G and E with L_AD and L_AE, by Adam, with the same codes and dropout. {}\n",
        options.width,
        options.training_width,
        options.training_batch,
        results.browser,
        results.adapter,
        options.runs.max(1),
        match options.release {
            true => "Our wasm is built as it is published, Burn's in the same way.",
            false =>
                "Our wasm is the quick build of tests and demos, not the published one; Burn's is built in the same way.",
        },
    )
}

fn times(results: &Results) -> String {
    let mut text = String::from("| |");
    let shown: Vec<_> = WORKLOADS
        .iter()
        .filter(|(workload, _)| {
            results
                .measurements
                .iter()
                .any(|one| one.workload == *workload)
        })
        .collect();
    for (_, title) in &shown {
        let _ = write!(text, " {title} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(shown.len()));
    for contestant in Contestant::value_variants() {
        let cells = shown
            .iter()
            .map(|(workload, _)| cell(results, workload, contestant.key()));
        let cells: Vec<_> = cells.collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(text, "| {} | {} |", contestant.title(), cells.join(" | "));
        }
    }
    text
}

fn cell(results: &Results, workload: &str, contestant: &str) -> String {
    match (
        results.times(workload, contestant),
        results.find(workload, contestant),
    ) {
        (Some(times), _) => times.text(),
        (None, Some(_)) => "failed".to_owned(),
        (None, None) => String::new(),
    }
}

fn targets(results: &Results) -> String {
    let mut text = String::from("| | ours over it | to reach |\n|---|---|---|\n");
    for (what, workload, ours, theirs, most) in TARGETS {
        let medians = [ours, theirs].map(|one| results.times(workload, one.key()));
        let ratio = match &medians {
            [Some(ours), Some(theirs)] => format!("{:.2}", ours.median() / theirs.median()),
            _ => "not measured".to_owned(),
        };
        let (ours, theirs) = (ours.title(), theirs.title());
        let _ = writeln!(
            text,
            "| {what}: {ours}, against {theirs} | {ratio} | {most} |"
        );
    }
    text
}

fn downloads(options: &Options, results: &Results) -> String {
    if results.downloads.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "JavaScript and wasm that each downloads, without weights. Compressed, all are as Brotli makes them at quality \
         11; ours are those of the page.\n\n| | files | MB | MB by Brotli |\n|---|---|---|---|\n",
    );
    for contestant in Contestant::value_variants() {
        let is_it = |one: &&Download| one.contestant == contestant.key();
        if let Some(found) = results.downloads.iter().find(is_it) {
            let mb = |bytes: u64| bytes as f64 / 1e6;
            let title = match (contestant, options.release) {
                // One page serves both devices.
                (Contestant::OursCpu, _) => continue,
                (Contestant::Ours, true) => "this project",
                (Contestant::Ours, false) => "this project (quick build)",
                (Contestant::Burn, false) => "burn as it comes (quick build)",
                (other, _) => other.title(),
            };
            let (bytes, brotli) = (mb(found.bytes), mb(found.brotli));
            let _ = writeln!(
                text,
                "| {title} | {} | {bytes:.2} | {brotli:.2} |",
                found.files
            );
        }
    }
    text
}

fn agreement(results: &Results) -> String {
    let farthest = |of_steps: bool| {
        let measurements = results.measurements.iter();
        let compared =
            measurements.filter(|one| one.error.is_none() && (one.workload == "step") == of_steps);
        compared.filter_map(|one| one.difference).reduce(f64::max)
    };
    let mut text = String::from("Before anything is timed, results are compared.");
    if let Some(pictures) = farthest(false) {
        let _ = write!(
            text,
            " Pictures, in [-1, 1], differ by at most {pictures:.1e}."
        );
    }
    if let Some(losses) = farthest(true) {
        let _ = write!(
            text,
            " Losses of the first two training steps differ by at most {losses:.1e}."
        );
    }
    text + "\n"
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Adapter;
    use super::super::results::Measurement;
    use super::*;

    pub fn options() -> Options {
        Options {
            width: 64,
            training_width: 16,
            training_batch: 8,
            runs: 3,
            only: vec![],
            part: vec![],
            adapter: Adapter::Swiftshader,
            before: None,
            chromium_args: vec![],
            release: false,
            json: None,
        }
    }

    fn measured(workload: &str, contestant: Contestant, times: [f64; 3]) -> Measurement {
        Measurement {
            workload: workload.into(),
            contestant: contestant.key().into(),
            milliseconds: times.to_vec(),
            difference: Some(2e-5),
            losses: None,
            error: None,
        }
    }

    #[test]
    fn the_table_has_medians_ratios_failures_and_sizes() {
        let lost = Measurement {
            error: Some("the device was lost".into()),
            ..measured("reconstruct 1", Contestant::Tensorflow, [1.0; 3])
        };
        let results = Results {
            browser: "Chromium 141".into(),
            adapter: "google swiftshader".into(),
            measurements: vec![
                measured("reconstruct 1", Contestant::Ours, [310.0, 300.0, 290.0]),
                measured("reconstruct 1", Contestant::Onnx, [1500.0, 1400.0, 1600.0]),
                lost,
            ],
            downloads: vec![Download {
                contestant: "onnx".into(),
                files: 3,
                bytes: 24_500_000,
                brotli: 5_120_000,
            }],
            openings: vec![],
            live: vec![],
        };
        let text = text(&options(), &results);
        assert!(text.contains("in Chromium 141 on the adapter `google swiftshader`"));
        assert!(
            text.contains("| this project, WebGPU | 300 ms (290 to 310) |"),
            "{text}"
        );
        assert!(
            text.contains("onnxruntime-web, WebGPU | 0.20 | 0.25 |"),
            "{text}"
        );
        assert!(text.contains("| TensorFlow.js, WebGPU | failed |"));
        assert!(text.contains("`tensorflow` failed at reconstruct 1: the device was lost."));
        assert!(text.contains("| onnxruntime-web, WebGPU | 3 | 24.50 | 5.12 |"));
        assert!(text.contains("against TensorFlow.js, WebGPU | not measured | 0.2 |"));
        assert!(text.contains("differ by at most 2.0e-5"));
    }
}
