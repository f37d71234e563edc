//! Layers, graphs and pixels on an emulated GPU against Burn's operations on the CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, activation, module};
use pollster::block_on;

use compute::adapter::{Reach, find, start_for_shaders, start_with};
use compute::{Activation, DataType, Gpu, Layout, Operation, Reduction, Variant, wgpu};

use crate::Folded;

use super::{Graph, InferenceError, Pipelines, Run, survey};
use crate::config::NetworkConfig;
use crate::layers::Networks;

/// Numbers in [-1, 1) that look random and are the same in every run.
pub(crate) fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (f64::from(state) / 2_147_483_648.0 - 1.0) as f32
    };
    (0..count).map(step).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
}

fn activated<const D: usize>(x: Tensor<D>, by: Activation) -> Vec<f32> {
    let x = match by {
        Activation::Identity => x,
        Activation::Leaky => activation::leaky_relu(x, compute::LEAKY_SLOPE),
        Activation::Tanh => activation::tanh(x),
    };
    x.try_into_vec_as().unwrap()
}

/// Rounding of sums of some hundred products.
const ROUNDING: f32 = 2e-4;

pub(crate) fn assert_same(what: &str, ours: &[f32], reference: &[f32]) {
    assert_within(ROUNDING, what, ours, reference);
}

fn assert_within(most: f32, what: &str, ours: &[f32], reference: &[f32]) {
    assert_eq!(ours.len(), reference.len(), "{what}: counts");
    for (at, (a, b)) in ours.iter().zip(reference).enumerate() {
        // A NaN is far from everything.
        assert!((a - b).abs() < most, "{what}: at {at} {a} instead of {b}");
    }
}

/// A layer as Burn computes it on the CPU.
pub(crate) struct Reference {
    pub operation: Operation,
    pub activation: Activation,
    /// Samples, channels, height and width of what it reads; a dense layer reads all of a sample.
    pub image: [usize; 4],
    pub outputs: usize,
}

impl Reference {
    pub fn run(&self, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
        let Self {
            operation,
            activation,
            image,
            outputs,
        } = *self;
        let [batch, channels, height, width] = image;
        let x = tensor(x, image);
        let added = Some(tensor(bias, [outputs]));
        match operation {
            Operation::Conv2d { kernel } => {
                let options = ConvOptions::new([2, 2], [kernel / 2; 2], [1, 1], 1);
                let weight = tensor(weight, [outputs, channels, kernel, kernel]);
                activated(module::conv2d(x, weight, added, options), activation)
            }
            Operation::ConvTranspose2d { .. } => {
                let options = ConvTransposeOptions::new([2, 2], [2, 2], [1, 1], [1, 1], 1);
                let weight = tensor(weight, [channels, outputs, 5, 5]);
                activated(
                    module::conv_transpose2d(x, weight, added, options),
                    activation,
                )
            }
            Operation::Dense => {
                let inputs = channels * height * width;
                let weight = tensor(weight, [outputs, inputs]).transpose();
                let sum = x.reshape([batch, inputs]).matmul(weight) + tensor(bias, [1, outputs]);
                activated(sum, activation)
            }
        }
    }
}

fn folded(weight: Vec<f32>, bias: &[f32]) -> Folded {
    Folded {
        weight,
        bias: bias.to_vec(),
    }
}

/// One layer from one place to another, on `batch` samples.
struct Case {
    operation: Operation,
    variant: Variant,
    activation: Activation,
    batch: usize,
    from: Layout,
    to: Layout,
}

impl Case {
    fn check(&self, pipelines: &Rc<Pipelines>) {
        let Self {
            operation,
            variant,
            activation,
            batch,
            from,
            to,
        } = *self;
        let mut graph = Graph::new(Rc::clone(pipelines));
        let (input, output) = (graph.place(from), graph.place(to).after(1));
        let layer = graph
            .layer_as(operation, variant, activation, input, output)
            .unwrap();
        let (inputs, outputs) = match operation {
            Operation::Dense => (from.values(), to.values()),
            _ => (from.channels, to.channels),
        };
        let x = noise(1, batch * from.values());
        let weight = noise(2, outputs * inputs * operation.taps());
        let bias = noise(3, outputs);
        let numbers = Folded { weight, bias };
        graph.fill(layer, &numbers);
        graph.reserve(batch + 1).unwrap();
        graph.write(input, &x);
        let run = Run::Layers {
            from: layer,
            to: graph.next(),
            samples: batch,
        };
        let [ours] = block_on(graph.run(&[run], [(output, batch)])).unwrap();
        let burns = Reference {
            operation,
            activation,
            image: [batch, from.channels, from.height, from.width],
            outputs,
        }
        .run(&x, &numbers.weight, &numbers.bias);
        let what = format!("{operation:?} {variant:?} {activation:?} {batch} of {from:?}");
        let most = match variant.data_type {
            DataType::F32 => ROUNDING,
            // A weight is off by up to 1/2048 of itself, and so may be a product and a sum of a few of them; sums of
            // many such errors grow as the root of their number.
            DataType::F16 => {
                let products = inputs * operation.taps().min(25);
                3.0 / 2048.0 * (products as f32).sqrt()
            }
        };
        assert_within(most, &what, &ours, &burns);
    }
}

/// Runs `body` on SwiftShader, which has subgroups of 4 invocations, in a child process.
fn on_gpu(test: &str, body: impl FnOnce(Rc<Pipelines>, &Gpu)) {
    on(test, &[machine::swiftshader()], body);
}

/// The same also on Mesa's lavapipe, with more in a subgroup and numbers of 16 bits.
fn on_gpus(test: &str, body: impl FnOnce(Rc<Pipelines>, &Gpu)) {
    on(test, &[machine::swiftshader(), machine::lavapipe()], body);
}

fn on(test: &str, drivers: &[Option<PathBuf>], body: impl FnOnce(Rc<Pipelines>, &Gpu)) {
    machine::in_child(&format!("gpu::tests::{test}"), drivers, || {
        let gpu = async { start_for_shaders(find(Reach::Vulkan).await?).await };
        let gpu = block_on(gpu).expect("the driver's adapter");
        println!("on {}", gpu.name());
        body(Rc::new(Pipelines::new(gpu.clone())), &gpu);
    });
}

const DOWN: Operation = Operation::Conv2d { kernel: 5 };
pub(crate) const ACTIVATIONS: [Activation; 3] =
    [Activation::Identity, Activation::Leaky, Activation::Tanh];

#[needs::gpus]
fn every_layer_and_variant_agrees_with_burn() {
    on_gpus(
        "every_layer_and_variant_agrees_with_burn",
        |pipelines, gpu| {
            let variants = |operation| {
                let both = |one| std::iter::once(one).chain(pipelines.others(one));
                pipelines.offered(operation).flat_map(both)
            };
            // Otherwise this test would see less than it says.
            let mut dense = variants(Operation::Dense);
            assert!(dense.any(|one| one.reduction == Reduction::Subgroup));
            let halves = dense.any(|one| one.data_type == DataType::F16);
            assert_eq!(halves, gpu.name().contains("llvmpipe"), "{}", gpu.name());
            for kernel in [3, 5] {
                let operation = Operation::Conv2d { kernel };
                for (index, variant) in variants(operation).enumerate() {
                    let activation = ACTIVATIONS[index % 3];
                    for [batch, channels, outputs, height, width] in
                        [[1, 3, 5, 9, 7], [3, 6, 8, 4, 16]]
                    {
                        let (from, halves) =
                            (Layout::for_conv2d(channels, height, width), |s: usize| {
                                s.div_ceil(2)
                            });
                        let to = Layout::for_conv2d(outputs, halves(height), halves(width));
                        Case {
                            operation,
                            variant,
                            activation,
                            batch,
                            from,
                            to,
                        }
                        .check(&pipelines);
                    }
                }
            }
            let operation = Operation::ConvTranspose2d { kernel: 5 };
            for (index, variant) in variants(operation).enumerate() {
                let activation = ACTIVATIONS[index % 3];
                for [batch, channels, outputs, height, width] in [[1, 3, 5, 9, 7], [3, 6, 3, 4, 4]]
                {
                    let from = Layout::for_conv_transpose2d(channels, height, width);
                    let to = Layout::for_conv_transpose2d(outputs, 2 * height, 2 * width);
                    Case {
                        operation,
                        variant,
                        activation,
                        batch,
                        from,
                        to,
                    }
                    .check(&pipelines);
                }
            }
            let operation = Operation::Dense;
            for (index, variant) in variants(operation).enumerate() {
                let activation = ACTIVATIONS[index % 3];
                for [batch, inputs, outputs] in [[1, 1, 1], [33, 70, 6], [5, 130, 80]] {
                    let from = Layout::dense(inputs, 1, 1);
                    let to = Layout::dense(outputs, 1, 1);
                    Case {
                        operation,
                        variant,
                        activation,
                        batch,
                        from,
                        to,
                    }
                    .check(&pipelines);
                }
                // As a generator's first layer writes: a map with zeros around it.
                let (from, to) = (
                    Layout::dense(10, 1, 1),
                    Layout::for_conv_transpose2d(6, 4, 4),
                );
                Case {
                    operation,
                    variant,
                    activation,
                    batch: 2,
                    from,
                    to,
                }
                .check(&pipelines);
            }
        },
    );
}

#[needs::gpu]
fn chains_keep_the_zeros_around_maps_and_samples_apart() {
    on_gpu(
        "chains_keep_the_zeros_around_maps_and_samples_apart",
        |pipelines, _| {
            let mut graph = Graph::new(pipelines);
            let a = graph.place(Layout::for_conv2d(2, 8, 8));
            let b = graph.place(Layout::for_conv_transpose2d(3, 4, 4));
            let c = graph.place(Layout::dense(1, 8, 8));
            let [down, up] = [DOWN, Operation::ConvTranspose2d { kernel: 5 }];
            let first = graph.layer(down, Activation::Leaky, a, b).unwrap();
            let second = graph.layer(up, Activation::Tanh, b, c).unwrap();
            let (w1, w2) = (noise(5, 3 * 2 * 25), noise(6, 3 * 25));
            graph.fill(first, &folded(w1, &[0.1, 0.2, 0.3]));
            graph.fill(second, &folded(w2, &[-0.1]));
            let run = |graph: &Graph, values: &[f32]| {
                let samples = values.len() / 128;
                graph.reserve(samples).unwrap();
                graph.write(a, values);
                let all = Run::Layers {
                    from: first,
                    to: graph.next(),
                    samples,
                };
                let [made] = block_on(graph.run(&[all], [(c, samples)])).unwrap();
                made
            };
            let pictures = noise(7, 5 * 128);
            // One at a time, all at once in buffers that grew, and again in those that were used.
            let apart: Vec<f32> = pictures
                .chunks(128)
                .flat_map(|one| run(&graph, one))
                .collect();
            assert_same("together", &run(&graph, &pictures), &apart);
            assert_same("again", &run(&graph, &pictures[..128]), &apart[..64]);
        },
    );
}

#[needs::gpu]
fn pixels_are_rounded_as_pictures_are() {
    on_gpu("pixels_are_rounded_as_pictures_are", |pipelines, _| {
        let mut graph = Graph::new(pipelines);
        let pictures = graph.place(Layout::for_conv2d(3, 64, 64));
        graph.reserve(4).unwrap();
        let values: Vec<f32> = noise(9, 3 * 3 * 4096).iter().map(|v| v * 1.1).collect();
        graph.write(pictures.after(1), &values);
        let pixels = block_on(graph.pixels(&[], pictures.after(1), [3, 2])).unwrap();
        assert_eq!(pixels.len(), 4 * 128 * 128);
        for (index, pixel) in pixels.chunks_exact(4).enumerate() {
            let (x, y) = (index % 128, index / 128);
            let picture = y / 64 * 2 + x / 64;
            if picture == 3 {
                assert_eq!(pixel, [0; 4], "the grid's last place is empty");
                continue;
            }
            for channel in 0..3 {
                let value = values[(picture * 3 + channel) * 4096 + y % 64 * 64 + x % 64];
                let expected = ((value + 1.0) * 127.5).round() as u8;
                assert_eq!(pixel[channel], expected, "{value}");
            }
        }
    });
}

#[needs::gpus]
fn a_variant_that_was_measured_is_taken_by_later_graphs() {
    on_gpus(
        "a_variant_that_was_measured_is_taken_by_later_graphs",
        |pipelines, gpu| {
            let build = |pipelines: &Rc<Pipelines>| {
                let mut graph = Graph::new(Rc::clone(pipelines));
                let a = graph.place(Layout::for_conv2d(3, 8, 8));
                let b = graph.place(Layout::dense(8, 4, 4));
                let layer = graph.layer(DOWN, Activation::Leaky, a, b).unwrap();
                graph.fill(layer, &folded(noise(5, 8 * 3 * 25), &[0.1; 8]));
                (graph, layer, a, b)
            };
            let made = || {
                let (graph, from, a, b) = build(&pipelines);
                graph.reserve(2).unwrap();
                graph.write(a, &noise(7, 2 * 192));
                let (to, samples) = (graph.next(), 2);
                let all = Run::Layers { from, to, samples };
                let [made] = block_on(graph.run(&[all], [(b, samples)])).unwrap();
                made
            };
            let guessed = made();
            let (graph, ..) = build(&pipelines);
            // The last that is measured is to be the fastest: where the device has other numbers, the guess in those.
            let offered: Vec<Variant> = pipelines.offered(DOWN).collect();
            let other = pipelines.others(graph.layers[0].variant).next();
            let fastest = other.unwrap_or(offered[offered.len() - 1]);
            let measured = offered.len() + usize::from(other.is_some());
            // A look at the clock before everything, and seven for each variant: how late it is, and three timings of
            // 6 ms. Those of the last variant are shorter.
            let clock = |last: f64| {
                let (time, looks) = (Cell::new(0.0), Cell::new(0));
                move || {
                    looks.set(looks.get() + 1);
                    let is_last = looks.get() > 1 + 7 * (measured - 1);
                    time.set(time.get() + if is_last { last } else { 6.0 });
                    time.get()
                }
            };
            // Less than a tenth is chance.
            let other = Rc::new(Pipelines::new(gpu.clone()));
            let (graph_of_other, ..) = build(&other);
            assert_eq!(block_on(graph_of_other.tune(&clock(5.6))).unwrap(), 1);
            let (later, ..) = build(&other);
            assert_eq!(later.layers[0].variant, graph.layers[0].variant);
            let now = clock(5.2);
            assert_eq!(block_on(graph.tune(&now)).unwrap(), 1);
            assert_eq!(block_on(graph.tune(&now)).unwrap(), 0);
            let (later, ..) = build(&pipelines);
            assert_eq!(later.layers[0].variant, fastest);
            // Three to four digits of sums of 75 products.
            assert_within(2e-2, "measured", &made(), &guessed);
        },
    );
}

/// The CPU's result is another program's, so that this also compares the two.
#[needs::gpus]
fn every_variant_of_every_layer_agrees_with_the_cpu() {
    on_gpus(
        "every_variant_of_every_layer_agrees_with_the_cpu",
        |pipelines, gpu| {
            let config = NetworkConfig {
                width: 2,
                ..NetworkConfig::PAPER
            };
            let networks = Networks::new(&config);
            let (up, down) = (&networks.generator, &networks.discriminator.pictures);
            for layer in [&up[0], &up[1], &down[4]] {
                let survey = survey::Survey::new(Rc::clone(&pipelines), layer)
                    .unwrap()
                    .unwrap();
                let surveyed = block_on(survey.differences(3)).unwrap();
                let halves = |one: &survey::Surveyed| one.variant.data_type == DataType::F16;
                assert_eq!(surveyed.iter().any(halves), gpu.name().contains("llvmpipe"));
                assert!(surveyed.iter().any(|one| one.guessed));
                for one in surveyed {
                    let apart = one.measured.unwrap();
                    assert!(
                        apart <= survey::allowed(&one.variant),
                        "{}: {one:?}",
                        layer.name
                    );
                }
            }
            let survey = survey::Survey::new(pipelines, &down[1]).unwrap().unwrap();
            let time = Cell::new(0.0);
            let now = || {
                time.set(time.get() + 6.0);
                time.get()
            };
            let timed = block_on(survey.times(2, &now)).unwrap();
            let count =
                |is: fn(&survey::Surveyed) -> bool| timed.iter().filter(|one| is(one)).count();
            assert_eq!([count(|one| one.guessed), count(|one| one.taken)], [1, 1]);
            assert!(timed.iter().all(|one| one.measured == Some(6.0)));
        },
    );
}

/// A broken weight shows as what it is, not as black.
#[needs::gpus]
fn what_is_no_number_stays_none() {
    on_gpus("what_is_no_number_stays_none", |pipelines, _| {
        for activation in ACTIVATIONS {
            let mut graph = Graph::new(Rc::clone(&pipelines));
            let a = graph.place(Layout::dense(2, 1, 1));
            let b = graph.place(Layout::dense(1, 1, 1));
            let layer = graph.layer(Operation::Dense, activation, a, b).unwrap();
            graph.fill(layer, &folded(vec![f32::NAN, 1.0], &[0.0]));
            graph.reserve(1).unwrap();
            graph.write(a, &[1.0, 1.0]);
            let (to, samples) = (graph.next(), 1);
            let from = layer;
            let all = Run::Layers { from, to, samples };
            let [made] = block_on(graph.run(&[all], [(b, 1)])).unwrap();
            assert!(made[0].is_nan(), "{activation:?} makes {} of it", made[0]);
        }
    });
}

/// A device that does not have what a variant asks for stands in for one whose compiler refuses it.
#[needs::gpu]
fn a_variant_that_does_not_compile_gives_way() {
    on_gpu("a_variant_that_does_not_compile_gives_way", |_, _| {
        let gpu = async {
            let found = find(Reach::Vulkan).await?;
            start_with(found, wgpu::Features::empty(), wgpu::Limits::default()).await
        };
        let pipelines = Rc::new(Pipelines::new(block_on(gpu).unwrap()));
        let variants = DOWN.variants();
        let in_subgroups = variants.iter().find(|one| !one.is_offered(None)).unwrap();
        let build = || {
            let mut graph = Graph::new(Rc::clone(&pipelines));
            let a = graph.place(Layout::for_conv2d(3, 8, 8));
            let b = graph.place(Layout::dense(8, 4, 4));
            let error = graph.layer_as(DOWN, *in_subgroups, Activation::Leaky, a, b);
            graph.layer(DOWN, Activation::Leaky, a, b).unwrap();
            (graph, error)
        };
        let (graph, refused) = build();
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("refuses the shader `conv2d`"), "{error}");
        pipelines.take(graph.layers[0].shape(), *in_subgroups);
        assert_eq!(
            build().0.layers[0].variant,
            variants[0],
            "the first that compiles"
        );
    });
}

#[needs::gpu_with_f16]
fn weights_that_16_bits_do_not_hold_are_given_32() {
    on(
        "weights_that_16_bits_do_not_hold_are_given_32",
        &[machine::lavapipe()],
        |pipelines, _| {
            let half = DOWN.variants()[0].with_data_type(DataType::F16);
            let mut graph = Graph::new(pipelines);
            let a = graph.place(Layout::for_conv2d(1, 8, 8));
            let b = graph.place(Layout::dense(1, 4, 4));
            let layer = graph
                .layer_as(DOWN, half, Activation::Identity, a, b)
                .unwrap();
            graph.reserve(1).unwrap();
            let mut weight = vec![0.0; 25];
            weight[12] = 5e5;
            graph.fill(layer, &folded(weight, &[0.0]));
            graph.reserve(1).unwrap();
            graph.write(a, &[1.0; 64]);
            let (to, samples) = (graph.next(), 1);
            let all = Run::Layers {
                from: layer,
                to,
                samples,
            };
            let [made] = block_on(graph.run(&[all], [(b, 1)])).unwrap();
            assert_eq!(made, [5e5; 16]);
        },
    );
}

#[needs::gpu]
fn a_device_that_is_too_slow_to_be_measured_keeps_its_guesses() {
    on_gpu(
        "a_device_that_is_too_slow_to_be_measured_keeps_its_guesses",
        |pipelines, _| {
            let mut graph = Graph::new(pipelines);
            let a = graph.place(Layout::for_conv2d(3, 8, 8));
            let b = graph.place(Layout::dense(8, 4, 4));
            graph.layer(DOWN, Activation::Leaky, a, b).unwrap();
            let time = Cell::new(0.0);
            let now = || {
                time.set(time.get() + 300.0);
                time.get()
            };
            assert_eq!(block_on(graph.tune(&now)).unwrap(), 0);
        },
    );
}

#[needs::gpu]
fn a_lost_device_is_an_error_not_a_panic() {
    on_gpu("a_lost_device_is_an_error_not_a_panic", |pipelines, gpu| {
        let mut graph = Graph::new(pipelines);
        let a = graph.place(Layout::for_conv2d(3, 8, 8));
        let b = graph.place(Layout::dense(8, 4, 4));
        let from = graph.layer(DOWN, Activation::Leaky, a, b).unwrap();
        graph.reserve(1).unwrap();
        gpu.device.destroy();
        graph.write(a, &noise(7, 192));
        let (to, samples) = (graph.next(), 1);
        let all = Run::Layers { from, to, samples };
        let error = block_on(graph.run(&[all], [(b, 1)])).unwrap_err();
        assert!(matches!(error, InferenceError::Lost(_)), "{error}");
    });
}

#[needs::gpu]
fn weights_that_are_too_large_for_the_device_are_a_sentence() {
    on_gpu(
        "weights_that_are_too_large_for_the_device_are_a_sentence",
        |pipelines, _| {
            let mut graph = Graph::new(pipelines);
            let from = graph.place(Layout::dense(1 << 20, 1, 1));
            let to = graph.place(Layout::dense(1 << 12, 1, 1));
            let error = graph
                .layer(Operation::Dense, Activation::Identity, from, to)
                .unwrap_err();
            assert!(error.to_string().contains("smaller width"), "{error}");
        },
    );
}
