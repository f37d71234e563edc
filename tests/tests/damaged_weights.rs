//! Models that are wrong: each is refused with an error that names the file and the tensor or field.
//!
//! Every damaged file but those of the first tests has its true size and hash in `model.json`, so that what is refused
//! is what is inside.

use bigan::burn::tensor::Device;
use bigan::weights::FILES;
use bigan::{Bigan, ModelCard, ModelError, NetworkConfig, Precision};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};
use tests::model::{Model, TINY};

const ENCODER: usize = 1;

fn model() -> Model {
    Model::drawn(TINY, Precision::F32)
}

fn refusal(model: &Model) -> ModelError {
    match model.load(&Device::flex()) {
        Ok(_) => panic!("a damaged model was loaded"),
        Err(error) => error,
    }
}

/// Asserts that the refusal is one sentence that names `all` of these.
fn says(error: &ModelError, all: &[&str]) {
    let message = error.to_string();
    for part in all {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
    assert!(
        !message.contains('\n'),
        "{message:?} is more than a sentence"
    );
}

/// Whether `error` is of the variant and, with it, about the encoder's file.
macro_rules! refused {
    ($model:expr, $variant:pat, $($part:expr),+) => {
        let error = refusal(&$model);
        assert!(matches!(error, $variant), "{error:?}");
        says(&error, &[$($part),+]);
    };
}

#[test]
fn an_undamaged_model_loads() {
    for precision in [Precision::F32, Precision::F16, Precision::Int8] {
        for stochastic in [false, true] {
            let config = NetworkConfig {
                stochastic,
                ..BYTES
            };
            let loaded = Model::drawn(config, precision).load(&Device::flex());
            assert!(loaded.is_ok(), "{precision}: {:?}", loaded.err());
        }
    }
}

// Against model.json.

#[test]
fn truncated() {
    let mut model = model();
    model.files[ENCODER].truncate(1000);
    refused!(
        model,
        ModelError::FileSize { .. },
        FILES[ENCODER],
        "1000",
        "truncated"
    );
}

#[test]
fn longer_than_promised() {
    let mut model = model();
    model.files[ENCODER].push(0);
    refused!(model, ModelError::FileSize { .. }, FILES[ENCODER]);
}

#[test]
fn one_bit_wrong() {
    let mut model = model();
    *model.files[ENCODER].last_mut().unwrap() ^= 1;
    refused!(model, ModelError::FileHash { .. }, FILES[ENCODER], "sha256");
}

#[test]
fn file_missing() {
    let model = model();
    let card = ModelCard::parse(model.card.to_string().as_bytes()).unwrap();
    let files = [(FILES[0], model.files[0].as_slice())];
    let error = Bigan::load(&card, &files, &Device::flex()).err().unwrap();
    assert!(matches!(error, ModelError::FileMissing { .. }), "{error:?}");
    says(&error, &[FILES[ENCODER]]);
}

#[test]
fn networks_swapped() {
    let mut model = model();
    let generator = model.files[0].clone();
    model.replace(ENCODER, generator);
    refused!(model, ModelError::TensorUnknown { .. }, FILES[ENCODER], "`");
}

// Files that are no safetensors.

/// A safetensors file of a header and data.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

#[test]
fn foreign_files() {
    let zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00 a zip archive, not a model".to_vec();
    let html = b"<!doctype html><title>404 Not Found</title>".to_vec();
    let pickle = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.".to_vec();
    let not_json = safetensors("weights: [1, 2, 3]", &[0; 64]);
    let list = safetensors("[1, 2, 3]", &[0; 64]);
    for bytes in [zip, html, pickle, not_json, list, vec![0; 7], Vec::new()] {
        let mut model = model();
        model.replace(ENCODER, bytes);
        refused!(
            model,
            ModelError::Safetensors { .. },
            FILES[ENCODER],
            "not a safetensors file"
        );
    }
}

#[test]
fn huge_header_length() {
    for length in [u64::MAX, 1 << 62, 1 << 40, 99 << 20, 2000] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend([b' '; 1000]);
        let mut model = model();
        model.replace(ENCODER, bytes);
        refused!(model, ModelError::Safetensors { .. }, FILES[ENCODER]);
    }
}

/// Nothing may be allocated for what a header claims: this one claims more memory than there is.
#[test]
fn header_claims_huge_tensors() {
    let claims = [
        // In bytes that the file does not have.
        (json!([1u64 << 40]), json!([0, 1u64 << 42])),
        // In a shape that its bytes do not fill.
        (json!([1u64 << 40]), json!([0, 16])),
        // In a shape whose size does not fit a word.
        (json!([1u64 << 32, 1u64 << 32, 16]), json!([0, 16])),
        (json!([4]), json!([16, 0])),
    ];
    for (shape, offsets) in claims {
        let header =
            json!({"conv1.bias": {"dtype": "F32", "shape": shape, "data_offsets": offsets}});
        let mut model = model();
        model.replace(ENCODER, safetensors(&header.to_string(), &[0; 16]));
        refused!(model, ModelError::Safetensors { .. }, FILES[ENCODER]);
    }
}

// Tensors that are not the networks'.

/// One tensor of a file: name, type, shape, data.
type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// The encoder's file with its tensors changed by `change`.
fn changed(model: &mut Model, change: impl FnOnce(&mut Vec<Stored>)) {
    let stored = SafeTensors::deserialize(&model.files[ENCODER]).unwrap();
    let mut tensors: Vec<Stored> = stored
        .iter()
        .map(|(name, t)| {
            (
                name.to_owned(),
                t.dtype(),
                t.shape().to_vec(),
                t.data().to_vec(),
            )
        })
        .collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    let bytes = safetensors::serialize(views, None).unwrap();
    model.replace(ENCODER, bytes);
}

fn find<'a>(tensors: &'a mut [Stored], name: &str) -> &'a mut Stored {
    tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap()
}

#[test]
fn tensor_missing() {
    for name in ["conv3.weight", "bn5.running_var", "fc2.bias"] {
        let mut model = model();
        changed(&mut model, |tensors| {
            tensors.retain(|tensor| tensor.0 != name)
        });
        refused!(
            model,
            ModelError::TensorMissing { .. },
            FILES[ENCODER],
            name
        );
    }
}

#[test]
fn tensor_too_many() {
    let mut model = model();
    changed(&mut model, |tensors| {
        tensors.push(("conv9.weight".into(), Dtype::F32, vec![1], vec![0; 4]));
    });
    refused!(
        model,
        ModelError::TensorUnknown { .. },
        FILES[ENCODER],
        "`conv9.weight`"
    );
}

#[test]
fn tensor_of_another_shape() {
    let mut model = model();
    changed(&mut model, |tensors| {
        let (_, _, shape, data) = find(tensors, "conv2.weight");
        assert_eq!(*shape, [4, 2, 5, 5]);
        shape[0] = 3;
        data.truncate(3 * 2 * 25 * 4);
    });
    refused!(
        model,
        ModelError::TensorShape { .. },
        FILES[ENCODER],
        "`conv2.weight`",
        "[3, 2, 5, 5]",
        "[4, 2, 5, 5]"
    );
}

/// As many values, but rows for columns: Burn's own layout, say.
#[test]
fn tensor_transposed() {
    let mut model = model();
    changed(&mut model, |tensors| {
        find(tensors, "fc1.weight").2.reverse()
    });
    refused!(
        model,
        ModelError::TensorShape { .. },
        FILES[ENCODER],
        "`fc1.weight`"
    );
}

#[test]
fn tensor_of_another_type() {
    for name in ["conv1.weight", "bn2.running_mean"] {
        let mut model = model();
        changed(&mut model, |tensors| find(tensors, name).1 = Dtype::I32);
        refused!(
            model,
            ModelError::TensorDtype { .. },
            FILES[ENCODER],
            name,
            "I32",
            "F32"
        );
    }
}

#[test]
fn other_precision_than_promised() {
    let mut model = model();
    model.card["dtype"] = json!("f16");
    refused!(
        model,
        ModelError::TensorDtype { .. },
        FILES[0],
        "F32",
        "F16"
    );
}

#[test]
fn values_that_are_no_numbers() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for name in ["conv4.weight", "bn3.running_var"] {
            let mut model = model();
            changed(&mut model, |tensors| {
                let data = &mut find(tensors, name).3;
                let last = data.len() - 4;
                data[last..].copy_from_slice(&value.to_le_bytes());
            });
            refused!(
                model,
                ModelError::TensorNotFinite { .. },
                FILES[ENCODER],
                name
            );
        }
    }
}

#[test]
fn a_negative_variance() {
    let mut model = model();
    changed(&mut model, |tensors| {
        find(tensors, "bn3.running_var").3[..4].copy_from_slice(&(-1f32).to_le_bytes());
    });
    refused!(
        model,
        ModelError::NegativeVariance { .. },
        FILES[ENCODER],
        "`bn3.running_var`"
    );
}

#[test]
fn halves_that_are_no_numbers() {
    let mut model = Model::drawn(TINY, Precision::F16);
    changed(&mut model, |tensors| {
        let data = &mut find(tensors, "conv4.weight").3;
        data[..2].copy_from_slice(&0x7c00u16.to_le_bytes());
    });
    refused!(
        model,
        ModelError::TensorNotFinite { .. },
        FILES[ENCODER],
        "`conv4.weight`"
    );
}

/// Networks with kernels of so many values that int8 files store them so.
const BYTES: NetworkConfig = NetworkConfig {
    width: 8,
    latent: 48,
    ..NetworkConfig::PAPER
};

#[test]
fn int8_without_scales() {
    let mut model = Model::drawn(BYTES, Precision::Int8);
    changed(&mut model, |tensors| {
        tensors.retain(|tensor| tensor.0 != "fc1.weight.scale")
    });
    refused!(
        model,
        ModelError::TensorMissing { .. },
        FILES[ENCODER],
        "`fc1.weight.scale`"
    );
}

#[test]
fn int8_with_wrong_scales() {
    let mut model = Model::drawn(BYTES, Precision::Int8);
    changed(&mut model, |tensors| {
        let (_, _, shape, data) = find(tensors, "fc1.weight.scale");
        shape[0] -= 1;
        data.truncate(shape[0] * 4);
    });
    refused!(
        model,
        ModelError::TensorShape { .. },
        FILES[ENCODER],
        "`fc1.weight.scale`"
    );

    let mut model = Model::drawn(BYTES, Precision::Int8);
    changed(&mut model, |tensors| {
        let data = &mut find(tensors, "fc1.weight.scale").3;
        data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    refused!(
        model,
        ModelError::TensorNotFinite { .. },
        FILES[ENCODER],
        "`fc1.weight"
    );
}

// model.json itself.

fn card_refusal(json: &[u8]) -> ModelError {
    ModelCard::parse(json).expect_err("a wrong model.json was read")
}

#[test]
fn card_is_no_json() {
    for json in [
        &b""[..],
        b"{",
        b"PK\x03\x04",
        b"<!doctype html>",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
    ] {
        let error = card_refusal(json);
        assert!(matches!(error, ModelError::Card { .. }), "{error:?}");
        says(&error, &["model.json"]);
    }
}

#[test]
fn card_of_a_newer_version() {
    let mut card = model().card;
    let version = card["format"].as_u64().unwrap();
    card["format"] = json!(version + 1);
    // What a later version may add is no reason to say anything else.
    card["networks"] = json!("something new");
    let error = card_refusal(card.to_string().as_bytes());
    assert!(matches!(error, ModelError::Format { .. }), "{error:?}");
    says(&error, &["format", &(version + 1).to_string(), "reads"]);
}

#[test]
fn card_with_absurd_networks() {
    for (field, value) in [
        ("width", 0u64),
        ("width", 1 << 40),
        ("latent", 0),
        ("latent", 1 << 40),
    ] {
        let mut card = model().card;
        card["networks"][field] = json!(value);
        let error = card_refusal(card.to_string().as_bytes());
        assert!(matches!(error, ModelError::Networks { .. }), "{error:?}");
        says(&error, &["model.json", field, &value.to_string()]);
    }
    let mut card = model().card;
    card["networks"]["width"] = json!(-64);
    says(&card_refusal(card.to_string().as_bytes()), &["model.json"]);
}

/// The largest networks that may be asked for, on the word of `model.json`, with files that are not theirs.
#[test]
fn card_with_other_networks_than_the_files() {
    let mut model = model();
    model.card["networks"]["width"] = json!(512);
    refused!(
        model,
        ModelError::TensorShape { .. },
        FILES[0],
        "`fc.weight`"
    );
}

#[test]
fn card_without_a_field() {
    let whole = model().card;
    let fields: &Map<String, Value> = whole.as_object().unwrap();
    for field in fields.keys() {
        let mut card = whole.clone();
        card.as_object_mut().unwrap().remove(field);
        // A model need not have been evaluated, and earlier ones do not say what codes are drawn from.
        if field == "evaluation" || field == "prior" {
            assert!(ModelCard::parse(card.to_string().as_bytes()).is_ok());
        } else {
            says(
                &card_refusal(card.to_string().as_bytes()),
                &["model.json", field],
            );
        }
    }
}

#[test]
fn card_lists_other_files() {
    for name in ["../generator.safetensors", "/etc/passwd", ""] {
        let mut card = model().card;
        card["files"][0]["name"] = json!(name);
        let error = card_refusal(card.to_string().as_bytes());
        assert!(matches!(error, ModelError::Field { .. }), "{error:?}");
        says(&error, &["model.json", "files"]);
    }
}
