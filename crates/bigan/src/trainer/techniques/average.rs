//! Means over time of a network's tensors: the exponential moving average that is published, and the history that
//! historical averaging holds a player to.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::named::trainable;
use crate::parameters::flat;

/// The mean of a module over time, parameters and running statistics alike, off the autodiff graph.
#[derive(Debug, Clone)]
pub(crate) struct Mean<M>(M);

impl<M: Module> Mean<M> {
    /// Starts at `module`.
    pub(crate) fn of(module: &M) -> Self {
        Self(module.valid())
    }

    /// Takes `module` into the mean: mean (1 - `weight`) + module `weight`.
    pub(crate) fn update(&mut self, module: &M, weight: f64) {
        let mut current = Values(Vec::new());
        module.valid().visit(&mut current);
        let mean = self.0.clone();
        self.0 = mean.map(&mut Update {
            current: current.0.into_iter(),
            weight,
        });
    }

    /// The mean as it is now.
    pub(crate) fn get(&self) -> &M {
        &self.0
    }

    /// The mean, unaffected by later steps.
    pub(crate) fn module(&self) -> M {
        // A clone would share its running statistics with this one.
        self.0.valid()
    }
}

/// The weight of the networks after step `step`, counted from 0, in their exponential moving average of `decay`:
/// max(1 - decay, 9 / (10 + step)).
///
/// At first it is above 1 - decay, or the mean would remember the first, random networks for long.
pub(crate) fn exponential_weight(decay: f64, step: u64) -> f64 {
    let step = step as f64;
    (1.0 - decay).max(9.0 / (10.0 + step))
}

/// The weight of the networks after step `step`, counted from 0, in the mean of all so far: 1 / (step + 2), since the
/// networks before the first step count as well.
pub(crate) fn equal_weight(step: u64) -> f64 {
    1.0 / (step as f64 + 2.0)
}

/// All tensors, flat, in the order of the traversal.
struct Values(Vec<Tensor<1>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(flat(param.val()));
    }
}

struct Update<I> {
    current: I,
    weight: f64,
}

impl<I: Iterator<Item = Tensor<1>>> ModuleMapper for Update<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(current) = self.current.next() else {
            return param;
        };
        let (id, mean, _) = param.consume();
        let current = current.reshape(mean.shape());
        trainable(id, kernels::mean_towards(mean, current, self.weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::Statistics;
    use crate::parameters::parameters;
    use crate::{Bigan, NetworkConfig};
    use burn::tensor::Device;

    fn tiny(seed: u64) -> Bigan {
        let config = NetworkConfig {
            width: 2,
            latent: 3,
            ..NetworkConfig::PAPER
        };
        Bigan::seeded(&config, seed, &Device::flex().autodiff())
    }

    #[test]
    fn a_mean_by_hand() {
        let (from, to) = (tiny(1).generator, tiny(2).generator);
        let mut mean = Mean::of(&from);
        mean.update(&to, 0.25);
        let key = |g: &crate::Generator| {
            let all = parameters("g", g);
            let weight = all["g.deconv1.weight"].clone();
            weight.narrow(0, 7, 1).into_scalar::<f64>()
        };
        let expected = 0.75 * key(&from) + 0.25 * key(&to);
        assert!((key(&mean.module()) - expected).abs() < 1e-8);
        assert!(key(&from) != key(&to));
    }

    #[test]
    fn running_statistics_are_averaged_and_what_was_given_out_stays() {
        let device = Device::flex().autodiff();
        let network = tiny(1).encoder;
        let mut mean = Mean::of(&network);
        let given = mean.module();
        let x = Tensor::<4>::ones([2, 3, 64, 64], &device) * 0.5;
        let before = given.forward(x.clone().without_autodiff()).mean;
        network.forward_with(x.clone(), Statistics::Record);
        mean.update(&network, 0.5);
        let distance =
            |a: &Tensor<2>, b: &Tensor<2>| (a.clone() - b.clone()).abs().max().into_scalar::<f64>();
        let encode = |encoder: &crate::Encoder| encoder.forward(x.clone().without_autodiff()).mean;
        assert!(distance(&encode(&given), &before) == 0.0);
        assert!(distance(&encode(&mean.module()), &before) > 0.0);
    }

    #[test]
    fn weights_by_hand() {
        assert!((exponential_weight(0.999, 0) - 0.9).abs() < 1e-12);
        assert!((exponential_weight(0.999, 90) - 0.09).abs() < 1e-12);
        assert!((exponential_weight(0.999, 100_000) - 0.001).abs() < 1e-12);
        // Start, first, second, third: all count the same.
        let mut mean = 8.0;
        for (step, value) in [2.0, 4.0, 6.0].into_iter().enumerate() {
            mean += (value - mean) * equal_weight(step as u64);
        }
        assert!((mean - 5.0f64).abs() < 1e-12);
    }
}
