"""Whether an ONNX net may be run: a small reader of its file, which runs nothing.

A bundle may come from a stranger. A net that asks for other files, for operations from outside of
the standard, for loops and branches, or that takes or gives something else than is stated, is
refused before any library sees it. The package ``onnx`` is not needed.

Source: the protocol buffers of ONNX (onnx.proto, IR version 7) and their wire format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

STANDARD = (b"", b"ai.onnx")
FLOAT = 1  # TensorProto.FLOAT
EXTERNAL = 1  # TensorProto.EXTERNAL
# numbers of the fields that are looked at
MODEL = {"graph": 7, "opsets": 8, "functions": 25}
GRAPH = {"nodes": 1, "tensors": 5, "inputs": 11, "outputs": 12, "sparse": 15}
NODE = {"kind": 4, "attributes": 5, "domain": 7}
ATTRIBUTE = {"tensor": 5, "graph": 6, "tensors": 10, "graphs": 11}
SPARSE = (22, 23)  # of an attribute
TENSOR = {"name": 8, "external": 13, "location": 14}


def check_net(net: bytes, channels: int, side: int, classes: int) -> None:
    """Refuse a net that may not be run, or that does not fit.

    Parameters
    ----------
    net : bytes
        An ONNX file.
    channels, side, classes : int
        What it must take, (n, channels, side, side), and give, (n, classes).

    Raises
    ------
    ValueError
    """
    try:
        graph = _graph(net)
        _check_tensors(graph)
        _check_nodes(graph)
        _check_ends(graph, (channels, side, side), (classes,))
    except _Refused as error:
        raise ValueError(f"the model's net is refused: {error}.") from error
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("the model's net is refused: it is no whole ONNX file.") from error


class _Refused(Exception):
    """Why a net is not run."""


def _graph(net: bytes) -> dict[int, list[Any]]:
    model = _fields(net)
    graphs = model.get(MODEL["graph"], [])
    if len(graphs) != 1:
        raise _Refused("it is no ONNX file with one graph")
    if model.get(MODEL["functions"]):
        raise _Refused("it brings functions of its own, and only standard operations are run")
    for opset in _messages(model, MODEL["opsets"]):
        _check_domain(opset.get(1, [b""])[-1])
    return _fields(_bytes(graphs[0]))


def _check_domain(domain: Any) -> None:
    if domain not in STANDARD:
        name = _bytes(domain).decode("utf-8", "replace")
        raise _Refused(f"it asks for operations of {name!r}, and only standard ones are run")


def _check_nodes(graph: dict[int, list[Any]]) -> None:
    for node in _messages(graph, GRAPH["nodes"]):
        _check_domain(node.get(NODE["domain"], [b""])[-1])
        for attribute in _messages(node, NODE["attributes"]):
            if attribute.get(ATTRIBUTE["graph"]) or attribute.get(ATTRIBUTE["graphs"]):
                kind = _bytes(node.get(NODE["kind"], [b"?"])[-1]).decode("utf-8", "replace")
                raise _Refused(f"it branches or loops ({kind}), which no net of ours does")
            if any(attribute.get(number) for number in SPARSE):
                raise _Refused("it has sparse constants, which no net of ours has")
            for place in (ATTRIBUTE["tensor"], ATTRIBUTE["tensors"]):
                for tensor in _messages(attribute, place):
                    _check_inside(tensor)


def _check_tensors(graph: dict[int, list[Any]]) -> None:
    if graph.get(GRAPH["sparse"]):
        raise _Refused("it has sparse constants, which no net of ours has")
    for tensor in _messages(graph, GRAPH["tensors"]):
        _check_inside(tensor)


def _check_inside(tensor: dict[int, list[Any]]) -> None:
    outside = tensor.get(TENSOR["location"], [0])[-1] == EXTERNAL
    if outside or tensor.get(TENSOR["external"]):
        raise _Refused("its weights lie in another file, and only whole nets are read")


def _check_ends(
    graph: dict[int, list[Any]], taken: tuple[int, ...], given: tuple[int, ...]
) -> None:
    known = {t.get(TENSOR["name"], [b""])[-1] for t in _messages(graph, GRAPH["tensors"])}
    inputs = [v for v in _messages(graph, GRAPH["inputs"]) if v.get(1, [b""])[-1] not in known]
    outputs = _messages(graph, GRAPH["outputs"])
    for found, wanted, word in ((inputs, taken, "takes"), (list(outputs), given, "gives")):
        if len(found) != 1:
            raise _Refused(f"it {word} {len(found)} arrays instead of one")
        number, shape = _shape(found[0])
        if number != FLOAT or shape is None or shape[1:] != wanted:
            sizes = " x ".join(map(str, wanted))
            raise _Refused(f"it {word} no rows of {sizes} numbers of 32 bits, as it must here")


def _shape(value: dict[int, list[Any]]) -> tuple[int, tuple[int | None, ...] | None]:
    """Return the type of an input's numbers, and its sizes (None where a size is free)."""
    kinds = list(_messages(value, 2))
    tensors = list(_messages(kinds[-1], 1)) if kinds else []
    if not tensors:
        return 0, None
    shapes = list(_messages(tensors[-1], 2))
    sizes = [d.get(1, [None])[-1] for d in _messages(shapes[-1], 1)] if shapes else []
    return int(tensors[-1].get(1, [0])[-1]), tuple(sizes)


# the wire format --------------------------------------------------------------------------------


def _messages(fields: dict[int, list[Any]], number: int) -> list[dict[int, list[Any]]]:
    return [_fields(_bytes(part)) for part in fields.get(number, [])]


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes | memoryview):
        raise _Refused("it is no whole ONNX file")
    return bytes(value)


def _fields(data: bytes) -> dict[int, list[Any]]:
    """Return the values of a message by field number: numbers, or bytes."""
    out: dict[int, list[Any]] = {}
    for number, value in _read(data):
        out.setdefault(number, []).append(value)
    return out


def _read(data: bytes) -> Iterator[tuple[int, Any]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if kind == 2:
            size, place = _varint(data, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise _Refused("it is no whole ONNX file")
        if place + size > len(data):
            raise _Refused("it is no whole ONNX file")
        yield key >> 3, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return value, place
        shift += 7
    raise _Refused("it is no whole ONNX file")
