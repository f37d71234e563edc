"""Makes similarity.json: MS-SSIM as pytorch-msssim measures it, which `images::ms_ssim` must reproduce.

    pip install torch==2.15.0 pytorch-msssim==1.0.0
    python tests/golden/make_similarity.py

Two pairs of pictures that a few integer operations make (`tests/tests/similarity.rs` makes them as well). The large
pair has the original's five scales. The pair of 64x64 has the three that fit, weights scaled to a sum of 1: `ms_ssim`
refuses pictures too small for five scales whatever the weights, so it is put together here from its own parts.
"""

import json
import pathlib

import torch
from pytorch_msssim import ms_ssim
from pytorch_msssim.ssim import _ssim
from torch.nn import functional as F

WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def pair(height, width):
    """Waves of squares and ramps, and the same with a pattern on it: values 0 to 255, `[1, 3, height, width]`."""
    y, x, c = torch.meshgrid(torch.arange(height), torch.arange(width), torch.arange(3), indexing="ij")
    first = (x * x // 9 + y * (5 + c) + x * y // 16) % 256
    second = (first + (x * y * (c + 1)) % 61 + y // 3).clamp(max=255)
    return [p.permute(2, 0, 1)[None].double() for p in (first, second)]


def window():
    # Its own is float32, which moves the fifth digit.
    weights = torch.exp(-((torch.arange(11).double() - 5) ** 2) / (2 * 1.5**2))
    return (weights / weights.sum()).repeat(3, 1, 1, 1)


def scaled(count):
    """The weights as published add up to 1.0001."""
    return [weight / sum(WEIGHTS[:count]) for weight in WEIGHTS[:count]]


def large(a, b):
    return ms_ssim(a, b, data_range=255, win=window(), weights=scaled(5)).item()


def small(a, b):
    product = 1.0
    for scale, weight in enumerate(scaled(3)):
        ssim, contrast_structure = _ssim(a, b, data_range=255, win=window(), size_average=False)
        product *= torch.relu(ssim if scale == 2 else contrast_structure) ** weight
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return product.mean().item()


if __name__ == "__main__":
    found = {
        "176x208": large(*pair(176, 208)),
        "64x64": small(*pair(64, 64)),
    }
    path = pathlib.Path(__file__).parent / "similarity.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(found)
