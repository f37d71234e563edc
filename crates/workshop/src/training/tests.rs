//! Trainings in the page, run natively on small networks.

use bigan::Bigan;
use bigan::cutout::{
    CutoutConfig, CutoutDescription, CutoutTrainer, CutoutTrainerConfig, CutoutTraining,
};
use bigan::weights::{Dataset, Precision};
use pollster::block_on;
use web::borrowed;

use super::*;
use crate::publish_run;

fn settings() -> TrainingSettings {
    TrainingSettings::parse(
        r#"{ "losses": { "adversarial_latent": 1.0, "autoencoder": 10.0 }, "batch": 4, "width": 2, "flips": true, "seed": 3, "fit": "pad",
             "dataset": "drawn outfits", "licence": "CC0-1.0" }"#,
    )
    .unwrap()
}

fn begin(start: Start<'_>, settings: TrainingSettings) -> Result<Training, WorkshopError> {
    let (device, name) = (Device::flex(), "a test".to_owned());
    Training::begin(start, settings, None, None, drawn(9), device, name)
}

fn drawn(count: u64) -> Pictures {
    let outfits = (0..count).flat_map(|seed| outfits::outfit(seed, 64).image.into_raw());
    Pictures::new(outfits.collect(), bigan::SIDE).unwrap()
}

fn find<'a>(files: &'a [NamedFile], path: &str) -> &'a [u8] {
    let found = files.iter().find(|(found, _)| found == path);
    &found.unwrap_or_else(|| panic!("{path} is missing")).1
}

#[test]
fn steps_are_reported_and_come_closer() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    let first = block_on(training.steps(3, 0.0)).unwrap();
    assert_eq!((first.step, first.losses.len()), (3, 3));
    assert_eq!((first.warning, first.failure), (None, None));
    block_on(training.steps(194, 0.0)).unwrap();
    let last = block_on(training.steps(3, 0.0)).unwrap();
    assert_eq!((last.step, training.step_count()), (200, 200));
    let mean = |losses: &[Losses]| losses.iter().map(|one| one.autoencoder).sum::<f32>() / 3.0;
    assert!(mean(&last.losses) < mean(&first.losses));
    let shown = block_on(training.show()).unwrap();
    assert_eq!(shown.samples.len(), SAMPLES);
    assert_eq!(shown.originals.len(), shown.reconstructions.len());
    assert_ne!(shown.samples[0], shown.samples[1]);
}

/// What survives a lost device: the steps after a snapshot are those that would have come anyway.
#[test]
fn a_snapshot_goes_on_where_it_was_taken() {
    let mut straight = begin(Start::Nothing, settings()).unwrap();
    block_on(straight.steps(2, 0.0)).unwrap();
    let files = block_on(straight.snapshot()).unwrap().unwrap();
    let expected = block_on(straight.steps(2, 0.0)).unwrap();
    let mut resumed = begin(Start::Checkpoint(&borrowed(&files)), settings()).unwrap();
    assert_eq!(resumed.step_count(), 2);
    assert_eq!(block_on(resumed.steps(2, 0.0)).unwrap(), expected);
}

#[test]
fn an_exported_model_is_what_was_trained_and_can_be_trained_on() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    block_on(training.steps(2, 0.0)).unwrap();
    let files = block_on(training.export_model()).unwrap();
    let json = find(&files, "model.json");
    let card = ModelCard::parse(json).unwrap();
    assert_eq!((card.training.steps, card.dataset.images), (2, 9));
    let loaded = Bigan::load(&card, &borrowed(&files), &Device::flex()).unwrap();
    let codes = training.codes(2);
    let made =
        |bigan: &Bigan| block_on(read([bigan.generator.forward(codes.clone()).flatten(0, 3)]));
    let ([theirs], [ours]) = (
        made(&loaded).unwrap(),
        made(&training.trainer.networks()).unwrap(),
    );
    let pairs = theirs.iter().zip(&ours);
    let farthest = pairs.fold(0f32, |most, (a, b)| most.max((a - b).abs()));
    // Half precision.
    assert!(farthest < 2e-3, "{farthest}");
    let wider = TrainingSettings {
        width: 64,
        ..settings()
    };
    let again = begin(Start::Model(json, &borrowed(&files)), wider).unwrap();
    assert_eq!(again.networks().width, 2, "the model's own width counts");
}

#[test]
fn an_exported_run_has_settings_checkpoint_photographs_and_curves() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    block_on(training.steps(21, 8.0)).unwrap();
    let files = block_on(training.export_run()).unwrap();
    let config: RunConfig = serde_json::from_slice(find(&files, "config.json")).unwrap();
    assert_eq!(
        (config.batch, config.photographs, config.flips),
        (4, 9, true)
    );
    assert_eq!(config.data, std::path::Path::new("photos"));
    assert!(config.steps > 21);
    let stats = String::from_utf8(find(&files, "stats.jsonl").to_vec()).unwrap();
    let steps = stats.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["images_per_second"], 8.0);
        assert!(line["autoencoder"].as_f64().unwrap() > 0.0);
        line["step"].as_u64().unwrap()
    });
    assert_eq!(steps.collect::<Vec<_>>(), [10, 20]);
    let photo = images::decode(find(&files, "photos/00008.png"), &images::Limits::default());
    assert_eq!(photo.unwrap(), training.pictures.get(8));
    let checkpoint: Vec<NamedFile> = files
        .iter()
        .filter_map(|(path, bytes)| {
            let name = path.strip_prefix("checkpoints/step-0000021/")?;
            Some((name.to_owned(), bytes.clone()))
        })
        .collect();
    let resumed = begin(Start::Checkpoint(&borrowed(&checkpoint)), settings()).unwrap();
    assert_eq!(resumed.step_count(), 21);
}

#[test]
fn a_run_is_opened_as_the_model_that_its_training_would_export() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    block_on(training.steps(2, 0.0)).unwrap();
    let run = block_on(training.export_run()).unwrap();
    let checkpoint: Vec<(&str, &[u8])> = run
        .iter()
        .filter_map(|(path, bytes)| {
            Some((path.strip_prefix("checkpoints/step-0000002/")?, &bytes[..]))
        })
        .collect();
    let open = |config: &[u8]| block_on(publish_run(config, &checkpoint, None));
    let config = find(&run, "config.json");
    let opened = open(config).unwrap();
    let exported = block_on(training.export_model()).unwrap();
    let weights = |files: &[NamedFile]| -> Vec<NamedFile> {
        let files = files.iter().filter(|(name, _)| name != "model.json");
        files.cloned().collect()
    };
    assert_eq!(weights(&opened), weights(&exported));
    let card = ModelCard::parse(find(&opened, "model.json")).unwrap();
    assert_eq!((card.training.steps, card.dataset.images), (2, 9));
    assert_eq!(card.training.config, *training.trainer.config());
    Bigan::load(&card, &borrowed(&opened), &Device::flex()).unwrap();
    let error = open(br#"{ "data": "trousers" }"#).unwrap_err().to_string();
    assert!(
        error.starts_with("config.json is not the configuration of a run: missing field"),
        "{error}"
    );
}

/// A network that cuts out, which nobody trained.
fn cutout() -> CutoutFiles {
    let config = CutoutTrainerConfig {
        network: CutoutConfig { width: 2 },
        learning_rate: 1e-3,
        steps: 0,
        batch: 1,
        seed: 0,
    };
    let description = CutoutDescription {
        name: "untrained".to_owned(),
        training: CutoutTraining {
            config,
            steps: 0,
            device: "a test".to_owned(),
        },
        dataset: Dataset {
            name: "nothing".to_owned(),
            licence: "CC0-1.0".to_owned(),
            images: 0,
        },
        test: None,
    };
    let network = CutoutTrainer::new(config, &Device::flex()).network();
    let packing = network.pack(description, Precision::Int8);
    let (card, weights) = block_on(packing).unwrap();
    CutoutFiles { card, weights }
}

#[test]
fn what_cut_the_pictures_out_leaves_with_the_model_and_with_the_run() {
    let cutout = cutout();
    let (device, name) = (Device::flex(), "a test".to_owned());
    let files = Some(cutout.clone());
    let start = Start::Nothing;
    let training = Training::begin(start, settings(), None, files, drawn(9), device, name).unwrap();
    let model = block_on(training.export_model()).unwrap();
    let json = find(&model, "model.json");
    let card = ModelCard::parse(json).unwrap();
    assert_eq!(card.cutout.as_ref(), Some(&cutout.card));
    let carried = CutoutFiles::of(&card, &borrowed(&model)).unwrap();
    assert_eq!(carried.as_ref(), Some(&cutout));

    let run = block_on(training.export_run()).unwrap();
    let stored = [
        find(&run, "cutout/cutout.json"),
        find(&run, "cutout/cutout.safetensors"),
    ];
    let back = CutoutFiles::new(stored[0], stored[1].to_vec()).unwrap();
    assert_eq!(back, cutout);
    let checkpoint: Vec<(&str, &[u8])> = run
        .iter()
        .filter_map(|(path, bytes)| {
            Some((path.strip_prefix("checkpoints/step-0000000/")?, &bytes[..]))
        })
        .collect();
    let config = find(&run, "config.json");
    let opened = block_on(publish_run(config, &checkpoint, Some(&back))).unwrap();
    let card = ModelCard::parse(find(&opened, "model.json")).unwrap();
    assert_eq!(card.cutout, Some(cutout.card));
    card.preprocess(&borrowed(&opened)).unwrap();

    let error = CutoutFiles::new(stored[0], stored[1][1..].to_vec()).unwrap_err();
    assert!(
        error.to_string().starts_with("cutout.safetensors has"),
        "{error}"
    );
}

#[test]
fn losses_that_are_no_numbers_end_the_training_and_are_not_kept() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    let good = block_on(training.steps(1, 0.0)).unwrap().losses[0];
    let bad = Losses {
        total: f32::NAN,
        ..good
    };
    let failure = training.judge(1, &[good, bad], 0.0).unwrap();
    assert_eq!(failure, "a loss is not a number at step 3");
    assert_eq!(block_on(training.snapshot()).unwrap(), None);
}

#[test]
fn alike_samples_are_warned_of() {
    let mut training = begin(Start::Nothing, settings()).unwrap();
    block_on(training.steps(2, 0.0)).unwrap();
    // Untrained, all samples are one grey, and this watch has seen better.
    training.collapse.see(1, 1.0);
    let warning = block_on(training.look_for_collapse()).unwrap().unwrap();
    assert!(
        warning.starts_with("mode collapse: at step 2 samples differ"),
        "{warning}"
    );
    assert_eq!(
        block_on(training.look_for_collapse()).unwrap(),
        None,
        "told once"
    );
}

#[test]
fn settings_that_cannot_be_trained_with_are_named() {
    let changed = |change: fn(&mut TrainingSettings)| {
        let mut settings = settings();
        change(&mut settings);
        begin(Start::Nothing, settings).unwrap_err().to_string()
    };
    assert!(changed(|settings| settings.batch = 1).contains("batch is 1"));
    assert!(changed(|settings| settings.width = 0).contains("`width`"));
    assert!(changed(|settings| settings.losses.adversarial_latent = -1.0).contains("l1 is -1"));
    assert!(changed(|settings| settings.losses.features = 1.0).contains("features.json"));
    let error = TrainingSettings::parse(r#"{ "bacth": 3 }"#).unwrap_err();
    assert!(error.to_string().contains("`bacth`"), "{error}");
}
