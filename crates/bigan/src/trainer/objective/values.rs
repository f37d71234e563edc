//! The loss terms' values: one function for each phase that a term counts in.

use burn::tensor::Tensor;

use super::super::{Pass, Trainer};
use super::PairsOutput;
use crate::losses::{self, Reduction, pseudo_huber};
use crate::networks::{Discriminator, DiscriminatorOutput};
use crate::parameters::{DISCRIMINATOR, parameters};

type Value = Option<Tensor<1>>;
type Output<'a> = Option<&'a PairsOutput>;

/// Equation 1 as D minimises it.
pub(super) fn discriminator_adversarial(
    trainer: &Trainer,
    _: &Discriminator,
    output: &[DiscriminatorOutput; 2],
) -> Value {
    let [real, generated] = output.each_ref().map(|pairs| pairs.logits.clone());
    Some(losses::discriminator(
        real,
        generated,
        trainer.config.losses.real_label,
    ))
}

/// Equation 1 as G and E minimise it, in its non-saturating form.
pub(super) fn adversarial(_: &Trainer, _: &Pass, output: Output<'_>) -> Value {
    let [real, generated] = output?.pairs.each_ref().map(|pairs| pairs.logits.clone());
    Some(losses::adversarial(real, generated))
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
    let [real, generated] = output?.pairs.each_ref().map(|pairs| pairs.features.clone());
    Some(losses::feature_matching(real, generated))
}

/// Historical averaging (section 3.3 there) of D.
pub(super) fn discriminator_history(
    trainer: &Trainer,
    discriminator: &Discriminator,
    _: &[DiscriminatorOutput; 2],
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
    let name = "generator";
    let generator = losses::history(
        &parameters(name, &bigan.generator),
        &parameters(name, &mean.generator),
    )?;
    let name = "encoder";
    let encoder = losses::history(
        &parameters(name, &bigan.encoder),
        &parameters(name, &mean.encoder),
    )?;
    Some(generator + encoder)
}
