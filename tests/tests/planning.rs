//! `train --dry-run`, `--config` and `--precision` as a user types them.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tests::outfits::draw_splits;
use tests::program::{stderr, stylewalk};

/// `train` in `folder`, which has drawn outfits in `data`.
fn train(folder: &Path, arguments: &[&str]) -> Output {
    let runs = folder.join("runs");
    let mut all = vec!["train", "--runs", runs.to_str().unwrap(), "--device", "cpu"];
    all.extend(arguments);
    stylewalk(all)
}

#[test]
fn a_dry_run_tells_everything_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    let data = data.to_str().unwrap();
    let output = train(
        folder.path(),
        &[data, "--dry-run", "--width", "8", "--batch", "16"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "generator",
        "deconv1",
        "3x64x64",
        "photographs to train on: 10",
        "\"batch\": 16",
        "MB",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let output = train(folder.path(), &[data, "--dry-run", "--json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(plan["memory"]["weights"].as_u64().unwrap() > 16 * 19_000_000);
    assert_eq!(plan["config"]["photographs"], 10);
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn a_configuration_is_read_flags_stand_over_it_and_the_result_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    let config = folder.path().join("settings.json");
    let settings = json!({
        "data": data,
        "steps": 2,
        "batch": 4,
        "trainer": { "networks": { "width": 2, "latent": 5 }, "losses": { "autoencoder": 40.0 } }
    });
    std::fs::write(&config, settings.to_string()).unwrap();
    let path = config.to_str().unwrap();
    let output = train(
        folder.path(),
        &["--config", path, "--latent", "7", "--name", "first"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let kept = folder.path().join("runs/00000-first/config.json");
    let text = std::fs::read_to_string(&kept).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        found["trainer"]["networks"],
        json!({ "width": 2, "latent": 7, "stochastic": false })
    );
    assert_eq!(found["trainer"]["losses"]["autoencoder"], 40.0);
    assert_eq!(found["trainer"]["losses"]["gamma"], 0.05);

    // A run's own configuration starts the same run again.
    let output = train(
        folder.path(),
        &["--config", kept.to_str().unwrap(), "--name", "again"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let again = std::fs::read_to_string(folder.path().join("runs/00001-again/config.json"));
    assert_eq!(again.unwrap(), text);
}

#[test]
fn what_is_wrong_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    draw_splits(&data);
    let data = data.to_str().unwrap();
    let config = folder.path().join("settings.json");
    let path = config.to_str().unwrap();
    for (text, part) in [
        (r#"{ "widht": 3 }"#, "`widht`"),
        (
            r#"{ "trainer": { "adam": { "learning_rate": "fast" } } }"#,
            "`trainer.adam.learning_rate`",
        ),
        ("steps = 3", "settings.json"),
    ] {
        std::fs::write(&config, text).unwrap();
        let output = train(folder.path(), &[data, "--config", path]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(part) && said.contains("settings.json"),
            "{said}"
        );
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
    let output = train(folder.path(), &[]);
    assert!(stderr(&output).contains("--config"), "{}", stderr(&output));
    for precision in ["f16", "bf16"] {
        let output = train(folder.path(), &[data, "--precision", precision]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("use f32"), "{}", stderr(&output));
    }
    assert!(!folder.path().join("runs").exists());
}
