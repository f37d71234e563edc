"""Makes the golden numbers in this folder: what the Rust networks, losses and training step must reproduce.

    pip install torch==2.15.0 safetensors numpy
    python tests/golden/make_golden.py

Everything is seeded, computed in float64 from weights and inputs that float32 holds exactly, and stored as float32:
what Rust differs by is then its own rounding. The order of a training step is the one that
`crates/bigan/src/trainer/mod.rs` documents.

The networks are tiny (width 2) and the files small. Two cases: `deterministic/` and `stochastic/` (E gives a mean and a
log-variance). Each holds

    generator.safetensors, encoder.safetensors, discriminator.safetensors   first weights; statistics are not trivial
    inputs.safetensors      pixels (u8), z, noise, keep.LOOK.LAYER (u8: what dropout keeps)
    expected.safetensors    inference.*, training.* (batch statistics): see `forwards`; losses1.*, losses2.*: see `step`
    step1.safetensors       NETWORK.TENSOR after one step: see `changes`
    step2.safetensors       the same after a second step on the same inputs, which also exercises Adam's memory
"""

import copy
import math
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from networks import BatchNorm, Discriminator, Encoder, Generator

HERE = pathlib.Path(__file__).parent
WIDTH, LATENT, BATCH = 2, 6, 3
KEEP = 0.8
GAMMA, REAL_LABEL = 0.05, 0.9
ADVERSARIAL_LATENT, AUTOENCODER = 2.5, 1.0  # l1, l2 of the paper's EX8
LEARNING_RATE, BETAS, EPSILON = 2e-4, (0.5, 0.999), 1e-8
LOOKS = ["d.real", "d.generated", "ge.real", "ge.generated"]
# A picture is stored at every fifth row and column: both parities of the transposed convolutions, few bytes.
STRIDE = 5
# See `changes`.
MARGIN = 300
NAMES = ["generator", "encoder", "discriminator"]


def first_networks(stochastic, rng):
    """The networks with PyTorch's first weights; batch norms away from the identity, statistics away from 0 and 1."""
    torch.manual_seed(20 + stochastic)
    networks = [Generator(WIDTH, LATENT), Encoder(WIDTH, LATENT, stochastic), Discriminator(WIDTH, LATENT)]
    with torch.no_grad():
        for network in networks:
            for module in network.modules():
                if isinstance(module, BatchNorm):
                    channels = module.weight.numel()
                    module.weight.copy_(0.8 + 0.4 * torch.rand(channels, generator=rng))
                    module.bias.copy_(0.4 * torch.rand(channels, generator=rng) - 0.2)
                    module.running_mean.copy_(0.4 * torch.rand(channels, generator=rng) - 0.2)
                    module.running_var.copy_(0.2 + torch.rand(channels, generator=rng))
        # Logits far enough from zero that D's percentages and their gradients differ from one picture to the next.
        networks[2].fc3.weight.mul_(4)
        # Away from tanh's middle.
        networks[0].deconv4.weight.mul_(2)
    return networks


def first_inputs(rng):
    """A batch of smooth coloured pictures with some noise, codes, noise for a stochastic E, and what dropout keeps."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    pictures = []
    for _ in range(BATCH * 3):
        a, b, phase = torch.rand(3, generator=rng)
        wave = torch.sin(rows * (0.05 + 0.3 * a) + columns * (0.05 + 0.3 * b) + 6.3 * phase)
        pictures.append(127.5 + 90 * wave + 20 * torch.randn(64, 64, generator=rng))
    inputs = {
        "pixels": torch.stack(pictures).clamp(0, 255).round().to(torch.uint8).view(BATCH, 3, 64, 64),
        "z": torch.rand(BATCH, LATENT, generator=rng) * 2 - 1,
        "noise": torch.randn(BATCH, LATENT, generator=rng),
    }
    for look in LOOKS:
        for layer, width in enumerate([4 * WIDTH, 4 * WIDTH, 8 * WIDTH]):
            kept = torch.rand(BATCH, width, generator=rng) < KEEP
            inputs[f"keep.{look}.{layer}"] = kept.to(torch.uint8)
    return inputs


def picture(pixels, dtype):
    return pixels.to(dtype) / 127.5 - 1


def masks(inputs, look, dtype):
    return [inputs[f"keep.{look}.{layer}"].to(dtype) / KEEP for layer in range(3)]


def code(encoding, noise):
    """The reparameterization trick, for a stochastic encoder."""
    mean, log_variance = encoding
    return mean if log_variance is None else mean + torch.exp(log_variance / 2) * noise


def pseudo_huber(difference):
    """g (sqrt(1 + (t / g)^2) - 1), element by element, then the mean."""
    return (GAMMA * (torch.sqrt(1 + (difference / GAMMA) ** 2) - 1)).mean()


def cross_entropy(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def mode(networks, training, recording=()):
    """Training or inference; which of the networks let a training pass move their running statistics."""
    for network in networks:
        network.train(training)
        for module in network.modules():
            if isinstance(module, BatchNorm):
                module.keep_statistics = network in recording


def forwards(networks, inputs, dtype):
    """Every network's output in inference and with the batch's own statistics, which record nothing here."""
    generator, encoder, discriminator = networks
    x, z = picture(inputs["pixels"], dtype), inputs["z"].to(dtype)
    found = {}
    with torch.no_grad():
        for name, training in [("inference", False), ("training", True)]:
            mode(networks, training)
            generated = generator(z)
            mean, log_variance = encoder(x)
            found[f"{name}.generated"] = generated[:, :, ::STRIDE, ::STRIDE]
            found[f"{name}.mean"] = mean
            if log_variance is not None:
                found[f"{name}.log_variance"] = log_variance
            found[f"{name}.reconstruction"] = generator(mean)[:, :, ::STRIDE, ::STRIDE]
            found[f"{name}.logits"] = discriminator(x, mean)
            found[f"{name}.logits_dropout"] = discriminator(x, mean, masks(inputs, "d.real", dtype))
    return found


def adam(networks):
    parameters = [parameter for network in networks for parameter in network.parameters()]
    return torch.optim.Adam(parameters, lr=LEARNING_RATE, betas=BETAS, eps=EPSILON)


def step(networks, optimizers, inputs, dtype):
    """One Trainer::step in place. Returns the losses and the gradients the two updates used."""
    generator, encoder, discriminator = networks
    x, z, noise = picture(inputs["pixels"], dtype), inputs["z"].to(dtype), inputs["noise"].to(dtype)
    losses, gradients = {}, {}

    # One forward pass of E and G serves both updates, and is all that moves their running statistics. G sees drawn
    # codes and codes of pictures as one batch.
    mode(networks, True, recording=[generator, encoder])
    encoded = code(encoder(x), noise)
    generated, reconstruction = generator(torch.cat([z, encoded])).chunk(2)

    # D: real pairs, then generated ones, each with its own statistics, both recorded.
    mode(networks, True, recording=[discriminator])
    real = discriminator(x, encoded.detach(), masks(inputs, "d.real", dtype))
    fake = discriminator(generated.detach(), z, masks(inputs, "d.generated", dtype))
    losses["discriminator"] = cross_entropy(real, REAL_LABEL) + cross_entropy(fake, 0.0)
    optimizers[0].zero_grad()
    losses["discriminator"].backward()
    optimizers[0].step()
    remember(gradients, networks, ["discriminator"])

    # G and E together, looking through the new D and, for L_AD, through E again; this records nothing.
    mode(networks, True)
    real = discriminator(x, encoded, masks(inputs, "ge.real", dtype))
    fake = discriminator(generated, z, masks(inputs, "ge.generated", dtype))
    losses["adversarial"] = cross_entropy(real, 0.0) + cross_entropy(fake, 1.0)
    losses["adversarial_latent"] = pseudo_huber(z - encoder(generated)[0])
    losses["autoencoder"] = pseudo_huber(x - reconstruction)
    losses["total"] = (
        losses["adversarial"]
        + ADVERSARIAL_LATENT * losses["adversarial_latent"]
        + AUTOENCODER * losses["autoencoder"]
    )
    optimizers[1].zero_grad()
    losses["total"].backward()
    optimizers[1].step()
    remember(gradients, networks, ["generator", "encoder"])
    return {name: value.detach().reshape(1) for name, value in losses.items()}, gradients


def remember(gradients, networks, names):
    for name, network in zip(NAMES, networks):
        if name in names:
            for key, parameter in network.named_parameters():
                gradients[f"{name}.{key}"] = parameter.grad.clone()


def trained(networks, inputs, dtype, steps):
    """A copy of the networks after `steps` steps, and each step's losses and gradients."""
    networks = [copy.deepcopy(network).to(dtype) for network in networks]
    optimizers = [adam(networks[2:]), adam(networks[:2])]
    history = [step(networks, optimizers, inputs, dtype) for _ in range(steps)]
    return tensors(networks), history


def tensors(networks):
    return {
        f"{name}.{key}": value
        for name, network in zip(NAMES, networks)
        for key, value in network.state_dict().items()
    }


def changes(networks, inputs, steps):
    """How far every parameter moved in `steps` steps, in learning rates, and the running statistics after them.

    Adam's first step is close to the gradient's sign. Where the gradient itself is rounding noise (a convolution's bias
    before a batch norm has none at all, and a few single weights are near zero) the sign is chance: there NaN is
    stored, and the tests ask only that the parameter moved no further than Adam can move it. Noise is what the same
    steps in float32 differ by from float64, the largest in a tensor, and MARGIN times that is needed.
    """
    after, exact = trained(networks, inputs, torch.float64, steps)
    _, rounded = trained(networks, inputs, torch.float32, steps)
    before = tensors(networks)
    found = {}
    for name, value in after.items():
        if name not in exact[0][1]:
            found[name] = value.float()
            continue
        steady = torch.ones_like(value, dtype=torch.bool)
        for (_, exactly), (_, roughly) in zip(exact, rounded):
            noise = (exactly[name] - roughly[name]).abs().max()
            steady &= exactly[name].abs() > MARGIN * noise
        change = (value - before[name].double()) / LEARNING_RATE
        found[name] = torch.where(steady, change, math.nan).half()
    return found, exact[-1][0]


def store(path, found):
    save_file({name: value.contiguous() for name, value in found.items()}, path)
    print(f"{path.relative_to(HERE)}: {path.stat().st_size} bytes")


def make(case, stochastic):
    folder = HERE / case
    folder.mkdir(exist_ok=True)
    rng = torch.Generator().manual_seed(7 + stochastic)
    networks = first_networks(stochastic, rng)
    inputs = first_inputs(rng)
    for name, network in zip(NAMES, networks):
        store(folder / f"{name}.safetensors", network.state_dict())
    store(folder / "inputs.safetensors", inputs)
    expected = forwards([copy.deepcopy(network).double() for network in networks], inputs, torch.float64)
    for steps in [1, 2]:
        found, losses = changes(networks, inputs, steps)
        store(folder / f"step{steps}.safetensors", found)
        expected |= {f"losses{steps}.{name}": value for name, value in losses.items()}
    store(folder / "expected.safetensors", {name: value.float() for name, value in expected.items()})


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    make("deterministic", False)
    make("stochastic", True)
