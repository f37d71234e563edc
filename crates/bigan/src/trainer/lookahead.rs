//! The D that G and E answer: the one that is there, or an unrolled one (`techniques/unroll.rs`).

use burn::module::Module;
use burn::optim::GradientsParams;

use super::looks::{DiscriminatorOutput, Pairs};
use super::objective::Need;
use super::techniques::unroll::{Gradient, Optimizer, Unrolled, add, unroll};
use super::{Pass, Trainer};
use crate::draws::Look;
use crate::networks::{Discriminator, Judgement};
use crate::parameters::{Vectors, gradients, parameters, replaced};

/// Prefix of D's names.
pub(super) const DISCRIMINATOR: &str = "discriminator";

/// The D that G and E look through in their phase.
#[derive(Debug)]
pub struct Opponent {
    discriminator: Discriminator,
    /// How it came about, where the gradient is to go through that.
    way: Option<(Unrolled, [Look; 2])>,
}

impl Opponent {
    /// A D that no gradient is computed for.
    pub(super) fn fixed(discriminator: Discriminator) -> Self {
        Self {
            discriminator: discriminator.no_grad(),
            way: None,
        }
    }
}

impl Trainer {
    /// D after the inner steps, of which `first` is the gradient of the first. D itself does not move. All of them see
    /// the pairs and `looks` of this step.
    pub(super) fn look_ahead(
        &self,
        pass: &Pass,
        looks: &[Look; 2],
        first: &GradientsParams,
    ) -> Opponent {
        let discriminator = &self.bigan.discriminator;
        let config = &self.config.unroll;
        let optimizer = match config.sgd {
            Some(rate) => Optimizer::Sgd { rate },
            None => Optimizer::Adam {
                adam: self.discriminator_adam.clone(),
                factor: self.rate_factor(),
            },
        };
        let start = parameters(DISCRIMINATOR, discriminator);
        let start = start
            .into_iter()
            .map(|(name, value)| (name, value.without_autodiff()));
        let first = gradients(DISCRIMINATOR, discriminator, first);
        let way = unroll(config, start.collect(), first, optimizer, |theta| {
            self.gradient_at(theta, Pairs::fixed(pass), looks)
                .parameters
        });
        let discriminator = replaced(DISCRIMINATOR, discriminator.clone(), way.end());
        if !config.through {
            return Opponent::fixed(discriminator);
        }
        Opponent {
            discriminator,
            way: Some((way, looks.clone())),
        }
    }

    /// The opponent's output for the pairs.
    pub(super) fn output_of(
        &self,
        opponent: Opponent,
        pass: &Pass,
        looks: &[Look; 2],
    ) -> DiscriminatorOutput {
        let Opponent { discriminator, way } = opponent;
        match way {
            Some(way) => self.output_along(&discriminator, way, pass, looks),
            None => DiscriminatorOutput {
                pairs: self.judge(&discriminator, Pairs::of(pass), looks, false),
                gradient: None,
            },
        }
    }

    /// The same through all inner steps: the output is that of the D at their end, the gradient the whole one.
    fn output_along(
        &self,
        discriminator: &Discriminator,
        (way, looks_of_steps): (Unrolled, [Look; 2]),
        pass: &Pass,
        looks: &[Look; 2],
    ) -> DiscriminatorOutput {
        // E(x) and G(z) are leaves here; the gradient they get in the end goes on to E and G in the one backward pass
        // that all terms share.
        let leaves = Pairs::leaves(pass);
        let output = DiscriminatorOutput {
            pairs: self.judge(discriminator, leaves.clone(), looks, false),
            gradient: None,
        };
        let (_, outer) = self.generator_encoder_objective(pass, Some(&output), |term| {
            term.needs.contains(&Need::Discriminator)
        });
        let mut found = outer.total(&self.device).backward();
        let mut inputs = leaves.gradients(&found);
        let found = GradientsParams::from_module(&mut found, discriminator);
        let lambda = gradients(DISCRIMINATOR, discriminator, &found);
        let through = way.walk_back(lambda, |theta| {
            self.gradient_at(theta, Pairs::leaves(pass), &looks_of_steps)
        });
        add(&mut inputs, through);
        DiscriminatorOutput {
            pairs: output.pairs.map(Judgement::detach),
            gradient: Some(Pairs::of(pass).carry(&inputs)),
        }
    }

    /// The gradient of D's loss at `theta`, and at those of the `pairs` that are leaves.
    fn gradient_at(&self, theta: &Vectors, pairs: Pairs, looks: &[Look; 2]) -> Gradient {
        let discriminator = self.bigan.discriminator.clone();
        let discriminator = replaced(DISCRIMINATOR, discriminator, theta);
        let loss = self.discriminator_loss(&discriminator, pairs.clone(), looks, false);
        let mut found = loss.backward();
        let inputs = pairs.gradients(&found);
        let found = GradientsParams::from_module(&mut found, &discriminator);
        Gradient {
            parameters: gradients(DISCRIMINATOR, &discriminator, &found),
            inputs,
        }
    }
}

#[cfg(test)]
mod tests;
