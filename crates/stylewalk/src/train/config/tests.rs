//! What flags and files make together.

use clap::Parser;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

/// What a run keeps of `flags`, or what is said of them.
fn config(flags: &str) -> Result<RunConfig> {
    let words = std::iter::once("train").chain(flags.split_whitespace());
    Flags::try_parse_from(words)?
        .settings
        .into_config(Some(Path::new(".")))
        .map(|(config, _)| config)
}

/// What `flags` and a file make together.
fn with_file(flags: &str, text: &str) -> Result<RunConfig> {
    let file = tempfile::Builder::new()
        .prefix("stylewalk-config")
        .tempfile()?;
    std::fs::write(file.path(), text)?;
    config(&format!("{flags} --config {}", file.path().display()))
}

/// A `config.json` as runs had it before there were techniques.
const OLD: &str = r#"{
    "data": "/photographs",
    "trainer": {
        "networks": {"width": 32, "latent": 100, "stochastic": false},
        "losses": {"adversarial_latent": 2.5, "autoencoder": 50.0, "gamma": 0.05, "real_label": 0.9},
        "adam": {"learning_rate": 0.0002, "beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8}
    },
    "steps": 500, "batch": 16, "flips": true, "fit": "pad", "seed": 0,
    "snapshot_every": 100, "log_every": 10, "photographs": 5144, "device": "CPU"
}"#;

#[test]
fn an_old_configuration_means_what_it_meant() {
    let old: RunConfig = serde_json::from_str(OLD).unwrap();
    check(&old).unwrap();
    let expected = config("--width 32 --l2 50").unwrap().trainer;
    assert_eq!(old.trainer, expected);
    assert_eq!(old.features, None);
}

#[test]
fn what_is_written_is_read_again() {
    let flags = "--preset ex4 --l1-encoded 0.5 --reduction norm --feature-matching 1 --historical-averaging 0.1 \
        --minibatch-kernels 8 --virtual-batch-norm both --augment color,cutout --unrolled 8 --unrolled-sgd 0.1 \
        --l-gan-reconstruction 1 --feature-distance 4 --feature-layer 2 --noise-penalty 9 --noise-penalty-sigma 0.1 \
        --noise-penalty-every 16 --clamp-codes --d-learning-rate 1e-4 --schedule cosine --warmup 10 --steps 100 --average-decay 0.999";
    let config = config(&flags.replace('\\', "")).unwrap();
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<RunConfig>(&text).unwrap(), config);
    assert_eq!(config.trainer.schedule.end, 100);
    assert!(config.trainer.augment.cutout && !config.trainer.augment.translation);
}

#[test]
fn a_preset_sets_three_weights_and_flags_count_more() {
    let weights = |flags: &str| {
        let losses = config(flags).unwrap().trainer.losses;
        [
            losses.adversarial_latent,
            losses.autoencoder,
            losses.features,
        ]
    };
    assert_eq!(weights(""), [2.5, 1.0, 0.0]);
    assert_eq!(weights("--preset ex2"), [0.05, 1.0, 0.0]);
    assert_eq!(weights("--preset ex2 --l1 0.1 --l2 0"), [0.1, 0.0, 0.0]);
    assert_eq!(weights("--preset ex9 --l3 0"), [2.5, 0.0, 0.0]);
}

/// One sentence that names the flag.
#[test]
fn every_setting_out_of_range_is_named() {
    for (flags, start) in [
        ("--l1 -1", "--l1 is -1, but must not be negative"),
        ("--l1-encoded -1", "--l1-encoded is -1"),
        ("--l2 nan", "--l2 is NaN"),
        ("--l3 inf", "--l3 is inf"),
        (
            "--l-gan 0 --l1 0 --l2 0",
            "--l-gan is 0, but must be above 0 where no other loss",
        ),
        (
            "--l-gan 0 --feature-matching 1",
            "--l-gan is 0, but must be above 0 where another loss needs D",
        ),
        ("--l-gan 0 --feature-distance 1", "--l-gan is 0"),
        ("--l-gan 0 --l-gan-reconstruction 1", "--l-gan is 0"),
        ("--l-gan 0 --noise-penalty 1", "--l-gan is 0"),
        (
            "--feature-layer 6",
            "--feature-layer is 6, but must be between 1 and 5",
        ),
        ("--noise-penalty-sigma 0", "--noise-penalty-sigma is 0"),
        ("--noise-penalty-every 0", "--noise-penalty-every is 0"),
        ("--from /nowhere", "--from: there is no model or run"),
        (
            "--l3 1",
            "--l3 is 1, but L_H needs a network: name one with --features",
        ),
        ("--preset ex3", "--l3 is 1, but L_H needs a network"),
        ("--gamma 0", "--gamma is 0, but must be above 0"),
        ("--real-label 0.5", "--real-label is 0.5"),
        ("--feature-matching -2", "--feature-matching is -2"),
        ("--historical-averaging -2", "--historical-averaging is -2"),
        ("--minibatch-kernels 9999", "--minibatch-kernels is 9999"),
        (
            "--minibatch-kernels 1 --minibatch-dimensions 0",
            "--minibatch-dimensions is 0",
        ),
        ("--learning-rate 0", "--learning-rate is 0"),
        ("--d-learning-rate 0", "--d-learning-rate is 0"),
        (
            "--beta1 1",
            "--beta1 is 1, but must be at least 0 and below 1",
        ),
        ("--beta2 -0.1", "--beta2 is -0.1"),
        (
            "--schedule linear --warmup 9 --steps 9",
            "--warmup is 9, but must be below the number of steps",
        ),
        ("--average-decay 1", "--average-decay is 1"),
        ("--unrolled 1001", "--unrolled is 1001"),
        ("--unrolled 1 --unrolled-sgd 0", "--unrolled-sgd is 0"),
        ("--features /nowhere", "--features: there is no file"),
        (
            "--features src/main.rs",
            "--features is given, but --l3 is 0",
        ),
        ("--unrolled-cheap", "--unrolled is 0"),
        ("--unrolled-sgd 0.1", "--unrolled is 0"),
        ("--batch 1", "--batch is 1"),
        ("--steps 0", "--steps is 0, but must be at least 1"),
        ("--keep 0", "--keep is 0, but must be at least 1"),
        (
            "--snapshot-minutes -1",
            "--snapshot-minutes is -1, but must be 0 or more",
        ),
    ] {
        let flags = flags.replace(" -", "=-").replace("=--", " --");
        let said = config(&flags).unwrap_err().to_string();
        assert!(said.starts_with(start), "{flags}: {said}");
        assert!(!said.contains('\n'), "{said}");
    }
    for flags in [
        "--preset ex0",
        "--reduction sum",
        "--augment flips",
        "--virtual-batch-norm encoder",
        "--schedule step",
    ] {
        let said = config(flags).unwrap_err().to_string();
        let (flag, value) = flags.split_once(' ').unwrap();
        assert!(said.contains(flag) && said.contains(value), "{said}");
    }
}

#[test]
fn a_file_stands_over_defaults_and_under_flags() {
    let file = r#"{ "batch": 7, "seed": 5, "trainer": { "losses": { "autoencoder": 40.0 }, "networks": { "width": 8 } } }"#;
    let config = with_file("--width 16 --seed 0", file).unwrap();
    assert_eq!((config.batch, config.seed), (7, 0));
    assert_eq!(config.trainer.networks.width, 16);
    assert_eq!(config.trainer.networks.latent, 100);
    assert_eq!(config.trainer.losses.autoencoder, 40.0);
}

#[test]
fn flags_for_several_fields_and_for_absent_ones_stand_over_the_file() {
    let file = r#"{ "trainer": { "losses": { "adversarial_latent": 9.0, "features": 0.0 } } }"#;
    let config = with_file("--preset ex1 --minibatch-kernels 3", file).unwrap();
    assert_eq!(config.trainer.losses.adversarial_latent, 0.05);
    assert_eq!(config.trainer.losses.autoencoder, 0.0);
    assert_eq!(config.trainer.networks.minibatch.kernels, 3);
    let file = serde_json::to_string(&config).unwrap();
    let config = with_file("--schedule cosine --steps 70", &file).unwrap();
    assert_eq!(config.trainer.schedule.end, 70);
    assert_eq!(config.trainer.networks.minibatch.kernels, 3);
}

#[test]
fn a_runs_own_configuration_is_taken_whole() {
    let config = with_file("--batch 9 --l1 1 --flips", "{}").unwrap();
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(with_file("", &text).unwrap(), config);
}

#[test]
fn a_network_beside_the_file_is_found_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    let text = r#"{ "trainer": { "losses": { "features": 1.0 } }, "features": { "path": "h", "sha256": "" } }"#;
    std::fs::write(&file, text).unwrap();
    let config = config(&format!("--config {}", file.display())).unwrap();
    assert_eq!(config.features.unwrap().path, folder.path().join("h"));
    assert_eq!(config.data, Path::new(".").canonicalize().unwrap());
}

#[test]
fn unknown_and_wrong_fields_are_named() {
    for (file, part) in [
        (r#"{ "bacth": 7 }"#, "`bacth`"),
        (r#"{ "trainer": { "losses": { "gama": 1.0 } } }"#, "`gama`"),
        (
            r#"{ "trainer": { "losses": { "gamma": "wide" } } }"#,
            "`trainer.losses.gamma`",
        ),
        (r#"{ "steps": -1 }"#, "`steps`"),
        (r#"{ "batch": 1 }"#, "batch"),
        ("[1, 2", "stylewalk-config"),
    ] {
        let error = format!("{:#}", with_file("", file).unwrap_err());
        assert!(
            error.contains(part) && error.contains("stylewalk-config"),
            "{file}: {error}"
        );
    }
}

/// Bytes changed, left out, doubled and put in at random: settings, or one sentence.
#[test]
fn a_changed_file_is_settings_or_a_sentence() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/old-runs");
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut taken, mut refused) = (0, 0);
    for run in ["plain", "techniques"] {
        let whole = std::fs::read(runs.join(run).join("config.json")).unwrap();
        for _ in 0..2000 {
            let mut changed = whole.clone();
            for _ in 0..rng.random_range(1..4) {
                let place = rng.random_range(0..changed.len() - 1);
                match rng.random_range(0..4) {
                    0 => changed.truncate(place + 1),
                    1 => drop(changed.remove(place)),
                    2 => changed.insert(place, changed[place]),
                    // What makes numbers, texts and objects of one another.
                    _ => changed[place] = b"0123456789-e.\"{}[],:ntf"[rng.random_range(0..23)],
                }
                if changed.len() < 2 {
                    break;
                }
            }
            let said = serde_json::from_slice(&changed)
                .context("it is not JSON")
                .and_then(|settings| merged(settings, RunConfig::default(), Path::new("a/b")))
                .and_then(|config| Ok(config.trainer.validate()?));
            match said {
                Ok(()) => taken += 1,
                Err(error) => {
                    refused += 1;
                    assert!(!format!("{error:#}").is_empty());
                }
            }
        }
    }
    assert!(
        taken > 10 && refused > 1000,
        "{taken} taken, {refused} refused"
    );
}
