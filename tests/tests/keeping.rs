//! What the program writes over, removes and takes for what it was: its own files, and no others.

use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};
use serde_json::Value;
use tempfile::TempDir;
use tests::folders::{copy, files, read_json, stats};
use tests::outfits::{self, draw, run_dir};
use tests::program::{printed, printed_json, stderr, stylewalk, succeeded};
use tests::running::{Running, checkpoint, checkpoints, training, wait_for_a_step};

/// A run of six steps with checkpoints of the last three of them, and its photographs.
fn run(more: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let flags = "--steps 6 --snapshot-every 1 --log-every 1 --keep 3";
    let flags = [flags, more].join(" ");
    succeeded(outfits::train(folder.path(), flags.trim()));
    let run = run_dir(folder.path());
    (folder, run)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What is said when these arguments are refused.
fn refused(arguments: &[&str]) -> String {
    let output = stylewalk(arguments.iter().copied().chain(["--device", "cpu"]));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(said.contains("error: "), "{said}");
    said
}

/// What is said when these are not.
fn accepted(arguments: &[&str]) -> String {
    let output = stylewalk(arguments.iter().copied().chain(["--device", "cpu"]));
    let said = stderr(&output);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn a_second_program_on_a_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let flags = "--steps 100000000 --snapshot-every 1 --log-every 1";
    let mut running = Running::start(&mut training(folder.path(), flags));
    let run = run_dir(folder.path());
    wait_for_a_step(&run);
    running.wait_for("saved ");
    let said = refused(&["resume", text(&run)]);
    assert!(said.contains("another program is training in"), "{said}");
    // The lock goes with its program, however that ends.
    running.kill();
    running.end();
    let last = checkpoints(&run).pop().unwrap();
    let steps: u64 = last.strip_prefix("step-").unwrap().parse().unwrap();
    accepted(&["resume", text(&run), "--steps", &(steps + 1).to_string()]);
}

#[test]
fn copies_and_archives_beside_checkpoints_stay() {
    let (_folder, run) = run("");
    assert_eq!(
        checkpoints(&run),
        ["step-0000004", "step-0000005", "step-0000006"]
    );
    let good = run.join("checkpoints/step-0000004-good");
    copy(&checkpoint(&run, 4), &good);
    let archive = run.join("checkpoints/step-0000005.zip");
    std::fs::write(&archive, "an archive").unwrap();
    std::fs::create_dir(checkpoint(&run, 6).join(".ipynb_checkpoints")).unwrap();
    accepted(&["resume", text(&run), "--steps", "9", "--keep", "1"]);
    assert!(checkpoint(&run, 6).join(".ipynb_checkpoints").exists());
    assert!(!checkpoint(&run, 6).join("trainer.json").exists());
    assert_eq!(std::fs::read(archive).unwrap(), b"an archive");
    assert_eq!(files(&good).len(), 5);
    assert!(!checkpoint(&run, 5).exists() && checkpoint(&run, 9).exists());

    // And it can be gone on from, and published.
    let out = run.join("model");
    let export = ["export", text(&run), "--checkpoint", "step-0000004-good"];
    accepted(&[&export[..], &["--out", text(&out)]].concat());
    assert_eq!(read_json(&out.join("model.json"))["training"]["steps"], 4);
}

#[test]
fn a_run_goes_on_from_a_chosen_checkpoint_as_it_did_at_first() {
    let (_folder, run) = run("");
    let (before, lines) = (files(&checkpoint(&run, 6)), stats(&run));
    let said = accepted(&["resume", text(&run), "--checkpoint", "4"]);
    assert!(said.contains("going on from step 4"), "{said}");
    assert!(said.contains("step-0000006-set-aside"), "{said}");
    assert!(files(&checkpoint(&run, 6)) == before, "other weights");
    let set_aside = run.join("checkpoints/step-0000006-set-aside");
    assert!(files(&set_aside) == before);
    assert_eq!(stats(&run).len(), lines.len());
    let said = refused(&["resume", text(&run), "--checkpoint", "44"]);
    assert!(said.contains("no checkpoint of step 44"), "{said}");
}

#[test]
fn a_damaged_checkpoint_names_one_that_is_whole() {
    let (folder, run) = run("");
    let encoder = checkpoint(&run, 6).join("encoder.safetensors");
    std::fs::write(&encoder, "no weights").unwrap();
    std::fs::write(checkpoint(&run, 5).join("trainer.json"), "{}").unwrap();
    let out = folder.path().join("model");
    for arguments in [
        vec!["resume", text(&run), "--steps", "7"],
        vec!["export", text(&run), "--out", text(&out)],
    ] {
        let said = refused(&arguments);
        assert!(said.contains("encoder.safetensors"), "{said}");
        assert!(said.contains("take it with --checkpoint 4"), "{said}");
    }
    accepted(&["resume", text(&run), "--checkpoint", "4"]);
    accepted(&["resume", text(&run), "--steps", "7"]);
}

#[test]
fn steps_are_ordered_as_numbers() {
    let (_folder, run) = run("");
    let state = checkpoint(&run, 6).join("trainer.json");
    let mut found = read_json(&state);
    found["step"] = 9_999_998.into();
    std::fs::write(&state, found.to_string()).unwrap();
    std::fs::rename(checkpoint(&run, 6), checkpoint(&run, 9_999_998)).unwrap();
    accepted(&["resume", text(&run), "--steps", "10000001", "--keep", "2"]);
    assert_eq!(checkpoints(&run), ["step-10000000", "step-10000001"]);
}

#[test]
fn a_models_folder_keeps_what_others_put_there() {
    let (folder, run) = run("");
    let model = folder.path().join("model");
    let export = ["export", text(&run), "--out", text(&model)];
    accepted(&export);
    std::fs::write(model.join("README.md"), "mine").unwrap();
    std::fs::create_dir(model.join("photos")).unwrap();
    let photos = folder.path().join("data/train");
    accepted(&["directions", text(&model), text(&photos)]);
    assert!(model.join("directions.json").exists());
    accepted(&export);
    assert!(!model.join("directions.json").exists());
    assert!(model.join("photos").is_dir());
    assert_eq!(std::fs::read(model.join("README.md")).unwrap(), b"mine");
    accepted(&["evaluate", text(&photos), "--model", text(&model)]);
}

#[cfg(unix)]
#[test]
fn a_folder_is_written_through_a_link_and_without_rights_beside_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (folder, run) = run("");
    let outer = folder.path().join("outer");
    let (real, link) = (outer.join("real"), outer.join("link"));
    std::fs::create_dir_all(real.join("lost+found")).unwrap();
    symlink("real", &link).unwrap();
    let rights = |mode| {
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&outer, rights).unwrap();
    };
    // As the root of a mounted disk, whose neighbours are not its own.
    rights(0o555);
    for _ in 0..2 {
        accepted(&["export", text(&run), "--out", text(&link)]);
    }
    rights(0o755);
    assert!(link.is_symlink() && real.join("model.json").is_file());
    let mut left: Vec<_> = std::fs::read_dir(&outer).unwrap().collect();
    assert_eq!(left.drain(..).count(), 2);
    assert!(real.join("lost+found").is_dir());
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let (folder, run) = run("");
    let model = folder.path().join("model");
    accepted(&["export", text(&run), "--out", text(&model)]);
    let photo = folder.path().join("me.jpg");
    RgbImage::from_pixel(80, 90, image::Rgb([9, 99, 199]))
        .save_with_format(&photo, ImageFormat::Jpeg)
        .unwrap();
    let tile = folder.path().join("original.png");
    std::fs::copy(folder.path().join("data/test/0.png"), &tile).unwrap();
    let (before, tiles) = (std::fs::read(&photo).unwrap(), folder.path());
    let (jpeg, elsewhere) = (folder.path().join("new.jpg"), folder.path().join("new.png"));
    for arguments in [
        vec!["reconstruct", text(&photo), "--out", text(&photo)],
        vec!["reconstruct", text(&photo), "--out", text(&jpeg)],
        vec!["refine", text(&photo), "--out", text(&photo)],
        vec!["walk", text(&photo), text(&tile), "--out", text(&tile)],
        vec!["walk", text(&photo), text(&tile), "--gif", text(&elsewhere)],
        vec![
            "reconstruct",
            text(&tile),
            "--tiles",
            text(tiles),
            "--out",
            text(&elsewhere),
        ],
    ] {
        refused(&[&arguments[..], &["--model", text(&model)]].concat());
    }
    let said = refused(&["import", text(&model), "--out", text(&model)]);
    assert!(said.contains("--out"), "{said}");
    assert_eq!(std::fs::read(&photo).unwrap(), before);
    assert!(!jpeg.exists());
}

/// G of an ONNX file and of a model, by their weights.
#[test]
fn what_is_exported_is_the_average_that_is_measured() {
    let (folder, run) = run("--average-decay 0.9 --learning-rate 0.01");
    let at = |name: &str| folder.path().join(name);
    let [model, from_model, from_run] = ["model", "from-model", "from-run"].map(at);
    let export = ["export", text(&run), "--out", text(&model)];
    accepted(&[&export[..], &["--dtype", "f32"]].concat());
    for (from, out) in [(&model, &from_model), (&run, &from_run)] {
        accepted(&["export", text(from), "--format", "onnx", "--out", text(out)]);
    }
    assert!(files(&from_run) == files(&from_model));
    let generator = std::fs::read(from_run.join("generator.onnx")).unwrap();
    let holds = |words: &[u8]| generator.windows(words.len()).any(|found| found == words);
    assert!(holds(b"uniform in [-1, 1]"));
    assert_eq!(
        read_json(&model.join("model.json"))["prior"],
        "uniform in [-1, 1]"
    );

    // The same codes by the same networks get the same percentages.
    let figures = printed_json(["figures", text(&run), "--json", "--device", "cpu"]);
    let grid = at("samples.png");
    let sample = ["sample", "--model", text(&model), "--out", text(&grid)];
    let samples = printed_json(sample.into_iter().chain(["--json", "--device", "cpu"]));
    let percentages = |found: &Value| -> Vec<f64> {
        let found = found.as_array().unwrap().iter();
        found.map(|score| score.as_f64().unwrap()).collect()
    };
    let (figures, samples) = (
        percentages(&figures["samples"]),
        percentages(&samples["scores"]),
    );
    assert_eq!(figures.len(), samples.len());
    // Burn and our own passes sum in other orders.
    for (figure, sample) in figures.iter().zip(&samples) {
        assert!((figure - sample).abs() < 1e-4, "{figure} and {sample}");
    }
}

#[test]
fn divided_photographs_are_measured_on_their_test_part() {
    let (folder, run) = run("");
    let data = folder.path().join("data");
    let model = folder.path().join("model");
    let export = ["export", text(&run), "--out", text(&model)];
    let said = accepted(&[&export[..], &["--test", text(&data)]].concat());
    assert!(said.contains("3 photographs to test on"), "{said}");
    assert_eq!(
        read_json(&model.join("model.json"))["evaluation"]["images"],
        3
    );
    let evaluate = |photos: &Path| -> u64 {
        let arguments = ["evaluate", text(photos), "--model", text(&model)];
        let figures = printed_json(arguments.into_iter().chain(["--json", "--device", "cpu"]));
        figures["images"].as_u64().unwrap()
    };
    assert_eq!(evaluate(&data), 3);
    assert_eq!(evaluate(&data.join("train")), 10);
}

#[test]
fn other_photographs_are_noticed_and_moved_ones_are_taken() {
    let (folder, run) = run("");
    let [data, moved] = ["data", "moved"].map(|name| folder.path().join(name));
    std::fs::rename(&data, &moved).unwrap();
    let said = refused(&["resume", text(&run), "--steps", "7"]);
    assert!(
        said.contains("config.json") && said.contains("--data"),
        "{said}"
    );
    let accept = |steps: &str, more: &[&str]| {
        let arguments = ["resume", text(&run), "--steps", steps];
        accepted(&[&arguments[..], more].concat())
    };
    let said = accept("7", &["--data", text(&moved)]);
    assert!(!said.contains("not those"), "{said}");
    // From now on they are known to be there.
    accept("8", &[]);

    std::fs::remove_file(moved.join("train/3.png")).unwrap();
    std::fs::copy(moved.join("train/4.png"), moved.join("train/new.png")).unwrap();
    let said = refused(&["resume", text(&run), "--steps", "9"]);
    for part in [
        "1 is gone (train/3.png)",
        "1 is new (train/new.png)",
        "--data",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    std::fs::remove_file(moved.join("train/new.png")).unwrap();
    let said = refused(&["resume", text(&run), "--steps", "9"]);
    assert!(
        said.contains("there were 10, and there are 9 now"),
        "{said}"
    );

    // A card tells the photographs that were trained on, and codes of others are not theirs.
    let model = folder.path().join("model");
    let export = ["export", text(&run), "--out", text(&model)];
    let said = accepted(&export);
    assert!(said.contains("without the distribution"), "{said}");
    let card = || read_json(&model.join("model.json"));
    assert_eq!(card()["dataset"]["images"], 10);
    assert!(card()["codes"].is_null());
    accept("9", &["--data", text(&moved)]);
    accepted(&export);
    assert_eq!(card()["dataset"]["images"], 9);
    assert!(card()["codes"].is_object());
}

#[test]
fn a_run_from_before_there_were_lists_of_photographs_goes_on() {
    let (folder, run) = run("");
    std::fs::remove_file(run.join("photographs.txt")).unwrap();
    let path = run.join("config.json");
    let mut config = read_json(&path);
    for new in ["photographs_sha256", "snapshot_minutes", "keep"] {
        assert!(
            config.as_object_mut().unwrap().remove(new).is_some(),
            "{new}"
        );
    }
    std::fs::write(&path, config.to_string()).unwrap();
    let extra = folder.path().join("data/train/extra.png");
    std::fs::copy(folder.path().join("data/train/1.png"), &extra).unwrap();
    let said = refused(&["resume", text(&run), "--steps", "7"]);
    assert!(
        said.contains("there were 10, and there are 11 now"),
        "{said}"
    );
    std::fs::remove_file(&extra).unwrap();
    accepted(&["resume", text(&run), "--steps", "7"]);
    assert!(run.join("photographs.txt").exists());
}

#[test]
fn a_network_that_has_moved_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let labelled = folder.path().join("labelled");
    for (label, first) in [("hat", 0), ("shoe", 10)] {
        draw(&labelled.join(label), 4 + first % 3);
    }
    let [features, moved] = ["features", "moved"].map(|name| folder.path().join(name));
    let train = ["train-features", text(&labelled), "--out", text(&features)];
    let more = [
        "--steps", "1", "--width", "2", "--batch", "2", "--device", "cpu",
    ];
    printed(train.into_iter().chain(more));
    let flags = format!(
        "--steps 2 --snapshot-every 1 --l3 1 --features {}",
        text(&features)
    );
    succeeded(outfits::train(folder.path(), &flags));
    std::fs::rename(&features, &moved).unwrap();
    let run = run_dir(folder.path());
    let said = refused(&["resume", text(&run), "--steps", "3"]);
    assert!(
        said.contains("name the place where they are now with --features"),
        "{said}"
    );
    accepted(&[
        "resume",
        text(&run),
        "--steps",
        "3",
        "--features",
        text(&moved),
    ]);
    accepted(&["resume", text(&run), "--steps", "4"]);
}

#[test]
fn a_discriminator_without_operators_keeps_nobody_from_the_other_two() {
    let (folder, plain) = run("");
    let onnx = folder.path().join("onnx");
    let export = |run: &Path| {
        let arguments = [
            "export",
            text(run),
            "--format",
            "onnx",
            "--out",
            text(&onnx),
        ];
        accepted(&arguments)
    };
    export(&plain);
    assert_eq!(files(&onnx).len(), 3);
    let flags = "--steps 1 --name compares --minibatch-kernels 2";
    succeeded(outfits::train(folder.path(), flags));
    let said = export(&folder.path().join("runs/00001-compares"));
    assert!(said.contains("discriminator.onnx is left out"), "{said}");
    // That of another training would be taken for theirs.
    let names: Vec<PathBuf> = files(&onnx).into_keys().collect();
    assert_eq!(names, ["encoder.onnx", "generator.onnx"].map(PathBuf::from));
}
