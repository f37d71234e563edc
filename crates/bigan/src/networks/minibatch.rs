//! Minibatch discrimination (Salimans et al., 2016): D sees how near the pairs of a batch are to each other, and so
//! notices a generator that always makes the same.

use burn::module::Module;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::layers::dense;
use inference::config::MinibatchConfig;

/// For each sample of a batch, how near the others are to it.
#[derive(Module, Debug)]
pub(super) struct MinibatchDiscrimination {
    /// T, of `kernels x dimensions` outputs.
    projection: Linear,
    kernels: usize,
}

impl MinibatchDiscrimination {
    pub(super) fn new(inputs: usize, config: &MinibatchConfig, device: &Device) -> Self {
        Self {
            projection: LinearConfig::new(inputs, config.kernels * config.dimensions)
                .with_bias(false)
                .with_initializer(Initializer::Zeros)
                .init(device),
            kernels: config.kernels,
        }
    }

    /// Features `[batch, inputs]` to similarities `[batch, kernels]`: for each kernel the sum over the other samples of
    /// exp(-d), d the L1 distance of the two projections. A sample on its own gets zeros.
    pub(super) fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let [batch, _] = features.dims();
        let projected = dense(&self.projection, features);
        let rows: Tensor<4> = projected.reshape([batch as i32, 1, self.kernels as i32, -1]);
        let columns = rows.clone().swap_dims(0, 1);
        let distance = (rows - columns).abs().sum_dim(3); // [batch, batch, kernels, 1]
        // Itself, at distance 0, is one of the samples summed over.
        let similarity = distance.neg().exp().sum_dim(1) - 1.0;
        similarity.reshape([batch, self.kernels])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::fill;

    const CONFIG: MinibatchConfig = MinibatchConfig {
        kernels: 2,
        dimensions: 1,
    };

    fn values(x: Tensor<2>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn three_samples_by_hand() {
        let device = Device::flex();
        // Two features, projected to f1 and to 2 f2.
        let layer = MinibatchDiscrimination::new(2, &CONFIG, &device);
        let layer = fill(layer, |_| Some(vec![1.0, 0.0, 0.0, 2.0]));
        let features = Tensor::<2>::from_floats([[0.0, 0.0], [1.0, 0.0], [3.0, 0.5]], &device);
        let found = values(layer.forward(features.clone()));
        let e = |distances: [f32; 2]| distances.iter().map(|d| (-d).exp()).sum::<f32>();
        let expected = [
            [e([1.0, 3.0]), e([0.0, 1.0])],
            [e([1.0, 2.0]), e([0.0, 1.0])],
            [e([3.0, 2.0]), e([1.0, 1.0])],
        ];
        for (found, expected) in found.iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
        let alone = layer.forward(features.narrow(0, 1, 1));
        assert!(values(alone).iter().all(|value| value.abs() < 1e-6));
    }
}
