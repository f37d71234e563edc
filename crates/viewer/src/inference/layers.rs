//! What the networks on a GPU and on the CPU have in common when Burn does not compute them.

/// A photograph's results, as numbers.
pub(super) struct Rebuilt {
    pub picture: Vec<f32>,
    pub latent: Vec<f32>,
    /// D's, for the picture that G made, and for the photograph.
    pub probability: f32,
    pub probability_original: f32,
}

/// D's probability, from its logit.
pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
