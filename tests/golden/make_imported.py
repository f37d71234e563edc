"""Makes imported.pth: the first weights of deterministic/ in one file of PyTorch's, as `stylewalk import` reads it.

    pip install torch==2.15.0 safetensors numpy
    python tests/golden/make_imported.py

Batch norms of PyTorch also count their batches, in whole numbers; those are to be passed over.
"""

import pathlib

import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).parent
NETWORKS = ["generator", "encoder", "discriminator"]


def state_dict():
    found = {}
    for network in NETWORKS:
        for name, value in load_file(HERE / "deterministic" / f"{network}.safetensors").items():
            found[f"{network}.{name}"] = value
            if name.endswith(".running_var"):
                found[f"{network}.{name.removesuffix('running_var')}num_batches_tracked"] = torch.tensor(7)
    return found


if __name__ == "__main__":
    path = HERE / "imported.pth"
    torch.save(state_dict(), path)
    print(f"{path.name}: {path.stat().st_size} bytes")
