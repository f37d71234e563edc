//! What a person wants of the picture besides likeness: what stays, colours of parts, an outline, a kind of garment.
//!
//! Terms beside those of equation 8, each with a weight of its own:
//!
//! ```text
//! l_C L_C = l_C sum over parts P of |c - mean of G(z) over P|^2
//! l_S L_S = l_S CE(S, C(G(z)))              C cuts garments out, S is the outline, filled
//! l_K L_K = -l_K log softmax(H(G(z)))_k     H tells kinds of garments apart, k is the one
//! ```
//!
//! L_AE counts where something is to stay, after Yeh et al. (2017, "Semantic image inpainting with deep generative models"):
//! |m (x' - G(z))| / mean(m). x' is the photograph with the colours that were asked for: all pixels of a part are moved by
//! what its mean lacks, so that its folds and prints stay. Where an outline is asked for, what it adds or takes away does
//! not count either.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::on_graph;
use crate::cutout::FrozenCutout;
use crate::features::FrozenClassifier;
use crate::features::resize::bilinear;
use inference::config::SIDE;
use kernels::softplus;

/// What is wanted of a picture. The default asks for nothing, and all of the photograph stays.
#[derive(Debug, Default)]
pub struct Wishes {
    /// What stays, `[1, 1, 64, 64]` from 0 to 1.
    pub keep: Option<Tensor<4>>,
    /// Colours of parts.
    pub colours: Vec<Colour>,
    /// An outline.
    pub shape: Option<Shape>,
    /// A kind of garment.
    pub kind: Option<Kind>,
    /// How much each counts.
    pub weights: WishWeights,
}

/// The mean colour of a part.
#[derive(Debug, Clone)]
pub struct Colour {
    /// Red, green and blue.
    colour: [u8; 3],
    /// How much of each pixel belongs to the part, `[1, 1, 64, 64]` from 0 to 1.
    pub(super) part: Tensor<4>,
    /// What was painted, the ground with it, where the part is not all of the garment.
    painted: Option<Tensor<4>>,
}

/// An outline to fill.
#[derive(Debug, Clone)]
pub struct Shape {
    /// S, `[1, 1, 64, 64]`: 1 inside.
    pub silhouette: Tensor<4>,
    /// C
    pub network: FrozenCutout,
}

/// A kind of garment.
#[derive(Debug, Clone)]
pub struct Kind {
    /// k, among the network's classes.
    pub class: usize,
    /// H
    pub network: FrozenClassifier,
}

/// l_C, l_S and l_K.
#[derive(Debug, Clone, Copy)]
pub struct WishWeights {
    /// l_C
    pub colour: f64,
    /// l_S
    pub shape: f64,
    /// l_K
    pub kind: f64,
}

impl Default for WishWeights {
    fn default() -> Self {
        Self {
            colour: 2.0,
            shape: 1.0,
            kind: 0.1,
        }
    }
}

/// The terms before their weights, each `[1]`, a mean over the batch; none where nothing was asked for.
#[derive(Debug, Clone)]
pub struct WishLosses {
    /// L_C
    pub colour: Option<Tensor<1>>,
    /// L_S
    pub shape: Option<Tensor<1>>,
    /// L_K
    pub kind: Option<Tensor<1>>,
}

impl WishLosses {
    /// The terms with their weights.
    pub(super) fn weighed(&self, weights: &WishWeights) -> [(&Option<Tensor<1>>, f64); 3] {
        [
            (&self.colour, weights.colour),
            (&self.shape, weights.shape),
            (&self.kind, weights.kind),
        ]
    }

    pub(super) fn without_autodiff(self) -> Self {
        Self {
            colour: self.colour.map(Tensor::without_autodiff),
            shape: self.shape.map(Tensor::without_autodiff),
            kind: self.kind.map(Tensor::without_autodiff),
        }
    }
}

impl Wishes {
    /// A mask of as many values from 0 to 1 as a picture of `side` x `side` has pixels, row by row, as `[1, 1, side, side]`.
    pub fn mask(values: Vec<f32>, side: usize, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values, [1, 1, side, side]), device)
    }

    /// How much of each pixel of pictures `[batch, 3, 64, 64]` belongs to their garment, `[batch, 1, 64, 64]`: a part of the
    /// ground should get no colour.
    pub fn garment(network: &FrozenCutout, pictures: Tensor<4>) -> Tensor<4> {
        let side = pictures.dims()[2];
        bilinear(
            activation::sigmoid(network.logits(bilinear(pictures, SIDE))),
            side,
        )
    }

    /// x': pictures `[batch, 3, 64, 64]` with the colours that are asked for.
    pub fn target(&self, pictures: Tensor<4>) -> Tensor<4> {
        self.colours.iter().fold(pictures, |x, wish| {
            let lacks = wish.signed(&x.device()) - wish.mean(x.clone(), &wish.part);
            (x + lacks * wish.part.clone()).clamp(-1.0, 1.0)
        })
    }

    /// m, where L_AE counts, `[1 or batch, 1, 64, 64]`; none where that is everywhere.
    pub(super) fn kept(&self, pictures: &Tensor<4>) -> Option<Tensor<4>> {
        let agrees = self.shape.as_ref().map(|shape| {
            let found = Self::garment(&shape.network, pictures.clone());
            let outline = shape.silhouette.clone();
            found.clone() * outline.clone() + complement(&found) * complement(&outline)
        });
        match (self.keep.clone(), agrees) {
            (Some(keep), Some(agrees)) => Some(keep * agrees),
            (keep, agrees) => keep.or(agrees),
        }
    }

    /// Where codes of their own make the pictures, `[1, 1, 64, 64]`: where a colour was painted, and where they may change
    /// towards a colour or a kind. None where one code makes all of them, which also fills in what is only hidden.
    pub(super) fn part(&self) -> Option<Tensor<4>> {
        let asked = !self.colours.is_empty() || self.kind.is_some();
        let changing = self.keep.as_ref().filter(|_| asked).map(complement);
        let painted = self.colours.iter().filter_map(|wish| wish.painted.clone());
        painted.chain(changing).reduce(Tensor::max_pair)
    }

    /// The terms of pictures `[batch, 3, 64, 64]` on the autodiff graph. `alone` are the same for the terms that only what makes
    /// the part is to answer for; an outline goes around all of a garment.
    pub(super) fn losses(&self, made: &Tensor<4>, alone: &Tensor<4>) -> WishLosses {
        let colours = self.colours.iter().map(|wish| wish.loss(alone.clone()));
        WishLosses {
            colour: colours.reduce(|sum, term| sum + term),
            shape: self.shape.as_ref().map(|wish| wish.loss(made.clone())),
            kind: self.kind.as_ref().map(|wish| wish.loss(alone.clone())),
        }
    }
}

fn complement(mask: &Tensor<4>) -> Tensor<4> {
    mask.clone().neg() + 1.0
}

impl Colour {
    /// `colour` (red, green, blue) for the garment where it was `painted`; where nothing was, for what `keep` lets change, or all
    /// of it. `garment` says how much of each pixel belongs to one; without it a part is all that was painted. Masks are
    /// `[1, 1, 64, 64]` from 0 to 1. None where there is nothing to tell the part by.
    pub fn new(
        colour: [u8; 3],
        painted: Option<Tensor<4>>,
        keep: Option<&Tensor<4>>,
        garment: Option<Tensor<4>>,
    ) -> Option<Self> {
        let painted = painted.or_else(|| keep.map(complement));
        let part = match (painted.clone(), garment) {
            (Some(painted), Some(garment)) => painted * garment,
            (painted, garment) => painted.or(garment)?,
        };
        Some(Self {
            colour,
            part,
            painted,
        })
    }

    /// c in `[-1, 1]`, `[1, 3, 1, 1]`.
    fn signed(&self, device: &Device) -> Tensor<4> {
        let values = self.colour.map(|value| f32::from(value) / 127.5 - 1.0);
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), device)
    }

    /// The mean colour of pictures' `part`, `[batch, 3, 1, 1]`.
    fn mean(&self, pictures: Tensor<4>, part: &Tensor<4>) -> Tensor<4> {
        let sum = |values: Tensor<4>| values.sum_dim(2).sum_dim(3);
        sum(pictures * part.clone()) / sum(part.clone()).clamp_min(1e-3)
    }

    fn loss(&self, made: Tensor<4>) -> Tensor<1> {
        let asked = on_graph(&self.signed(&self.part.device()));
        let lacks = asked - self.mean(made, &on_graph(&self.part));
        (lacks.clone() * lacks).mean()
    }
}

impl Shape {
    fn loss(&self, made: Tensor<4>) -> Tensor<1> {
        let logits = self.network.logits(made).flatten::<2>(1, 3);
        let silhouette = on_graph(&self.silhouette).flatten::<2>(1, 3);
        (softplus(logits.clone()) - logits * silhouette).mean()
    }
}

impl Kind {
    /// H's probability that pictures `[batch, 3, 64, 64]` are of the kind, `[batch]`.
    pub(super) fn probability(&self, pictures: Tensor<4>) -> Tensor<1> {
        let shares = activation::softmax(self.network.logits(pictures), 1);
        shares.narrow(1, self.class, 1).flatten(0, 1)
    }

    fn loss(&self, made: Tensor<4>) -> Tensor<1> {
        let logarithms = activation::log_softmax(self.network.logits(made), 1);
        logarithms.narrow(1, self.class, 1).mean().neg()
    }
}
