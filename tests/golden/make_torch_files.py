"""Makes torch_files/: state dicts in the forms that people's trainings leave them in, and what is none.

    python tests/golden/make_torch_files.py

Python's own pickle module writes them, with the names and the archive that torch.save gives them (torch/serialization.py),
so that PyTorch itself is not needed. All hold the tensors of `STATE`.
"""

import argparse
import collections
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile

HERE = pathlib.Path(__file__).parent / "torch_files"
# Numbers that every type of floating point has.
STATE = {"fc.weight": ([2, 3], [0.5, -1.25, 2.0, 0.0, 8.0, -0.0625]), "fc.bias": ([2], [1.5, -3.0])}

torch = types.ModuleType("torch")
torch._utils = types.ModuleType("torch._utils")
sys.modules["torch"], sys.modules["torch._utils"] = torch, torch._utils


def _rebuild_tensor_v2(*parts):
    raise NotImplementedError


_rebuild_tensor_v2.__module__ = "torch._utils"
torch._utils._rebuild_tensor_v2 = _rebuild_tensor_v2
for kind in ["Float", "Half", "BFloat16", "Double", "Long"]:
    name = f"{kind}Storage"
    setattr(torch, name, type(name, (), {"__module__": "torch", "__qualname__": name}))


def packed(kind, numbers):
    if kind == "BFloat16":
        return b"".join(struct.pack("<f", number)[2:] for number in numbers)
    letter = {"Float": "f", "Half": "e", "Double": "d", "Long": "q"}[kind]
    return struct.pack(f"<{len(numbers)}{letter}", *numbers)


class Storage:
    def __init__(self, kind, numbers):
        self.kind, self.count, self.data = kind, len(numbers), packed(kind, numbers)


class Tensor:
    def __init__(self, shape, numbers, kind="Float"):
        self.shape, self.storage = tuple(shape), Storage(kind, numbers)

    def __reduce_ex__(self, protocol):
        stride, step = [], 1
        for size in reversed(self.shape):
            stride.insert(0, step)
            step *= size
        parts = (self.storage, 0, self.shape, tuple(stride), False, collections.OrderedDict())
        return _rebuild_tensor_v2, parts


class Pickler(pickle.Pickler):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.storages = []

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        self.storages.append(thing)
        kind = getattr(torch, f"{thing.kind}Storage")
        return ("storage", kind, str(len(self.storages) - 1), "cpu", thing.count)


def save(name, thing, protocol=2):
    buffer = io.BytesIO()
    pickler = Pickler(buffer, protocol=protocol)
    pickler.dump(thing)
    with zipfile.ZipFile(HERE / f"{name}.pth", "w", zipfile.ZIP_STORED) as archive:
        put = lambda file, data: archive.writestr(zipfile.ZipInfo(f"{name}/{file}"), data)
        put("data.pkl", buffer.getvalue())
        put("byteorder", b"little")
        for number, storage in enumerate(pickler.storages):
            put(f"data/{number}", storage.data)
        put("version", b"3\n")


def state(before="", kind="Float"):
    named = ((before + name, Tensor(*value, kind)) for name, value in STATE.items())
    found = collections.OrderedDict(named)
    found[before + "bn.num_batches_tracked"] = Tensor([], [7], "Long")
    return found


class Generator:
    """A whole module, whose class only its author has."""

    def __init__(self):
        self.weights = state()


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for protocol in (2, 3, 4, 5):
        save(f"protocol{protocol}", state(), protocol)
    for kind in ("Half", "BFloat16", "Double"):
        save(kind.lower(), state(kind=kind))
    moments = {number: {"step": 10, "exp_avg": Tensor([2], [1.0, 1.0])} for number in range(2)}
    save(
        "checkpoint",
        {
            "epoch": 3,
            "loss": 0.25,
            "state_dict": state("module._orig_mod."),
            "optimizer": {"state": moments, "param_groups": [{"lr": 1e-3, "params": [0, 1]}]},
            "args": argparse.Namespace(batch=32, out=pathlib.PurePosixPath("runs"), names={"a", "b"}),
        },
        4,
    )
    save("networks", {"generator": state("module."), "steps": 2**70}, 5)
    save("module", Generator(), 4)
    save("wrapped_module", {"model": Generator(), "epoch": 1})
