"""Epochs: batches, rates, early stopping, and going on where a killed fit was.

Every epoch draws its chance from the seed and its own number, so that a fit that goes on at
epoch 7 shuffles, changes and drops out exactly what it would have had it never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .augmentation import augmented
from .checkpoints import Checkpoint
from .network import Net
from .objective import loss_of
from .pictures import AT_ONCE, resized

LEAST_RATE = 0.01  # of the cosine schedule at its end, as a share of its highest
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Rows:
    """Pictures (n, channels, y, x) of any size, and their targets (n, classes)."""

    pictures: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Plan:
    """How it is trained; the parameters of ``DeepClassifier`` of the same names."""

    side: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    schedule: str
    warmup: int
    augmentation: Mapping[str, float]
    patience: int | None
    head_epochs: int
    tune: str
    tune_rate: float
    mixed: bool
    seed: int


def rate_at(plan: Plan, step: int, steps: int) -> float:
    """Return the learning rate of a step, as a share of the highest.

    It rises evenly over ``warmup`` epochs and stays, or falls as half a cosine (Loshchilov and
    Hutter 2017, arXiv:1608.03983, without restarts). ``steps`` are those of an epoch.
    """
    rising = plan.warmup * steps
    if step < rising:
        return (step + 1) / rising
    if plan.schedule == "constant":
        return 1.0
    done = (step - rising) / max(1, plan.epochs * steps - rising)
    return LEAST_RATE + (1.0 - LEAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * done))


class Training:
    """One fit, epoch by epoch.

    Parameters
    ----------
    net : Net
    plan : Plan
    train, validation : Rows
        ``validation`` may be None: then the last epoch is kept.
    factors : array (classes,)
        Weight of each class.
    checkpoint : Checkpoint
    tell : callable
        Is given a line after each epoch.
    """

    def __init__(
        self,
        net: Net,
        plan: Plan,
        train: Rows,
        validation: Rows | None,
        factors: np.ndarray,
        checkpoint: Checkpoint,
        tell: Tell,
    ) -> None:
        self.net, self.plan, self.train, self.validation = net, plan, train, validation
        self.checkpoint, self.tell = checkpoint, tell
        self.device = next(net.parameters()).device
        self.factors = torch.from_numpy(factors).to(self.device)
        below, head = net.groups()
        self.optimizer = torch.optim.AdamW(
            [{"params": below}, {"params": head}],
            plan.learning_rate,
            weight_decay=plan.weight_decay,
        )
        half = plan.mixed and not torch.cuda.is_bf16_supported()
        self.scaler = torch.amp.GradScaler("cuda", enabled=half)
        self.number = torch.float16 if half else torch.bfloat16
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] | None = None
        self.best_epoch = -1

    def run(self) -> list[dict[str, float]]:
        """Train to the end, put the best weights in place, and return what each epoch gave.

        Raises
        ------
        ValueError
            When the loss is no number any more.
        """
        self._recall()
        began, at_start = time.perf_counter(), len(self.history)
        while len(self.history) < self.plan.epochs and not self._waited_enough():
            row = self._epoch(len(self.history))
            self.history.append(row)
            self._keep_best(row)
            self.checkpoint.save(self._state())
            spent = (time.perf_counter() - began) / (len(self.history) - at_start)
            self.tell(_line(row, self.plan.epochs, spent))
        if self.best is not None:
            self.net.load_state_dict(self.best)
        return self.history

    # one epoch ----------------------------------------------------------------------------------

    def _epoch(self, epoch: int) -> dict[str, float]:
        plan = self.plan
        rng = np.random.default_rng([plan.seed, epoch])
        torch.manual_seed(int(rng.integers(2**31)))  # what dropout leaves out
        self.net.frozen = epoch < plan.head_epochs or plan.tune == "head"
        loss = weight = hits = 0.0
        batches = list(self._batches(rng))
        for place, rows in enumerate(batches):
            self._set_rates(epoch, place, len(batches))
            summed, total, right = self._step(rows, rng)
            loss, weight, hits = loss + summed, weight + total, hits + right
        row = {
            "epoch": float(epoch + 1),
            "loss": loss / weight,
            "accuracy": hits / len(self.train.targets),
            "learning_rate": float(self.optimizer.param_groups[1]["lr"]),
        }
        if not math.isfinite(row["loss"]):
            raise ValueError(
                f"the loss is no number any more in epoch {epoch + 1}; take a learning_rate below "
                f"{plan.learning_rate:g}."
            )
        if self.validation is not None:
            row |= self._judge(self.validation)
        return row

    def _batches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield rows in random order, in batches of nearly one size: none has a single row."""
        order = rng.permutation(len(self.train.targets))
        yield from np.array_split(order, math.ceil(len(order) / self.plan.batch_size))

    def _set_rates(self, epoch: int, place: int, steps: int) -> None:
        plan = self.plan
        rate = plan.learning_rate * rate_at(plan, epoch * steps + place, steps)
        tuning = plan.head_epochs and epoch >= plan.head_epochs
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (plan.tune_rate if tuning else 1.0)

    def _step(self, rows: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float]:
        """Learn from a batch; return summed loss, summed weights, and how many it had right."""
        x = self._load(self.train.pictures[rows])
        x = augmented(x, self.plan.augmentation, rng)
        t = torch.from_numpy(self.train.targets[rows]).to(self.device)
        self.net.train()
        with torch.autocast(self.device.type, self.number, enabled=self.plan.mixed):
            logits = self.net(x)
        loss, weight = loss_of(logits, t, self.factors)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss / weight).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        right = (logits.argmax(1) == t.argmax(1)).sum()
        return float(loss.detach()), float(weight), float(right)

    def _load(self, pictures: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(resized(pictures, self.plan.side)).to(self.device)

    def _judge(self, rows: Rows) -> dict[str, float]:
        """Return loss and accuracy on rows that are not learned from."""
        self.net.eval()
        loss = weight = hits = 0.0
        for start in range(0, len(rows.targets), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            t = torch.from_numpy(rows.targets[part]).to(self.device)
            with torch.no_grad():
                logits = self.net(self._load(rows.pictures[part]))
            summed, total = loss_of(logits, t, self.factors)
            loss, weight = loss + float(summed), weight + float(total)
            hits += float((logits.argmax(1) == t.argmax(1)).sum())
        return {
            "validation_loss": loss / weight,
            "validation_accuracy": hits / len(rows.targets),
        }

    # what is kept -------------------------------------------------------------------------------

    def _keep_best(self, row: Mapping[str, float]) -> None:
        if self.validation is None:
            return
        before = [h["validation_loss"] for h in self.history[:-1]]
        if not before or row["validation_loss"] < min(before):
            self.best_epoch = len(self.history) - 1
            state = self.net.state_dict()
            self.best = {k: v.detach().cpu().clone() for k, v in state.items()}

    def _waited_enough(self) -> bool:
        """Whether ``patience`` epochs of the last phase brought nothing better."""
        if self.validation is None or self.plan.patience is None or not self.history:
            return False
        since = max(self.best_epoch, self.plan.head_epochs - 1)
        return len(self.history) - 1 - since >= self.plan.patience

    def _state(self) -> dict[str, Any]:
        return {
            "seed": self.plan.seed,
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": self.history,
            "best": self.best,
            "best_epoch": self.best_epoch,
        }

    def _recall(self) -> None:
        found = self.checkpoint.load()
        if found is None:
            return
        self.net.load_state_dict(found["net"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.scaler.load_state_dict(found["scaler"])
        self.history, self.best = list(found["history"]), found["best"]
        self.best_epoch = int(found["best_epoch"])
        self.tell(f"goes on after epoch {len(self.history)} of {self.plan.epochs}")


def _line(row: Mapping[str, float], epochs: int, seconds: float) -> str:
    """Return an epoch in words, with how long the rest will take at most."""
    epoch = int(row["epoch"])
    text = f"epoch {epoch} of {epochs}: loss {row['loss']:.3f}, accuracy {row['accuracy']:.1%}"
    if "validation_loss" in row:
        text += f"; validation {row['validation_loss']:.3f}, {row['validation_accuracy']:.1%}"
    left = seconds * (epochs - epoch)
    span = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"{text}; {seconds:.1f} s an epoch, at most {span} left" if left else text
