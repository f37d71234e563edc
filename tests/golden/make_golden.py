"""Makes the golden numbers in this folder: what the Rust networks, losses and training step must reproduce.

    pip install torch==2.15.0 safetensors numpy
    python tests/golden/make_golden.py

Everything is seeded, computed in float64 from weights and inputs that float32 holds exactly, and stored as float32:
what Rust differs by is then its own rounding. The order of a training step is the one that
`crates/bigan/src/trainer/mod.rs` documents.

The networks are tiny (width 2) and the files small. Three cases: `deterministic/`, `stochastic/` (E gives a mean and a
log-variance) and `techniques/` (deterministic, with the losses and techniques that are off by default: `TECHNIQUES`).
Each holds

    generator.safetensors, encoder.safetensors, discriminator.safetensors   first weights; statistics are not trivial
    inputs.safetensors      pixels (u8), z, noise, keep.LOOK.LAYER (u8: what dropout keeps)
    expected.safetensors    inference.*, training.* (batch statistics): see `forwards`; losses1.*, losses2.*: see `Training`
    step1.safetensors       NETWORK.TENSOR after one step: see `changes`
    step2.safetensors       the same after a second step on the same inputs, which also exercises Adam's memory
"""

import copy
import dataclasses
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


@dataclasses.dataclass
class Settings:
    """What a case trains with beside the constants above. Everything here is off by default."""

    encoded_latent: float = 0.0  # weight of L'_AD, equation 7
    norms: bool = False  # penalties of each sample's norm instead of element by element
    feature_matching: float = 0.0  # weight
    historical_averaging: float = 0.0  # weight
    discriminator_rate: float = LEARNING_RATE
    kernels: int = 0  # minibatch discrimination
    dimensions: int = 0
    virtual_batch_norm: bool = False  # of G and D
    ahead: int = 1  # G and E answer the D that so many steps on this batch would make; D itself takes one


TECHNIQUES = Settings(
    encoded_latent=0.5,
    norms=True,
    feature_matching=2.0,
    historical_averaging=100.0,  # its distances are those of one step
    discriminator_rate=1e-4,
    kernels=3,
    dimensions=2,
    virtual_batch_norm=True,
    ahead=3,
)


def first_networks(stochastic, settings, rng):
    """The networks with PyTorch's first weights; batch norms away from the identity, statistics away from 0 and 1."""
    torch.manual_seed(20 + stochastic)
    networks = [
        Generator(WIDTH, LATENT),
        Encoder(WIDTH, LATENT, stochastic),
        Discriminator(WIDTH, LATENT, settings.kernels, settings.dimensions),
    ]
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


def pseudo_huber(difference, norms=False):
    """g (sqrt(1 + (t / g)^2) - 1), then the mean; t is an element, or the norm of a sample."""
    t = difference.flatten(1).norm(dim=1) if norms else difference
    return (GAMMA * (torch.sqrt(1 + (t / GAMMA) ** 2) - 1)).mean()


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


def adam(networks, rate=LEARNING_RATE):
    parameters = [parameter for network in networks for parameter in network.parameters()]
    return torch.optim.Adam(parameters, lr=rate, betas=BETAS, eps=EPSILON)


class Training:
    """Three networks in training, and what the techniques remember."""

    def __init__(self, networks, settings, dtype):
        self.networks = [copy.deepcopy(network).to(dtype) for network in networks]
        self.settings, self.dtype = settings, dtype
        self.optimizers = [adam(self.networks[2:], settings.discriminator_rate), adam(self.networks[:2])]
        # The mean of every parameter so far, in which the start counts as one.
        self.means = [[p.detach().clone() for p in network.parameters()] for network in self.networks]
        self.steps = 0

    def history(self, network, means):
        return sum(((p - mean) ** 2).sum() for p, mean in zip(network.parameters(), means))

    def rows(self, count):
        """The first rows of a training pass of G and D that are the reference batch."""
        for network in [self.networks[0], self.networks[2]]:
            for module in network.modules():
                if isinstance(module, BatchNorm):
                    module.rows = count

    def generate(self, codes, reference):
        generator = self.networks[0]
        return generator(torch.cat([reference, codes]))[len(reference) :]

    def judge(self, discriminator, x, z, masks, reference):
        return discriminator.judge(torch.cat([reference, x]), z, masks)

    def step(self, inputs):
        """One Trainer::step in place. Returns the losses and the gradients the two updates used."""
        generator, encoder, discriminator = networks = self.networks
        settings, dtype = self.settings, self.dtype
        x, z, noise = picture(inputs["pixels"], dtype), inputs["z"].to(dtype), inputs["noise"].to(dtype)
        losses, gradients = {}, {}
        # The reference batch is the first one, and every step of these trainings sees that.
        rows = len(x) if settings.virtual_batch_norm else 0
        self.rows(rows)
        penalty = lambda difference: pseudo_huber(difference, settings.norms)

        # One forward pass of E and G serves both updates, and is all that moves their running statistics. G sees drawn
        # codes and codes of pictures as one batch.
        mode(networks, True, recording=[generator, encoder])
        encoded = code(encoder(x), noise)
        generated, reconstruction = self.generate(torch.cat([z, encoded]), z[:rows]).chunk(2)

        def discriminator_loss(network):
            real, _ = self.judge(network, x, encoded.detach(), masks(inputs, "d.real", dtype), x[:rows])
            fake, _ = self.judge(network, generated.detach(), z, masks(inputs, "d.generated", dtype), x[:rows])
            loss = cross_entropy(real, REAL_LABEL) + cross_entropy(fake, 0.0)
            if settings.historical_averaging:
                loss = loss + settings.historical_averaging * self.history(network, self.means[2])
            return loss

        # D: real pairs, then generated ones, each with its own statistics, both recorded.
        mode(networks, True, recording=[discriminator])
        losses["discriminator"] = discriminator_loss(discriminator)
        self.optimizers[0].zero_grad()
        losses["discriminator"].backward()
        self.optimizers[0].step()
        remember(gradients, networks, ["discriminator"])

        # The D that G and E answer: some steps on, without a gradient through them; they record nothing.
        mode(networks, True)
        opponent = copy.deepcopy(discriminator)
        optimizer = adam([opponent], settings.discriminator_rate)
        optimizer.load_state_dict(copy.deepcopy(self.optimizers[0].state_dict()))
        for _ in range(settings.ahead - 1):
            optimizer.zero_grad()
            discriminator_loss(opponent).backward()
            optimizer.step()

        # G and E together, looking through that D and, for L_AD and L'_AD, through E again; this records nothing.
        real, real_features = self.judge(opponent, x, encoded, masks(inputs, "ge.real", dtype), x[:rows])
        fake, fake_features = self.judge(opponent, generated, z, masks(inputs, "ge.generated", dtype), x[:rows])
        losses["adversarial"] = cross_entropy(real, 0.0) + cross_entropy(fake, 1.0)
        losses["adversarial_latent"] = penalty(z - encoder(generated)[0])
        losses["autoencoder"] = penalty(x - reconstruction)
        losses["total"] = (
            losses["adversarial"]
            + ADVERSARIAL_LATENT * losses["adversarial_latent"]
            + AUTOENCODER * losses["autoencoder"]
        )
        more = {}
        if settings.encoded_latent:
            more["encoded_latent"] = penalty(encoded - encoder(reconstruction)[0])
        if settings.feature_matching:
            more["feature_matching"] = ((real_features.mean(0) - fake_features.mean(0)) ** 2).mean()
        if settings.historical_averaging:
            pairs = zip(networks[:2], self.means)
            more["historical_averaging"] = sum(self.history(network, means) for network, means in pairs)
        for name, term in more.items():
            losses["total"] = losses["total"] + getattr(settings, name) * term
        losses |= more
        self.optimizers[1].zero_grad()
        losses["total"].backward()
        self.optimizers[1].step()
        remember(gradients, networks, ["generator", "encoder"])

        self.steps += 1
        self.rows(0)
        with torch.no_grad():
            for network, means in zip(networks, self.means):
                for parameter, mean in zip(network.parameters(), means):
                    mean += (parameter - mean) / (self.steps + 1)
        return {name: value.detach().reshape(1) for name, value in losses.items()}, gradients


def remember(gradients, networks, names):
    for name, network in zip(NAMES, networks):
        if name in names:
            for key, parameter in network.named_parameters():
                gradients[f"{name}.{key}"] = parameter.grad.clone()


def trained(networks, settings, inputs, dtype, steps):
    """A copy of the networks after `steps` steps, and each step's losses and gradients."""
    training = Training(networks, settings, dtype)
    history = [training.step(inputs) for _ in range(steps)]
    return tensors(training.networks), history


def tensors(networks):
    return {
        f"{name}.{key}": value
        for name, network in zip(NAMES, networks)
        for key, value in network.state_dict().items()
    }


def changes(networks, settings, inputs, steps):
    """How far every parameter moved in `steps` steps, in learning rates, and the running statistics after them.

    Adam's first step is close to the gradient's sign. Where the gradient itself is rounding noise (a convolution's bias
    before a batch norm has none at all, and a few single weights are near zero) the sign is chance: there NaN is
    stored, and the tests ask only that the parameter moved no further than Adam can move it. Noise is what the same
    steps in float32 differ by from float64, the largest in a tensor, and MARGIN times that is needed.
    """
    after, exact = trained(networks, settings, inputs, torch.float64, steps)
    _, rounded = trained(networks, settings, inputs, torch.float32, steps)
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


def make(case, stochastic, settings=Settings()):
    folder = HERE / case
    folder.mkdir(exist_ok=True)
    rng = torch.Generator().manual_seed(7 + stochastic)
    networks = first_networks(stochastic, settings, rng)
    inputs = first_inputs(rng)
    for name, network in zip(NAMES, networks):
        store(folder / f"{name}.safetensors", network.state_dict())
    store(folder / "inputs.safetensors", inputs)
    expected = forwards([copy.deepcopy(network).double() for network in networks], inputs, torch.float64)
    for steps in [1, 2]:
        found, losses = changes(networks, settings, inputs, steps)
        store(folder / f"step{steps}.safetensors", found)
        expected |= {f"losses{steps}.{name}": value for name, value in losses.items()}
    store(folder / "expected.safetensors", {name: value.float() for name, value in expected.items()})


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    make("deterministic", False)
    make("stochastic", True)
    make("techniques", False, TECHNIQUES)
