//! Adam (Kingma and Ba, 2015).
//!
//! Ours rather than Burn's because its state is named like the tensors it belongs to: a checkpoint is then readable by
//! anyone, and resuming does not depend on the identities Burn draws at random for parameters.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use kernels::{AdamRates, Moments, Parameter};
use serde::{Deserialize, Serialize};

use crate::named::{Path, trainable};
use crate::parameters::flat;
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

/// What a checkpoint calls a parameter's mean gradient, after the parameter's name and a dot.
pub(crate) const EXP_AVG: &str = "first";
/// What a checkpoint calls a parameter's mean squared gradient, after the parameter's name and a dot.
pub(crate) const EXP_AVG_SQ: &str = "second";

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
        let moved = self.moved_together(prefix, &module, &gradients);
        module.map(&mut Update {
            adam: self,
            gradients,
            moved,
            path: Path::below(prefix),
        })
    }

    /// The parameters of `module` that have a gradient, moved in few operations: their values, flattened, by name. None of
    /// them where one after the other can be moved in place.
    fn moved_together<M: Module>(
        &mut self,
        prefix: &str,
        module: &M,
        gradients: &GradientsParams,
    ) -> BTreeMap<String, Tensor<1>> {
        let mut found = Found {
            gradients,
            path: Path::below(prefix),
            found: Vec::new(),
        };
        module.visit(&mut found);
        let (names, parameters): (Vec<String>, Vec<Parameter>) = found
            .found
            .into_iter()
            .map(|(name, value, gradient)| {
                let moments = self.take_moments(&name, &gradient);
                let parameter = Parameter {
                    value,
                    gradient,
                    moments,
                };
                (name, parameter)
            })
            .unzip();
        let Some(moved) = kernels::descend_all(&parameters, &self.rates()) else {
            let stay = parameters.into_iter().map(|parameter| parameter.moments);
            self.moments.extend(names.into_iter().zip(stay));
            return BTreeMap::new();
        };
        let mut values = BTreeMap::new();
        for (name, (value, moments)) in names.into_iter().zip(moved) {
            values.insert(name.clone(), value);
            self.moments.insert(name, moments);
        }
        values
    }

    /// The state, as `name.first` (exp_avg) and `name.second` (exp_avg_sq) with their values on the device.
    pub(crate) fn state(&self) -> impl Iterator<Item = (String, Tensor<1>)> {
        self.moments.iter().flat_map(|(name, moments)| {
            [
                (format!("{name}.{EXP_AVG}"), moments.exp_avg.clone()),
                (format!("{name}.{EXP_AVG_SQ}"), moments.exp_avg_sq.clone()),
            ]
        })
    }

    /// Replaces the state of the parameter `name`; both means have as many values as the parameter.
    pub(crate) fn restore(&mut self, name: String, exp_avg: Tensor<1>, exp_avg_sq: Tensor<1>) {
        let moments = Moments {
            exp_avg,
            exp_avg_sq,
        };
        self.moments.insert(name, moments);
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
        let moments = self.take_moments(&name, &gradient);
        let (result, moments) = step(gradient, moments, &self.rates());
        self.moments.insert(name, moments);
        result
    }

    /// Both means of a parameter, zeros at first. They have to be put back.
    fn take_moments(&mut self, name: &str, gradient: &Tensor<1>) -> Moments {
        let zeros = || gradient.zeros_like();
        self.moments.remove(name).unwrap_or_else(|| Moments {
            exp_avg: zeros(),
            exp_avg_sq: zeros(),
        })
    }

    fn rates(&self) -> AdamRates {
        let BiasCorrected { rate, correction2 } = self.bias_corrected();
        AdamRates {
            beta1: self.config.beta1,
            beta2: self.config.beta2,
            rate,
            bias_correction2: correction2,
            epsilon: self.config.epsilon,
        }
    }

    /// Both means start at zero, which biases them; the corrections 1 - beta^t undo that.
    fn bias_corrected(&self) -> BiasCorrected {
        let AdamConfig { beta1, beta2, .. } = self.config;
        let steps = f64::from(self.steps);
        let correction1 = 1.0 - beta1.powf(steps);
        BiasCorrected {
            rate: self.config.learning_rate * self.factor / correction1,
            correction2: 1.0 - beta2.powf(steps),
        }
    }

    /// The vector-Jacobian product of the step taken last: dL/dg of the parameter `name` whose gradient was `gradient`,
    /// from `lambda`, dL/dc of its change c, and from `adjoint`, dL/dm and dL/ds of the means m and s after the step, which
    /// become those before it. None when the parameter has never moved.
    ///
    /// With r the rate and b the bias correction of s, c = r m / d and d = sqrt(s / b) + epsilon:
    ///
    /// ```text
    /// dc/dm = r / d,  dc/ds = -r m / (2 b sqrt(s / b) d^2),  dm/dg = 1 - beta1,  ds/dg = 2 (1 - beta2) g
    /// ```
    pub(crate) fn vjp(
        &self,
        name: &str,
        gradient: &Tensor<1>,
        lambda: Tensor<1>,
        adjoint: &mut AdamAdjoint,
    ) -> Option<Tensor<1>> {
        let AdamConfig { beta1, beta2, .. } = self.config;
        let Moments {
            exp_avg,
            exp_avg_sq,
        } = self.moments.get(name)?;
        let BiasCorrected { rate, correction2 } = self.bias_corrected();
        // Where all gradients were zero so is m, and the root's infinite slope counts nothing.
        let root = (exp_avg_sq.clone() / correction2)
            .sqrt()
            .clamp_min(SMALLEST_ROOT);
        let divisor = root.clone() + self.config.epsilon;
        let mut to_exp_avg = lambda * rate / divisor.clone();
        let slope = exp_avg.clone() / root / divisor / (-2.0 * correction2);
        let mut to_exp_avg_sq = to_exp_avg.clone() * slope;
        if let Some(later) = adjoint.0.remove(name) {
            to_exp_avg = to_exp_avg + later.exp_avg;
            to_exp_avg_sq = to_exp_avg_sq + later.exp_avg_sq;
        }
        let to_gradient = to_exp_avg.clone() * (1.0 - beta1)
            + to_exp_avg_sq.clone() * gradient.clone() * (2.0 * (1.0 - beta2));
        let before = Moments {
            exp_avg: to_exp_avg * beta1,
            exp_avg_sq: to_exp_avg_sq * beta2,
        };
        adjoint.0.insert(name.to_owned(), before);
        Some(to_gradient)
    }
}

/// The numbers of Adam's step t that depend on t.
struct BiasCorrected {
    /// The learning rate over 1 - beta1^t.
    rate: f64,
    /// 1 - beta2^t, which the mean squared gradient is divided by.
    correction2: f64,
}

/// The least that the root of the mean squared gradient counts as; keeps a division finite in float32.
const SMALLEST_ROOT: f64 = 1e-20;

/// dL/dm and dL/ds: how a loss L depends on both means of each parameter.
#[derive(Debug, Clone, Default)]
pub(crate) struct AdamAdjoint(BTreeMap<String, Moments>);

/// Gathers the parameters that may be moved together, flattened, with their names and gradients.
struct Found<'a> {
    gradients: &'a GradientsParams,
    path: Path,
    found: Vec<(String, Tensor<1>, Tensor<1>)>,
}

impl ModuleVisitor for Found<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().without_autodiff();
        if !kernels::moves_together(&value.device()) {
            return;
        }
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let name = self.path.name();
            self.found.push((name, flat(value), flat(gradient)));
        }
    }
}

struct Update<'a> {
    adam: &'a mut Adam,
    gradients: GradientsParams,
    /// Parameters, flattened, that have been moved already.
    moved: BTreeMap<String, Tensor<1>>,
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
        let name = self.path.name();
        let moved = match self.moved.remove(&name) {
            Some(moved) => moved,
            None => {
                let (value, gradient) = (value.reshape([count]), gradient.reshape([count]));
                self.adam.moved(name, value, gradient)
            }
        };
        trainable(id, moved.reshape(shape).autodiff())
    }
}

/// A mean read back from a checkpoint.
pub(crate) fn mean(values: Vec<f32>, device: &burn::tensor::Device) -> Tensor<1> {
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
