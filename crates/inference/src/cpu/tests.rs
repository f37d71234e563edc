//! Layers and chains on the CPU against Burn's operations.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use compute::{Activation, Operation};

use super::Chain;
use crate::Folded;
use crate::gpu::tests::{ACTIVATIONS, Reference, assert_same, noise};
use crate::layers::{Layer, LayerKind};

/// A layer with numbers that look random.
struct Drawn {
    operation: Operation,
    activation: Activation,
    channels: [usize; 2],
    side: usize,
    numbers: Folded,
}

impl Drawn {
    fn new(
        operation: Operation,
        activation: Activation,
        channels: [usize; 2],
        side: usize,
    ) -> Self {
        let [inputs, outputs] = channels;
        let count = inputs * outputs * operation.taps();
        // Such that sums stay about as large as what is summed up.
        let size = (3.0 / (inputs * operation.taps()) as f32).sqrt();
        Self {
            operation,
            activation,
            channels,
            side,
            numbers: Folded {
                weight: noise(2, count).into_iter().map(|w| w * size).collect(),
                bias: noise(3, outputs),
            },
        }
    }

    fn push_onto(&self, chain: &mut Chain) {
        let layer = Layer {
            name: "layer",
            kind: match self.operation {
                Operation::Conv2d { kernel } => LayerKind::Conv2d { kernel },
                Operation::ConvTranspose2d { .. } => LayerKind::ConvTranspose2d,
                Operation::Dense => LayerKind::Linear,
            },
            norm: None,
            activation: self.activation,
            inputs: self.channels[0],
            outputs: self.channels[1],
            stored: self.channels[1],
            side: self.side,
        };
        chain.push(&layer, &self.numbers);
    }

    fn values(&self) -> usize {
        self.channels[0] * self.side * self.side
    }

    fn reference(&self, x: &[f32]) -> Vec<f32> {
        Reference {
            operation: self.operation,
            activation: self.activation,
            image: [
                x.len() / self.values(),
                self.channels[0],
                self.side,
                self.side,
            ],
            outputs: self.channels[1],
        }
        .run(x, &self.numbers.weight, &self.numbers.bias)
    }
}

fn check(layers: &[Drawn], batch: usize) {
    let mut chain = Chain::default();
    for layer in layers {
        layer.push_onto(&mut chain);
    }
    let x = noise(1, batch * layers[0].values());
    let reference = layers
        .iter()
        .fold(x.clone(), |x, layer| layer.reference(&x));
    let what = layers.iter().map(|layer| {
        let Drawn {
            operation,
            channels,
            side,
            ..
        } = layer;
        format!("{operation:?} {channels:?} {side} ")
    });
    assert_same(&what.collect::<String>(), &chain.run(&x), &reference);
}

#[test]
fn every_layer_agrees_with_burn() {
    let operations = [
        Operation::Conv2d { kernel: 5 },
        Operation::Conv2d { kernel: 3 },
        Operation::ConvTranspose2d { kernel: 5 },
    ];
    for operation in operations {
        let shapes = [
            [1, 1, 1, 1],
            [1, 3, 5, 7],
            [3, 8, 33, 4],
            [2, 17, 3, 9],
            [33, 5, 16, 8],
            [1, 70, 64, 32],
        ];
        for (index, [batch, inputs, outputs, side]) in shapes.into_iter().enumerate() {
            let activation = ACTIVATIONS[index % 3];
            check(
                &[Drawn::new(operation, activation, [inputs, outputs], side)],
                batch,
            );
        }
    }
    for [batch, inputs, outputs] in [[1, 1, 1], [33, 70, 6], [5, 130, 80], [130, 9, 9]] {
        let layer = Drawn::new(Operation::Dense, Activation::Leaky, [inputs, outputs], 1);
        check(&[layer], batch);
    }
}

#[test]
fn chains_agree_with_burn_where_maps_become_codes_and_codes_maps() {
    let strided = Operation::Conv2d { kernel: 5 };
    let transposed = Operation::ConvTranspose2d { kernel: 5 };
    let leaky = Activation::Leaky;
    for batch in [1, 4] {
        check(
            &[
                Drawn::new(strided, leaky, [3, 6], 16),
                Drawn::new(strided, leaky, [6, 10], 8),
                Drawn::new(Operation::Dense, leaky, [10 * 16, 7], 1),
                Drawn::new(Operation::Dense, leaky, [7, 9 * 16], 1),
                Drawn::new(transposed, leaky, [9, 5], 4),
                Drawn::new(transposed, Activation::Tanh, [5, 3], 8),
            ],
            batch,
        );
    }
}

#[test]
fn a_chain_without_layers_gives_what_it_is_given() {
    assert_eq!(Chain::default().run(&[1.0, 2.0]), [1.0, 2.0]);
}

#[test]
fn nothing_becomes_nothing() {
    let mut chain = Chain::default();
    for operation in [
        Operation::Conv2d { kernel: 5 },
        Operation::Conv2d { kernel: 3 },
    ] {
        Drawn::new(operation, Activation::Leaky, [3, 3], 8).push_onto(&mut chain);
    }
    assert!(chain.run(&[]).is_empty());
}

#[test]
#[should_panic(expected = "weight.len()")]
fn weights_of_another_size_are_refused() {
    let mut layer = Drawn::new(Operation::Dense, Activation::Leaky, [3, 2], 1);
    layer.numbers.weight.pop();
    layer.push_onto(&mut Chain::default());
}
