//! Runs that an older program wrote, kept in `tests/old-runs`, still resume, are drawn, exported and measured.

use std::path::PathBuf;

use machine::root;
use serde_json::Value;
use tempfile::TempDir;
use tests::folders::{copy, read_json, stats};
use tests::program::{printed, printed_json};

const RUNS: [&str; 2] = ["plain", "techniques"];
/// The step of the checkpoint that is kept, and the run's last one.
const STEPS: [u64; 2] = [3, 6];
/// How far a loss may lie from the one that the older program wrote, as a share of it: other processors, and sums in another
/// order, are rounded otherwise, and a few steps of training carry that on. Adam's first ones are as long where a gradient is
/// rounding alone, as that of a bias before a batch norm is.
const TOLERANCE: f64 = 2e-3;

/// A copy of the old runs and their photographs, which tests may write into.
struct OldRuns(TempDir);

impl OldRuns {
    fn copied() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/old-runs"), folder.path());
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// Asserts that `found` has every number of `expected`, nearly equal.
fn assert_close(expected: &Value, found: &Value) {
    for (key, expected) in expected.as_object().unwrap() {
        // What is written since terms are a list is called as its weight is.
        let now = match key.as_str() {
            "historical" if found[key].is_null() => "historical_averaging",
            key => key,
        };
        let [expected, value] = [expected, &found[now]].map(|value| value.as_f64());
        let (expected, value) = (expected.unwrap(), value.unwrap_or(f64::NAN));
        let difference = (value - expected).abs();
        assert!(
            key == "images_per_second" || difference <= TOLERANCE * expected.abs(),
            "{key} is {value}, not {expected}: {found}"
        );
    }
}

/// Asserts that `found` has every field of `expected` with the same value, at any depth.
fn assert_holds(place: &str, expected: &Value, found: &Value) {
    match expected {
        Value::Object(fields) => {
            for (key, expected) in fields {
                assert_holds(&format!("{place}/{key}"), expected, &found[key]);
            }
        }
        _ => assert_eq!(expected, found, "{place}"),
    }
}

#[test]
fn an_old_run_goes_on_as_the_program_that_began_it_did() {
    let old = OldRuns::copied();
    for run in RUNS {
        let written = stats(&old.path(run));
        printed(["resume", &old.text(run), "--device", "cpu"]);
        let continued = stats(&old.path(run));
        assert_eq!(continued.len() as u64, STEPS[1], "{run}");
        for (written, continued) in written.iter().zip(&continued) {
            assert_close(written, continued);
        }
        let last = format!("{run}/checkpoints/step-000000{}", STEPS[1]);
        assert!(old.path(&last).join("optimizers.safetensors").exists());
    }
}

#[test]
fn an_old_runs_figures_are_drawn() {
    let old = OldRuns::copied();
    for run in RUNS {
        let arguments = ["figures", &old.text(run), "--device", "cpu", "--json"];
        assert_eq!(printed_json(arguments)["step"], STEPS[0], "{run}");
        let svg = std::fs::read_to_string(old.path(run).join("figures/losses.svg")).unwrap();
        assert!(svg.contains("L_AD") && svg.contains("L_AE"), "{svg}");
    }
}

#[test]
fn an_old_run_is_exported_and_the_model_measured() {
    let old = OldRuns::copied();
    let (model, photos) = (old.text("model"), old.text("photos/test"));
    for run in RUNS {
        let run_path = old.text(run);
        printed(["export", &run_path, "--out", &model, "--device", "cpu"]);
        let arguments = ["evaluate", &photos, "--model", &model];
        let figures = printed_json(arguments.into_iter().chain(["--json", "--device", "cpu"]));
        assert!(figures["psnr"].is_f64(), "{run}: {figures}");
    }
}

#[test]
fn a_new_run_takes_an_old_ones_settings() {
    let old = OldRuns::copied();
    let runs = old.text("runs");
    for (number, run) in RUNS.into_iter().enumerate() {
        let config = old.path(&format!("{run}/config.json"));
        let mut arguments = vec!["train", "--config", config.to_str().unwrap()];
        arguments.extend(["--runs", &runs, "--name", run, "--device", "cpu"]);
        printed(arguments);
        let begun = old.path(&format!("runs/0000{number}-{run}"));
        let mut expected = read_json(&config);
        for place in ["data", "device"] {
            expected.as_object_mut().unwrap().remove(place);
        }
        assert_holds("", &expected, &read_json(&begun.join("config.json")));
        // The same seed, settings and photographs, so that the losses are the old run's from the first step on.
        for (written, begun) in stats(&old.path(run)).iter().zip(&stats(&begun)) {
            assert_close(written, begun);
        }
    }
}
