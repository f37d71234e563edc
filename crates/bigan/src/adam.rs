//! Adam (Kingma and Ba, 2015).
//!
//! Ours rather than Burn's because its state is named like the tensors it belongs to: a checkpoint is then readable by
//! anyone, and resuming does not depend on the identities Burn draws at random for parameters.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use kernels::{AdamRates, Moments};
use serde::{Deserialize, Serialize};

use crate::named::Path;
use crate::networks::trainable;
use crate::setting::{SettingError, positive, share};

/// The settings of the optimizer; the paper's are the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct AdamConfig {
    /// Adam's step size.
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE"))]
    pub learning_rate: f64,
    /// Adam's step size for D, where it differs.
    #[cfg_attr(feature = "clap", arg(long = "d-learning-rate", value_name = "RATE"))]
    #[serde(default)]
    pub discriminator_learning_rate: Option<f64>,
    /// Decay of Adam's mean of gradients.
    #[cfg_attr(feature = "clap", arg(long, value_name = "DECAY"))]
    pub beta1: f64,
    /// Decay of Adam's mean of squared gradients.
    #[cfg_attr(feature = "clap", arg(long, value_name = "DECAY"))]
    pub beta2: f64,
    /// What Adam adds to the divisor.
    #[cfg_attr(feature = "clap", arg(skip = AdamConfig::default().epsilon))]
    pub epsilon: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            learning_rate: 2e-4,
            discriminator_learning_rate: None,
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

impl AdamConfig {
    /// What D's optimizer is set up with.
    pub(crate) fn for_discriminator(self) -> Self {
        let own = self.discriminator_learning_rate;
        Self {
            learning_rate: own.unwrap_or(self.learning_rate),
            ..self
        }
    }

    pub(crate) fn validate(&self) -> Result<(), SettingError> {
        positive("learning-rate", self.learning_rate)?;
        if let Some(rate) = self.discriminator_learning_rate {
            positive("d-learning-rate", rate)?;
        }
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        positive("epsilon", self.epsilon)
    }
}

/// The optimizer of one or several networks that are updated together.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    steps: u32,
    /// What a schedule makes of the learning rate in the step that was begun last.
    factor: f64,
    moments: BTreeMap<String, Moments>,
}

impl Adam {
    /// An optimizer that has seen nothing yet.
    pub fn new(config: AdamConfig) -> Self {
        Self {
            config,
            steps: 0,
            factor: 1.0,
            moments: BTreeMap::new(),
        }
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Opens a step: call it once, then [`Adam::update`] for each network. The learning rate is `factor` times the one
    /// that was set.
    pub fn begin_step(&mut self, factor: f64) {
        self.steps += 1;
        self.factor = factor;
    }

    /// `module` with every parameter moved that `gradients` has a gradient for. `prefix` keeps apart the names of
    /// networks that share an optimizer.
    pub fn update<M: Module>(&mut self, prefix: &str, module: M, gradients: GradientsParams) -> M {
        module.map(&mut Update {
            adam: self,
            gradients,
            path: Path::below(prefix),
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
    pub(crate) fn change(&mut self, name: String, gradient: Tensor<1>) -> Tensor<1> {
        self.step(name, gradient, kernels::adam)
    }

    /// A parameter, flattened, moved against its gradient.
    fn moved(&mut self, name: String, value: Tensor<1>, gradient: Tensor<1>) -> Tensor<1> {
        self.step(name, gradient, |gradient, moments, rates| {
            kernels::descend(value, gradient, moments, rates)
        })
    }

    fn step(
        &mut self,
        name: String,
        gradient: Tensor<1>,
        step: impl FnOnce(Tensor<1>, Moments, &AdamRates) -> (Tensor<1>, Moments),
    ) -> Tensor<1> {
        let zeros = || gradient.zeros_like();
        let moments = self.moments.remove(&name).unwrap_or_else(|| Moments {
            first: zeros(),
            second: zeros(),
        });
        let Scale { rate, second_share } = self.scale();
        let rates = AdamRates {
            beta1: self.config.beta1,
            beta2: self.config.beta2,
            rate,
            second_share,
            epsilon: self.config.epsilon,
        };
        let (result, moments) = step(gradient, moments, &rates);
        self.moments.insert(name, moments);
        result
    }

    fn scale(&self) -> Scale {
        let AdamConfig { beta1, beta2, .. } = self.config;
        // Both means start at zero; dividing by how much of them is real undoes that bias.
        let steps = f64::from(self.steps);
        let first_share = 1.0 - beta1.powf(steps);
        Scale {
            rate: self.config.learning_rate * self.factor / first_share,
            second_share: 1.0 - beta2.powf(steps),
        }
    }

    /// The transpose of the step taken last: how a loss depends on the gradient of the parameter `name`, given how it
    /// depends on the parameter's change (`lambda`) and on the moments after the step (`moments`, which become those
    /// before it). None when the parameter has never moved.
    ///
    /// With m and s the moments after the step, c = r m / d and d = sqrt(s / b) + epsilon:
    /// dc/dm = r / d and dc/ds = -r m / (2 b sqrt(s / b) d^2).
    pub(crate) fn transpose(
        &self,
        name: &str,
        gradient: &Tensor<1>,
        lambda: Tensor<1>,
        moments: &mut AdamAdjoint,
    ) -> Option<Tensor<1>> {
        let AdamConfig { beta1, beta2, .. } = self.config;
        let Moments { first, second } = self.moments.get(name)?;
        let Scale { rate, second_share } = self.scale();
        // Where all gradients were zero so is m, and the root's infinite slope counts nothing.
        let root = (second.clone() / second_share)
            .sqrt()
            .clamp_min(SMALLEST_ROOT);
        let divisor = root.clone() + self.config.epsilon;
        let mut to_first = lambda * rate / divisor.clone();
        let slope = first.clone() / root / divisor / (-2.0 * second_share);
        let mut to_second = to_first.clone() * slope;
        if let Some(later) = moments.0.remove(name) {
            to_first = to_first + later.first;
            to_second = to_second + later.second;
        }
        let back = to_first.clone() * (1.0 - beta1)
            + to_second.clone() * gradient.clone() * (2.0 * (1.0 - beta2));
        let before = Moments {
            first: to_first * beta1,
            second: to_second * beta2,
        };
        moments.0.insert(name.to_owned(), before);
        Some(back)
    }
}

/// What a moment's mean is divided by and multiplied with at a step.
struct Scale {
    rate: f64,
    second_share: f64,
}

/// Keeps a division by the root of the second moment finite in float32.
const SMALLEST_ROOT: f64 = 1e-20;

/// How a loss depends on the moments of each parameter.
#[derive(Debug, Clone, Default)]
pub(crate) struct AdamAdjoint(BTreeMap<String, Moments>);

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
        let value = value.without_autodiff();
        let shape = value.shape();
        let count = shape.num_elements();
        let moved = self.adam.moved(
            self.path.name(),
            value.reshape([count]),
            gradient.reshape([count]),
        );
        trainable(id, moved.reshape(shape).autodiff())
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
        adam.begin_step(1.0);
        let first = adam.change("w".into(), gradient(3.0)).into_scalar::<f64>();
        // The first step is the learning rate whatever the gradient's size.
        assert!((first - 2e-4).abs() < 1e-9, "{first}");
        adam.begin_step(1.0);
        let second = adam.change("w".into(), gradient(-1.0)).into_scalar::<f64>();
        let mean = (0.5 * 0.5 * 3.0 - 0.5) / (1.0 - 0.25);
        let square: f64 = (0.999 * 0.001 * 9.0 + 0.001) / (1.0 - 0.999 * 0.999);
        let expected = 2e-4 * mean / square.sqrt();
        assert!((second - expected).abs() < 1e-9, "{second} {expected}");
    }
}
