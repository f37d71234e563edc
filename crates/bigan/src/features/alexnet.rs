//! AlexNet up to its fifth pooling, as torchvision has it.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::resize::bilinear;
use crate::weights::{self, ModelError, StoredTensors, Tensors};

/// Height and width, in pixels, of the pictures that AlexNet was trained on.
const SIDE: usize = 224;
/// Mean and deviation of ImageNet's red, green and blue, in `[0, 1]`, which torchvision's weights expect to be undone.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// torchvision's prefixes of the five convolutions: their indices in its `features`.
const PREFIXES: [&str; 5] = [
    "features.0",
    "features.3",
    "features.6",
    "features.8",
    "features.10",
];
/// Above this a file is refused before anything is allocated for it.
const MAX_WIDTH: usize = 512;

/// The one setting of an AlexNet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlexNetConfig {
    /// Channels of the first convolution, every other count being a multiple of it; 64 is torchvision's.
    pub width: usize,
}

impl Default for AlexNetConfig {
    fn default() -> Self {
        Self { width: 64 }
    }
}

/// The convolutions of AlexNet, in the one-column form of Krizhevsky's "One weird trick" (2014), which is torchvision's.
#[derive(Module, Debug)]
pub struct AlexNet {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    conv4: Conv2d,
    conv5: Conv2d,
    pool: MaxPool2d,
}

impl AlexNetConfig {
    /// The network on `device`, its weights zero: they are drawn or loaded.
    pub(crate) fn init(&self, device: &Device) -> AlexNet {
        let device = &device.clone().without_autodiff();
        let width = self.width;
        AlexNet {
            conv1: convolution([3, width], 11, 4, 2, device),
            conv2: convolution([width, 3 * width], 5, 1, 2, device),
            conv3: convolution([3 * width, 6 * width], 3, 1, 1, device),
            conv4: convolution([6 * width, 4 * width], 3, 1, 1, device),
            conv5: convolution([4 * width, 4 * width], 3, 1, 1, device),
            pool: MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).init(),
        }
    }
}

/// The network whose weights `stored` holds. Its width is that of the file, its classifying layers are left alone.
pub(super) fn load(
    file: &str,
    stored: &dyn StoredTensors,
    device: &Device,
) -> Result<AlexNet, ModelError> {
    let tensors = Tensors::of_others(file, stored);
    let first = format!("{}.weight", PREFIXES[0]);
    let shape = tensors.shape(&first).unwrap_or_default();
    let width = shape.first().copied().unwrap_or_default();
    let config = AlexNetConfig {
        width: width.clamp(1, MAX_WIDTH),
    };
    weights::read(config.init(device), |slot| {
        tensors.get(&torchvisions(&slot.name), &slot.shape)
    })
}

/// torchvision's name for ours: `conv2.bias` is `features.3.bias` there.
fn torchvisions(name: &str) -> String {
    let (layer, part) = name.split_once('.').unwrap_or((name, ""));
    let number = layer.strip_prefix("conv").and_then(|n| n.parse().ok());
    let prefix = number.and_then(|number: usize| PREFIXES.get(number - 1));
    format!("{}.{part}", prefix.unwrap_or(&layer))
}

fn convolution(
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    pad: usize,
    device: &Device,
) -> Conv2d {
    Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

impl AlexNet {
    /// pool5: pictures `[batch, 3, height, width]` in `[-1, 1]` to `[batch, 4 width, 6, 6]`, none of it negative.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = bilinear(standardized(x), SIDE); // [batch, 3, 224, 224]
        let x = activation::relu(self.conv1.forward(x)); // [batch, w, 55, 55]
        let x = self.pool.forward(x); // [batch, w, 27, 27]
        let x = activation::relu(self.conv2.forward(x)); // [batch, 3w, 27, 27]
        let x = self.pool.forward(x); // [batch, 3w, 13, 13]
        let x = activation::relu(self.conv3.forward(x)); // [batch, 6w, 13, 13]
        let x = activation::relu(self.conv4.forward(x)); // [batch, 4w, 13, 13]
        let x = activation::relu(self.conv5.forward(x)); // [batch, 4w, 13, 13]
        self.pool.forward(x) // [batch, 4w, 6, 6]
    }
}

/// From `[-1, 1]` to ImageNet's mean 0 and deviation 1: ((x + 1) / 2 - mean) / deviation.
fn standardized(x: Tensor<4>) -> Tensor<4> {
    let device = x.device().without_autodiff();
    let channels = |value: fn(usize) -> f32| {
        let data = TensorData::new((0..3).map(value).collect(), [1, 3, 1, 1]);
        Tensor::<4>::from_data(data, &device)
    };
    let scale = channels(|c| 0.5 / DEVIATION[c]);
    let shift = channels(|c| (0.5 - MEAN[c]) / DEVIATION[c]);
    x * scale + shift
}
