"""Writes small ONNX files with the inputs and outputs of a Faster R-CNN as torchvision exports it.

    pip install onnx && python3 make_detectors.py

`red.onnx` finds what is red: the box around all red pixels is a person with score 0.95 where there are any. Beside it
there are always two boxes that do not count: one of the whole picture that is no person, and one of a person that is
not sure. `red_batched.onnx` is the same for a batch of one picture, as most exports are. `batched.onnx` and
`boxes_only.onnx` return boxes alone.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper, numpy_helper
import numpy

HERE = Path(__file__).parent
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def constant(name, values, dtype):
    return numpy_helper.from_array(numpy.array(values, dtype), name)


def nodes():
    """From `image` to `red_box` [1, 4], `picture_box` [1, 4] and `red` [1], 1 where there is any red pixel."""
    node = helper.make_node
    yield node("Gather", ["image", "zero"], ["red_plane"], axis=0)
    yield node("Gather", ["image", "one"], ["green_plane"], axis=0)
    yield node("Sub", ["red_plane", "green_plane"], ["redness"])
    yield node("Greater", ["redness", "half"], ["is_red"])
    yield node("Cast", ["is_red"], ["red_map"], to=FLOAT)
    yield node("ReduceMax", ["red_map"], ["red_columns"], axes=[0], keepdims=0)
    yield node("ReduceMax", ["red_map"], ["red_rows"], axes=[1], keepdims=0)
    yield node("ReduceMax", ["red_columns"], ["red"], axes=[0], keepdims=1)
    for name in ["columns", "rows"]:
        yield node("ArgMax", [f"red_{name}"], [f"first_{name}"], axis=0, keepdims=1)
        yield node("ArgMax", [f"red_{name}"], [f"last_{name}"], axis=0, keepdims=1, select_last_index=1)
        yield node("Add", [f"last_{name}", "one_list"], [f"end_{name}"])
    corners = ["first_columns", "first_rows", "end_columns", "end_rows"]
    yield node("Concat", corners, ["red_corners"], axis=0)
    yield node("Cast", ["red_corners"], ["red_corners_float"], to=FLOAT)
    yield node("Unsqueeze", ["red_corners_float", "zero_list"], ["red_box"])
    yield node("Shape", ["image"], ["shape"])
    yield node("Gather", ["shape", "width_height"], ["picture_size"], axis=0)
    yield node("Concat", ["zeros", "picture_size"], ["picture_corners"], axis=0)
    yield node("Cast", ["picture_corners"], ["picture_corners_float"], to=FLOAT)
    yield node("Unsqueeze", ["picture_corners_float", "zero_list"], ["picture_box"])
    yield node("Concat", ["picture_box", "red_box", "picture_box"], ["boxes"], axis=0)
    yield node("Mul", ["red", "sure"], ["red_score"])
    yield node("Concat", ["other_score", "red_score", "unsure_score"], ["scores"], axis=0)
    yield node("Identity", ["labels_constant"], ["labels"])


CONSTANTS = [
    constant("zero", 0, numpy.int64),
    constant("one", 1, numpy.int64),
    constant("zero_list", [0], numpy.int64),
    constant("one_list", [1], numpy.int64),
    constant("zeros", [0, 0], numpy.int64),
    constant("width_height", [2, 1], numpy.int64),
    constant("half", 0.5, numpy.float32),
    constant("sure", 0.95, numpy.float32),
    constant("other_score", [0.99], numpy.float32),
    constant("unsure_score", [0.3], numpy.float32),
    constant("labels_constant", [27, 1, 1], numpy.int64),
]


def write(name, graph_nodes, inputs, outputs, constants):
    graph = helper.make_graph(graph_nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")


def main():
    value = helper.make_tensor_value_info
    image = value("image", FLOAT, [3, "height", "width"])
    boxes = value("boxes", FLOAT, ["n", 4])
    outputs = [boxes, value("labels", INT, ["n"]), value("scores", FLOAT, ["n"])]
    write("red", list(nodes()), [image], outputs, CONSTANTS)
    batch = value("batch", FLOAT, [1, 3, "height", "width"])
    first = helper.make_node("Squeeze", ["batch", "zero_list"], ["image"])
    write("red_batched", [first, *nodes()], [batch], outputs, CONSTANTS)
    write("boxes_only", list(nodes()), [image], [boxes], CONSTANTS)
    batch = value("image", FLOAT, ["n", 3, "height", "width"])
    identity = helper.make_node("Identity", ["image"], ["boxes"])
    write("batched", [identity], [batch], [value("boxes", FLOAT, ["n", 3, "height", "width"])], [])


if __name__ == "__main__":
    main()
