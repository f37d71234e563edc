//! The page's inference on a GPU, which is our own graph, against Burn's networks on the CPU.

use std::rc::Rc;

use bigan::burn::tensor::Device;
use bigan::weights::FILES;
use bigan::{ModelCard, NetworkConfig, Precision};
use images::Subject;
use kernels::{DataType, inference::Pipelines};
use machine::root;
use pollster::block_on;
use tests::gpu;
use tests::model::Model;
use viewer::{Graphics, Inference, ModelFiles};

/// Both devices add up in float32, in different orders.
const ROUNDING: f32 = 2e-4;

/// The model on the CPU, by Burn, and on a GPU, by the graph; `prepared` before the weights are there or not.
fn both(config: NetworkConfig, open: &kernels::OpenDevice, early: bool) -> [Inference; 2] {
    let model = Model::drawn(config, Precision::F32);
    let json = model.card.to_string();
    let files = FILES.map(str::to_owned).into_iter().zip(model.files);
    let files = ModelFiles::new(json.as_bytes(), files.collect()).unwrap();
    let cpu = Inference::load(&files, Device::flex()).unwrap();
    let pipelines = Rc::new(Pipelines::new(open).expect("a wgpu device"));
    let prepared = early.then(|| Graphics::new(Rc::clone(&pipelines), &config).unwrap());
    let device = open.device.clone();
    let prepared = prepared.flatten();
    let gpu = Inference::load_graph(&files, pipelines, prepared, device).unwrap();
    assert!(gpu.graphics().is_some() && cpu.graphics().is_none());
    [cpu, gpu]
}

fn assert_close(what: &str, a: &[f32], b: &[f32]) {
    assert_within(ROUNDING, what, a, b);
}

/// D has judged.
fn judged<const N: usize>(probabilities: [Option<f32>; N]) -> [f32; N] {
    probabilities.map(Option::unwrap)
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
        for (stochastic, width) in [(false, 3), (true, 8)] {
            let config = NetworkConfig {
                width,
                latent: 7,
                stochastic,
                ..NetworkConfig::PAPER
            };
            let [cpu, gpu] = both(config, open, stochastic);
            let photo = images::png(&outfits::outfit(3, 100).image);
            let [a, b] = [&cpu, &gpu]
                .map(|model| block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap());
            assert_close("code", &a.latent, &b.latent);
            assert_close(
                "scores",
                &judged([a.probability, a.probability_original]),
                &judged([b.probability, b.probability_original]),
            );
            assert_alike("reconstruction", &a.reconstruction, &b.reconstruction);
            // More than are decoded at a time, in buffers that grow; then few in those that are there.
            for count in [18, 2] {
                let [a, b] = [&cpu, &gpu].map(|model| block_on(model.sample(5, count)).unwrap());
                assert_eq!(b.len(), count);
                for (a, b) in a.iter().zip(&b) {
                    assert_close(
                        "probability of a sample",
                        &judged([a.probability]),
                        &judged([b.probability]),
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
        let card = ModelCard::parse(&read("model.json")).unwrap();
        let weights = card.files().iter().map(|file| file.name.as_str());
        let names = weights.chain(["directions.json"]);
        let files = names.map(|name| (name.to_owned(), read(name))).collect();
        let files = ModelFiles::new(&read("model.json"), files).unwrap();
        let device = open.device.clone();
        let cpu = Inference::load(&files, Device::flex()).unwrap();
        let pipelines = Pipelines::new(open).expect("a wgpu device");
        let halves = Rc::new(pipelines.only(DataType::F16).expect("16 bits"));
        let gpu = Inference::load_graph(&files, halves, None, device).unwrap();
        for seed in 0..4 {
            let photo = images::png(&outfits::outfit(seed, 100).image);
            let [a, b] = [&cpu, &gpu]
                .map(|model| block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap());
            // Within what the page's own devices may differ by; measured were a seventh of it, one step and 3e-5.
            assert_within(2e-3, "code", &a.latent, &b.latent);
            let steps = a
                .reconstruction
                .as_raw()
                .iter()
                .zip(b.reconstruction.as_raw());
            let most = steps.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most.is_some_and(|most| most <= 2), "{most:?} steps of 255");
            assert_within(
                1e-3,
                "probability",
                &judged([a.probability]),
                &judged([b.probability]),
            );
        }
    });
}
