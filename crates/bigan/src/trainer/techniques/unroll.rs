//! Unrolled GANs (Metz et al., 2017): G and E train against the D that K steps of its optimizer lead to, and their
//! gradient takes into account how those steps depend on them.
//!
//! Here is the mathematics alone, on vectors by name and on a function that gives gradients: it knows no networks. theta
//! are D's parameters, phi what G and E hand to D, f(theta, phi) is D's loss, L(theta, phi) what G and E minimise. With
//! g_k = df/dtheta at theta_k and U a step of the optimizer, the inner steps are
//!
//! ```text
//! theta_0 = theta,  theta_{k+1} = U(theta_k, g_k)                                        unroll
//! ```
//!
//! and the gradient, whose second term is the one that a D held constant lacks, is
//!
//! ```text
//! dL/dphi = partial L/partial phi + (dtheta_K/dphi)^T dL/dtheta_K
//! ```
//!
//! The second term follows from the last step back to the first, with lambda_k = dL/dtheta_k:
//!
//! ```text
//! lambda_K = partial L/partial theta_K                                                   given by the caller
//! v_k      = (dU/dg_k)^T lambda_{k+1}                                                    InnerOptimizer::vjp
//! lambda_k = (dU/dtheta_k)^T lambda_{k+1} + d(g_k . v_k)/dtheta                          Trajectory::backward
//! dL/dphi += d(g_k . v_k)/dphi
//! ```
//!
//! dU/dtheta_k is the identity: both optimizers subtract something that depends on gradients alone. The derivatives of
//! g_k . v_k are second derivatives of f times v_k, and autodiff here is first order. Central differences of first-order
//! gradients along v_k take their place: two more backward passes for each inner step.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::adam::{Adam, AdamAdjoint};
use crate::parameters::Vectors;
use crate::setting::{SettingError, ensure, positive};

/// How far from theta, in L2 distance, the two gradients of a central difference are taken. Its error falls with the
/// square of this, while the rounding error of float32 gradients rises with its inverse.
const DISTANCE: f64 = 0.01;
/// The least that v's largest value counts as; keeps a division finite.
const SMALLEST: f64 = 1e-30;
/// More inner steps than anybody has the memory for.
const MAX_STEPS: usize = 1000;

/// How D is unrolled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct UnrollConfig {
    /// Steps of D that G and E look ahead (unrolled training); 0 for none, 8 in the paper.
    #[cfg_attr(
        feature = "clap",
        arg(id = "unroll.steps", long = "unrolled", value_name = "K")
    )]
    pub steps: usize,
    /// Look ahead without a gradient through D's steps: cheaper by two backward passes of D for each of them, and without
    /// what keeps modes apart.
    #[cfg_attr(feature = "clap", arg(
        id = "unroll.through", long = "unrolled-cheap", value_name = "CHEAP", value_parser = through,
        num_args = 0..=1, require_equals = true, default_missing_value = "true"
    ))]
    pub through: bool,
    /// Look ahead by plain gradient descent with this rate instead of D's Adam.
    #[cfg_attr(
        feature = "clap",
        arg(id = "unroll.sgd", long = "unrolled-sgd", value_name = "RATE")
    )]
    pub sgd: Option<f64>,
}

/// The gradient goes through D's steps unless looking ahead is to be cheap.
#[cfg(feature = "clap")]
fn through(cheap: &str) -> Result<bool, std::str::ParseBoolError> {
    cheap.parse::<bool>().map(|cheap| !cheap)
}

impl Default for UnrollConfig {
    fn default() -> Self {
        Self {
            steps: 0,
            through: true,
            sgd: None,
        }
    }
}

impl UnrollConfig {
    pub(crate) fn validate(&self) -> Result<(), SettingError> {
        ensure(
            self.steps <= MAX_STEPS,
            "unrolled",
            self.steps,
            "be at most 1000",
        )?;
        ensure(
            self.steps > 0 || (self.through && self.sgd.is_none()),
            "unrolled",
            self.steps,
            "be at least 1 for unrolled-cheap and unrolled-sgd",
        )?;
        self.sgd
            .map_or(Ok(()), |rate| positive("unrolled-sgd", rate))
    }
}

/// D's inner steps, from theta_0 to theta_K.
#[derive(Debug)]
pub(crate) struct Trajectory {
    /// Empty where no gradient goes through the steps.
    steps: Vec<InnerStep>,
    end: Vectors,
}

/// One inner step, as far as [`Trajectory::backward`] needs it.
#[derive(Debug)]
struct InnerStep {
    /// theta_k.
    parameters: Vectors,
    /// g_k.
    gradient: Vectors,
    /// The optimizer after the step.
    optimizer: InnerOptimizer,
}

/// First derivatives of D's loss f at one theta.
pub(crate) struct Gradient {
    /// df/dtheta.
    pub parameters: Vectors,
    /// df/dphi.
    pub inputs: Vectors,
}

/// Takes `config.steps` inner steps from `start`, theta_0, with `optimizer`. `first` is g_0, and `gradient` gives g_k at
/// every later theta_k.
pub(crate) fn unroll(
    config: &UnrollConfig,
    start: Vectors,
    first: Vectors,
    mut optimizer: InnerOptimizer,
    gradient: impl Fn(&Vectors) -> Vectors,
) -> Trajectory {
    let mut steps = Vec::new();
    let (mut parameters, mut first) = (start, Some(first));
    for _ in 0..config.steps {
        let gradient = first.take().unwrap_or_else(|| gradient(&parameters));
        let next = optimizer.step(&parameters, &gradient);
        if config.through {
            steps.push(InnerStep {
                parameters,
                gradient,
                optimizer: optimizer.clone(),
            });
        }
        parameters = next;
    }
    Trajectory {
        steps,
        end: parameters,
    }
}

impl Trajectory {
    /// theta_K.
    pub(crate) fn end(&self) -> &Vectors {
        &self.end
    }

    /// (dtheta_K/dphi)^T `lambda`, where `lambda` is dL/dtheta_K and `gradient` gives the gradient of D's loss at any
    /// theta. Empty where the trajectory kept no steps.
    pub(crate) fn backward(
        self,
        lambda: Vectors,
        gradient: impl Fn(&Vectors) -> Gradient,
    ) -> Vectors {
        let mut adjoint = Adjoint {
            parameters: lambda,
            moments: AdamAdjoint::default(),
        };
        let mut inputs = Vectors::new();
        for step in self.steps.into_iter().rev() {
            let v = step.optimizer.vjp(&step.gradient, &mut adjoint);
            let product = second_derivatives_along(&step.parameters, v, &gradient);
            add(&mut adjoint.parameters, product.parameters);
            add(&mut inputs, product.inputs);
        }
        inputs
    }
}

/// How L depends on everything that one inner step hands to the next.
struct Adjoint {
    /// lambda_k.
    parameters: Vectors,
    moments: AdamAdjoint,
}

/// What takes the inner steps.
#[derive(Debug, Clone)]
pub(crate) enum InnerOptimizer {
    /// U(theta, g) = theta - rate g.
    Sgd { rate: f64 },
    /// A copy of D's Adam with its moments; `factor` is the schedule's for the learning rate.
    Adam { adam: Adam, factor: f64 },
}

impl InnerOptimizer {
    /// U(theta, g). A parameter without a gradient stays.
    fn step(&mut self, parameters: &Vectors, gradient: &Vectors) -> Vectors {
        if let Self::Adam { adam, factor } = self {
            adam.begin_step(*factor);
        }
        let moved = parameters.iter().map(|(name, parameter)| {
            let Some(gradient) = gradient.get(name) else {
                return (name.clone(), parameter.clone());
            };
            let change = match self {
                Self::Sgd { rate } => gradient.clone() * *rate,
                Self::Adam { adam, .. } => adam.change(name.clone(), gradient.clone()),
            };
            (name.clone(), parameter.clone() - change)
        });
        moved.collect()
    }

    /// The vector-Jacobian product v = (dU/dg)^T lambda of the step taken last, at `gradient`. The moments in `adjoint`
    /// go back over the step; lambda stays, because dU/dtheta is the identity.
    fn vjp(&self, gradient: &Vectors, adjoint: &mut Adjoint) -> Vectors {
        let v = adjoint.parameters.iter().filter_map(|(name, lambda)| {
            let gradient = gradient.get(name)?;
            let v = match self {
                Self::Sgd { rate } => lambda.clone() * -rate,
                Self::Adam { adam, .. } => {
                    adam.vjp(name, gradient, -lambda.clone(), &mut adjoint.moments)?
                }
            };
            Some((name.clone(), v))
        });
        v.collect()
    }
}

/// d(g . v)/dtheta and d(g . v)/dphi for a constant v, by central differences: with u = v / |v| and h = [`DISTANCE`],
///
/// ```text
/// d(g . v)/dtheta ~ |v| (df/dtheta at theta + h u  -  df/dtheta at theta - h u) / 2h,  and so for phi
/// ```
fn second_derivatives_along(
    parameters: &Vectors,
    v: Vectors,
    gradient: &impl Fn(&Vectors) -> Gradient,
) -> Gradient {
    let Some((direction, length)) = direction_and_length(v) else {
        return Gradient {
            parameters: Vectors::new(),
            inputs: Vectors::new(),
        };
    };
    let gradient_at = |distance: f64| {
        let moved = parameters.iter().map(|(name, parameter)| {
            let parameter = match direction.get(name) {
                Some(direction) => parameter.clone() + direction.clone() * distance,
                None => parameter.clone(),
            };
            (name.clone(), parameter)
        });
        gradient(&moved.collect())
    };
    let (ahead, behind) = (gradient_at(DISTANCE), gradient_at(-DISTANCE));
    let scale = length / (2.0 * DISTANCE);
    let difference = |ahead: Vectors, behind: Vectors| -> Vectors {
        let pairs = ahead.into_iter().zip(behind.into_values());
        pairs
            .map(|((name, ahead), behind)| (name, (ahead - behind) * scale.clone()))
            .collect()
    };
    Gradient {
        parameters: difference(ahead.parameters, behind.parameters),
        inputs: difference(ahead.inputs, behind.inputs),
    }
}

/// v / |v| and |v|, `[1]`, without reading anything from the device; none for no vectors.
///
/// v is scaled by its largest value before it is squared, since the square itself may overflow or underflow float32.
fn direction_and_length(v: Vectors) -> Option<(Vectors, Tensor<1>)> {
    let largest = v.values().map(|v| v.clone().abs().max());
    let largest = largest.reduce(|a, b| a.max_pair(b))?.clamp_min(SMALLEST);
    let scaled = |v: Tensor<1>| v / largest.clone();
    let squares = v.values().map(|v| {
        let scaled = scaled(v.clone());
        (scaled.clone() * scaled).sum()
    });
    let length = squares.reduce(|sum, square| sum + square)?.sqrt();
    // The scaled length is at least 1, unless v is zero.
    let length = length.clamp_min(1.0);
    let direction = v
        .into_iter()
        .map(|(name, v)| (name, scaled(v) / length.clone()));
    Some((direction.collect(), largest.clone() * length.clone()))
}

/// Adds `terms` to `sum`, name by name.
pub(crate) fn add(sum: &mut Vectors, terms: Vectors) {
    for (name, term) in terms {
        let total = match sum.remove(&name) {
            Some(sum) => sum + term,
            None => term,
        };
        sum.insert(name, total);
    }
}

#[cfg(test)]
mod tests;
