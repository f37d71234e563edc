"""Makes the golden numbers in `metrics/`: what FID and KID must come out as on given features.

    pip install torch==2.15.0 torchmetrics scipy safetensors numpy
    python tests/golden/make_metrics.py

FID is torchmetrics' and the textbook formula with SciPy's matrix root, which the script holds against each other; KID is
torchmetrics' unbiased estimate over whole sets, which leaves nothing to chance.

    features.safetensors    real [40, 12], generated [40, 12], few [6, 12]: the last one's covariance has no inverse
    expected.safetensors    fid, fid_few (real to few), fid_same (real to itself), kid
"""

import pathlib

import numpy
import scipy.linalg
import torch
from safetensors.torch import save_file
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

HERE = pathlib.Path(__file__).parent / "metrics"


def sets():
    """Features that are correlated, have some size and are never negative, as a network's are."""
    rng = torch.Generator().manual_seed(41)
    mixed = 0.2 * torch.rand(12, 12, generator=rng)
    draw = lambda rows, shift: torch.relu(torch.randn(rows, 12, generator=rng) @ mixed + shift)
    return {"real": draw(40, 1.0), "generated": draw(40, 1.3), "few": draw(6, 1.0)}


def fid(first, second):
    first, second = first.double(), second.double()
    theirs = _compute_fid(first.mean(0), torch.cov(first.T), second.mean(0), torch.cov(second.T)).item()
    means = first.mean(0).numpy() - second.mean(0).numpy()
    covariances = torch.cov(first.T).numpy(), torch.cov(second.T).numpy()
    root = numpy.real(scipy.linalg.sqrtm(covariances[0] @ covariances[1]))
    textbook = means @ means + numpy.trace(covariances[0] + covariances[1] - 2 * root)
    # A singular product has no exact root in SciPy.
    assert abs(theirs - textbook) < 1e-5 * max(1.0, theirs), (theirs, textbook)
    return torch.tensor([theirs], dtype=torch.float64)


def kid(first, second):
    first, second = first.double(), second.double()
    return poly_mmd(first, second, degree=3, gamma=None, coef=1.0).reshape(1)


def main():
    HERE.mkdir(exist_ok=True)
    features = sets()
    real, generated, few = features["real"], features["generated"], features["few"]
    expected = {
        "fid": fid(real, generated),
        "fid_few": fid(real, few),
        "fid_same": fid(real, real),
        "kid": kid(real, generated),
    }
    save_file(features, HERE / "features.safetensors")
    save_file(expected, HERE / "expected.safetensors")
    print({name: value.item() for name, value in expected.items()})


if __name__ == "__main__":
    main()
