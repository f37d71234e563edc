//! The real program trains an H on drawn outfits, fetches one, and measures models by one.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bigan::Precision;
use bigan::weights::FILES;
use images::png;
use machine::root;
use serde_json::Value;
use tempfile::TempDir;
use tests::model::{Model, TINY};
use tests::program::{command, stderr, stylewalk, succeeded};

/// Kinds that a small network soon tells apart, and one that says nothing.
const KINDS: [&str; 3] = ["hat", "pants", "dress"];
const NO_KIND: &str = "unlabelled";

/// A folder with room for results, and in it `clothes`, drawn outfits of a few kinds in both splits, `few`, some of
/// them, and `model`, a small one.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let model = Model::drawn(TINY, Precision::F16);
        desk.put("model/model.json", model.card.to_string().as_bytes());
        for (name, bytes) in FILES.into_iter().zip(&model.files) {
            desk.put(&format!("model/{name}"), bytes);
        }
        for seed in 0..10 {
            let outfit = outfits::outfit(seed, 64);
            desk.put(&format!("few/{seed}.png"), &png(&outfit.image));
            desk.put(
                &format!("clothes/train/{NO_KIND}/{seed}.png"),
                &png(&outfit.image),
            );
        }
        desk
    }

    /// With `count` outfits in `clothes`, those of other kinds left out; every third is for testing.
    fn with_clothes(count: u64) -> Self {
        let desk = Self::new();
        for seed in 0..count {
            let outfit = outfits::outfit(seed, 64);
            if KINDS.contains(&outfit.label) {
                let split = if seed % 3 == 0 { "test" } else { "train" };
                let name = format!("clothes/{split}/{}/{seed}.png", outfit.label);
                desk.put(&name, &png(&outfit.image));
            }
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Trains on the drawn outfits into the directory `out`.
    fn train(&self, out: &str, more: &[&str]) -> Output {
        let (clothes, out) = (self.text("clothes"), self.text(out));
        let mut arguments = vec!["train-features", &clothes, "--out", &out, "--device", "cpu"];
        for (flag, value) in [
            ("--width", "4"),
            ("--batch", "16"),
            ("--steps", "120"),
            ("--learning-rate", "1e-2"),
        ] {
            if !more.contains(&flag) {
                arguments.extend([flag, value]);
            }
        }
        arguments.extend(more);
        stylewalk(arguments)
    }

    /// Measures the model on the few outfits by the H in `features`.
    fn measure(&self, features: &str, more: &[&str]) -> Output {
        let (photos, model) = (self.text("few"), self.text("model"));
        let mut arguments = vec!["evaluate", &photos, "--json", "--device", "cpu"];
        arguments.extend(["--model", &model]);
        arguments.extend(["--features", features]);
        arguments.extend(more);
        stylewalk(arguments)
    }
}

/// One sentence on stderr that has every one of `words`.
fn refuses(output: &Output, words: &[&str]) {
    let said = stderr(output);
    assert!(!output.status.success(), "{said}");
    let sentences: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error:"))
        .collect();
    assert_eq!(sentences.len(), 1, "{said}");
    for word in words {
        assert!(sentences[0].contains(word), "{word}: {said}");
    }
}

/// The golden AlexNet, whose name ends in its hash.
fn golden() -> PathBuf {
    let folder = root().join("tests/golden/features");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .find(|path| path.extension().is_some_and(|end| end == "pth"))
        .unwrap()
}

/// Opening a compressed archive says so: opened once, its photographs are decoded once, for all figures.
#[test]
fn photographs_are_read_once_for_all_figures() {
    let desk = Desk::with_clothes(60);
    succeeded(desk.train("h", &[]));
    let archive = desk.text("few.tar.gz");
    let packed = Command::new("tar")
        .args(["-czf", &archive, "-C", &desk.text("few"), "."])
        .status();
    assert!(packed.unwrap().success());
    let (model, h) = (desk.text("model"), desk.text("h"));
    let output = stylewalk([
        "evaluate",
        &archive,
        "--model",
        &model,
        "--features",
        &h,
        "--device",
        "cpu",
        "--json",
    ]);
    let said = stderr(&output);
    let figures: Value = serde_json::from_str(&succeeded(output)).unwrap();
    assert!(
        figures["fid"].is_f64() && figures["images"] == 10,
        "{figures}"
    );
    assert_eq!(said.matches("unpacking").count(), 1, "{said}");
}

#[test]
fn a_network_learns_drawn_outfits_the_same_way_twice_and_measures_a_model() {
    let desk = Desk::with_clothes(500);
    let told = succeeded(desk.train("one", &["--json", "--licence", "CC0-1.0"]));
    let card: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        card["classes"],
        serde_json::json!(["dress", "hat", "pants"])
    );
    let images = |part: &str, field: &str| card[part][field].as_u64().unwrap();
    let (train, test) = (
        images("dataset", "images"),
        images("accuracy", "test_images"),
    );
    assert!(train > 80 && test > 40, "{train} and {test} photographs");
    // A third would be chance.
    let right = card["accuracy"]["test"].as_f64().unwrap();
    assert!(right > 0.55, "{right} of the test pictures");

    succeeded(desk.train("two", &[]));
    let weights =
        |name: &str| std::fs::read(desk.path(name).join("classifier.safetensors")).unwrap();
    assert!(
        weights("one") == weights("two"),
        "the same seed gave other weights"
    );

    let told = succeeded(desk.measure(&desk.text("one"), &[]));
    let figures: Value = serde_json::from_str(&told).unwrap();
    for name in ["psnr", "fid", "kid_mean", "kid_std"] {
        assert!(
            figures[name].as_f64().is_some_and(f64::is_finite),
            "{name}: {figures}"
        );
    }
    assert_eq!(figures["feature_images_real"], 10);
    assert_eq!(figures["feature_images_generated"], 10);
    assert_eq!(figures["feature_count"], 16);

    let file = desk.path("one/classifier.safetensors");
    let mut damaged = weights("one");
    damaged[3000] ^= 1;
    std::fs::write(&file, damaged).unwrap();
    refuses(
        &desk.measure(&desk.text("one"), &[]),
        &["classifier.safetensors", "sha256"],
    );
    std::fs::remove_file(&file).unwrap();
    refuses(
        &desk.measure(&desk.text("one"), &[]),
        &["classifier.safetensors"],
    );
}

#[test]
fn settings_and_folders_that_cannot_work_are_named() {
    let desk = Desk::with_clothes(30);
    refuses(&desk.train("h", &["--batch", "1"]), &["--batch is 1"]);
    refuses(&desk.train("h", &["--width", "0"]), &["width", "0"]);
    refuses(
        &desk.train("h", &["--learning-rate", "0"]),
        &["--learning-rate is 0"],
    );
    let others = [
        "--leave-out",
        "hat",
        "--leave-out",
        "pants",
        "--leave-out",
        NO_KIND,
    ];
    refuses(&desk.train("h", &others), &["clothes", "two folders"]);
    // The photographs themselves are no features directory, and are not replaced by one.
    refuses(&desk.train("clothes", &[]), &["clothes", "--out"]);
    assert!(desk.path("clothes/train/hat").is_dir());
    assert!(!desk.path("h").exists());
}

#[cfg(unix)]
#[test]
fn a_training_that_is_ended_goes_on_as_if_it_had_not_been() {
    let desk = Desk::with_clothes(30);
    let clothes = desk.text("clothes");
    let arguments = |out, steps| {
        let mut arguments = vec!["train-features", &clothes, "--out", out, "--steps", steps];
        arguments.extend(["--device", "cpu", "--width", "2", "--batch", "4"]);
        arguments
    };
    let (whole, out) = (desk.text("whole"), desk.text("h"));
    succeeded(stylewalk(arguments(&whole, "400")));

    let mut child = command(arguments(&out, "400"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first step's line says that it has begun.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("step 0/400")));
    let mut kill = Command::new("kill");
    kill.args(["-TERM", &child.id().to_string()]);
    assert!(kill.status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert!(
        rest.iter().any(|line| line.contains("stopped at step")),
        "{rest:?}"
    );
    assert!(!desk.path("h/features.json").exists());

    refuses(&stylewalk(arguments(&out, "500")), &["other settings"]);
    let photo = desk.path("clothes/train").join(photo_of(&desk));
    let moved = desk.path("aside.png");
    std::fs::rename(&photo, &moved).unwrap();
    refuses(&stylewalk(arguments(&out, "400")), &["other photographs"]);
    std::fs::rename(&moved, &photo).unwrap();

    let said = stylewalk(arguments(&out, "400"));
    assert!(
        stderr(&said).contains("going on from step"),
        "{}",
        stderr(&said)
    );
    succeeded(said);
    for name in ["features.json", "classifier.safetensors"] {
        let [one, other] = [&whole, &out].map(|folder| Path::new(folder).join(name));
        assert!(
            std::fs::read(one).unwrap() == std::fs::read(other).unwrap(),
            "{name}"
        );
    }
    let left = std::fs::read_dir(&out).unwrap().count();
    assert_eq!(left, 2, "something else is left in {out}");
}

/// The path of some photograph to train on, below their folder.
#[cfg(unix)]
fn photo_of(desk: &Desk) -> PathBuf {
    let train = desk.path("clothes/train");
    let first = |folder: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        PathBuf::from(names.swap_remove(0))
    };
    let kind = first(&train);
    kind.join(first(&train.join(&kind)))
}

#[test]
fn alexnet_measures_a_model_and_wrong_files_are_named() {
    let desk = Desk::new();
    let golden = golden();
    let path = golden.to_str().unwrap();
    let told = succeeded(desk.measure(path, &[]));
    let figures: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(figures["feature_count"], 8);
    let plain = root().join("tests/golden/features/alexnet.safetensors");
    let again = succeeded(desk.measure(plain.to_str().unwrap(), &[]));
    assert_eq!(told, again);

    let name = golden.file_name().unwrap().to_str().unwrap();
    let bytes = std::fs::read(&golden).unwrap();
    desk.put(name, &bytes[..bytes.len() / 2]);
    refuses(
        &desk.measure(&desk.text(name), &[]),
        &[name, "sha256", "truncated"],
    );
    desk.put("cut.pth", &bytes[..bytes.len() / 2]);
    refuses(
        &desk.measure(&desk.text("cut.pth"), &[]),
        &["cut.pth", "complete"],
    );
    desk.put("photo.pth", b"\xff\xd8\xff\xe0 no weights");
    refuses(
        &desk.measure(&desk.text("photo.pth"), &[]),
        &["photo.pth", "torch.save"],
    );
    refuses(&desk.measure(&desk.text("none.pth"), &[]), &["none.pth"]);
    refuses(
        &desk.measure(path, &["--features-sha256", "0123456789"]),
        &["--features-sha256"],
    );
    refuses(
        &desk.measure(&desk.text("clothes"), &[]),
        &["features.json"],
    );
    let usage = desk.measure(path, &["--features-sha256", "xyz"]);
    assert_eq!(usage.status.code(), Some(2), "{}", stderr(&usage));
}

#[needs::curl]
fn weights_are_fetched_checked_and_left_alone_when_they_are_there() {
    let desk = Desk::new();
    let fetch = |from: &Path| {
        let (out, url) = (desk.text("features"), format!("file://{}", from.display()));
        stylewalk(["fetch-features", "--out", &out, "--url", &url])
    };
    let files = || std::fs::read_dir(desk.path("features")).map_or(0, Iterator::count);
    let golden = golden();
    let name = golden.file_name().unwrap().to_str().unwrap();
    // Another file under the same name: nothing of it stays.
    desk.put(&format!("mirror/{name}"), b"a page that says no");
    refuses(&fetch(&desk.path("mirror").join(name)), &[name, "sha256"]);
    assert_eq!(files(), 0);
    refuses(
        &fetch(&desk.path("mirror/none-01234567.pth")),
        &["none-01234567.pth", "--features"],
    );
    assert_eq!(files(), 0);
    refuses(&fetch(&desk.path("mirror/alexnet.pth")), &["--url"]);

    assert!(succeeded(fetch(&golden)).contains("--features"));
    let fetched = desk.path("features").join(name);
    assert_eq!(
        std::fs::read(&fetched).unwrap(),
        std::fs::read(&golden).unwrap()
    );
    // The second time nothing is fetched.
    succeeded(stylewalk([
        "fetch-features",
        "--out",
        &desk.text("features"),
        "--url",
        &format!("file:///nowhere/{name}"),
    ]));
    std::fs::write(&fetched, b"damaged").unwrap();
    refuses(&fetch(&golden), &[name, "delete it"]);
    assert_eq!(std::fs::read(&fetched).unwrap(), b"damaged");
}
