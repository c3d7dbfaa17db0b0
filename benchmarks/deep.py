"""Deep nets: one face through ONNX against the same net elsewhere; what an epoch takes.

The nets have the weights that training begins with. Their time does not depend on their values,
and no figure here is about accuracy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .effort import Effort
from .machine import one_core
from .pairs import Pair, Spread, Timed, in_turns
from .processes import peak_memory
from .rows import Row, milliseconds

SIDE = 48
TARGET = 5.0  # milliseconds per face
FACES = 20  # single faces of a turn
FER2013 = 28_709  # training pictures
NETS = {"mobilenetv2": 512, "resnet50": 128, "vgg19": 128}  # pictures of the measured epoch
CLASSES = 7
AGREE = 1e-5


def pictures(count: int) -> np.ndarray:
    """Return generated grey pictures (count, y, x), uint8: noise, for nothing is learned of it."""
    return np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)


def run(effort: Effort) -> list[Row]:
    """Measure one face at a time on one core, then an epoch of each net in a fresh process."""
    share = 1.0 if effort.repeats > 3 else 0.125
    sizes = {name: max(32, round(count * share)) for name, count in NETS.items()}
    return [*one_face(effort.repeats), *(epoch(name, count) for name, count in sizes.items())]


def one_face(repeats: int, width: float = 1.0, faces: int = FACES) -> list[Row]:
    """Compare the ONNX net with the same net in OpenCV and in Keras on torch."""
    from classifiers.deep.library import load_keras, undisturbed

    with one_core(), undisturbed(load_keras(), 0, 1):
        ways = _ways(width, pictures(faces)[:, None, None].astype(np.float32))
        ours = ways.pop("onnxruntime")
        return [
            row
            for name, way in ways.items()
            for row in _against(name, in_turns(ours, way, repeats), width, faces)
        ]


def _ways(width: float, faces: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return what sends faces (n, 1, 1, y, x) one by one through the net; all must agree."""
    import torch

    from classifiers.deep.backbones import build
    from classifiers.deep.library import load_keras
    from classifiers.deep.network import Net, probabilities
    from classifiers.deep.onnx_writing import write_onnx
    from classifiers.deep.running import _by_onnxruntime, _by_opencv

    made = build(load_keras(), "mobilenetv2", SIDE, 16, width, "none")
    net = Net(made, CLASSES, 0, 0.0, caffe=False)
    data = write_onnx(net, 1, SIDE)
    run_ort, run_cv = _by_onnxruntime(data, 1), _by_opencv(data, 1)
    ways = {
        "onnxruntime": lambda: [run_ort(face) for face in faces],
        "OpenCV": lambda: [run_cv(face) for face in faces],
        "Keras on torch": lambda: [
            probabilities(net, torch.from_numpy(face)).numpy() for face in faces
        ],
    }
    answers = [np.concatenate(way()) for way in ways.values()]
    worst = max(float(np.abs(answer - answers[0]).max()) for answer in answers)
    if worst > AGREE:
        raise ArithmeticError(f"the libraries differ by {worst:.1e} in a probability")
    return ways


def _against(name: str, pair: Pair, width: float, faces: int) -> list[Row]:
    note = (
        f"MobileNetV2 of width {width:g}, {SIDE} x {SIDE} grey, last map 3 x 3, {faces} faces one "
        "by one per turn, one core; times are of one face; generated pictures, weights as at the "
        "start"
    )
    each, other = (
        [Timed(t.wall / faces, t.cpu / faces) for t in turns] for turns in (pair.ours, pair.peer)
    )
    rows = [
        Row(
            f"deep, one face by ONNX, against {name}",
            pair.ratio(),
            "x faster",
            milliseconds(each),
            milliseconds(other),
            pair.ratio("cpu"),
            note=note,
        )
    ]
    if name == "OpenCV":
        face = Row(
            "deep, one face by ONNX",
            Spread.of([t.wall * 1000 for t in each]),
            "ms",
            milliseconds(each),
            "",
            Spread.of([t.cpu * 1000 for t in each]),
            TARGET,
            more=False,
            note=note,
        )
        rows.insert(0, face)
    return rows


def train(name: str, count: str) -> None:
    """Train an epoch on generated pictures, one core, and print seconds and megabytes."""
    from classifiers import make_classifier
    from classifiers.deep.training import Training

    spent: list[tuple[float, float]] = []
    real = Training._epoch

    def timed(self: Training, number: int) -> dict[str, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        row = real(self, number)
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
        return row

    Training._epoch = timed  # type: ignore[method-assign]
    X, y = pictures(int(count)), np.arange(int(count)) % CLASSES
    model = make_classifier(name, epochs=1, validation_share=0.0, threads=1, seed=0)
    with one_core():
        model.fit(X, y)
    print(json.dumps({"wall": spent[0][0], "cpu": spent[0][1], "memory": peak_memory()}))


def epoch(name: str, count: int) -> Row:
    """Return pictures per second of one epoch in a fresh process, and what FER2013 would take."""
    code = "import sys; from benchmarks.deep import train; train(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, name, str(count)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    hours = found["cpu"] * FER2013 / count / 3600
    extra = FER2013 * SIDE * SIDE / 1e6
    return Row(
        f"deep, training {name}, {count} pictures",
        Spread.of([count / found["wall"]]),
        "pictures/s",
        f"{found['wall'] * 1000:.0f} ms",
        cpu=Spread.of([count / found["cpu"]]),
        note=f"one epoch with augmentation, {SIDE} x {SIDE}, batches of 64, one core, the first "
        f"steps included; peak memory {found['memory']:.0f} MB with all libraries. Extrapolated in "
        f"proportion to the {FER2013:,} training pictures of FER2013, not measured: {hours:.2f} h "
        f"of one core per epoch, and {extra:.0f} MB more for the pictures",
    )
