//! What a person who trains is told in time: what does not fit, what the figures mean, what comes next, what goes wrong.

use std::path::Path;
use std::process::Output;

use tests::outfits::{self, draw_splits, run_dir};
use tests::program::{stderr, stylewalk, succeeded};

/// Trains tiny networks on drawn outfits with no flags but these.
fn train_with(folder: &Path, more: &[&str]) -> Output {
    let [data, runs] = ["data", "runs"].map(|name| folder.join(name));
    if !data.exists() {
        draw_splits(&data);
    }
    let mut arguments = vec!["train", data.to_str().unwrap(), "--device", "cpu"];
    arguments.extend(["--runs", runs.to_str().unwrap()]);
    arguments.extend(more);
    stylewalk(arguments)
}

#[test]
fn what_does_not_fit_into_memory_is_one_sentence_and_makes_no_run() {
    let folder = tempfile::tempdir().unwrap();
    for more in [
        ["--batch", "100000000", "--width", "64"],
        ["--batch", "18446744073709551615", "--width", "2"],
    ] {
        let output = train_with(folder.path(), &more);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(
            said.contains("error: --batch") && said.contains("this machine gives"),
            "{said}"
        );
        assert!(!folder.path().join("runs").exists());
    }
}

#[test]
fn no_steps_at_all_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = train_with(folder.path(), &["--steps", "0"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("--steps is 0, but must be at least 1"),
        "{said}"
    );
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn losses_are_explained_once_and_what_comes_next_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = outfits::train(folder.path(), "--steps 6 --log-every 2");
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let legends: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("losses: "))
        .collect();
    assert_eq!(legends.len(), 1, "{said}");
    for part in ["D is the discriminator's", "L_GAN is", "L_AD is", "L_AE is"] {
        assert!(legends[0].contains(part), "{said}");
    }
    let run = run_dir(folder.path());
    let next = said.lines().last().unwrap();
    for command in ["figures", "export"] {
        let command = format!("`stylewalk {command} {}", run.display());
        assert!(next.contains(&command), "{said}");
    }

    // Nothing is left to do; nothing is changed.
    let output = stylewalk(["resume", run.to_str().unwrap(), "--device", "cpu"]);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("has taken its 6 steps") && said.contains("--steps 12"),
        "{said}"
    );
    assert!(!said.contains("going on"), "{said}");
}

#[test]
fn fewer_photographs_than_a_batch_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let more = "--width 2 --latent 6 --batch 16 --steps 1";
    let output = train_with(folder.path(), &more.split(' ').collect::<Vec<_>>());
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("fewer photographs than the 16 of a batch"),
        "{said}"
    );
}

/// A photograph of one colour.
fn black() -> Vec<u8> {
    images::png(&images::RgbImage::new(40, 30))
}

#[test]
fn copies_and_black_photographs_are_told_before_anything_is_learnt_from_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    // The same outfits as in `train`.
    std::fs::remove_dir_all(data.join("test")).unwrap();
    let kind = data.join("train/odd");
    std::fs::create_dir(&kind).unwrap();
    for name in ["a.png", "b.png"] {
        std::fs::write(kind.join(name), black()).unwrap();
    }
    let copies = "copies of other photographs: 1 of 12 (train/odd/b.png is train/odd/a.png)";
    let single = "one colour: 2 of 12 (train/odd/a.png, train/odd/b.png)";
    let tells = |said: &str| assert!(said.contains(copies) && said.contains(single), "{said}");

    let path = data.to_str().unwrap();
    tells(&succeeded(stylewalk(["data", "check", path])));
    let json = succeeded(stylewalk(["data", "check", path, "--json"]));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["copies"][0]["of"], "train/odd/a.png");
    assert_eq!(report["one_colour"].as_array().unwrap().len(), 2);

    let prepared = folder.path().join("prepared");
    let prepared = prepared.to_str().unwrap();
    let output = stylewalk(["data", "prepare", path, prepared]);
    tells(&stderr(&output));
    succeeded(output);
    tells(&succeeded(stylewalk(["data", "check", prepared])));

    let few = "--width 2 --latent 6 --batch 4 --steps 1";
    let output = train_with(folder.path(), &few.split(' ').collect::<Vec<_>>());
    tells(&stderr(&output));
    succeeded(output);
}

#[test]
fn a_flag_that_a_run_cannot_take_when_it_goes_on_is_told_with_the_way() {
    for more in [
        &["--learning-rate", "1e-5"][..],
        &["--batch=8"],
        &["--from", "m"],
    ] {
        let mut arguments = vec!["resume", "runs/00000-run"];
        arguments.extend(more);
        let output = stylewalk(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        let flag = more[0].split('=').next().unwrap();
        assert!(
            said.contains(&format!("takes no {flag};"))
                && said.contains("train PHOTOGRAPHS --from RUN"),
            "{said}"
        );
    }
    let said = stderr(&stylewalk(["resume", "runs/00000-run", "--nonsense"]));
    assert!(said.contains("unexpected argument '--nonsense'"), "{said}");
}

#[test]
fn a_training_that_is_lost_from_the_start_ends_soon_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let more = "--steps 400 --log-every 5 --snapshot-every 20 --learning-rate 10 --seed 11";
    let output = outfits::train(folder.path(), more);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let error = said
        .lines()
        .find(|line| line.starts_with("error: "))
        .unwrap();
    assert!(
        error.contains("training ran away") && error.contains("--learning-rate"),
        "{said}"
    );
    let checkpoints = run_dir(folder.path()).join("checkpoints");
    assert_eq!(std::fs::read_dir(checkpoints).unwrap().count(), 0, "{said}");
}

/// Mesa's layer prints what is no error where there is no screen.
#[test]
fn the_first_thing_said_is_this_programs_own() {
    let out = tempfile::tempdir().unwrap();
    let grid = out.path().join("samples.png");
    let arguments = ["sample", "--count", "1", "--out", grid.to_str().unwrap()];
    let mut command = tests::program::command(arguments);
    let output = command.env_remove("XDG_RUNTIME_DIR").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        !stderr(&output).contains("XDG_RUNTIME_DIR"),
        "{}",
        stderr(&output)
    );
}
