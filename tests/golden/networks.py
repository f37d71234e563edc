"""The three networks in plain PyTorch, as the golden numbers need them.

Sizes: image 64x64x3 in [-1, 1], `width` channels in the first convolution, `latent` numbers in z. Names of
parameters are the names in our .safetensors files.
"""

import torch
from torch import nn
from torch.nn import functional as F

LEAK = 0.2
EPSILON = 1e-5
MOMENTUM = 0.03  # weighs the new batch: "decay 0.97"


def leaky(x):
    return F.leaky_relu(x, LEAK)


class BatchNorm(nn.Module):
    """Batch normalisation as Burn 0.22.1 does it.

    The one difference from torch.nn.BatchNorm2d: Burn feeds the *biased* variance of the batch (divided by n, not
    n - 1) to its running variance (burn-nn `BatchNorm::forward_train`, burn-backend `batch_norm_train`).

    `keep_statistics`: whether a training pass moves the running statistics.
    `rows`: above 0, virtual batch normalization: that many rows of a training pass are the reference batch, before the
    others. Its statistics become the running ones; every other row is normalized by the mixture of the reference
    batch's values and its own, in which the row counts as one sample among `rows` + 1.
    """

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.keep_statistics = True
        self.rows = 0

    def virtual(self, x):
        reference, own = x[: self.rows], x[self.rows :]
        places = list(range(2, x.dim()))
        shape = [1, -1] + [1] * len(places)
        mean, square = reference.mean([0] + places), (reference**2).mean([0] + places)
        if self.keep_statistics:
            with torch.no_grad():
                self.running_mean.copy_(mean)
                self.running_var.copy_(square - mean**2)
        mean, square = mean.view(shape), square.view(shape)
        share = 1 / (self.rows + 1)
        mixed = (1 - share) * mean + share * own.mean(places, keepdim=True)
        mixed_square = (1 - share) * square + share * (own**2).mean(places, keepdim=True)
        scaled = torch.cat([
            (reference - mean) / torch.sqrt(square - mean**2 + EPSILON),
            (own - mixed) / torch.sqrt(mixed_square - mixed**2 + EPSILON),
        ])
        return scaled * self.weight.view(shape) + self.bias.view(shape)

    def forward(self, x):
        if self.training and self.rows:
            return self.virtual(x)
        if not self.training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, EPSILON)
        if self.keep_statistics:
            axes = [axis for axis in range(x.dim()) if axis != 1]
            with torch.no_grad():
                mean = x.mean(axes)
                variance = x.var(axes, unbiased=False)
                self.running_mean.mul_(1 - MOMENTUM).add_(MOMENTUM * mean)
                self.running_var.mul_(1 - MOMENTUM).add_(MOMENTUM * variance)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, EPSILON)


def conv(inputs, outputs, side=5):
    return nn.Conv2d(inputs, outputs, side, stride=2, padding=side // 2)


def deconv(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 5, stride=2, padding=2, output_padding=1)


class Generator(nn.Module):
    def __init__(self, width, latent):
        super().__init__()
        self.top = 8 * width
        self.fc = nn.Linear(latent, self.top * 16)
        self.bn0 = BatchNorm(self.top)
        self.deconv1 = deconv(8 * width, 4 * width)
        self.bn1 = BatchNorm(4 * width)
        self.deconv2 = deconv(4 * width, 2 * width)
        self.bn2 = BatchNorm(2 * width)
        self.deconv3 = deconv(2 * width, width)
        self.bn3 = BatchNorm(width)
        self.deconv4 = deconv(width, 3)

    def forward(self, z):
        x = self.fc(z).view(-1, self.top, 4, 4)
        x = leaky(self.bn0(x))
        x = leaky(self.bn1(self.deconv1(x)))  # 8x8
        x = leaky(self.bn2(self.deconv2(x)))  # 16x16
        x = leaky(self.bn3(self.deconv3(x)))  # 32x32
        return torch.tanh(self.deconv4(x))  # 64x64


class Encoder(nn.Module):
    def __init__(self, width, latent, stochastic):
        super().__init__()
        self.latent = latent
        self.stochastic = stochastic
        self.conv1 = conv(3, width)
        self.conv2 = conv(width, 2 * width)
        self.bn2 = BatchNorm(2 * width)
        self.conv3 = conv(2 * width, 4 * width)
        self.bn3 = BatchNorm(4 * width)
        self.conv4 = conv(4 * width, 8 * width)
        self.bn4 = BatchNorm(8 * width)
        self.fc1 = nn.Linear(8 * width * 16, 2 * latent)
        self.bn5 = BatchNorm(2 * latent)
        self.fc2 = nn.Linear(2 * latent, 2 * latent if stochastic else latent)

    def forward(self, x):
        """Mean and log-variance; the second is None for a deterministic encoder."""
        x = leaky(self.conv1(x))
        x = leaky(self.bn2(self.conv2(x)))
        x = leaky(self.bn3(self.conv3(x)))
        x = leaky(self.bn4(self.conv4(x)))
        x = leaky(self.bn5(self.fc1(x.flatten(1))))
        x = self.fc2(x)
        if self.stochastic:
            return x[:, : self.latent], x[:, self.latent :]
        return x, None


class MinibatchDiscrimination(nn.Module):
    """Salimans et al., 2016: for each kernel the sum over the other samples of exp(-L1 distance of projections)."""

    def __init__(self, inputs, kernels, dimensions):
        super().__init__()
        self.kernels = kernels
        self.projection = nn.Linear(inputs, kernels * dimensions, bias=False)

    def forward(self, features):
        projected = self.projection(features).view(len(features), self.kernels, -1)
        distance = (projected[:, None] - projected[None]).abs().sum(3)
        others = 1 - torch.eye(len(features), dtype=features.dtype)
        return (torch.exp(-distance) * others[:, :, None]).sum(1)


class Discriminator(nn.Module):
    def __init__(self, width, latent, kernels=0, dimensions=0):
        super().__init__()
        self.conv1 = conv(3, width)
        self.conv2 = conv(width, 2 * width)
        self.bn2 = BatchNorm(2 * width)
        self.conv3 = conv(2 * width, 4 * width)
        self.bn3 = BatchNorm(4 * width)
        self.conv4 = conv(4 * width, 8 * width)
        self.bn4 = BatchNorm(8 * width)
        self.conv5 = conv(8 * width, 8 * width, side=3)
        self.bn5 = BatchNorm(8 * width)
        self.z1 = nn.Linear(latent, 4 * width)
        self.z2 = nn.Linear(4 * width, 4 * width)
        self.fc1 = nn.Linear(8 * width * 4 + 4 * width, 8 * width)
        self.minibatch = MinibatchDiscrimination(8 * width, kernels, dimensions) if kernels else None
        self.fc2 = nn.Linear(8 * width + kernels, 8 * width)
        self.fc3 = nn.Linear(8 * width, 1)

    def forward(self, x, z, masks=None):
        """Logits. `masks`: three factors for dropout (0, or 1 / keep), after z1, z2 and fc2."""
        return self.judge(x, z, masks)[0]

    def judge(self, x, z, masks=None):
        """Logits and features of the first layer that sees both. Rows of `x` before those of `z` are a reference batch."""
        after_z1, after_z2, after_fc2 = masks if masks is not None else (1.0, 1.0, 1.0)
        x = leaky(self.conv1(x))
        x = leaky(self.bn2(self.conv2(x)))
        x = leaky(self.bn3(self.conv3(x)))
        x = leaky(self.bn4(self.conv4(x)))
        x = leaky(self.bn5(self.conv5(x))).flatten(1)[-len(z) :]
        z = leaky(self.z1(z)) * after_z1
        z = leaky(self.z2(z)) * after_z2
        features = leaky(self.fc1(torch.cat([x, z], 1)))
        h = torch.cat([features, self.minibatch(features)], 1) if self.minibatch else features
        h = leaky(self.fc2(h)) * after_fc2
        return self.fc3(h), features
