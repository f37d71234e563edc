//! The real program trains on drawn outfits, is stopped, and goes on exactly as if it had not been.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::outfits::draw_splits;
use tests::program::{stderr, stylewalk};

const STEPS: [&str; 2] = ["3", "7"];

fn run(arguments: &[&str]) {
    let output = stylewalk(arguments.iter().copied());
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        stderr(&output)
    );
}

/// Trains a new run on `data` for `steps` and returns its directory.
fn train(data: &Path, runs: &Path, steps: &str) -> PathBuf {
    let settings = "--batch 4 --width 2 --latent 6 --stochastic --flips --seed 11 --snapshot-every 5 --log-every 1";
    let mut arguments = vec![
        "train",
        data.to_str().unwrap(),
        "--runs",
        runs.to_str().unwrap(),
    ];
    arguments.extend(["--name", "drawn", "--device", "cpu", "--steps", steps]);
    arguments.extend(settings.split(' '));
    run(&arguments);
    runs.join("00000-drawn")
}

/// Every file below `folder`, by its path in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// `stats.jsonl` without what differs from run to run.
fn losses(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("stats.jsonl")).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("images_per_second");
    }
    lines
}

#[test]
fn a_resumed_run_ends_as_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    let [half, whole] = STEPS;
    let uninterrupted = train(&data, &folder.path().join("uninterrupted"), whole);
    let resumed = train(&data, &folder.path().join("resumed"), half);
    run(&[
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
        .iter()
        .map(|(name, _)| name.display().to_string())
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
    let data = folder.path().join("data");
    draw_splits(&data);
    let made = train(&data, &folder.path().join("runs"), STEPS[0]);
    let moved = folder.path().join("moved");
    std::fs::rename(&made, &moved).unwrap();
    std::fs::rename(&data, moved.join("photos")).unwrap();
    let config = moved.join("config.json");
    let mut settings: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    settings["data"] = "photos".into();
    std::fs::write(&config, settings.to_string()).unwrap();
    std::fs::remove_dir_all(moved.join("samples")).unwrap();
    let path = moved.to_str().unwrap();
    run(&["resume", path, "--steps", "4", "--device", "cpu"]);
    assert_eq!(losses(&moved).len(), 4);
}

#[test]
fn a_damaged_checkpoint_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    let run = train(&data, &folder.path().join("runs"), STEPS[0]);
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
