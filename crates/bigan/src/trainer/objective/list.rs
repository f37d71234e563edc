//! The list of loss terms, and what follows from it: [`LossWeights`], [`Reported`], [`TERMS`].
//!
//! To add a loss, write its function in `values.rs` and an entry at the end of this file. Its flag, its key in
//! `config.json` and `stats.jsonl`, its curves and its field in the page follow.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Need::{Discriminator, FeatureMaps, Features, Reconstruction, ReconstructionPairs};
use super::{Need, Term, values};
use crate::losses::{Reduction, pseudo_huber};
use crate::setting::{SettingError, at_least_zero, ensure, positive};

/// Writes the types that have a field for each term. An entry is: the sentence for a person, then the key, and
/// symbol, source, flag, default weight, what the term needs, its function in D's phase, and that in G and E's.
macro_rules! loss_terms {
    ($(
        $(#[doc = $about:literal])+
        $key:ident {
            $symbol:literal, $source:literal, flag: $flag:literal, weight: $weight:literal, needs: [$($need:ident),*],
            discriminator: $discriminator:expr, generator_encoder: $generator_encoder:expr
        }
    )+) => {
        /// How much each term counts, and the constants of the terms.
        ///
        /// A weight that a file does not name has its default, so that files older than a term are read.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "clap", derive(clap::Args))]
        #[serde(default, deny_unknown_fields)]
        pub struct LossWeights {
            $(
                $(#[doc = $about])+
                #[cfg_attr(feature = "clap", arg(
                    id = concat!("losses.", stringify!($key)), long = $flag, value_name = "WEIGHT"
                ))]
                pub $key: f64,
            )+
            /// Scale of the pseudo-Huber form: it counts distances below it squared, distances above it as they are.
            #[cfg_attr(feature = "clap", arg(long))]
            pub gamma: f64,
            /// What the pseudo-Huber form is taken of in L_AD, L'_AD and L_AE: element (by element) or norm (of a sample)
            #[cfg_attr(feature = "clap", arg(long, value_enum))]
            pub reduction: Reduction,
            /// D's label of real pairs; 1 turns one-sided label smoothing off.
            #[cfg_attr(feature = "clap", arg(long))]
            pub real_label: f64,
            /// Whose activations the feature distance compares: which of D's convolutions, from 1 on.
            #[cfg_attr(feature = "clap", arg(long, value_name = "NUMBER"))]
            pub feature_layer: usize,
            /// Standard deviation of the noise penalty's noise; pictures are numbers from -1 to 1.
            #[cfg_attr(feature = "clap", arg(long, value_name = "DEVIATION"))]
            pub noise_penalty_sigma: f64,
            /// Steps of D from one noise penalty to the next, which counts for all of them (lazy, as in StyleGAN2).
            #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS"))]
            pub noise_penalty_every: u64,
        }

        impl Default for LossWeights {
            /// The paper's eighth experiment.
            fn default() -> Self {
                Self {
                    $($key: $weight,)+
                    gamma: 0.05,
                    reduction: Reduction::Element,
                    real_label: 0.9,
                    feature_layer: 3,
                    noise_penalty_sigma: 0.01,
                    noise_penalty_every: 1,
                }
            }
        }

        /// One value for each loss that a step reports, in the order of its columns.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize)]
        pub struct Reported<T> {
            /// What D minimises.
            pub discriminator: T,
            $(
                $(#[doc = $about])+
                ///
                /// Before its weight.
                pub $key: T,
            )+
            /// What G and E minimise: the weighted sum of their terms, equation 8.
            pub total: T,
        }

        impl<T> Reported<T> {
            /// Every loss's key, in order.
            pub const KEYS: [&'static str; 2 + TERMS.len()] = ["discriminator", $(stringify!($key),)+ "total"];

            /// Every loss, in the order of [`Self::KEYS`].
            pub fn into_array(self) -> [T; 2 + TERMS.len()] {
                [self.discriminator, $(self.$key,)+ self.total]
            }

            /// D's loss, the terms in the order of [`TERMS`], and their sum.
            pub fn of(discriminator: T, [$($key),+]: [T; TERMS.len()], total: T) -> Self {
                Self { discriminator, $($key,)+ total }
            }

            /// The opposite of [`Self::into_array`].
            pub fn from_array([discriminator, $($key,)+ total]: [T; 2 + TERMS.len()]) -> Self {
                Self { discriminator, $($key,)+ total }
            }
        }

        /// All loss terms, in the order of equation 8.
        pub const TERMS: [Term; [$($symbol),+].len()] = [$(Term {
            key: stringify!($key),
            symbol: $symbol,
            source: $source,
            flag: $flag,
            default_weight: $weight,
            about: concat!($($about),+).trim_ascii(),
            needs: &[$($need),*],
            weight: |weights| weights.$key,
            discriminator: $discriminator,
            generator_encoder: $generator_encoder,
        }),+];
    };
}

impl LossWeights {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first setting that training cannot work with.
    pub fn validate(&self) -> Result<(), SettingError> {
        for term in &TERMS {
            at_least_zero(term.flag, term.weight_in(self))?;
        }
        let counts = TERMS.iter().any(|term| term.counts_in(self));
        ensure(
            counts,
            "l-gan",
            self.adversarial,
            "be above 0 where no other loss has a weight",
        )?;
        ensure(
            self.adversarial > 0.0 || !self.need(Need::Discriminator),
            "l-gan",
            self.adversarial,
            "be above 0 where another loss needs D: nothing else trains it",
        )?;
        positive("gamma", self.gamma)?;
        ensure(
            self.real_label > 0.5 && self.real_label <= 1.0,
            "real-label",
            self.real_label,
            "be above 0.5 and at most 1",
        )?;
        positive("noise-penalty-sigma", self.noise_penalty_sigma)?;
        ensure(
            self.noise_penalty_every > 0,
            "noise-penalty-every",
            self.noise_penalty_every,
            "be at least 1",
        )
    }

    /// The pseudo-Huber form of `difference` `[batch, ..]`, as L_AD, L'_AD and L_AE take it; shape `[1]`.
    pub fn penalty<const D: usize>(&self, difference: Tensor<D>) -> Tensor<1> {
        pseudo_huber(difference, self.gamma, self.reduction)
    }

    /// Whether a term that counts needs `need`.
    pub fn need(&self, need: Need) -> bool {
        TERMS
            .iter()
            .any(|term| term.counts_in(self) && term.needs.contains(&need))
    }
}

loss_terms! {
    /// L_GAN, the game of D against G and E; a weight of 0 leaves D out of the training.
    adversarial {
        "L_GAN", "equation 1", flag: "l-gan", weight: 1.0, needs: [Discriminator],
        discriminator: Some(values::discriminator_adversarial), generator_encoder: Some(values::adversarial)
    }
    /// L_AD, the distance from z to E(G(z)).
    adversarial_latent {
        "L_AD", "equation 6", flag: "l1", weight: 2.5, needs: [],
        discriminator: None, generator_encoder: Some(values::adversarial_latent)
    }
    /// L'_AD, the distance from E(x) to E(G(E(x))). The paper describes it and trains without.
    encoded_latent {
        "L'_AD", "equation 7", flag: "l1-encoded", weight: 0.0, needs: [Reconstruction],
        discriminator: None, generator_encoder: Some(values::encoded_latent)
    }
    /// L_AE, the distance from x to G(E(x)).
    autoencoder {
        "L_AE", "equation 4", flag: "l2", weight: 1.0, needs: [Reconstruction],
        discriminator: None, generator_encoder: Some(values::autoencoder)
    }
    /// L_H, the distance from H(x) to H(G(E(x))); above 0 it needs a network H.
    features {
        "L_H", "equation 5", flag: "l3", weight: 0.0, needs: [Reconstruction, Features],
        discriminator: None, generator_encoder: Some(values::features)
    }
    /// Feature matching, the squared distance between D's mean features of real and of generated pairs.
    feature_matching {
        "feature matching", "Salimans et al. 2016", flag: "feature-matching", weight: 0.0, needs: [Discriminator],
        discriminator: None, generator_encoder: Some(values::feature_matching)
    }
    /// Historical averaging, the squared distance of parameters from their mean over the training so far.
    historical_averaging {
        "historical averaging", "Salimans et al. 2016", flag: "historical-averaging", weight: 0.0, needs: [],
        discriminator: Some(values::discriminator_history), generator_encoder: Some(values::history)
    }
    /// Reconstructions as fakes, L_GAN's game over the pairs (G(E(x)), E(x)) as well.
    adversarial_reconstruction {
        "L_GAN of reconstructions", "Larsen et al. 2015; Li et al. 2017, ALICE", flag: "l-gan-reconstruction", weight: 0.0,
        needs: [Discriminator, Reconstruction, ReconstructionPairs],
        discriminator: Some(values::discriminator_reconstruction), generator_encoder: Some(values::reconstruction)
    }
    /// The distance between D's feature maps of x and of G(E(x)).
    feature_distance {
        "feature distance", "Larsen et al. 2015", flag: "feature-distance", weight: 0.0,
        needs: [Discriminator, Reconstruction, FeatureMaps],
        discriminator: None, generator_encoder: Some(values::feature_distance)
    }
    /// Noise penalty, the squared difference that noise on x makes to D's logit.
    noise_penalty {
        "noise penalty", "Lin et al. 2025, Seaweed-APT", flag: "noise-penalty", weight: 0.0, needs: [Discriminator],
        discriminator: Some(values::noise_penalty), generator_encoder: None
    }
}
