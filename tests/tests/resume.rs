//! The real program trains on drawn outfits, is stopped, and goes on exactly as if it had not been.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::folders::{files, read_json, stats};
use tests::outfits;
use tests::program::{printed, stderr, stylewalk, succeeded};

const STEPS: [&str; 2] = ["3", "7"];

/// Trains a new run in `folder` for `steps` and returns its directory.
fn train(folder: &Path, steps: &str) -> PathBuf {
    let settings = "--stochastic --flips --seed 11 --snapshot-every 5 --log-every 1 --steps";
    succeeded(outfits::train(folder, &format!("{settings} {steps}")));
    outfits::run_dir(folder)
}

/// `stats.jsonl` without what differs from run to run.
fn losses(run: &Path) -> Vec<Value> {
    let mut lines = stats(run);
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("images_per_second");
    }
    lines
}

#[test]
fn a_resumed_run_ends_as_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let [half, whole] = STEPS;
    let uninterrupted = train(&folder.path().join("uninterrupted"), whole);
    let resumed = train(&folder.path().join("resumed"), half);
    printed([
        "resume",
        resumed.to_str().unwrap(),
        "--steps",
        whole,
        "--device",
        "cpu",
    ]);

    let last = format!("checkpoints/step-{whole:0>7}");
    let expected = files(&uninterrupted.join(&last));
    let found = files(&resumed.join(&last));
    let names: Vec<String> = expected
        .keys()
        .map(|name| name.display().to_string())
        .collect();
    for weights in ["generator", "encoder", "discriminator", "optimizers"] {
        assert!(
            names.contains(&format!("{weights}.safetensors")),
            "{names:?}"
        );
    }
    assert_eq!(expected.len(), found.len(), "{names:?}");
    for ((name, expected), (_, found)) in expected.iter().zip(&found) {
        assert!(
            expected == found,
            "{} differs after a resume",
            name.display()
        );
    }
    assert_eq!(losses(&uninterrupted).len(), 7);
    assert_eq!(losses(&uninterrupted), losses(&resumed));

    // The weights did move between the two checkpoints, so that equality means something.
    let early = files(&resumed.join("checkpoints/step-0000005"));
    assert!(early.iter().zip(&found).all(|(early, last)| early != last));
}

/// What the page saves: photographs lie in the run, and `config.json` names them from there.
#[test]
fn a_run_with_its_photographs_in_it_goes_on_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let made = train(folder.path(), STEPS[0]);
    let moved = folder.path().join("moved");
    std::fs::rename(&made, &moved).unwrap();
    std::fs::rename(folder.path().join("data"), moved.join("photos")).unwrap();
    let config = moved.join("config.json");
    let mut settings = read_json(&config);
    settings["data"] = "photos".into();
    std::fs::write(&config, settings.to_string()).unwrap();
    std::fs::remove_dir_all(moved.join("samples")).unwrap();
    let path = moved.to_str().unwrap();
    printed(["resume", path, "--steps", "4", "--device", "cpu"]);
    assert_eq!(losses(&moved).len(), 4);
}

#[test]
fn a_damaged_checkpoint_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = train(folder.path(), STEPS[0]);
    let generator = run.join("checkpoints/step-0000003/generator.safetensors");
    let mut bytes = std::fs::read(&generator).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&generator, bytes).unwrap();
    let output = stylewalk([
        "resume",
        run.to_str().unwrap(),
        "--steps",
        "5",
        "--device",
        "cpu",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("generator.safetensors") && !said.contains("panicked"),
        "{said}"
    );
}
