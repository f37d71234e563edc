//! The side of pictures is a setting: the real program prepares, trains, goes on, publishes, measures and exports at 32 and
//! at 128 pixels as it does at the paper's 64.

use std::path::Path;

use tempfile::TempDir;
use tests::folders::read_json;
use tests::outfits::{draw, draw_splits, run_dir, train};
use tests::program::{printed, printed_json, stderr, stylewalk, succeeded};

/// A folder with drawn outfits below `data`.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    draw_splits(&folder.path().join("data"));
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs of any side, from photographs to every file that can be made of them.
#[test]
fn a_model_of_another_side_is_trained_gone_on_with_published_and_measured() {
    for side in ["32", "128"] {
        let folder = desk();
        let [data, model, onnx, tiles] =
            ["data", "model", "onnx", "tiles"].map(|name| folder.path().join(name));
        let flags = format!(
            "--side {side} --steps 2 --augment color,translation,cutout --noise-penalty 1 --feature-distance 1"
        );
        succeeded(train(folder.path(), &flags));
        let run = run_dir(folder.path());
        let config = read_json(&run.join("config.json"));
        assert_eq!(config["trainer"]["networks"]["side"].to_string(), side);
        printed(["resume", text(&run), "--steps", "3", "--device", "cpu"]);

        let publish = [
            "export",
            text(&run),
            "--out",
            text(&model),
            "--device",
            "cpu",
        ];
        printed(publish.into_iter().chain(["--dtype", "int8"]));
        let card = read_json(&model.join("model.json"));
        assert_eq!(card["networks"]["side"].to_string(), side);
        printed([
            "export",
            text(&model),
            "--out",
            text(&onnx),
            "--format",
            "onnx",
        ]);

        let photo = data.join("test/0.png");
        printed([
            "reconstruct",
            text(&photo),
            "--model",
            text(&model),
            "--tiles",
            text(&tiles),
            "--out",
            text(&folder.path().join("reconstruction.png")),
            "--device",
            "cpu",
        ]);
        for name in ["original.png", "reconstruction.png"] {
            let picture = image::open(tiles.join(name)).unwrap();
            assert_eq!(picture.width().to_string(), side, "{name}");
        }
        let measured = printed_json([
            "evaluate",
            text(&data),
            "--model",
            text(&model),
            "--json",
            "--device",
            "cpu",
        ]);
        assert!(measured["psnr"].as_f64().unwrap() > 0.0, "{measured}");
        let walk = folder.path().join("walk.png");
        let other = data.join("test/1.png");
        let pair = ["walk", text(&photo), text(&other), "--device", "cpu"];
        let more = ["--model", text(&model), "--out", text(&walk)];
        printed(pair.into_iter().chain(more));
        assert!(image::open(walk).is_ok());
    }
}

#[test]
fn photographs_are_prepared_at_the_side_that_a_training_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let [photos, prepared, runs] =
        ["photos", "prepared", "runs"].map(|name| folder.path().join(name));
    draw(&photos, 12);
    let prepare = |more: &[&'static str]| {
        let mut arguments = vec!["data", "prepare", text(&photos), text(&prepared)];
        arguments.extend(more);
        stylewalk(arguments)
    };
    succeeded(prepare(&["--side", "128"]));
    let index = read_json(&prepared.join("index.json"));
    assert_eq!(index["side"], 128);
    let told = stderr(&prepare(&[]));
    assert!(told.contains("started with --side 128"), "{told}");

    let train = |side: &'static str| {
        let mut arguments = vec![
            "train",
            text(&prepared),
            "--runs",
            text(&runs),
            "--side",
            side,
        ];
        arguments.extend("--batch 4 --width 2 --latent 6 --steps 1 --device cpu".split(' '));
        stylewalk(arguments)
    };
    succeeded(train("128"));
    let told = stderr(&train("64"));
    assert!(
        told.contains("prepared as 128x128 pixels, but these networks take 64x64"),
        "{told}"
    );
    for wrong in ["48", "0", "many"] {
        let told = stderr(&train(wrong));
        assert!(told.contains("--side"), "{told}");
    }
}
