//! The networks for inference, as plain numbers: chains of layers, each with its batch norm folded into weight and bias.
//! What runs them need not know Burn.

use std::collections::HashMap;

use burn::module::Module;
use kernels::Operation;
use kernels::inference::{Activation, Chain, ChainLayer};

use crate::config::{NetworkConfig, SIDE};
use crate::named::tensors;
use crate::networks::Bigan;

/// What a layer computes. Sides halve and double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// Stride-2 convolution, padding of half the kernel; weight `[out, in, k, k]`.
    Halve {
        /// Side of the kernel.
        kernel: usize,
    },
    /// Stride-2 transposed convolution, kernel 5; weight `[in, out, 5, 5]`.
    Double,
    /// Fully connected; weight `[out, in]`.
    Linear,
}

/// What follows a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerEnd {
    /// Nothing.
    Identity,
    /// The paper's leaky ReLU, slope 0.2.
    Leaky,
    /// Hyperbolic tangent.
    Tanh,
}

/// A layer's shape and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerPlan {
    /// PyTorch's name within its network, `conv2` for example.
    pub name: &'static str,
    /// The batch norm that is folded in.
    pub norm: Option<&'static str>,
    /// What it computes.
    pub kind: LayerKind,
    /// Channels (values) it reads.
    pub inputs: usize,
    /// Channels (values) it makes.
    pub outputs: usize,
    /// Height and width of what it reads; 1 for a fully connected layer.
    pub side: usize,
    /// What follows.
    pub end: LayerEnd,
}

/// The chains that inference consists of, in the order of their layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans {
    /// E: pictures to codes.
    pub encoder: Vec<LayerPlan>,
    /// G: codes to pictures.
    pub generator: Vec<LayerPlan>,
    /// D's path for pictures.
    pub pictures: Vec<LayerPlan>,
    /// D's path for codes.
    pub codes: Vec<LayerPlan>,
    /// D's layers over the outputs of both paths, pictures first, to a logit.
    pub joint: Vec<LayerPlan>,
}

/// A layer's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedLayer {
    /// As the layer's kind says.
    pub weight: Vec<f32>,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// As [`Plans`], with the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// E.
    pub encoder: Vec<FoldedLayer>,
    /// G.
    pub generator: Vec<FoldedLayer>,
    /// D's path for pictures.
    pub pictures: Vec<FoldedLayer>,
    /// D's path for codes.
    pub codes: Vec<FoldedLayer>,
    /// D's joint layers.
    pub joint: Vec<FoldedLayer>,
}

impl Plans {
    /// Of networks with these settings. `None` with minibatch discrimination, whose layer is none of these.
    #[must_use]
    pub fn new(config: &NetworkConfig) -> Option<Self> {
        if !config.minibatch.is_off() {
            return None;
        }
        let (width, latent) = (config.width, config.latent);
        let mut encoder = halving(width);
        encoder.extend([
            linear(
                "fc1",
                Some("bn5"),
                [128 * width, 2 * latent],
                LayerEnd::Leaky,
            ),
            // Of a stochastic encoder the means alone, which come first.
            linear("fc2", None, [2 * latent, latent], LayerEnd::Identity),
        ]);
        let mut pictures = halving(width);
        pictures.push(LayerPlan {
            name: "conv5",
            norm: Some("bn5"),
            kind: LayerKind::Halve { kernel: 3 },
            inputs: 8 * width,
            outputs: 8 * width,
            side: SIDE / 16,
            end: LayerEnd::Leaky,
        });
        Some(Self {
            encoder,
            generator: generator(width, latent),
            pictures,
            codes: vec![
                linear("z1", None, [latent, 4 * width], LayerEnd::Leaky),
                linear("z2", None, [4 * width, 4 * width], LayerEnd::Leaky),
            ],
            joint: vec![
                linear("fc1", None, [36 * width, 8 * width], LayerEnd::Leaky),
                linear("fc2", None, [8 * width, 8 * width], LayerEnd::Leaky),
                linear("fc3", None, [8 * width, 1], LayerEnd::Identity),
            ],
        })
    }
}

impl Bigan {
    /// The numbers of the layers of `plans`, which were made for these networks. The networks must be on the CPU: what
    /// they hold is read here and now.
    ///
    /// # Errors
    /// The name of a tensor that is not there or cannot be read.
    pub fn folded(&self, plans: &Plans) -> Result<Folded, String> {
        let mut encoder = values(&self.encoder)?;
        let mut generator = values(&self.generator)?;
        let mut discriminator = values(&self.discriminator)?;
        let all = |network: &mut Values, layers: &[LayerPlan]| {
            let folded = layers.iter().map(|layer| fold(network, layer));
            folded.collect::<Result<Vec<_>, _>>()
        };
        Ok(Folded {
            encoder: all(&mut encoder, &plans.encoder)?,
            generator: all(&mut generator, &plans.generator)?,
            pictures: all(&mut discriminator, &plans.pictures)?,
            codes: all(&mut discriminator, &plans.codes)?,
            joint: all(&mut discriminator, &plans.joint)?,
        })
    }
}

/// The four convolutions with which E and D begin.
fn halving(width: usize) -> Vec<LayerPlan> {
    let layer = |(index, name, norm): (usize, &'static str, Option<&'static str>)| LayerPlan {
        name,
        norm,
        kind: LayerKind::Halve { kernel: 5 },
        inputs: if index == 0 { 3 } else { width << (index - 1) },
        outputs: width << index,
        side: SIDE >> index,
        end: LayerEnd::Leaky,
    };
    let names = [
        (0, "conv1", None),
        (1, "conv2", Some("bn2")),
        (2, "conv3", Some("bn3")),
        (3, "conv4", Some("bn4")),
    ];
    names.map(layer).to_vec()
}

fn generator(width: usize, latent: usize) -> Vec<LayerPlan> {
    let double = |name, norm, [inputs, outputs]: [usize; 2], side, end| LayerPlan {
        name,
        norm,
        kind: LayerKind::Double,
        inputs,
        outputs,
        side,
        end,
    };
    let leaky = LayerEnd::Leaky;
    vec![
        linear("fc", Some("bn0"), [latent, 128 * width], leaky),
        double("deconv1", Some("bn1"), [8 * width, 4 * width], 4, leaky),
        double("deconv2", Some("bn2"), [4 * width, 2 * width], 8, leaky),
        double("deconv3", Some("bn3"), [2 * width, width], 16, leaky),
        double("deconv4", None, [width, 3], 32, LayerEnd::Tanh),
    ]
}

fn linear(
    name: &'static str,
    norm: Option<&'static str>,
    [inputs, outputs]: [usize; 2],
    end: LayerEnd,
) -> LayerPlan {
    LayerPlan {
        name,
        norm,
        kind: LayerKind::Linear,
        inputs,
        outputs,
        side: 1,
        end,
    }
}

impl LayerPlan {
    /// What the kernels call what it computes.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self.kind {
            LayerKind::Halve { kernel } => Operation::Conv2d { kernel },
            LayerKind::Double => Operation::ConvTranspose2d,
            LayerKind::Linear => Operation::Dense,
        }
    }

    /// What the kernels call what follows it.
    #[must_use]
    pub fn activation(&self) -> Activation {
        match self.end {
            LayerEnd::Identity => Activation::Identity,
            LayerEnd::Leaky => Activation::Leaky,
            LayerEnd::Tanh => Activation::Tanh,
        }
    }
}

/// Layers that follow each other, for the CPU: those of `plans`, with their `numbers`.
#[must_use]
pub fn chain(plans: &[LayerPlan], numbers: &[FoldedLayer]) -> Chain {
    let mut chain = Chain::default();
    for (plan, numbers) in plans.iter().zip(numbers) {
        chain.push(ChainLayer {
            operation: plan.operation(),
            activation: plan.activation(),
            inputs: plan.inputs,
            outputs: plan.outputs,
            side: plan.side,
            weight: &numbers.weight,
            bias: &numbers.bias,
        });
    }
    chain
}

/// A network's tensors by PyTorch's names, in PyTorch's layouts.
pub(crate) type Values = HashMap<String, Vec<f32>>;

pub(crate) fn values<M: Module>(network: &M) -> Result<Values, String> {
    let read = |tensor: crate::named::Named| {
        let values = tensor.values.into_data().try_into_vec_as::<f32>();
        let values = values.map_err(|error| format!("{}: {error:?}", tensor.name))?;
        Ok((tensor.name, values))
    };
    tensors(network).into_iter().map(read).collect()
}

/// What Burn's batch norms add to a variance.
const EPSILON: f32 = kernels::NORM_EPSILON as f32;

/// A layer's numbers, which are taken out of `network`.
pub(crate) fn fold(network: &mut Values, layer: &LayerPlan) -> Result<FoldedLayer, String> {
    let mut tensor = |layer: &str, part: &str| {
        let name = format!("{layer}.{part}");
        network.remove(&name).ok_or(name)
    };
    let mut folded = FoldedLayer {
        weight: tensor(layer.name, "weight")?,
        bias: tensor(layer.name, "bias")?,
    };
    folded.bias.truncate(layer.outputs);
    let taps = match layer.kind {
        LayerKind::Halve { kernel } => kernel * kernel,
        LayerKind::Double => 25,
        LayerKind::Linear => 1,
    };
    folded.weight.truncate(layer.outputs * layer.inputs * taps);
    let Some(norm) = layer.norm else {
        return Ok(folded);
    };
    let (gamma, beta) = (tensor(norm, "weight")?, tensor(norm, "bias")?);
    let (mean, variance) = (tensor(norm, "running_mean")?, tensor(norm, "running_var")?);
    // Of a linear layer before a map, several outputs lie in a channel.
    let positions = (layer.outputs / gamma.len().max(1)).max(1);
    let scale = |output: usize| {
        let channel = output / positions;
        gamma[channel] / (variance[channel] + EPSILON).sqrt()
    };
    let scales: Vec<f32> = (0..layer.outputs).map(scale).collect();
    // Weights that follow each other and belong to one output.
    let together = match layer.kind {
        LayerKind::Double => taps,
        _ => layer.inputs * taps,
    };
    let weights = folded.weight.chunks_exact_mut(together);
    for (weights, scale) in weights.zip(scales.iter().cycle()) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
    }
    for (output, value) in folded.bias.iter_mut().enumerate() {
        let channel = output / positions;
        *value = (*value - mean[channel]) * scales[output] + beta[channel];
    }
    Ok(folded)
}

#[cfg(test)]
mod tests;
