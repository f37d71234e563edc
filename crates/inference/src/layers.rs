//! The networks' layers as data, each described here once: figures 1 to 3 of the paper, H for clothes, and the network
//! that cuts out. Inference, ONNX, the plan of a training, parameter counts and the checks of weight files go over it.

use compute::{Activation, Operation};

use crate::config::{INNERMOST, MinibatchConfig, NetworkConfig, SIDE};

macro_rules! numbered {
    ($name:literal) => {
        [
            concat!($name, "0"),
            concat!($name, "1"),
            concat!($name, "2"),
            concat!($name, "3"),
            concat!($name, "4"),
            concat!($name, "5"),
            concat!($name, "6"),
        ]
    };
}

/// Names of convolutions, of transposed ones and of batch norms, by their number; no convolution is number 0.
const CONVOLUTIONS: [&str; 7] = numbered!("conv");
const TRANSPOSED: [&str; 7] = numbered!("deconv");
const NORMS: [&str; 7] = numbered!("bn");

/// What a layer computes. Strided convolutions halve the side, transposed ones double it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// Strided convolution: stride 2, padding of half the kernel; weight `[out, in, k, k]`.
    Conv2d {
        /// Side of the kernel.
        kernel: usize,
    },
    /// Transposed convolution: stride 2, kernel 5; weight `[in, out, 5, 5]`.
    ConvTranspose2d,
    /// Fully connected; weight `[out, in]`.
    Linear,
    /// Minibatch discrimination (Salimans et al. 2016, section 3.2): hands its inputs on, and after them how near the
    /// other samples of the batch are. Weight `[kernels * dimensions, in]`, no bias.
    Minibatch(MinibatchConfig),
}

/// A batch norm between a layer's sums and its activation; it is folded into weight and bias for inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Norm {
    /// PyTorch's name within its network, `bn2` for example.
    pub name: &'static str,
    /// Channels. Of a fully connected layer before a feature map several outputs are one.
    pub channels: usize,
}

/// A layer: its shape and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// PyTorch's name within its network, `conv2` for example.
    pub name: &'static str,
    /// What it computes.
    pub kind: LayerKind,
    /// The batch norm that follows.
    pub norm: Option<Norm>,
    /// What follows that.
    pub activation: Activation,
    /// Channels (values) it reads.
    pub inputs: usize,
    /// Channels (values) it makes.
    pub outputs: usize,
    /// Outputs whose weights are stored. Of a stochastic encoder inference needs the first half, the means.
    pub stored: usize,
    /// Height and width of what it reads; 1 for a fully connected layer.
    pub side: usize,
}

/// A tensor as a weight file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    /// PyTorch's name within its network, `conv2.weight` for example.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
}

impl TensorShape {
    /// Whether this is a matrix or a kernel, as opposed to a bias, a batch norm's scale or a statistic.
    #[must_use]
    pub fn is_kernel(&self) -> bool {
        self.shape.len() > 1
    }
}

/// E, G and D; layers that follow each other, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks {
    /// E, figure 2: pictures to codes.
    pub encoder: Vec<Layer>,
    /// G, figure 1: codes to pictures.
    pub generator: Vec<Layer>,
    /// D, figure 3.
    pub discriminator: Discriminator,
}

/// D's layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discriminator {
    /// The path for pictures.
    pub pictures: Vec<Layer>,
    /// The path for codes.
    pub codes: Vec<Layer>,
    /// Over the values of both paths, pictures first, to a logit.
    pub joint: Vec<Layer>,
}

impl Networks {
    /// Of networks with these settings.
    #[must_use]
    pub fn new(config: &NetworkConfig) -> Self {
        Self {
            encoder: encoder(config),
            generator: generator(config),
            discriminator: Discriminator::new(config),
        }
    }
}

fn encoder(config: &NetworkConfig) -> Vec<Layer> {
    let NetworkConfig { latent, .. } = *config;
    let mut layers = halving(config);
    let stored = if config.stochastic {
        2 * latent
    } else {
        latent
    };
    layers.extend([
        linear("fc1", [innermost(config), 2 * latent])
            .norm(NORMS[config.halvings() + 1], 2 * latent)
            .leaky(),
        Layer {
            stored,
            ..linear("fc2", [2 * latent, latent])
        },
    ]);
    layers
}

fn generator(config: &NetworkConfig) -> Vec<Layer> {
    let (NetworkConfig { latent, .. }, channels) = (*config, config.innermost());
    let first = linear("fc", [latent, innermost(config)]).norm(NORMS[0], channels);
    let mut layers = vec![first.leaky()];
    let halvings = config.halvings();
    for number in 1..=halvings {
        let inputs = channels >> (number - 1);
        let side = config.side >> (halvings + 1 - number);
        let doubling = |outputs| {
            layer(
                TRANSPOSED[number],
                LayerKind::ConvTranspose2d,
                [inputs, outputs],
                side,
            )
        };
        layers.push(match number == halvings {
            true => Layer {
                activation: Activation::Tanh,
                ..doubling(3)
            },
            false => doubling(inputs / 2).norm(NORMS[number], inputs / 2).leaky(),
        });
    }
    layers
}

impl Discriminator {
    fn new(config: &NetworkConfig) -> Self {
        let NetworkConfig { width, latent, .. } = *config;
        let minibatch = config.minibatch;
        let mut pictures = halving(config);
        let (last, number) = (LayerKind::Conv2d { kernel: 3 }, config.halvings() + 1);
        let channels = config.innermost();
        pictures.push(
            layer(CONVOLUTIONS[number], last, [channels; 2], INNERMOST)
                .norm(NORMS[number], channels)
                .leaky(),
        );
        let codes = vec![
            linear("z1", [latent, 4 * width]).leaky(),
            linear("z2", [4 * width; 2]).leaky(),
        ];
        // 2x2 maps of the picture, and what is made of the code.
        let mut joint = vec![linear("fc1", [4 * channels + 4 * width, 8 * width]).leaky()];
        let mut beside = 0;
        if !minibatch.is_off() {
            beside = minibatch.kernels;
            joint.push(Layer {
                stored: minibatch.kernels * minibatch.dimensions,
                ..layer(
                    "minibatch.projection",
                    LayerKind::Minibatch(minibatch),
                    [8 * width, 8 * width + beside],
                    1,
                )
            });
        }
        joint.extend([
            linear("fc2", [8 * width + beside, 8 * width]).leaky(),
            linear("fc3", [8 * width, 1]),
        ]);
        Self {
            pictures,
            codes,
            joint,
        }
    }

    /// All layers.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.pictures.iter().chain(&self.codes).chain(&self.joint)
    }

    /// Values that the path for pictures makes of one.
    #[must_use]
    pub fn picture_values(&self) -> usize {
        self.pictures.last().map_or(0, Layer::values)
    }

    /// Values that the path for codes makes of one.
    #[must_use]
    pub fn code_values(&self) -> usize {
        self.codes.last().map_or(0, Layer::values)
    }

    /// Whether D judges each pair of a batch by the others too.
    #[must_use]
    pub fn compares(&self) -> bool {
        let compares = |layer: &Layer| matches!(layer.kind, LayerKind::Minibatch(_));
        self.joint.iter().any(compares)
    }
}

/// The network that cuts out ([`crate::cutout`]): from the picture down to 4x4, and from 4x4 up to the mask. The last
/// three layers also read what the convolution of the same side made.
#[must_use]
pub fn cutout(width: usize) -> ([Layer; 4], [Layer; 4]) {
    let kind = LayerKind::Conv2d { kernel: 5 };
    let down = |name, norm, [inputs, outputs]: [usize; 2], side| {
        layer(name, kind, [inputs, outputs], side)
            .norm(norm, outputs)
            .leaky()
    };
    let up =
        |name, channels: [usize; 2], side| layer(name, LayerKind::ConvTranspose2d, channels, side);
    let leaky = |layer: Layer, norm| layer.norm(norm, layer.outputs).leaky();
    (
        [
            down("conv1", "bn1", [3, width], SIDE),
            down("conv2", "bn2", [width, 2 * width], SIDE / 2),
            down("conv3", "bn3", [2 * width, 4 * width], SIDE / 4),
            down("conv4", "bn4", [4 * width, 8 * width], SIDE / 8),
        ],
        [
            leaky(up("deconv1", [8 * width, 4 * width], SIDE / 16), "bn5"),
            leaky(up("deconv2", [8 * width, 2 * width], SIDE / 8), "bn6"),
            leaky(up("deconv3", [4 * width, width], SIDE / 4), "bn7"),
            up("deconv4", [2 * width, 1], SIDE / 2),
        ],
    )
}

/// H for clothes: four convolutions, and, after the mean over positions, a fully connected layer.
#[must_use]
pub fn classifier(width: usize, classes: usize) -> [Layer; 5] {
    let down = |name, norm, kernel, [inputs, outputs]: [usize; 2], side| {
        layer(name, LayerKind::Conv2d { kernel }, [inputs, outputs], side)
            .norm(norm, outputs)
            .leaky()
    };
    [
        down("conv1", "bn1", 5, [3, width], SIDE),
        down("conv2", "bn2", 3, [width, 2 * width], SIDE / 2),
        down("conv3", "bn3", 3, [2 * width, 4 * width], SIDE / 4),
        down("conv4", "bn4", 3, [4 * width, 4 * width], SIDE / 8),
        linear("fc", [4 * width, classes]),
    ]
}

/// The convolutions with which E and D begin, down to 4x4.
fn halving(config: &NetworkConfig) -> Vec<Layer> {
    let one = |number: usize| {
        let outputs = config.width << (number - 1);
        let inputs = if number == 1 { 3 } else { outputs / 2 };
        let kind = LayerKind::Conv2d { kernel: 5 };
        let side = config.side >> (number - 1);
        let layer = layer(CONVOLUTIONS[number], kind, [inputs, outputs], side).leaky();
        match number {
            1 => layer,
            _ => layer.norm(NORMS[number], outputs),
        }
    };
    (1..=config.halvings()).map(one).collect()
}

/// Values of the innermost maps.
fn innermost(config: &NetworkConfig) -> usize {
    config.innermost() * INNERMOST * INNERMOST
}

fn linear(name: &'static str, channels: [usize; 2]) -> Layer {
    layer(name, LayerKind::Linear, channels, 1)
}

fn layer(name: &'static str, kind: LayerKind, [inputs, outputs]: [usize; 2], side: usize) -> Layer {
    Layer {
        name,
        kind,
        norm: None,
        activation: Activation::Identity,
        inputs,
        outputs,
        stored: outputs,
        side,
    }
}

impl Layer {
    fn norm(self, name: &'static str, channels: usize) -> Self {
        Self {
            norm: Some(Norm { name, channels }),
            ..self
        }
    }

    fn leaky(self) -> Self {
        Self {
            activation: Activation::Leaky,
            ..self
        }
    }

    /// What the shaders call what it computes; none for minibatch discrimination, which no shader does.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        match self.kind {
            LayerKind::Conv2d { kernel } => Some(Operation::Conv2d { kernel }),
            LayerKind::ConvTranspose2d => Some(Operation::ConvTranspose2d { kernel: 5 }),
            LayerKind::Linear => Some(Operation::Dense),
            LayerKind::Minibatch(_) => None,
        }
    }

    /// Height and width of what it makes.
    #[must_use]
    pub fn side_made(&self) -> usize {
        match self.kind {
            LayerKind::Conv2d { .. } => self.side.div_ceil(2),
            LayerKind::ConvTranspose2d => 2 * self.side,
            LayerKind::Linear | LayerKind::Minibatch(_) => 1,
        }
    }

    /// Values that it makes of a sample.
    #[must_use]
    pub fn values(&self) -> usize {
        self.outputs * self.side_made() * self.side_made()
    }

    /// The weight's shape as it is stored.
    #[must_use]
    pub fn weight_shape(&self) -> Vec<usize> {
        match self.kind {
            LayerKind::Conv2d { kernel } => vec![self.stored, self.inputs, kernel, kernel],
            LayerKind::ConvTranspose2d => vec![self.inputs, self.stored, 5, 5],
            LayerKind::Linear | LayerKind::Minibatch(_) => vec![self.stored, self.inputs],
        }
    }

    /// Weights that inference reads.
    #[must_use]
    pub fn weights(&self) -> usize {
        let stored = self.weight_shape().iter().product::<usize>();
        match self.kind {
            LayerKind::Minibatch(_) => stored,
            _ => stored / self.stored * self.outputs,
        }
    }

    /// The tensors that a weight file holds of it, those of its batch norm too.
    #[must_use]
    pub fn tensors(&self) -> Vec<TensorShape> {
        let tensor = |layer: &str, part: &str, shape| TensorShape {
            name: format!("{layer}.{part}"),
            shape,
        };
        let mut tensors = vec![tensor(self.name, "weight", self.weight_shape())];
        if !matches!(self.kind, LayerKind::Minibatch(_)) {
            tensors.push(tensor(self.name, "bias", vec![self.stored]));
        }
        if let Some(Norm { name, channels }) = self.norm {
            let parts = ["weight", "bias", "running_mean", "running_var"];
            tensors.extend(parts.map(|part| tensor(name, part, vec![channels])));
        }
        tensors
    }

    /// Numbers that are trained: weight, bias, and a batch norm's scale and shift.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let trained = |tensor: &TensorShape| !tensor.name.contains(".running_");
        let tensors = self.tensors();
        let tensors = tensors.iter().filter(|tensor| trained(tensor));
        tensors
            .map(|tensor| tensor.shape.iter().product::<usize>())
            .sum()
    }

    /// Multiply-adds of a sample in the textbook form, those with the zero padding included.
    #[must_use]
    pub fn multiply_adds(&self) -> f64 {
        let weights: usize = self.weight_shape().iter().product();
        let positions = match self.kind {
            LayerKind::Conv2d { .. } => self.side_made(),
            _ => self.side,
        };
        (weights * positions * positions) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_networks_have_their_parameters() {
        let networks = Networks::new(&NetworkConfig::PAPER);
        let count = |layers: &[Layer]| layers.iter().map(Layer::parameters).sum::<usize>();
        assert_eq!(count(&networks.encoder), 5_967_452);
        let discriminator: usize = networks.discriminator.layers().map(Layer::parameters).sum();
        assert_eq!(discriminator, 8_204_161);
    }

    #[test]
    fn layers_read_what_those_before_them_make() {
        for side in [32, 64, 128] {
            layers_follow(side);
        }
    }

    fn layers_follow(side: usize) {
        let config = NetworkConfig {
            side,
            minibatch: MinibatchConfig {
                kernels: 3,
                dimensions: 2,
            },
            ..NetworkConfig::PAPER
        };
        let Networks {
            encoder,
            generator,
            discriminator,
        } = Networks::new(&config);
        let reads = |layer: &Layer| layer.inputs * layer.side * layer.side;
        let Discriminator {
            pictures,
            codes,
            joint,
        } = &discriminator;
        for layers in [&encoder, &generator, pictures, codes, joint] {
            for pair in layers.windows(2) {
                assert_eq!(pair[0].values(), reads(&pair[1]), "{}", pair[1].name);
            }
        }
        let both = discriminator.picture_values() + discriminator.code_values();
        assert_eq!(both, reads(&joint[0]));
        assert_eq!(generator.last().map(Layer::values), Some(config.values()));
        assert_eq!(encoder.first().map(|layer| layer.side), Some(side));
    }
}
