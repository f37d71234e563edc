"""Times whole training steps in PyTorch: the work of crates/bigan/examples/training_step.rs, on the same sizes.

    pip install torch numpy
    yes | head -5 | python tests/bench/training_step.py [--device cpu] [--width 64] [--batch 32] [--compile] [--no-tf32]

A step for every line on standard input: D's, then that of G and E with L_AD and L_AE, in the order that
crates/bigan/src/trainer/mod.rs documents, with Adam. Prints PyTorch's version and the device as a JSON object once it is
ready, then the milliseconds of each step. `cargo xtask bench train` has both step in turns.
"""

import argparse
import json
import pathlib
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
import networks
from networks import MOMENTUM, Discriminator, Encoder, Generator

LATENT, KEEP, GAMMA, REAL_LABEL = 100, 0.8, 0.05, 0.9
ADVERSARIAL_LATENT, AUTOENCODER = 2.5, 1.0


def batch_norm(self, x):
    """PyTorch's own, in one call; its running variance is the unbiased one, which costs no time."""
    mean, variance = (self.running_mean, self.running_var) if self.keep_statistics else (None, None)
    return F.batch_norm(x, mean, variance, self.weight, self.bias, True, MOMENTUM, networks.EPSILON)


networks.BatchNorm.forward = batch_norm


def record(network, on):
    for module in network.modules():
        if isinstance(module, networks.BatchNorm):
            module.keep_statistics = on


def pseudo_huber(difference):
    return (GAMMA * (torch.sqrt(1 + (difference / GAMMA) ** 2) - 1)).mean()


def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


class Step:
    def __init__(self, width, batch, device, compiled):
        made = [Generator(width, LATENT), Encoder(width, LATENT, False), Discriminator(width, LATENT)]
        self.modules = [network.to(device).train() for network in made]
        self.calls = [torch.compile(network) if compiled else network for network in self.modules]
        settings = dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8)
        generator, encoder, discriminator = self.modules
        self.d_adam = torch.optim.Adam(discriminator.parameters(), **settings)
        self.ge_adam = torch.optim.Adam([*generator.parameters(), *encoder.parameters()], **settings)
        self.width, self.batch, self.device = width, batch, device

    def masks(self):
        widths = [4 * self.width, 4 * self.width, 8 * self.width]
        return [(torch.rand(self.batch, w, device=self.device) < KEEP).float() / KEEP for w in widths]

    def __call__(self, x):
        generator, encoder, discriminator = self.calls
        z = torch.rand(self.batch, LATENT, device=self.device) * 2 - 1
        encoded, _ = encoder(x)
        both = generator(torch.cat([z, encoded]))
        generated, reconstruction = both[: self.batch], both[self.batch :]

        real = discriminator(x, encoded.detach(), self.masks())
        fake = discriminator(generated.detach(), z, self.masks())
        d_loss = cross_entropy(real, REAL_LABEL) + cross_entropy(fake, 0.0)
        self.d_adam.zero_grad(set_to_none=True)
        d_loss.backward()
        self.d_adam.step()

        # D is looked through: no gradient for its weights, no change of its statistics.
        self.modules[2].requires_grad_(False)
        record(self.modules[2], False)
        record(self.modules[1], False)
        real = discriminator(x, encoded, self.masks())
        fake = discriminator(generated, z, self.masks())
        again, _ = encoder(generated)
        total = cross_entropy(real, 0.0) + cross_entropy(fake, 1.0)
        total = total + ADVERSARIAL_LATENT * pseudo_huber(z - again)
        total = total + AUTOENCODER * pseudo_huber(x - reconstruction)
        self.ge_adam.zero_grad(set_to_none=True)
        total.backward()
        self.ge_adam.step()
        self.modules[2].requires_grad_(True)
        record(self.modules[2], True)
        record(self.modules[1], True)
        return torch.stack([d_loss.detach(), total.detach()]).cpu()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--no-tf32", action="store_true", help="whole 32-bit arithmetic, also in convolutions on NVIDIA's cards")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.backends.cudnn.allow_tf32 = not options.no_tf32
    step = Step(options.width, options.batch, options.device, options.compile)
    x = (torch.rand(options.batch, 3, 64, 64) * 2 - 1).to(options.device)

    def timed():
        start = time.perf_counter()
        step(x)
        return (time.perf_counter() - start) * 1e3

    timed()  # the first step also allocates and, compiled, compiles
    names = dict(cuda=torch.cuda.get_device_name, mps=lambda: "Apple's GPU", cpu=lambda: f"CPU, {torch.get_num_threads()} threads")
    device = names[options.device.split(":")[0]]()
    how = ("compiled" if options.compile else "eager") + (" without TF32" if options.no_tf32 else "")
    print(json.dumps({"device": f"PyTorch {torch.__version__} {how}, {device}"}), flush=True)
    for _ in sys.stdin:
        print(timed(), flush=True)


if __name__ == "__main__":
    main()
