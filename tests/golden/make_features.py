"""Makes the golden numbers in `features/`: what H, the fixed network of equation 5, must reproduce.

    pip install torch==2.15.0 torchvision safetensors numpy
    python tests/golden/make_features.py

The network is torchvision's AlexNet up to its fifth pooling with a thirty-second of the channels: the script checks that
its own layers are torchvision's at full width. Weights and pictures are seeded, computed in float64 from values that
float32 holds exactly, and stored as float32: what Rust differs by is then its own rounding.

    alexnet-HASH.pth        the state dict as torch.save writes it, a classifying layer included; HASH begins its sha256
    alexnet.safetensors     the same tensors
    expected.safetensors    pixels (u8); rows, activations; gradient of |row 0 - row 1|^2, at every fifth place
"""

import hashlib
import io
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torchvision import models, transforms

HERE = pathlib.Path(__file__).parent / "features"
WIDTH = 2
# A picture's gradient is stored at every fifth row and column.
STRIDE = 5
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class AlexNet(nn.Module):
    """torchvision's, with `width` for its 64."""

    def __init__(self, width):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, width, kernel_size=11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(width, 3 * width, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(3 * width, 6 * width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6 * width, 4 * width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4 * width, 4 * width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        # Not part of H; that a file has it must not matter.
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(4 * width, 3))

    def pool5(self, x):
        """Pictures [batch, 3, 64, 64] in [-1, 1] to [batch, 4 width, 6, 6]."""
        x = transforms.functional.normalize((x + 1) / 2, MEAN, DEVIATION)
        x = F.interpolate(x, size=(224, 224), mode="bilinear", align_corners=False)
        return self.features(x)


def check_layers():
    """The layers above are torchvision's: same names and shapes, same output."""
    theirs, ours = models.alexnet(weights=None), AlexNet(64)
    state = {name: tensor for name, tensor in theirs.state_dict().items() if name.startswith("features.")}
    ours.load_state_dict(state, strict=False)
    x = torch.rand(1, 3, 224, 224)
    assert all(name in ours.state_dict() for name in state)
    assert torch.equal(theirs.features(x), ours.features(x))
    assert models.AlexNet_Weights.DEFAULT.transforms().mean == MEAN
    assert models.AlexNet_Weights.DEFAULT.transforms().std == DEVIATION
    assert models.AlexNet_Weights.DEFAULT.url.endswith("/alexnet-owt-7be5be79.pth")


def first_network():
    torch.manual_seed(31)
    network = AlexNet(WIDTH)
    with torch.no_grad():
        for layer in network.features:
            if isinstance(layer, nn.Conv2d):
                # As large as keeps the activations' size from layer to layer, and biases that are felt.
                layer.weight.normal_(0, (2 / layer.weight[0].numel()) ** 0.5)
                layer.bias.uniform_(0, 0.2)
    return network


def first_pixels():
    rng = torch.Generator().manual_seed(32)
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    planes = []
    for _ in range(6):
        a, b, phase = torch.rand(3, generator=rng)
        planes.append(torch.sin(rows * (0.05 + 0.3 * a) + columns * (0.05 + 0.3 * b) + 6.3 * phase))
    pictures = torch.stack(planes).reshape(2, 3, 64, 64) * 100 + 127.5
    noise = 20 * torch.randn(pictures.shape, generator=rng)
    return (pictures + noise).round().clamp(0, 255).to(torch.uint8)


def expected(network, pixels):
    network = network.double()
    x = (pixels.double() / 127.5 - 1).requires_grad_()
    pool5 = network.pool5(x)
    rows = F.normalize(pool5.flatten(1))
    (rows[0] - rows[1]).square().sum().backward()
    return {
        "pixels": pixels,
        "rows": rows.detach().float(),
        "activations": pool5.mean((2, 3)).detach().float(),
        "gradient": x.grad[:, :, ::STRIDE, ::STRIDE].float().contiguous(),
    }


def main():
    HERE.mkdir(exist_ok=True)
    check_layers()
    network = first_network()
    state = network.state_dict()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, HERE / "alexnet.safetensors")
    archive = io.BytesIO()
    torch.save(state, archive)
    digest = hashlib.sha256(archive.getvalue()).hexdigest()
    for old in HERE.glob("alexnet-*.pth"):
        old.unlink()
    (HERE / f"alexnet-{digest[:8]}.pth").write_bytes(archive.getvalue())
    save_file(expected(network, first_pixels()), HERE / "expected.safetensors")


if __name__ == "__main__":
    main()
