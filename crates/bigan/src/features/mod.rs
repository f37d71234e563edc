//! H of equation 5: a fixed network that says what is in a picture, and is itself never trained by the BiGAN.
//!
//! The paper's is AlexNet up to its fifth pooling. Its weights are constants outside every autodiff graph, so a loss on
//! its output has a gradient for the picture and none for the network.

mod alexnet;
mod resize;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use alexnet::{AlexNet, AlexNetConfig};

use crate::draws;
use crate::named::fill;

/// A fixed, differentiable network on pictures.
#[derive(Module, Debug)]
pub enum Features {
    /// The paper's: AlexNet up to its fifth pooling, trained on ImageNet.
    AlexNet(AlexNet),
}

impl Features {
    /// An AlexNet whose weights are drawn from `seed`: for tests, and to see what training adds.
    pub fn seeded_alexnet(config: &AlexNetConfig, seed: u64, device: &Device) -> Self {
        Self::AlexNet(seeded(config.init(device), seed)).frozen()
    }

    /// H(x): pictures `[batch, 3, 64, 64]` in `[-1, 1]` to rows of length 1, `[batch, features]`.
    ///
    /// A picture that H sees nothing in, whose activations are all zero, stays zero.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let rows: Tensor<2> = match self {
            Self::AlexNet(network) => network.forward(x).flatten(1, 3),
        };
        unit(rows)
    }

    /// What FID and KID compare: H's last activations, their mean over places, not scaled to length 1.
    /// Pictures `[batch, 3, 64, 64]` in `[-1, 1]` to `[batch, channels]`.
    pub fn activations(&self, x: Tensor<4>) -> Tensor<2> {
        match self {
            Self::AlexNet(network) => network
                .forward(x)
                .flatten::<3>(2, 3)
                .mean_dim(2)
                .squeeze_dim(2),
        }
    }

    /// Off the autodiff graph, where tensors on it treat the weights as constants.
    fn frozen(self) -> Self {
        self.valid()
    }
}

/// Rows scaled to length 1. The small number keeps the gradient of a row of zeros a number.
fn unit(rows: Tensor<2>) -> Tensor<2> {
    let squares = (rows.clone() * rows.clone()).sum_dim(1);
    rows / (squares + 1e-12).sqrt()
}

/// First weights after He et al. (2015), which keep the size of activations from layer to layer; biases are zero.
fn seeded<M: Module>(module: M, seed: u64) -> M {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    fill(module, |slot| {
        slot.is_kernel().then(|| {
            let inputs: usize = slot.shape[1..].iter().product();
            let deviation = (2.0 / inputs as f32).sqrt();
            let values = draws::normal(&mut rng, slot.shape.iter().product());
            values.into_iter().map(|value| value * deviation).collect()
        })
    })
}

#[cfg(test)]
mod tests;
