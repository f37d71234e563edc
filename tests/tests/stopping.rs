//! Trainings that are asked to stop, lose their readers or run out of room keep what they have learnt.
#![cfg(unix)]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use bigan::Precision;
use tests::folders::{stats, wait_until};
use tests::model::{Model, TINY};
use tests::outfits::{draw, run_dir};
use tests::program::{command, printed, stderr};
use tests::running::{Running, checkpoints, training, training_of, wait_for_a_step};

/// More steps than any test waits for, and no checkpoint before the end.
const LONG: &str = "--steps 100000000 --snapshot-every 100000000 --log-every 1";

/// Resumes a run for one step more than its last.
fn goes_on(run: &Path) {
    let last = stats(run).last().unwrap()["step"].as_u64().unwrap();
    let steps = (last + 1).to_string();
    let run = run.to_str().unwrap();
    printed(["resume", run, "--steps", &steps, "--device", "cpu"]);
}

#[test]
fn every_signal_that_ends_a_program_saves_the_training() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let run = run_dir(folder.path());
        let running = Running::start(&mut training(folder.path(), LONG));
        wait_for_a_step(&run);
        running.signal(signal);
        let (status, said) = running.end();
        assert!(status.success(), "{signal}: {status}: {said}");
        assert!(said.contains("stopped; resume with"), "{signal}: {said}");
        let last = stats(&run).last().unwrap()["step"].as_u64().unwrap();
        assert_eq!(checkpoints(&run), [format!("step-{last:07}")], "{signal}");
        goes_on(&run);
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Steps of seconds, so that the second signal comes within one.
    let size = "--width 64 --batch 32";
    let mut running = Running::start(&mut training_of(size, folder.path(), "--steps 100"));
    let run = run_dir(folder.path());
    let began = || {
        let mut files = std::fs::read_dir(&run).into_iter().flatten().flatten();
        files.any(|file| file.file_name().to_string_lossy().starts_with("events.out"))
    };
    wait_until(began, "the training did not begin");
    running.signal("TERM");
    running.wait_for("stopping after this step");
    while !running.has_ended() {
        running.signal("TERM");
        std::thread::yield_now();
    }
    let (status, said) = running.end();
    assert_eq!(status.code(), Some(128 + 15), "{said}");
    assert!(checkpoints(&run).is_empty());
}

#[test]
fn a_terminal_that_was_to_be_ignored_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ours = training(folder.path(), LONG);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    shell.arg(ours.get_program()).args(ours.get_args());
    let running = Running::start(&mut shell);
    let run = run_dir(folder.path());
    wait_for_a_step(&run);
    running.signal("HUP");
    let before = stats(&run).len();
    wait_until(|| stats(&run).len() > before + 2, "the training stopped");
    running.signal("TERM");
    let (status, said) = running.end();
    assert!(status.success(), "{said}");
    assert_eq!(checkpoints(&run).len(), 1);
}

#[test]
fn a_reader_that_goes_away_does_not_end_a_training() {
    let folder = tempfile::tempdir().unwrap();
    let flags = "--steps 220 --snapshot-every 50 --log-every 10";
    let mut child = training(folder.path(), flags)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    reader.read_line(&mut first).unwrap();
    assert!(first.contains("photographs"), "{first}");
    drop(reader);
    assert!(child.wait().unwrap().success());
    let run = run_dir(folder.path());
    assert_eq!(checkpoints(&run), ["step-0000200", "step-0000220"]);
    assert_eq!(stats(&run).len(), 22);
    assert!(run.join("samples/step-0000220-samples.png").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error_and_a_full_device_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let [model, photos, out] = ["model", "photos", "out.png"].map(|name| folder.path().join(name));
    Model::drawn(TINY, Precision::F16).write(&model);
    draw(&photos, 1);
    let photo = photos.join("0.png");
    let reconstruct = || {
        let mut arguments = vec!["reconstruct", photo.to_str().unwrap(), "--json"];
        arguments.extend(["--model", model.to_str().unwrap(), "--device", "cpu"]);
        arguments.extend(["--out", out.to_str().unwrap()]);
        command(arguments)
    };
    let mut child = reconstruct().stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(out.exists());

    std::fs::remove_file(&out).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = reconstruct().stdout(full).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("error: could not write to standard output"),
        "{said}"
    );
    assert!(out.exists());
}

/// Every command that prints, with nobody to read it.
#[test]
fn no_command_panics_for_want_of_a_reader() {
    let folder = tempfile::tempdir().unwrap();
    let [model, photos, man] = ["model", "photos", "man"].map(|name| folder.path().join(name));
    Model::drawn(TINY, Precision::F16).write(&model);
    draw(&photos, 3);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (model, photos) = (model.to_str().unwrap(), photos.to_str().unwrap());
    let pair = [&format!("{photos}/0.png"), &format!("{photos}/1.png")];
    let (samples, walk, drawn) = (at("samples.png"), at("walk.png"), at("drawn"));
    for arguments in [
        vec!["--help"],
        vec!["presets"],
        vec!["completions", "bash"],
        vec!["man", "--out", man.to_str().unwrap()],
        vec!["data", "check", photos],
        vec!["data", "draw", &drawn, "--count", "3"],
        vec!["train", photos, "--dry-run", "--device", "cpu"],
        vec!["evaluate", photos, "--model", model, "--device", "cpu"],
        vec![
            "sample", "--model", model, "--out", &samples, "--device", "cpu",
        ],
        vec![
            "walk", pair[0], pair[1], "--model", model, "--out", &walk, "--device", "cpu",
        ],
    ] {
        let mut program = command(arguments.iter().copied());
        program.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        let mut errors = child.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), None, "{arguments:?}: {said}");
        assert!(status.success(), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

/// A limit on the size of files is as a full disk is, and can be set and lifted without rights.
fn limit(running: &Running, bytes: &str) {
    let status = Command::new("prlimit")
        .args([
            "--pid",
            &running.id(),
            &format!("--fsize={bytes}:unlimited"),
        ])
        .status();
    assert!(status.unwrap().success(), "prlimit");
}

/// Whether anything half written lies in a run's checkpoints.
fn leftovers(run: &Path) -> bool {
    checkpoints(run).iter().any(|name| name.starts_with('.'))
}

#[cfg(target_os = "linux")]
#[test]
fn a_training_goes_on_where_nothing_can_be_written_and_saves_once_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let flags = "--steps 100000000 --snapshot-every 20 --log-every 10";
    let mut running = Running::start(&mut training(folder.path(), flags));
    let run = run_dir(folder.path());
    wait_for_a_step(&run);
    limit(&running, "10");
    let told = running.wait_for("could not write the folder");
    assert!(told.contains("training goes on and tries again"), "{told}");
    assert!(!leftovers(&run), "{:?}", checkpoints(&run));
    running.wait_for("-samples.png: ");
    limit(&running, "unlimited");
    running.wait_for("checkpoints can be written again");
    running.signal("TERM");
    let (status, said) = running.end();
    assert!(status.success(), "{said}");
    assert!(!leftovers(&run));
    // Told once, however often it was tried.
    for told in [
        "could not write the folder",
        "stats.jsonl: ",
        "losses can be written again",
        "samples can be written again",
    ] {
        assert_eq!(said.matches(told).count(), 1, "{told} in {said}");
    }
    // No line is torn, and none is missing.
    let steps = stats(&run).into_iter().map(|line| line["step"].as_u64());
    let steps: Vec<u64> = steps.flatten().filter(|step| step % 10 == 0).collect();
    let all: Vec<u64> = (1..=steps.len() as u64).map(|line| 10 * line).collect();
    assert_eq!(steps, all);
    goes_on(&run);
}

#[test]
fn time_alone_asks_for_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let flags = format!("{LONG} --snapshot-minutes 0.001");
    let mut running = Running::start(&mut training(folder.path(), &flags));
    for _ in 0..3 {
        running.wait_for("saved ");
    }
    running.kill();
    running.end();
    let run = run_dir(folder.path());
    // Pictures are for the steps that ask for them.
    assert_eq!(std::fs::read_dir(run.join("samples")).unwrap().count(), 0);
    goes_on(&run);
    assert!(!leftovers(&run));
}
