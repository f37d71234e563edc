//! A model that knows what its photographs' codes are like: exported, sampled from, measured.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tests::folders::{files, read_json};
use tests::golden::Numbers;
use tests::outfits;
use tests::program::{printed, printed_json, stderr, stylewalk, succeeded};

const CODES: &str = "codes.safetensors";

/// A folder with a run that keeps an average.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let flags = "--l-gan 0 --l2 50 --average-decay 0.9 --learning-rate 1e-2 --steps 100";
        succeeded(outfits::train(desk.0.path(), flags));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Exports the run as the model `out`.
    fn export(&self, out: &str, more: &[&str]) -> Output {
        let (run, out) = (self.text("runs/00000-run"), self.text(out));
        let arguments = [
            "export", &run, "--out", &out, "--dtype", "f32", "--device", "cpu",
        ];
        stylewalk(arguments.into_iter().chain(more.iter().copied()))
    }

    /// A grid of samples from `model`.
    fn sample(&self, model: &str, more: &[&str]) -> Output {
        let (model, out) = (self.text(model), self.text("samples.png"));
        let arguments = [
            "sample", "--count", "4", "--device", "cpu", "--model", &model,
        ];
        let arguments = arguments.into_iter().chain(["--out", &out]);
        stylewalk(arguments.chain(more.iter().copied()))
    }

    /// What D says of samples from `model`: they differ where pictures of eight bits do not yet.
    fn scores(&self, more: &[&str]) -> String {
        let more: Vec<&str> = more.iter().copied().chain(["--json"]).collect();
        succeeded(self.sample("model", &more))
    }
}

fn refuses(output: &Output, words: &[&str]) {
    let said = stderr(output);
    assert!(!output.status.success(), "{said}");
    let errors: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error:"))
        .collect();
    assert_eq!(errors.len(), 1, "{said}");
    for word in words {
        assert!(errors[0].contains(word), "{word}: {said}");
    }
}

#[test]
fn samples_are_drawn_like_the_photographs_and_measured() {
    let desk = Desk::new();
    succeeded(desk.export("model", &[]));
    let card = read_json(&desk.path("model/model.json"));
    assert_eq!(card["codes"]["name"], CODES);
    let file = Numbers::parse(&std::fs::read(desk.path("model").join(CODES)).unwrap());
    assert_eq!(file.values("mean").len(), 6);
    let factor = file.values("factor");
    assert!(factor.len() == 36 && factor[0] > 0.0 && factor[1] == 0.0);

    let like = |seed| desk.scores(&["--like", "photographs", "--seed", seed]);
    let prior = desk.scores(&["--like", "prior", "--seed", "1"]);
    assert_eq!(like("1"), like("1"));
    assert!(like("1") != like("2") && like("1") != prior);
    assert_eq!(desk.scores(&["--seed", "1"]), prior);

    let (photos, model) = (desk.text("data/test"), desk.text("model"));
    let arguments = ["evaluate", &photos, "--model", &model, "--device", "cpu"];
    let figures = printed_json(arguments.into_iter().chain(["--json"]));
    let figure = |name: &str| figures[name].as_f64().unwrap();
    assert!(figure("diversity_like_photographs") > 0.0);
    assert!(figure("sharpness_like_photographs") > 0.0);
    assert!((0.0..=1.0).contains(&figure("codes_outside_prior")));
    // Three photographs have codes in a plane.
    assert!(
        (1.0..=2.0).contains(&figure("codes_effective_rank")),
        "{figures}"
    );
    assert!(figure("codes_variance_largest") > figure("codes_variance_smallest"));
    let table = printed(arguments);
    assert!(
        table.contains("like the photographs") && table.contains("effective rank"),
        "{table}"
    );
}

#[test]
fn a_model_learns_again_what_codes_are_like() {
    let desk = Desk::new();
    let data = desk.text("data");
    succeeded(desk.export("model", &["--test", &data]));
    let like = ["--like", "photographs"];
    let before = desk.scores(&like);
    let weights = std::fs::read(desk.path("model/encoder.safetensors")).unwrap();

    let (model, other) = (desk.text("model"), desk.path("other"));
    outfits::draw(&other, 40);
    let other = other.to_str().unwrap().to_owned();
    let told = printed(["codes", &model, &other, "--device", "cpu"]);
    assert!(told.contains("40 photographs"), "{told}");
    assert_ne!(desk.scores(&like), before);
    let card = read_json(&desk.path("model/model.json"));
    // Of the samples of before.
    assert!(card["evaluation"]["psnr"].is_number());
    assert!(card["evaluation"]["diversity_like_photographs"].is_null());
    let kept = std::fs::read(desk.path("model/encoder.safetensors")).unwrap();
    assert!(kept == weights);

    let empty = desk.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let refused = stylewalk(["codes", &model, empty.to_str().unwrap(), "--device", "cpu"]);
    refuses(&refused, &["empty"]);
}

#[test]
fn a_model_without_codes_says_what_to_do_and_damaged_ones_are_refused() {
    let desk = Desk::new();
    std::fs::rename(desk.path("data"), desk.path("moved")).unwrap();
    let said = stderr(&desk.export("model", &[]));
    assert!(said.contains("--data"), "{said}");
    assert!(!desk.path("model").join(CODES).exists());
    succeeded(desk.sample("model", &[]));
    let like = ["--like", "photographs"];
    refuses(&desk.sample("model", &like), &["export", "--like"]);

    let moved = desk.text("moved");
    succeeded(desk.export("model", &["--data", &moved]));
    succeeded(desk.sample("model", &like));
    let codes = desk.path("model").join(CODES);
    let mut bytes = std::fs::read(&codes).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&codes, &bytes).unwrap();
    refuses(&desk.sample("model", &like), &[CODES, "damaged"]);
    std::fs::remove_file(&codes).unwrap();
    refuses(&desk.sample("model", &like), &[CODES]);
}

/// Parameters, or running statistics, of a network's file.
fn numbers(model: &Path, file: &str, running: bool) -> Vec<f32> {
    let numbers = Numbers::parse(&files(model)[Path::new(file)]);
    let names: Vec<String> = numbers.names().map(str::to_owned).collect();
    let wanted = names
        .into_iter()
        .filter(|name| name.contains("running_") == running);
    wanted
        .flat_map(|name| numbers.values(&name).to_vec())
        .collect()
}

#[test]
fn statistics_are_recomputed_when_asked_and_only_those_of_the_average() {
    let desk = Desk::new();
    succeeded(desk.export("model", &[]));
    for out in ["fresh", "again"] {
        succeeded(desk.export(out, &["--recompute-statistics"]));
    }
    let of = |model: &str, file: &str, running| numbers(&desk.path(model), file, running);
    for file in ["generator.safetensors", "encoder.safetensors"] {
        assert!(
            of("fresh", file, false) == of("model", file, false),
            "{file}"
        );
        assert!(of("fresh", file, true) != of("model", file, true), "{file}");
        assert!(of("fresh", file, true) == of("again", file, true), "{file}");
    }
    let discriminator = "discriminator.safetensors";
    assert!(
        files(&desk.path("fresh"))[Path::new(discriminator)]
            == files(&desk.path("model"))[Path::new(discriminator)]
    );

    let figures = |model: &str| -> Value {
        let (photos, model) = (desk.text("data/train"), desk.text(model));
        let arguments = [
            "evaluate", &photos, "--model", &model, "--device", "cpu", "--json",
        ];
        printed_json(arguments)
    };
    assert!(figures("fresh")["psnr"].is_f64());
    std::fs::rename(desk.path("data"), desk.path("moved")).unwrap();
    refuses(
        &desk.export("model", &["--recompute-statistics"]),
        &["--data"],
    );
}

#[test]
fn a_model_is_stored_with_another_data_type_and_keeps_what_it_knows() {
    let desk = Desk::new();
    succeeded(desk.export("model", &[]));
    let again = |out: &str, more: &[&str]| {
        let (model, out) = (desk.text("model"), desk.text(out));
        let arguments = ["export", &model, "--out", &out, "--device", "cpu"];
        stylewalk(arguments.into_iter().chain(more.iter().copied()))
    };
    refuses(&again("small", &[]), &["--dtype"]);
    refuses(&again("model", &["--dtype", "int8"]), &["--out"]);
    let statistics = ["--dtype", "int8", "--recompute-statistics"];
    refuses(&again("small", &statistics), &["--recompute-statistics"]);
    assert!(!desk.path("small").exists());

    let photos = desk.text("data/train");
    succeeded(again("small", &["--dtype", "int8", "--test", &photos]));
    let card = |model: &str| -> Value {
        let text = std::fs::read(desk.path(model).join("model.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let (small, large) = (card("small"), card("model"));
    assert_eq!(small["dtype"], "int8");
    for kept in ["name", "networks", "training", "dataset", "codes"] {
        assert_eq!(small[kept], large[kept], "{kept}");
    }
    assert!(small["evaluation"]["psnr"].is_f64());
    let bytes = |card: &Value| card["files"][1]["bytes"].as_u64().unwrap();
    assert!(bytes(&small) < bytes(&large));
    succeeded(desk.sample("small", &["--like", "photographs"]));
}
