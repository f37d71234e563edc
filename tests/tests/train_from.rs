//! The real program starts a training from the networks of a run or of a model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use bigan::Precision;
use bigan::weights::FILES;
use serde_json::Value;
use tempfile::TempDir;
use tests::folders::{files, read_json};
use tests::model::{Model, TINY, sha256};
use tests::outfits;
use tests::program::{printed, stderr, stylewalk, succeeded};

/// The second stage of a recipe, with every loss that it has.
const ADVERSARIAL: &str = "--l-gan-reconstruction 1 --feature-distance 4 --noise-penalty 1 --noise-penalty-every 16 \
    --clamp-codes --augment color,translation --l2 60 --average-decay 0.99 --seed 5 --snapshot-every 50";

/// A folder with a run of an autoencoder that keeps an average.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let first = "--l-gan 0 --l2 500 --gamma 1 --average-decay 0.9 --steps 3";
        succeeded(outfits::train(desk.0.path(), first));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The first stage's run.
    fn run(&self) -> PathBuf {
        outfits::run_dir(self.0.path())
    }

    /// Trains from `origin` with the flags `more`.
    fn train(&self, origin: &Path, more: &str) -> Output {
        let [data, runs] = ["data", "runs"].map(|name| self.path(name));
        let mut arguments = vec!["train", data.to_str().unwrap()];
        arguments.extend(["--runs", runs.to_str().unwrap(), "--device", "cpu"]);
        arguments.extend(["--from", origin.to_str().unwrap(), "--batch", "4"]);
        arguments.extend(more.split_whitespace());
        stylewalk(arguments)
    }

    /// The files of a run's checkpoint.
    fn checkpoint(&self, run: &str, step: u64) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.path(&format!("runs/{run}/checkpoints/step-{step:07}")))
    }
}

fn file<'a>(checkpoint: &'a BTreeMap<PathBuf, Vec<u8>>, name: &str) -> &'a [u8] {
    &checkpoint[Path::new(name)]
}

fn hashes(config: &Value) -> Vec<String> {
    let hashes = config["from"]["sha256"].as_array().unwrap().iter();
    hashes
        .map(|hash| hash.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn fifty_steps_of_the_recipe_are_the_same_to_the_byte() {
    let desk = Desk::new();
    for name in ["one", "two"] {
        let flags = format!("{ADVERSARIAL} --steps 50 --name {name}");
        succeeded(desk.train(&desk.run(), &flags));
    }
    let one = desk.checkpoint("00001-one", 50);
    let two = desk.checkpoint("00002-two", 50);
    assert!(one.len() >= 7);
    for ((name, one), (_, two)) in one.iter().zip(&two) {
        assert!(one == two, "{} differs", name.display());
    }
    // Its own settings make the same run again: the file names the networks, too.
    let config = desk.path("runs/00001-one/config.json");
    let runs = desk.path("runs");
    let again = [
        "train",
        "--config",
        config.to_str().unwrap(),
        "--device",
        "cpu",
    ];
    printed(
        again
            .into_iter()
            .chain(["--runs", runs.to_str().unwrap(), "--name", "three"]),
    );
    assert!(desk.checkpoint("00003-three", 50) == one);

    // Optimizers and steps began anew, from the average.
    let first = desk.checkpoint("00000-run", 3);
    let config = read_json(&config);
    let origin = [
        "average.generator.safetensors",
        "average.encoder.safetensors",
    ];
    let [generator, encoder] = origin.map(|name| sha256(file(&first, name)));
    let discriminator = sha256(file(&first, FILES[2]));
    assert_eq!(hashes(&config), [generator, encoder, discriminator]);
    let networks = &config["trainer"]["networks"];
    assert_eq!(
        (&networks["width"], &networks["latent"]),
        (&2.into(), &6.into())
    );
    let state: Value = serde_json::from_slice(file(&one, "trainer.json")).unwrap();
    assert_eq!(state["discriminator_steps"], 50);
}

#[test]
fn the_first_weights_are_the_models() {
    let desk = Desk::new();
    let model = Model::drawn(TINY, Precision::F32);
    model.write(&desk.path("model"));
    let still = "--learning-rate 1e-30 --steps 1 --name still";
    let said = stderr(&desk.train(&desk.path("model"), still));
    assert!(said.contains("starting from the model tiny"), "{said}");
    let checkpoint = desk.checkpoint("00001-still", 1);
    let parameters = |bytes: &[u8]| {
        let numbers = tests::golden::Numbers::parse(bytes);
        let names: Vec<String> = numbers.names().map(str::to_owned).collect();
        let learnt = names.into_iter().filter(|name| !name.contains("running_"));
        learnt
            .flat_map(|name| numbers.values(&name).to_vec())
            .collect::<Vec<f32>>()
    };
    for (name, bytes) in FILES.into_iter().zip(&model.files) {
        let (found, expected) = (parameters(file(&checkpoint, name)), parameters(bytes));
        assert_eq!(found.len(), expected.len());
        // Biases of zero have taken the step.
        let near = |(found, expected): (&f32, &f32)| (found - expected).abs() < 1e-20;
        assert!(found.iter().zip(&expected).all(near), "{name}");
    }
}

#[test]
fn what_cannot_be_started_from_is_refused_by_name() {
    let desk = Desk::new();
    let refused = |origin: &Path, flags: &str, words: &[&str]| {
        let said = stderr(&desk.train(origin, flags));
        let errors: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("error:"))
            .collect();
        assert_eq!(errors.len(), 1, "{said}");
        for word in words {
            assert!(errors[0].contains(word), "{word}: {said}");
        }
        assert!(!desk.path("runs/00001-run").exists());
    };
    refused(&desk.run(), "--width 16", &["--width is 16", "have 2"]);
    refused(&desk.run(), "--stochastic", &["--stochastic is true"]);
    refused(&desk.path("nowhere"), "", &["--from", "nowhere"]);
    refused(
        &desk.path("data"),
        "",
        &["data", "neither a model nor a run"],
    );
    let generator = desk
        .run()
        .join("checkpoints/step-0000003/average.generator.safetensors");
    std::fs::write(&generator, b"{").unwrap();
    refused(&desk.run(), "", &["average.generator.safetensors"]);
    std::fs::remove_file(&generator).unwrap();
    refused(&desk.run(), "", &["average.generator.safetensors"]);
}

/// Settings that name networks by hash do not start from others.
#[test]
fn networks_that_have_changed_are_not_taken_for_those_of_the_settings() {
    let desk = Desk::new();
    succeeded(desk.train(&desk.run(), "--steps 1 --name next"));
    let run = desk.run();
    printed([
        "resume",
        run.to_str().unwrap(),
        "--steps",
        "4",
        "--device",
        "cpu",
    ]);
    let config = desk.path("runs/00001-next/config.json");
    let output = stylewalk([
        "train",
        "--config",
        config.to_str().unwrap(),
        "--device",
        "cpu",
    ]);
    let said = stderr(&output);
    assert!(
        !output.status.success() && said.contains("--from"),
        "{said}"
    );
}
