//! The D that G and E are trained against: D as it is, or D after K inner steps (unrolled GANs, Metz et al., 2017).
//!
//! `techniques/unroll.rs` has the mathematics on vectors; here it meets the networks. In its terms theta are D's
//! parameters and phi are E(x), G(z) and, where D sees it, G(E(x)).

use burn::module::Module;
use burn::optim::GradientsParams;

use super::noise::DiscriminatorNoise;
use super::objective::{Need, PairsOutput};
use super::pairs::Pairs;
use super::techniques::unroll::{Gradient, InnerOptimizer, Trajectory, add, unroll};
use super::{Pass, Trainer};
use crate::networks::Discriminator;
use crate::parameters::{DISCRIMINATOR, Vectors, gradients, parameters, replaced};

/// D after its inner steps, theta_K; without unrolling the current D.
#[derive(Debug)]
pub struct UnrolledDiscriminator {
    discriminator: Discriminator,
    /// The inner steps and the noise of D's passes in them, where gradients of G and E go through them.
    inner_steps: Option<(Trajectory, [DiscriminatorNoise; 2])>,
}

impl UnrolledDiscriminator {
    /// A constant D: a backward pass computes no gradient for its parameters.
    pub(super) fn constant(discriminator: Discriminator) -> Self {
        Self {
            discriminator: discriminator.no_grad(),
            inner_steps: None,
        }
    }
}

impl Trainer {
    /// D after K inner steps. D itself does not move. Every inner step sees the pairs of `pass` with the same `noise`;
    /// `first` holds the gradient at the current D, from which the first inner step starts.
    pub(super) fn unroll_discriminator(
        &self,
        pass: &Pass,
        noise: &[DiscriminatorNoise; 2],
        first: &GradientsParams,
    ) -> UnrolledDiscriminator {
        let discriminator = &self.bigan.discriminator;
        let config = &self.config.unroll;
        let start = parameters(DISCRIMINATOR, discriminator)
            .into_iter()
            .map(|(name, value)| (name, value.without_autodiff()))
            .collect();
        let first = gradients(DISCRIMINATOR, discriminator, first);
        let trajectory = unroll(config, start, first, self.inner_optimizer(), |theta| {
            self.discriminator_gradient(theta, Pairs::detached(pass), noise)
                .parameters
        });
        let discriminator = replaced(DISCRIMINATOR, discriminator.clone(), trajectory.end());
        if !config.through {
            return UnrolledDiscriminator::constant(discriminator);
        }
        UnrolledDiscriminator {
            discriminator,
            inner_steps: Some((trajectory, noise.clone())),
        }
    }

    /// Plain gradient descent where the settings give a rate, otherwise a copy of D's Adam.
    fn inner_optimizer(&self) -> InnerOptimizer {
        match self.config.unroll.sgd {
            Some(rate) => InnerOptimizer::Sgd { rate },
            None => InnerOptimizer::Adam {
                adam: self.discriminator_adam.clone(),
                factor: self.rate_factor(),
            },
        }
    }

    /// The unrolled D's output for the pairs of `pass`. `noise` is that of D's passes over the real and the generated
    /// pairs.
    pub(super) fn output_of(
        &self,
        unrolled: UnrolledDiscriminator,
        pass: &Pass,
        noise: &[DiscriminatorNoise; 2],
    ) -> PairsOutput {
        let discriminator = &unrolled.discriminator;
        match unrolled.inner_steps {
            None => self.discriminate(discriminator, Pairs::of(pass), noise, false),
            Some((trajectory, inner_noise)) => {
                self.output_through(discriminator, trajectory, &inner_noise, pass, noise)
            }
        }
    }

    /// The output at theta_K as constants, with a gradient that also goes through the inner steps. With L the weighted
    /// terms that need D,
    ///
    /// ```text
    /// dL/dphi = partial L/partial phi + (dtheta_K/dphi)^T dL/dtheta_K
    /// ```
    fn output_through(
        &self,
        discriminator: &Discriminator,
        trajectory: Trajectory,
        inner_noise: &[DiscriminatorNoise; 2],
        pass: &Pass,
        noise: &[DiscriminatorNoise; 2],
    ) -> PairsOutput {
        // phi are leaves here. Their whole gradient goes on to E and G in the one backward pass that all terms share.
        let leaves = Pairs::leaves(pass);
        let output = self.discriminate(discriminator, leaves.clone(), noise, false);
        let (_, sum) = self.generator_encoder_objective(pass, Some(&output), |term| {
            term.needs.contains(&Need::Discriminator)
        });
        let mut found = sum.total(&self.device).backward();
        let mut to_inputs = leaves.input_gradients(&found);
        let found = GradientsParams::from_module(&mut found, discriminator);
        let to_end = gradients(DISCRIMINATOR, discriminator, &found);
        let through_steps = trajectory.backward(to_end, |theta| {
            self.discriminator_gradient(theta, Pairs::leaves(pass), inner_noise)
        });
        add(&mut to_inputs, through_steps);
        output.constant(Pairs::of(pass).zero_with_gradients(&to_inputs))
    }

    /// The gradient of D's loss at the parameters `theta`, for them and for those of the `pairs` that are leaves.
    fn discriminator_gradient(
        &self,
        theta: &Vectors,
        pairs: Pairs,
        noise: &[DiscriminatorNoise; 2],
    ) -> Gradient {
        let discriminator = self.bigan.discriminator.clone();
        let discriminator = replaced(DISCRIMINATOR, discriminator, theta);
        let (_, loss) = self.discriminator_loss(&discriminator, pairs.clone(), noise, false);
        let mut found = loss.backward();
        let inputs = pairs.input_gradients(&found);
        let found = GradientsParams::from_module(&mut found, &discriminator);
        Gradient {
            parameters: gradients(DISCRIMINATOR, &discriminator, &found),
            inputs,
        }
    }
}

#[cfg(test)]
mod tests;
