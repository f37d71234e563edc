//! Inference on a GPU against inference on the CPU, which `inference.rs` holds to Burn's networks.

use std::rc::Rc;

use bigan::weights::{FILES, sha256};
use bigan::{MinibatchConfig, NetworkConfig, Precision};
use compute::{DataType, Gpu};
use images::Subject;
use inference::gpu::Pipelines;
use inference::{Model, ModelCard};
use machine::root;
use pollster::block_on;
use tests::{gpu, model};

/// Both devices add up in float32, in different orders.
const ROUNDING: f32 = 2e-4;

fn pipelines(open: &kernels::OpenDevice) -> Pipelines {
    let gpu: &Gpu = open.gpu.as_ref().expect("a wgpu device");
    Pipelines::new(gpu.clone())
}

/// The model that `read` gives the files of, on the CPU and on a GPU.
fn both(json: &[u8], read: impl Fn(&str) -> Vec<u8>, pipelines: Pipelines) -> [Model; 2] {
    let load = |pipelines| {
        let card: ModelCard = ModelCard::parse(json).unwrap();
        let names: Vec<String> = card.all_files().map(|file| file.name.clone()).collect();
        let mut model = Model::new(card, pipelines).unwrap();
        for name in names {
            model.add(&name, &read(&name), sha256).unwrap();
        }
        model
    };
    [load(None), load(Some(Rc::new(pipelines)))]
}

fn assert_close(what: &str, a: &[f32], b: &[f32]) {
    assert_within(ROUNDING, what, a, b);
}

fn assert_within(most: f32, what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().zip(b) {
        // A NaN is far from everything.
        assert!((a - b).abs() <= most, "{what}: {a} and {b}");
    }
}

fn assert_alike(what: &str, a: &images::RgbImage, b: &images::RgbImage) {
    for (a, b) in a.as_raw().iter().zip(b.as_raw()) {
        assert!(a.abs_diff(*b) <= 1, "{what}: {a} and {b}");
    }
}

#[needs::gpu]
fn the_graph_computes_what_the_networks_do() {
    gpu::open_in_child("the_graph_computes_what_the_networks_do", |open| {
        let minibatch = MinibatchConfig {
            kernels: 3,
            dimensions: 2,
        };
        let off = MinibatchConfig::OFF;
        for (side, stochastic, width, minibatch) in [
            (64, false, 3, off),
            (64, true, 8, off),
            (64, false, 4, minibatch),
            (32, false, 8, off),
            (128, false, 2, off),
        ] {
            let config = NetworkConfig {
                width,
                latent: 7,
                side,
                stochastic,
                minibatch,
            };
            let stored = model::Model::drawn(config, Precision::F32);
            let read = |name: &str| {
                let mut files = FILES.iter().zip(&stored.files);
                files.find(|(file, _)| **file == name).unwrap().1.clone()
            };
            let [cpu, gpu] = both(stored.card.to_string().as_bytes(), read, pipelines(open));
            let photo = images::png(&outfits::outfit(3, 100).image);
            let [a, b] = [&cpu, &gpu]
                .map(|model| block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap());
            assert_close("code", &a.code, &b.code);
            let [x, y] = [&a, &b].map(|made| made.judgement.unwrap());
            assert_close("of the photo", &[x.original], &[y.original]);
            assert_close(
                "of the reconstruction",
                &[x.reconstruction],
                &[y.reconstruction],
            );
            assert_alike("reconstruction", &a.reconstruction, &b.reconstruction);
            let again = block_on(gpu.judge(&b.original, &b.code)).unwrap();
            assert_close(
                "asked again",
                &[again.original, again.reconstruction],
                &[y.original, y.reconstruction],
            );
            // More than are decoded at a time, in buffers that grow; then few in those that are there.
            for count in [18, 2] {
                let [a, b] = [&cpu, &gpu].map(|model| block_on(model.sample(5, count)).unwrap());
                assert_eq!(b.len(), count);
                for (a, b) in a.iter().zip(&b) {
                    assert_close(
                        "probability of a sample",
                        &[a.probability.unwrap()],
                        &[b.probability.unwrap()],
                    );
                    assert_alike("sample", &a.image, &b.image);
                }
            }
        }
    });
}

/// Weights and short sums in 16 bits: what a visitor sees is the same to a step or two of 255.
#[needs::gpu_with_f16]
fn the_published_model_shows_the_same_in_16_bits() {
    gpu::open_in_f16_child("the_published_model_shows_the_same_in_16_bits", |open| {
        let read = |name: &str| std::fs::read(root().join("web/weights").join(name)).unwrap();
        let halves = pipelines(open).only(DataType::F16).expect("16 bits");
        let [cpu, gpu] = both(&read("model.json"), read, halves);
        for seed in 0..4 {
            let photo = images::png(&outfits::outfit(seed, 100).image);
            let [a, b] = [&cpu, &gpu]
                .map(|model| block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap());
            // Within what the page's own devices may differ by; measured were a seventh of it, one step and 3e-5.
            assert_within(2e-3, "code", &a.code, &b.code);
            let steps = a
                .reconstruction
                .as_raw()
                .iter()
                .zip(b.reconstruction.as_raw());
            let most = steps.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most.is_some_and(|most| most <= 2), "{most:?} steps of 255");
            let [x, y] = [&a, &b].map(|made| made.judgement.unwrap());
            assert_within(
                1e-3,
                "probability",
                &[x.reconstruction],
                &[y.reconstruction],
            );
        }
    });
}
