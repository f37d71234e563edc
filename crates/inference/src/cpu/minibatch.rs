//! Minibatch discrimination: how near the samples of a batch are to each other.

use compute::Activation;
use compute::layers::{Columns, Maps};

use crate::config::MinibatchConfig;

/// The layer's weights, ready for products.
#[derive(Debug)]
pub(super) struct Minibatch {
    projection: Columns,
    kernels: usize,
    dimensions: usize,
}

impl Minibatch {
    /// `weight` `[kernels * dimensions, in]`.
    pub fn new(inputs: usize, config: MinibatchConfig, weight: &[f32]) -> Self {
        let MinibatchConfig {
            kernels,
            dimensions,
        } = config;
        let outputs = kernels * dimensions;
        Self {
            projection: Columns::dense([inputs, outputs], weight, &vec![0.0; outputs]),
            kernels,
            dimensions,
        }
    }

    /// The values of every sample, and for each kernel the sum over the other samples of exp(-d), d the L1 distance of
    /// the two projections.
    pub fn run(&self, values: &Maps) -> Maps {
        let projected = self.projection.run(values, Activation::Identity);
        let mut made = Maps::zeros(values.batch, [1, 1], values.channels + self.kernels);
        let pitch = made.pitch;
        for (sample, target) in made
            .values
            .chunks_exact_mut(pitch)
            .take(values.batch)
            .enumerate()
        {
            let own = &values.values[sample * values.pitch..][..values.channels];
            let (copy, similarities) = target.split_at_mut(values.channels);
            copy.copy_from_slice(own);
            for (kernel, similarity) in similarities.iter_mut().take(self.kernels).enumerate() {
                let others = (0..values.batch).filter(|other| *other != sample);
                let near = |other| (-self.distance(&projected, kernel, [sample, other])).exp();
                *similarity = others.map(near).sum();
            }
        }
        made
    }

    fn distance(&self, projected: &Maps, kernel: usize, samples: [usize; 2]) -> f32 {
        let [a, b] = samples.map(|sample| {
            &projected.values[sample * projected.pitch + kernel * self.dimensions..]
                [..self.dimensions]
        });
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
    }
}
