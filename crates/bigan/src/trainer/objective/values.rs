//! The loss terms' values: one function for each phase that a term counts in.

use burn::tensor::Tensor;

use super::super::{Pass, Trainer};
use super::PairsOutput;
use crate::losses::{self, Reduction, pseudo_huber};
use crate::networks::Discriminator;
use crate::parameters::{DISCRIMINATOR, ENCODER, GENERATOR, parameters};

type Value = Option<Tensor<1>>;
type Output<'a> = Option<&'a PairsOutput>;

/// Equation 1 as D minimises it.
pub(super) fn discriminator_adversarial(
    trainer: &Trainer,
    _: &Discriminator,
    output: &PairsOutput,
) -> Value {
    Some(losses::discriminator(
        output.real.logits.clone(),
        output.generated.logits.clone(),
        trainer.config.losses.real_label,
    ))
}

/// Equation 1 as G and E minimise it, in its non-saturating form.
pub(super) fn adversarial(_: &Trainer, _: &Pass, output: Output<'_>) -> Value {
    let PairsOutput {
        real, generated, ..
    } = output?;
    Some(losses::adversarial(
        real.logits.clone(),
        generated.logits.clone(),
    ))
}

/// Equation 6.
pub(super) fn adversarial_latent(trainer: &Trainer, pass: &Pass, _: Output<'_>) -> Value {
    let again = trainer.encode_again(&pass.generated);
    Some(trainer.config.losses.penalty(pass.z.clone() - again))
}

/// Equation 7.
pub(super) fn encoded_latent(trainer: &Trainer, pass: &Pass, _: Output<'_>) -> Value {
    let again = trainer.encode_again(pass.reconstruction.as_ref()?);
    Some(trainer.config.losses.penalty(pass.encoded.clone() - again))
}

/// Equation 4.
pub(super) fn autoencoder(trainer: &Trainer, pass: &Pass, _: Output<'_>) -> Value {
    let difference = pass.real.clone() - pass.reconstruction.clone()?;
    Some(trainer.config.losses.penalty(difference))
}

/// Equation 5: H's rows have length 1, and their difference counts as a whole.
pub(super) fn features(trainer: &Trainer, pass: &Pass, _: Output<'_>) -> Value {
    let h = trainer.features.as_ref()?;
    let difference = h.forward(pass.real.clone()) - h.forward(pass.reconstruction.clone()?);
    Some(pseudo_huber(
        difference,
        trainer.config.losses.gamma,
        Reduction::Norm,
    ))
}

/// Feature matching (Salimans et al. 2016, section 3.1).
pub(super) fn feature_matching(_: &Trainer, _: &Pass, output: Output<'_>) -> Value {
    let PairsOutput {
        real, generated, ..
    } = output?;
    Some(losses::feature_matching(
        real.features.clone(),
        generated.features.clone(),
    ))
}

/// Historical averaging (section 3.3 there) of D.
pub(super) fn discriminator_history(
    trainer: &Trainer,
    discriminator: &Discriminator,
    _: &PairsOutput,
) -> Value {
    let mean = &trainer.history.as_ref()?.get().discriminator;
    losses::history(
        &parameters(DISCRIMINATOR, discriminator),
        &parameters(DISCRIMINATOR, mean),
    )
}

/// The same of G and E together.
pub(super) fn history(trainer: &Trainer, _: &Pass, _: Output<'_>) -> Value {
    let mean = trainer.history.as_ref()?.get();
    let bigan = &trainer.bigan;
    let name = GENERATOR;
    let generator = losses::history(
        &parameters(name, &bigan.generator),
        &parameters(name, &mean.generator),
    )?;
    let name = ENCODER;
    let encoder = losses::history(
        &parameters(name, &bigan.encoder),
        &parameters(name, &mean.encoder),
    )?;
    Some(generator + encoder)
}

/// Reconstructions as fakes (Larsen et al. 2015), as D minimises it.
pub(super) fn discriminator_reconstruction(
    _: &Trainer,
    _: &Discriminator,
    output: &PairsOutput,
) -> Value {
    let logits = output.reconstruction.as_ref()?.logits.clone();
    Some(losses::cross_entropy(logits, 0.0))
}

/// The same as G and E minimise it, in its non-saturating form. The pair's code is a constant: what makes the pair look
/// real is the picture.
pub(super) fn reconstruction(_: &Trainer, _: &Pass, output: Output<'_>) -> Value {
    let logits = output?.reconstruction.as_ref()?.logits.clone();
    Some(losses::cross_entropy(logits, 1.0))
}

/// The distance of D's feature maps (section 2.2 there), D being constant.
pub(super) fn feature_distance(trainer: &Trainer, _: &Pass, output: Output<'_>) -> Value {
    let output = output?;
    let difference = output.real.map.clone()? - output.reconstruction.as_ref()?.map.clone()?;
    let gamma = trainer.config.losses.gamma;
    Some(pseudo_huber(difference, gamma, Reduction::Element))
}

/// How much noise on x moves D's logit, squared: R1's gradient as a finite difference (Lin et al. 2025). In the steps
/// that have it, it counts for all those since the last.
pub(super) fn noise_penalty(trainer: &Trainer, _: &Discriminator, output: &PairsOutput) -> Value {
    let difference = output.real.logits.clone() - output.perturbed.as_ref()?.logits.clone();
    let every = trainer.config.losses.noise_penalty_every as f64;
    Some((difference.clone() * difference).mean() * every)
}
