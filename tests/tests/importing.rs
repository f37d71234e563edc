//! `stylewalk import`: weights of PyTorch's become a model.

use std::path::{Path, PathBuf};
use std::process::Output;

use safetensors::SafeTensors;
use tests::golden::{Numbers, file};
use tests::program::{stderr, stylewalk};

const NETWORKS: [&str; 3] = ["generator", "encoder", "discriminator"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

fn import(weights: &Path, out: &Path) -> Output {
    let [weights, out] = [weights, out].map(|path| path.to_str().unwrap());
    stylewalk(["import", weights, "--out", out, "--device", "cpu", "--json"])
}

/// Asserts that the model in `folder` has the weights of `golden/CASE`.
fn has_weights_of(folder: &Path, case: &str) {
    for network in NETWORKS {
        let bytes = std::fs::read(folder.join(format!("{network}.safetensors"))).unwrap();
        let (found, expected) = (Numbers::parse(&bytes), Numbers::read(case, network));
        assert!(found.names().eq(expected.names()), "{network}");
        for name in expected.names() {
            assert_eq!(
                found.values(name),
                expected.values(name),
                "{network}.{name}"
            );
        }
    }
}

#[test]
fn a_state_dict_of_pytorch_becomes_a_model_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    let output = import(&golden("imported.pth"), &model);
    assert!(output.status.success(), "{}", stderr(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["networks"]["width"], 2);
    assert_eq!(told["networks"]["latent"], 6);
    has_weights_of(&model, "deterministic");

    let grid = folder.path().join("samples.png");
    let mut arguments = vec!["sample", "--count", "2", "--device", "cpu"];
    arguments.extend([
        "--model",
        model.to_str().unwrap(),
        "--out",
        grid.to_str().unwrap(),
    ]);
    let output = stylewalk(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_folder_of_safetensors_files_becomes_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    let output = import(&golden("stochastic"), &model);
    assert!(output.status.success(), "{}", stderr(&output));
    let card = std::fs::read_to_string(model.join("model.json")).unwrap();
    assert!(card.contains("\"stochastic\": true"), "{card}");
    has_weights_of(&model, "stochastic");
}

/// As a checkpoint of a compiled, distributed training calls them, in one file and in one for each network.
#[test]
fn names_in_wrappers_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let files = NETWORKS.map(|network| file("deterministic", network));
    let stored = files
        .each_ref()
        .map(|file| SafeTensors::deserialize(file).unwrap());
    let mut all = Vec::new();
    for (network, tensors) in NETWORKS.iter().zip(&stored) {
        let mut own = Vec::new();
        for (name, view) in tensors.tensors() {
            all.push((
                format!("state_dict.module.{network}._orig_mod.{name}"),
                view.clone(),
            ));
            own.push((format!("model.{name}"), view));
        }
        let bytes = safetensors::serialize(own, None).unwrap();
        let path = folder.path().join(format!("each/{network}.safetensors"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let one = folder.path().join("one.safetensors");
    std::fs::write(&one, safetensors::serialize(all, None).unwrap()).unwrap();
    for path in [one, folder.path().join("each")] {
        let model = path.with_extension("model");
        let output = import(&path, &model);
        assert!(output.status.success(), "{}", stderr(&output));
        has_weights_of(&model, "deterministic");
    }
}

#[test]
fn what_does_not_fit_is_named_in_one_sentence_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let whole = std::fs::read(golden("imported.pth")).unwrap();
    let cut = put("cut.pth", &whole[..whole.len() / 2]);
    let text = put("notes.pth", b"these are no weights");
    let one = put("one.safetensors", &file("deterministic", "generator"));
    // D in E's place.
    for network in ["generator", "discriminator"] {
        let bytes = file("deterministic", network);
        put(&format!("mixed/{network}.safetensors"), &bytes);
    }
    let encoder = put(
        "mixed/encoder.safetensors",
        &file("deterministic", "discriminator"),
    );
    let model = folder.path().join("model");
    for (path, part) in [
        (cut, "cut.pth"),
        (text, "neither a safetensors file"),
        (one, "`generator.fc.weight`; it holds `bn0.bias`"),
        (folder.path().join("absent.pth"), "absent.pth"),
        (folder.path().to_owned(), "generator.safetensors"),
        (encoder.parent().unwrap().to_owned(), "G takes 6 numbers"),
    ] {
        let output = import(&path, &model);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(!model.exists());
    }
}
