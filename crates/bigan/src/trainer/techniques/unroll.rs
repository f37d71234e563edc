//! Unrolled training (Metz et al., 2017): G and E answer not the D that is there but the one that K steps of its
//! optimizer would make of it, and know how those steps depend on them.
//!
//! Here is the mathematics alone, on vectors by name and a function that gives gradients: it knows no networks.
//! With theta the parameters of D, phi what G and E put before it and g_k the gradient of D's loss f at theta_k,
//!
//! ```text
//! theta_{k+1} = U(theta_k, g_k)            unroll
//! lambda_K    = dL/dtheta_K                given by the caller
//! v_k         = (dU/dg_k)^T lambda_{k+1}   Optimizer::transpose, in closed form
//! lambda_k    = (dU/dtheta_k)^T lambda_{k+1} + d(g_k . v_k)/dtheta
//! dL/dphi    += d(g_k . v_k)/dphi          walk_back
//! ```
//!
//! Autodiff here is first order. Both products with v are therefore taken as central differences of first-order
//! gradients, along v: two more backward passes for each inner step.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::adam::{Adam, AdamAdjoint};
use crate::parameters::Vectors;
use crate::setting::{SettingError, ensure, positive};

/// How far from theta, in L2 distance, the two gradients of a central difference are taken. Its error falls with the
/// square of this, while the rounding error of float32 gradients rises with its inverse.
const DISTANCE: f64 = 0.01;
/// Below this a direction counts as zero; keeps a division finite.
const NOTHING: f64 = 1e-30;
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
        id = "unroll.through", long = "unrolled-cheap", value_name = "CHEAP", value_parser = through, action = clap::ArgAction::Set,
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

/// The gradient of D's loss at some theta.
pub(crate) struct Gradient {
    /// With respect to theta.
    pub parameters: Vectors,
    /// With respect to phi.
    pub inputs: Vectors,
}

/// What takes the inner steps.
#[derive(Debug, Clone)]
pub(crate) enum Optimizer {
    /// theta - rate g.
    Sgd { rate: f64 },
    /// D's own, with all that it remembers; `factor` is where the schedule stands.
    Adam { adam: Adam, factor: f64 },
}

/// How the outer loss depends on everything that one inner step hands to the next.
struct Adjoint {
    parameters: Vectors,
    moments: AdamAdjoint,
}

impl Optimizer {
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

    /// v of the step taken last, at `gradient`. The optimizer's own memory is taken back over that step as well; lambda
    /// passes straight through, both updates being theta minus something that does not depend on theta.
    fn transpose(&self, gradient: &Vectors, adjoint: &mut Adjoint) -> Vectors {
        let back = adjoint.parameters.iter().filter_map(|(name, lambda)| {
            let gradient = gradient.get(name)?;
            let v = match self {
                Self::Sgd { rate } => lambda.clone() * -rate,
                Self::Adam { adam, .. } => {
                    adam.transpose(name, gradient, -lambda.clone(), &mut adjoint.moments)?
                }
            };
            Some((name.clone(), v))
        });
        back.collect()
    }
}

/// The way of D through its inner steps.
#[derive(Debug)]
pub(crate) struct Unrolled {
    steps: Vec<InnerStep>,
    end: Vectors,
}

#[derive(Debug)]
struct InnerStep {
    parameters: Vectors,
    gradient: Vectors,
    /// After the step.
    optimizer: Optimizer,
}

/// Takes `config.steps` inner steps from `start`, whose gradient is `first`; `gradient` gives that of every later theta.
/// What [`Unrolled::walk_back`] needs is kept only where the gradient is to go through.
pub(crate) fn unroll(
    config: &UnrollConfig,
    start: Vectors,
    first: Vectors,
    mut optimizer: Optimizer,
    gradient: impl Fn(&Vectors) -> Vectors,
) -> Unrolled {
    let mut steps = Vec::new();
    let (mut end, mut first) = (start, Some(first));
    for _ in 0..config.steps {
        let gradient = first.take().unwrap_or_else(|| gradient(&end));
        let next = optimizer.step(&end, &gradient);
        if config.through {
            steps.push(InnerStep {
                parameters: end,
                gradient,
                optimizer: optimizer.clone(),
            });
        }
        end = next;
    }
    Unrolled { steps, end }
}

impl Unrolled {
    /// theta_K.
    pub(crate) fn end(&self) -> &Vectors {
        &self.end
    }

    /// What the inner steps add to dL/dphi, where `lambda` is dL/dtheta_K.
    pub(crate) fn walk_back(
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
            let v = step.optimizer.transpose(&step.gradient, &mut adjoint);
            let product = along(&step.parameters, v, &gradient);
            add(&mut adjoint.parameters, product.parameters);
            add(&mut inputs, product.inputs);
        }
        inputs
    }
}

/// d(g . v) with respect to theta and phi, for a constant v.
fn along(parameters: &Vectors, v: Vectors, gradient: &impl Fn(&Vectors) -> Gradient) -> Gradient {
    let Some((direction, length)) = normalized(v) else {
        return Gradient {
            parameters: Vectors::new(),
            inputs: Vectors::new(),
        };
    };
    let at = |distance: f64| {
        let moved = parameters.iter().map(|(name, parameter)| {
            let parameter = match direction.get(name) {
                Some(direction) => parameter.clone() + direction.clone() * distance,
                None => parameter.clone(),
            };
            (name.clone(), parameter)
        });
        gradient(&moved.collect())
    };
    let (ahead, behind) = (at(DISTANCE), at(-DISTANCE));
    let scale = length / (2.0 * DISTANCE);
    let slope = |ahead: Vectors, behind: Vectors| -> Vectors {
        let pairs = ahead.into_iter().zip(behind.into_values());
        pairs
            .map(|((name, ahead), behind)| (name, (ahead - behind) * scale.clone()))
            .collect()
    };
    Gradient {
        parameters: slope(ahead.parameters, behind.parameters),
        inputs: slope(ahead.inputs, behind.inputs),
    }
}

/// `v` at length 1, and the length it had, `[1]`. Scaled by its largest value first, whose square may be no number.
/// Everything stays on the device.
fn normalized(v: Vectors) -> Option<(Vectors, Tensor<1>)> {
    let largest = v.values().map(|v| v.clone().abs().max());
    let largest = largest.reduce(|a, b| a.max_pair(b))?.clamp_min(NOTHING);
    let unit = |v: Tensor<1>| v / largest.clone();
    let squares = v.values().map(|v| {
        let unit = unit(v.clone());
        (unit.clone() * unit).sum()
    });
    // At least 1 unless v is zero.
    let length = squares.reduce(|sum, square| sum + square)?.sqrt();
    let length = length.clamp_min(1.0);
    let direction = v
        .into_iter()
        .map(|(name, v)| (name, unit(v) / length.clone()));
    Some((direction.collect(), largest.clone() * length.clone()))
}

/// Adds vector by vector.
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
