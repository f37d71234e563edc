//! Adam (Kingma and Ba, 2015).
//!
//! Ours rather than Burn's because its state is named like the tensors it belongs to: a checkpoint is then readable by
//! anyone, and resuming does not depend on the identities Burn draws at random for parameters.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::named::Path;
use crate::networks::trainable;

/// The settings of the optimizer; the paper's are the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamConfig {
    /// Step size.
    pub learning_rate: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the divisor.
    pub epsilon: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            learning_rate: 2e-4,
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// The optimizer of one or several networks that are updated together.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    steps: u32,
    moments: BTreeMap<String, Moments>,
}

/// Running means of a parameter's gradient and squared gradient, flattened.
#[derive(Debug, Clone)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

impl Adam {
    /// An optimizer that has seen nothing yet.
    pub fn new(config: AdamConfig) -> Self {
        Self {
            config,
            steps: 0,
            moments: BTreeMap::new(),
        }
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Changes the step size, from the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.config.learning_rate = learning_rate;
    }

    /// Opens a step: call it once, then [`Adam::update`] for each network.
    pub fn begin_step(&mut self) {
        self.steps += 1;
    }

    /// `module` with every parameter moved that `gradients` has a gradient for. `prefix` keeps apart the names of
    /// networks that share an optimizer.
    pub fn update<M: Module>(&mut self, prefix: &str, module: M, gradients: GradientsParams) -> M {
        let mut path = Path::default();
        path.enter(prefix);
        module.map(&mut Update {
            adam: self,
            gradients,
            path,
        })
    }

    /// The state, as `name.first` and `name.second` with their values on the device.
    pub(crate) fn state(&self) -> impl Iterator<Item = (String, Tensor<1>)> {
        self.moments.iter().flat_map(|(name, moments)| {
            [
                (format!("{name}.first"), moments.first.clone()),
                (format!("{name}.second"), moments.second.clone()),
            ]
        })
    }

    /// Replaces the state of the parameter `name`; both moments have as many values as the parameter.
    pub(crate) fn restore(&mut self, name: String, first: Tensor<1>, second: Tensor<1>) {
        self.moments.insert(name, Moments { first, second });
    }

    /// Sets how many steps have been taken.
    pub(crate) fn set_steps(&mut self, steps: u32) {
        self.steps = steps;
    }

    /// The change of a parameter, flattened: how far it moves against the gradient.
    fn change(&mut self, name: String, gradient: Tensor<1>) -> Tensor<1> {
        let AdamConfig {
            learning_rate,
            beta1,
            beta2,
            epsilon,
        } = self.config;
        let square = gradient.clone() * gradient.clone();
        let moments = match self.moments.remove(&name) {
            Some(Moments { first, second }) => Moments {
                first: first * beta1 + gradient * (1.0 - beta1),
                second: second * beta2 + square * (1.0 - beta2),
            },
            None => Moments {
                first: gradient * (1.0 - beta1),
                second: square * (1.0 - beta2),
            },
        };
        // Both means start at zero; dividing by how much of them is real undoes that bias.
        let steps = f64::from(self.steps);
        let first_share = 1.0 - beta1.powf(steps);
        let second_share = 1.0 - beta2.powf(steps);
        let divisor = (moments.second.clone() / second_share).sqrt() + epsilon;
        let change = moments.first.clone() * (learning_rate / first_share) / divisor;
        self.moments.insert(name, moments);
        change
    }
}

struct Update<'a> {
    adam: &'a mut Adam,
    gradients: GradientsParams,
    path: Path,
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return param;
        };
        let (id, value, _) = param.consume();
        let count = gradient.shape().num_elements();
        let change = self
            .adam
            .change(self.path.name(), gradient.reshape([count]));
        let value = value.without_autodiff();
        let shape = value.shape();
        trainable(id, (value - change.reshape(shape)).autodiff())
    }
}

/// Moments read back from a checkpoint.
pub(crate) fn moment(values: Vec<f32>, device: &burn::tensor::Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn two_steps_by_hand() {
        let device = Device::flex();
        let mut adam = Adam::new(AdamConfig::default());
        let gradient = |value: f32| Tensor::<1>::from_floats([value], &device);
        adam.begin_step();
        let first = adam.change("w".into(), gradient(3.0)).into_scalar::<f64>();
        // The first step is the learning rate whatever the gradient's size.
        assert!((first - 2e-4).abs() < 1e-9, "{first}");
        adam.begin_step();
        let second = adam.change("w".into(), gradient(-1.0)).into_scalar::<f64>();
        let mean = (0.5 * 0.5 * 3.0 - 0.5) / (1.0 - 0.25);
        let square: f64 = (0.999 * 0.001 * 9.0 + 0.001) / (1.0 - 0.999 * 0.999);
        let expected = 2e-4 * mean / square.sqrt();
        assert!((second - expected).abs() < 1e-9, "{second} {expected}");
    }
}
