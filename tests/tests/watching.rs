//! What a person who trains is told while it goes, and what a run keeps when it goes wrong.

use std::path::{Path, PathBuf};
use std::process::Output;

use tests::folders::stats;
use tests::outfits::{self, run_dir};
use tests::program::stderr;

/// Trains tiny networks on drawn outfits, and gives what the program said.
fn train(folder: &Path, more: &str) -> Output {
    outfits::train(folder, &format!("--seed 11 {more}"))
}

#[test]
fn diversity_is_written_down_and_a_run_leaves_events_for_tensorboard() {
    let folder = tempfile::tempdir().unwrap();
    let output = train(
        folder.path(),
        "--steps 6 --watch-every 3 --log-every 2 --snapshot-every 5",
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = stats(&run_dir(folder.path()));
    let found: Vec<(u64, bool)> = lines
        .iter()
        .map(|line| (line["step"].as_u64().unwrap(), line["diversity"].is_f64()))
        .collect();
    let expected = [(2, false), (3, true), (4, false), (5, false), (6, true)];
    assert_eq!(found, expected);

    let events: Vec<PathBuf> = std::fs::read_dir(run_dir(folder.path()))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("events.out.tfevents"))
        .collect();
    assert_eq!(events.len(), 1, "{events:?}");
    let bytes = std::fs::read(&events[0]).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    for tag in [
        "loss/total",
        "loss/adversarial_latent",
        "diversity",
        "grids/samples",
        "PNG",
    ] {
        assert!(holds(tag), "no {tag}");
    }
}

/// A step size that throws the weights out of what f32 can hold.
#[test]
fn losses_that_are_no_numbers_end_the_run_and_name_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let output = train(
        folder.path(),
        "--steps 50 --snapshot-every 1 --learning-rate 1e37",
    );
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let error = said
        .lines()
        .find(|line| line.starts_with("error: "))
        .unwrap();
    assert!(error.contains("not a number"), "{said}");
    assert!(error.contains("checkpoint"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    // Whatever is kept is good: it can be gone on from, or there is nothing.
    let checkpoints = run_dir(folder.path()).join("checkpoints");
    for checkpoint in std::fs::read_dir(checkpoints).unwrap() {
        let path = checkpoint.unwrap().path();
        assert!(error.contains(path.to_str().unwrap()), "{error} {path:?}");
    }
}
