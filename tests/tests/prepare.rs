//! The real program prepares photographs, is killed, goes on, and trains on what it made.

use std::path::Path;
use std::process::{Command, Stdio};

use images::{RgbImage, png};
use serde_json::Value;
use tests::folders::{files, wait_until};
use tests::program::{command, printed, stderr, stylewalk};

/// A tree of drawn outfits, `count` files to train on and 4 to test on. Many show the same: drawing takes longer than
/// preparing.
fn draw(folder: &Path, count: u64, side: u32) {
    let outfits: Vec<_> = (0..20).map(|seed| outfits::outfit(seed, side)).collect();
    for (seed, outfit) in (0..count + 4).zip(outfits.iter().cycle()) {
        let split = if seed < count { "train" } else { "test" };
        let folder = folder.join(split).join(outfit.label);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{seed}.png")), png(&outfit.image)).unwrap();
    }
}

fn prepare(source: &Path, out: &Path, threads: &str) -> Command {
    let mut command = command(["data", "prepare"]);
    command
        .args([source, out])
        .args(["--shard-size", "150"])
        .env("RAYON_NUM_THREADS", threads)
        .stderr(Stdio::piped());
    command
}

/// Photographs that a preparation has noted as done.
fn noted(out: &Path) -> u64 {
    let Ok(notes) = std::fs::read_dir(out.join("unfinished")) else {
        return 0;
    };
    let done = notes.flatten().filter_map(|note| {
        let note: Value = serde_json::from_slice(&std::fs::read(note.path()).ok()?).ok()?;
        note["done"].as_u64()
    });
    done.sum()
}

/// Starts a preparation and kills it without warning once it has gone on a little. Whether it was still at work then.
fn kill_on_the_way(source: &Path, out: &Path) -> bool {
    let before = noted(out);
    let mut child = prepare(source, out, "1").spawn().unwrap();
    let went_on = || noted(out) > before || out.join("index.json").exists();
    wait_until(went_on, "nothing was made");
    child.kill().unwrap();
    child.wait().unwrap();
    !out.join("index.json").exists()
}

#[test]
fn a_killed_preparation_ends_as_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (source, whole, killed) = (path("source"), path("whole"), path("killed"));
    draw(&source, 400, 128);
    std::fs::write(source.join("train/hat/notes.png"), "no picture").unwrap();
    let output = prepare(&source, &whole, "2").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    let mut kills = 0;
    while kills < 4 && kill_on_the_way(&source, &killed) {
        kills += 1;
    }
    assert!(kills > 0, "it was too fast to be killed");
    let output = prepare(&source, &killed, "3").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let (whole, killed) = (files(&whole), files(&killed));
    assert_eq!(
        whole.keys().collect::<Vec<_>>(),
        killed.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &whole {
        assert!(*bytes == killed[name], "{} differs", name.display());
    }
    assert!(whole.contains_key(Path::new("train-00002.tar")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_with_one_sentence_and_keeps_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("source"), folder.path().join("out"));
    draw(&source, 400, 128);
    let child = prepare(&source, &out, "1").spawn().unwrap();
    wait_until(|| noted(&out) > 0, "nothing was made");
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");
    assert!(noted(&out) > 0 && !out.join("index.json").exists());
}

#[test]
fn training_on_shards_is_training_on_the_folder_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    draw(Path::new(&path("source")), 10, 80);
    printed([
        "data",
        "prepare",
        &path("source"),
        &path("prepared"),
        "--shard-size",
        "4",
    ]);
    let train = |data: &str, runs: &str, steps: &str| {
        let settings = "--batch 4 --width 2 --latent 6 --flips --seed 11 --snapshot-every 100 --device cpu --steps";
        let mut arguments = vec!["train", data, "--runs", runs];
        arguments.extend(settings.split(' '));
        arguments.push(steps);
        printed(arguments);
    };
    train(&path("source"), &path("folder"), "6");
    train(&path("prepared"), &path("shards"), "4");
    let resumed = path("shards/00000-run");
    printed(["resume", &resumed, "--steps", "6", "--device", "cpu"]);
    let end = |runs: &str| {
        files(
            Path::new(&path(runs))
                .join("00000-run/checkpoints/step-0000006")
                .as_path(),
        )
    };
    let (folder, shards) = (end("folder"), end("shards"));
    assert!(folder.len() > 3);
    for (name, bytes) in &folder {
        assert!(*bytes == shards[name], "{} differs", name.display());
    }

    // A shard that changed between two sessions of a run is told before anything is trained.
    let shard = path("prepared/train-00001.tar");
    let mut bytes = std::fs::read(&shard).unwrap();
    bytes[5000] ^= 255;
    std::fs::write(&shard, bytes).unwrap();
    let output = stylewalk(["resume", &resumed, "--steps", "8", "--device", "cpu"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("train-00001.tar") && said.contains("copy it again"),
        "{said}"
    );
}

const DETECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/detector");

/// A photograph of 400 x 300 with a red box at 250..290, 50..200.
fn red_person() -> RgbImage {
    RgbImage::from_fn(400, 300, |x, y| {
        let person = (250..290).contains(&x) && (50..200).contains(&y);
        image::Rgb(if person {
            [255, 10, 10]
        } else {
            [(x % 90) as u8, 90, (y % 200) as u8]
        })
    })
}

/// Prepares two photographs, one with a "person", cropped by the detector `name`.
fn crop(folder: &Path, name: &str, words: &[&str]) -> std::process::Output {
    let source = folder.join("source");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("a.png"), png(&red_person())).unwrap();
    std::fs::write(source.join("b.png"), png(&outfits::outfit(3, 50).image)).unwrap();
    command([
        "data",
        "prepare",
        "--json",
        "--test-share",
        "0",
        "--crop",
        "person",
        "--margin",
        "0",
    ])
    .args(["--detector", &format!("{DETECTORS}/{name}.onnx")])
    .args(words)
    .args([source, folder.join("out")])
    .output()
    .unwrap()
}

#[test]
fn a_detector_without_its_runtime_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = crop(
        folder.path(),
        "red",
        &["--onnxruntime", "/nowhere/libonnxruntime.so"],
    );
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("/nowhere/libonnxruntime.so") && said.contains("--onnxruntime"),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    assert!(!folder.path().join("out").exists());
}

/// Needs ONNX Runtime's library: `cargo xtask test` names the one of the Node package onnxruntime-node.
#[needs::onnx_runtime]
fn persons_are_cropped_by_a_detector() {
    let folder = tempfile::tempdir().unwrap();
    let output = crop(folder.path(), "red", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&made["train"], &made["whole"]),
        (&Value::from(2), &Value::from(1))
    );
    let shard = std::fs::read(folder.path().join("out/train-00000.tar")).unwrap();
    let expected = image::imageops::crop_imm(&red_person(), 195, 50, 150, 150).to_image();
    let expected = images::square(&expected, 64, images::Fit::Pad);
    assert_eq!(&shard[525..525 + 3 * 64 * 64], expected.as_raw().as_slice());
    let text = String::from_utf8_lossy(&shard);
    assert!(text.contains(r#""size":[400,300],"kept":[195,50,150,150]"#));
    let index = std::fs::read_to_string(folder.path().join("out/index.json")).unwrap();
    assert!(
        index.contains("red.onnx") && index.contains("sha256"),
        "{index}"
    );

    // The same network for a batch of one picture.
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    let output = crop(folder.path(), "red_batched", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let again = std::fs::read(folder.path().join("out/train-00000.tar")).unwrap();
    assert!(again == shard, "another shard");

    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    let output = crop(folder.path(), "red", &["--require-crop"]);
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&made["train"], &made["refused"]),
        (&Value::from(1), &Value::from(1))
    );

    for (name, why) in [
        ("boxes_only", "returns 1 values"),
        ("batched", "returns 1 values"),
        ("absent", "absent.onnx"),
    ] {
        let output = crop(folder.path(), name, &[]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(
            said.contains(why) && !said.contains("panicked"),
            "{name}: {said}"
        );
    }
}
