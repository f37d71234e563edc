//! The real program with garments alone: a network that cuts out, trained on drawn boxes, then photographs through it into
//! a run and a model, and out of it again.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};
use images::png;
use serde_json::Value;
use tempfile::TempDir;
use tests::folders::{copy, files, read_json};
use tests::program::{command, printed, printed_json, stderr, stylewalk, succeeded};

/// Enough for a small network to tell a light box from dark noise.
const TRAINING: &str = "--width 4 --batch 4 --steps 110 --learning-rate 4e-3 --device cpu";

/// A box in a photograph: left, top, width, height.
type Place = [u32; 4];

/// Dark noise with light boxes, and its mask.
fn photo((width, height): (u32, u32), boxes: &[Place], seed: u32) -> (RgbImage, RgbImage) {
    let inside = |x: u32, y: u32| {
        boxes.iter().any(|&[left, top, wide, high]| {
            (left..left + wide).contains(&x) && (top..top + high).contains(&y)
        })
    };
    let noise =
        |x: u32, y: u32, c: u32| ((x * 7919 + y * 104_729 + c * 31 + seed * 613) % 41) as u8;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let base = if inside(x, y) { 190 } else { 25 };
        Rgb([0, 1, 2].map(|c| base + noise(x, y, c)))
    });
    let mask = RgbImage::from_fn(width, height, |x, y| {
        Rgb([if inside(x, y) { 255 } else { 0 }; 3])
    });
    (picture, mask)
}

/// Photographs and masks, a network that was trained on them, a run on what it cuts out, and the run's model.
struct Desk(TempDir);

impl Desk {
    fn shared() -> &'static Self {
        static DESK: OnceLock<Desk> = OnceLock::new();
        DESK.get_or_init(|| {
            let desk = Self(tempfile::tempdir().unwrap());
            for seed in 0..30 {
                let split = if seed < 24 { "train" } else { "test" };
                let place = [8 + seed % 11, 10 + seed % 17, 36, 40];
                let (picture, mask) = photo((96, 80 + seed), &[place], seed);
                desk.put(&format!("photos/{split}/coat/{seed}.png"), &png(&picture));
                desk.put(&format!("masks/{split}/coat/{seed}.png"), &png(&mask));
            }
            desk.run("train-cutout PHOTOS --masks MASKS --out CUTOUT", TRAINING);
            desk.run(
                "data prepare PHOTOS PREPARED --crop garment --cutout CUTOUT",
                "",
            );
            desk.run("train PREPARED --runs RUNS --steps 2", SMALL);
            desk.run("export RUNS/00000-run --out MODEL --device cpu", "");
            // As the page saves one; its photographs follow.
            copy(&desk.path("runs/00000-run"), &desk.path("own"));
            desk
        })
    }

    /// Runs the program: words in capitals are paths here.
    fn run(&self, words: &str, more: &str) -> String {
        let words = self.words(words, more);
        printed(words.iter().map(String::as_str))
    }

    fn refused(&self, words: &str) -> String {
        let words = self.words(words, "");
        let output = stylewalk(words.iter().map(String::as_str));
        assert!(!output.status.success(), "{words:?} was accepted");
        stderr(&output)
    }

    fn words(&self, words: &str, more: &str) -> Vec<String> {
        let path = |word: &str| {
            let capital = word.starts_with(|first: char| first.is_ascii_uppercase());
            if capital {
                self.text(&word.to_lowercase())
            } else {
                word.to_owned()
            }
        };
        let more = more.split_whitespace().map(str::to_owned);
        words.split_whitespace().map(path).chain(more).collect()
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

    /// What the model sees of a photograph, and what the program says about it.
    fn seen(&self, name: &str, photo: &[u8]) -> (RgbImage, String) {
        self.put(&format!("{name}.png"), photo);
        let [photo, tiles, out] =
            ["png", "tiles", "grid.png"].map(|end| self.text(&format!("{name}.{end}")));
        let model = self.text("model");
        let words = [
            "reconstruct",
            &photo,
            "--model",
            &model,
            "--tiles",
            &tiles,
            "--out",
            &out,
            "--device",
            "cpu",
        ];
        let output = stylewalk(words);
        let said = stderr(&output);
        succeeded(output);
        let tile = image::open(self.path(&format!("{name}.tiles/original.png"))).unwrap();
        (tile.into_rgb8(), said)
    }
}

/// Networks that train in a moment.
const SMALL: &str = "--batch 4 --width 2 --latent 6 --device cpu";

fn white(picture: &RgbImage) -> usize {
    picture.pixels().filter(|pixel| pixel.0 == [255; 3]).count()
}

#[test]
fn the_network_finds_what_it_was_taught() {
    let desk = Desk::shared();
    let card = read_json(&desk.path("cutout/cutout.json"));
    assert!(
        card["test"]["median_iou"].as_f64().unwrap() > 0.85,
        "{card}"
    );
    assert_eq!(
        (&card["test"]["images"], &card["dtype"]),
        (&Value::from(6), &Value::from("int8"))
    );
    assert!(!desk.path("cutout/checkpoint").exists());
}

#[test]
fn pairs_that_cannot_be_used_are_named() {
    let desk = Desk(tempfile::tempdir().unwrap());
    let good = photo((64, 64), &[[10, 10, 30, 30]], 0);
    for (name, mask) in [
        ("good", Some(good.1)),
        ("alone", None),
        ("wide", Some(photo((64, 20), &[[5, 5, 30, 10]], 0).1)),
        ("empty", Some(photo((64, 64), &[], 0).1)),
    ] {
        desk.put(&format!("photos/{name}.png"), &png(&good.0));
        if let Some(mask) = mask {
            desk.put(&format!("masks/{name}.png"), &png(&mask));
        }
    }
    desk.put("photos/torn.png", &png(&good.0)[..90]);
    desk.put("masks/torn.png", b"");
    let words = desk.words(
        "train-cutout PHOTOS --masks MASKS --out OUT --steps 1 --batch 2 --width 1 --device cpu",
        "",
    );
    let said = stderr(&stylewalk(words.iter().map(String::as_str)));
    for sentence in [
        "skipped alone.png: there is no mask",
        "skipped wide.png: its mask is 64 x 20, of other proportions than the photograph's 64 x 64",
        "skipped empty.png: its mask covers 0 % of it",
        "skipped torn.png: its mask cannot be used",
        "1 photographs with masks to train on",
    ] {
        assert!(said.contains(sentence), "{sentence} is not in: {said}");
    }
    let nothing = desk.refused("train-cutout MASKS --masks PHOTOS/../nowhere --out OUT");
    assert!(
        nothing.contains("--masks") && nothing.contains("is not a folder"),
        "{nothing}"
    );
}

#[cfg(unix)]
#[test]
fn a_training_that_was_stopped_goes_on() {
    let desk = Desk::shared();
    let words = |steps: &str| {
        desk.words("train-cutout PHOTOS --masks MASKS --out STOPPED --width 1 --batch 2 --device cpu --steps", steps)
    };
    let begin = words("700");
    let mut child = command(begin.iter().map(String::as_str))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("step 100/")));
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let said: Vec<String> = lines.collect();
    assert!(child.wait().unwrap().success());
    assert!(
        said.iter()
            .any(|line| line.contains("the same command goes on from there")),
        "{said:?}"
    );
    let other = stderr(&stylewalk(words("800").iter().map(String::as_str)));
    assert!(other.contains("other settings"), "{other}");
    let output = stylewalk(words("700").iter().map(String::as_str));
    assert!(stderr(&output).contains("going on from step"));
    succeeded(output);
    assert!(desk.path("stopped/cutout.json").is_file());
}

#[test]
fn the_run_and_the_model_carry_the_network() {
    let desk = Desk::shared();
    let own = std::fs::read(desk.path("cutout/cutout.safetensors")).unwrap();
    for copy in ["prepared/cutout", "runs/00000-run/cutout", "model"] {
        let copied = std::fs::read(desk.path(copy).join("cutout.safetensors")).unwrap();
        assert_eq!(copied, own, "{copy}");
    }
    let card = read_json(&desk.path("model/model.json"));
    assert_eq!(card["cutout"]["file"]["name"], "cutout.safetensors");
    let [raw, prepared] = ["photos/test", "prepared"].map(|data| {
        let (data, model) = (desk.text(data), desk.text("model"));
        printed_json([
            "evaluate", &data, "--model", &model, "--json", "--device", "cpu",
        ])
    });
    // The same photographs, cut out now or before.
    assert_eq!(raw, prepared);
    let resumed = desk.run("resume RUNS/00000-run --steps 3 --device cpu", "");
    assert!(!resumed.contains("error"));
}

#[test]
fn a_photograph_becomes_its_garment_on_white() {
    let desk = Desk::shared();
    let (picture, said) = desk.seen("coat", &png(&photo((200, 150), &[[120, 40, 60, 70]], 5).0));
    assert!(!said.contains("no garment"), "{said}");
    // The box and a tenth around it.
    assert!(
        (700..2600).contains(&white(&picture)),
        "{}",
        white(&picture)
    );
    assert_eq!(picture.get_pixel(0, 0).0, [255; 3]);

    let (edge, _) = desk.seen("edge", &png(&photo((200, 150), &[[0, 40, 60, 70]], 6).0));
    assert!(white(&edge) > 700);
    // Padded, the garment of this strip is three pixels high: found or not, there is a picture.
    let strip = photo((1200, 60), &[[500, 5, 90, 50]], 7).0;
    assert_eq!(desk.seen("strip", &png(&strip)).0.dimensions(), (64, 64));
}

#[test]
fn a_transparent_picture_is_laid_on_white_first() {
    let desk = Desk::shared();
    let see_through = RgbaImage::from_fn(90, 90, |x, y| {
        let inside = (20..60).contains(&x) && (20..60).contains(&y);
        Rgba([30, 30, 30, if inside { 0 } else { 255 }])
    });
    let mut bytes = Vec::new();
    let picture = DynamicImage::ImageRgba8(see_through);
    picture
        .write_to(
            &mut std::io::Cursor::new(&mut bytes),
            image::ImageFormat::Png,
        )
        .unwrap();
    // The hole is as light as a garment is here.
    let (picture, said) = desk.seen("hole", &bytes);
    assert!(!said.contains("no garment"), "{said}");
    assert_eq!(picture.get_pixel(32, 32).0, [255; 3]);
}

#[test]
fn without_a_garment_the_whole_photograph_is_used_and_the_program_says_so() {
    let desk = Desk::shared();
    let dark = photo((120, 90), &[], 1).0;
    let (picture, said) = desk.seen("dark", &png(&dark));
    assert!(
        said.contains("no garment was found; the whole photo is used"),
        "{said}"
    );
    assert_eq!(picture, images::square(&dark, 64, images::Fit::Pad));
    let (_, said) = desk.seen("pixel", &png(&RgbImage::from_pixel(1, 1, Rgb([30; 3]))));
    assert!(said.contains("the whole photo is used"), "{said}");
}

#[test]
fn a_damaged_network_is_refused_by_name() {
    let desk = Desk::shared();
    let weights = std::fs::read(desk.path("model/cutout.safetensors")).unwrap();
    let mut damaged = weights.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let broken = Desk(tempfile::tempdir().unwrap());
    for file in std::fs::read_dir(desk.path("model")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        broken.put(
            &format!("model/{name}"),
            &std::fs::read(file.path()).unwrap(),
        );
    }
    for bytes in [&damaged[..], &weights[..100], b""] {
        broken.put("model/cutout.safetensors", bytes);
        let said = broken.refused("sample --model MODEL");
        assert!(said.contains("cutout.safetensors"), "{said}");
    }
    std::fs::remove_file(broken.path("model/cutout.safetensors")).unwrap();
    assert!(
        broken
            .refused("sample --model MODEL")
            .contains("cutout.safetensors")
    );
}

#[test]
fn whole_and_cut_out_photographs_are_not_mixed_up() {
    let desk = Desk::shared();
    desk.run("data prepare PHOTOS WHOLE", "");
    let said = desk.refused("evaluate WHOLE --model MODEL --device cpu");
    assert!(
        said.contains("were prepared whole") && said.contains("--crop garment"),
        "{said}"
    );
    let said = desk.refused("data prepare PHOTOS AGAIN --crop garment");
    assert!(said.contains("--cutout"), "{said}");
    let said = desk.refused("data prepare PHOTOS AGAIN --cutout CUTOUT");
    assert!(said.contains("add --crop garment"), "{said}");
    // A model without the network takes no cut-outs for photographs.
    desk.run("train WHOLE --runs OTHER --steps 1", SMALL);
    desk.run("export OTHER/00000-run --out PLAIN --device cpu", "");
    assert!(read_json(&desk.path("plain/model.json"))["cutout"].is_null());
    let said = desk.refused("evaluate PREPARED --model PLAIN --device cpu");
    assert!(
        said.contains("were prepared as garments on white"),
        "{said}"
    );
}

#[test]
fn a_models_own_network_is_as_good_as_its_directory() {
    let desk = Desk::shared();
    desk.run(
        "data prepare PHOTOS ALIKE --crop garment --cutout MODEL",
        "",
    );
    let (alike, prepared) = (files(&desk.path("alike")), files(&desk.path("prepared")));
    assert_eq!(alike, prepared);
    desk.run("train PHOTOS --runs BARE --steps 1", SMALL);
    desk.run("export BARE/00000-run --out WITHOUT --device cpu", "");
    let said = desk.refused("data prepare PHOTOS REFUSED --crop garment --cutout WITHOUT");
    assert!(
        said.contains("without") && said.contains("whole photographs"),
        "{said}"
    );
}

/// A run that the page has saved holds its pictures as it trained on them: nothing cuts them out again.
#[test]
fn pictures_that_lie_in_a_run_are_not_cut_out_twice() {
    let desk = Desk::shared();
    let mut config = read_json(&desk.path("own/config.json"));
    config["data"] = "photos".into();
    config["photographs"] = 5.into();
    config.as_object_mut().unwrap().remove("photographs_sha256");
    desk.put("own/config.json", config.to_string().as_bytes());
    for seed in 0..5 {
        // Without anything that the network takes for a garment.
        let picture = photo((64, 64), &[], seed).0;
        desk.put(&format!("own/photos/{seed}.png"), &png(&picture));
    }
    let words = desk.words("export OWN --out PUBLISHED --device cpu", "");
    let output = stylewalk(words.iter().map(String::as_str));
    let said = stderr(&output);
    succeeded(output);
    assert!(!said.contains("no garment was found"), "{said}");
    assert!(desk.path("published/codes.safetensors").is_file());
}
