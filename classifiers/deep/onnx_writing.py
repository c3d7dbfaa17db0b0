"""The trained net as ONNX: batch normalisation folded into the convolutions, any number of rows.

Written by hand, since the nets have nine kinds of layers, and since torch's exporter needs a
minute for MobileNetV2 and writes what ``cv2.dnn`` cannot read for another number of rows
(docs/decisions/0026-deep-models.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .network import Net

OPSET, IR = 13, 7  # as old as the operations allow, so that old readers take it
INPUT, OUTPUT = "pictures", "probabilities"


class Writer:
    """Collects nodes and constants of an ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self.convolutions: dict[str, tuple[str, str]] = {}  # output -> names of weight and bias

    def constant(self, name: str, value: np.ndarray) -> str:
        """Keep an array and return its name."""
        self.constants[name] = value
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add an operation and return the name of its output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def model(self, channels: int, side: int, classes: int) -> bytes:
        """Return the whole file."""
        from onnx import TensorProto, helper, numpy_helper

        shape_in: list[str | int | None] = ["n", channels, side, side]
        shape_out: list[str | int | None] = ["n", classes]
        plain = {
            k: v if v.dtype == np.int64 else v.astype(np.float32) for k, v in self.constants.items()
        }
        graph = helper.make_graph(
            self.nodes,
            "net",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape_in)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape_out)],
            [numpy_helper.from_array(v, k) for k, v in plain.items()],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR)
        return model.SerializeToString()


def write_onnx(net: Net, channels: int, side: int) -> bytes:
    """Return the net as ONNX: ``pictures`` (n, channels, side, side) -> ``probabilities``.

    Parameters
    ----------
    net : Net
    channels : int
        1 or 3.
    side : int

    Raises
    ------
    ValueError
        For a kind of layer that none of our nets has.
    """
    writer = Writer()
    x = _prepared(writer, net, channels)
    writer.node("GlobalAveragePool", [_backbone(writer, net.backbone, x)], "means")
    x = writer.node("Flatten", ["means"], "pooled", axis=1)
    for number, layer in enumerate(net.head):
        kind = type(layer).__name__
        if kind == "Linear":
            x = _linear(writer, layer, f"head{number}", x)
        elif kind == "ReLU":
            x = writer.node("Relu", [x], f"head{number}")
    writer.node("Softmax", [x], OUTPUT, axis=1)
    return writer.model(channels, side, net.classes)


def _prepared(writer: Writer, net: Net, channels: int) -> str:
    """Write what stands before the backbone; blue first is left to the first convolution."""
    x = INPUT
    if channels == 1:
        x = writer.node("Concat", [x, x, x], "colour", axis=1)
    factor, offset = (v.numpy()[None, :, None, None] for v in net.factors())
    if (
        net.caffe
    ):  # the first convolution zero-pads behind the offset, so it stays a step of its own
        order = writer.constant("blue_first", np.array([2, 1, 0], dtype=np.int64))
        x = writer.node("Gather", [x, order], "ordered", axis=1)
        factor, offset = factor[:, ::-1], offset[:, ::-1]
    x = writer.node("Mul", [x, writer.constant("factor", factor)], "scaled")
    return writer.node("Add", [x, writer.constant("offset", offset)], "prepared")


def _linear(writer: Writer, layer: Any, name: str, x: str) -> str:
    weight = writer.constant(f"{name}.weight", layer.weight.detach().cpu().numpy())
    bias = writer.constant(f"{name}.bias", layer.bias.detach().cpu().numpy())
    return writer.node("Gemm", [x, weight, bias], name, transB=1)


def _backbone(writer: Writer, model: Any, x: str) -> str:
    """Write every layer of a Keras model, in an order in which inputs come first."""
    names = {id(model.inputs[0]): x}
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "InputLayer":
            continue
        if kind not in LAYERS:
            raise ValueError(f"a layer {kind} cannot be written as ONNX; nothing is kept.")
        given = layer.input if isinstance(layer.input, list | tuple) else [layer.input]
        names[id(layer.output)] = LAYERS[kind](writer, layer, [names[id(t)] for t in given])
    return names[id(model.outputs[0])]


def _array(variable: Any) -> np.ndarray:
    return variable.value.detach().cpu().numpy().astype(np.float64)


def _pads(layer: Any, kernel: tuple[int, int]) -> list[int]:
    """Return top, left, bottom, right as Keras pads: what is odd goes to the end."""
    if layer.padding == "valid":
        return [0, 0, 0, 0]
    total = []
    for size, k, stride in zip(layer.input.shape[2:], kernel, layer.strides, strict=True):
        total.append(max((-(-size // stride) - 1) * stride + k - size, 0))
    return [t // 2 for t in total] + [t - t // 2 for t in total]


def _convolution(writer: Writer, layer: Any, x: list[str]) -> str:
    kernel = _array(layer.kernel)
    if type(layer).__name__ == "DepthwiseConv2D":  # (y, x, in, times) -> (in * times, 1, y, x)
        weight = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
        group = kernel.shape[2]
    else:  # (y, x, in, out) -> (out, in, y, x)
        weight, group = kernel.transpose(3, 2, 0, 1), 1
    bias = _array(layer.bias) if layer.use_bias else np.zeros(len(weight))
    names = [writer.constant(f"{layer.name}.{k}", v) for k, v in (("w", weight), ("b", bias))]
    out = writer.node(
        "Conv",
        [*x, *names],
        layer.name,
        kernel_shape=list(kernel.shape[:2]),
        strides=list(layer.strides),
        pads=_pads(layer, kernel.shape[:2]),
        group=group,
    )
    if getattr(layer.activation, "__name__", "linear") == "relu":
        return writer.node("Relu", [out], f"{layer.name}.relu")
    writer.convolutions[out] = (names[0], names[1])
    return out


def _normalisation(writer: Writer, layer: Any, x: list[str]) -> str:
    """Fold ``(y - mean) / sqrt(variance + epsilon) * gamma + beta`` into the convolution before."""
    weight, bias = writer.convolutions[x[0]]
    scale = 1.0 / np.sqrt(_array(layer.moving_variance) + layer.epsilon)
    scale = scale * _array(layer.gamma) if layer.scale else scale
    shift = _array(layer.beta) if layer.center else 0.0
    writer.constants[weight] = writer.constants[weight] * scale[:, None, None, None]
    moved = writer.constants[bias] - _array(layer.moving_mean)
    writer.constants[bias] = moved * scale + shift
    return x[0]


def _rectifier(writer: Writer, layer: Any, x: list[str]) -> str:
    most = getattr(layer, "max_value", None)
    if most is None:
        return writer.node("Relu", x, layer.name)
    ends = [
        writer.constant(f"{layer.name}.{k}", np.array(v)) for k, v in (("low", 0.0), ("high", most))
    ]
    return writer.node("Clip", [*x, *ends], layer.name)


def _activation(writer: Writer, layer: Any, x: list[str]) -> str:
    if layer.activation.__name__ != "relu":
        name = layer.activation.__name__
        raise ValueError(f"an activation {name} cannot be written as ONNX; nothing is kept.")
    return writer.node("Relu", x, layer.name)


def _padding(writer: Writer, layer: Any, x: list[str]) -> str:
    (top, bottom), (left, right) = layer.padding
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], dtype=np.int64)
    return writer.node("Pad", [*x, writer.constant(f"{layer.name}.pads", pads)], layer.name)


def _pooling(writer: Writer, layer: Any, x: list[str]) -> str:
    return writer.node(
        "MaxPool",
        x,
        layer.name,
        kernel_shape=list(layer.pool_size),
        strides=list(layer.strides),
        pads=_pads(layer, layer.pool_size),
    )


def _sum(writer: Writer, layer: Any, x: list[str]) -> str:
    return writer.node("Add", x, layer.name)


LAYERS: dict[str, Callable[[Writer, Any, list[str]], str]] = {
    "Activation": _activation,
    "Add": _sum,
    "BatchNormalization": _normalisation,
    "Conv2D": _convolution,
    "DepthwiseConv2D": _convolution,
    "MaxPooling2D": _pooling,
    "ReLU": _rectifier,
    "ZeroPadding2D": _padding,
}
