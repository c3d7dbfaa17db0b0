"""The whole net: grey levels 0 to 255 -> preparation -> backbone -> mean over places -> head."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .pictures import AT_ONCE

# means of blue, green and red in ImageNet, as keras.applications subtracts them, here as RGB
CAFFE = (123.68, 116.779, 103.939)


class Net(nn.Module):
    """Pictures (n, channels, side, side) of 0 to 255 -> one number per class (n, classes).

    Parameters
    ----------
    backbone : keras.Model
        (n, 3, side, side) -> (n, channels, y, x).
    classes : int
    hidden : int
        Units between the backbone and the classes; 0 for none.
    dropout : float
        Share of the pooled channels (and hidden units) that a step leaves out.
    caffe : bool
        Grey levels as ResNet50 and VGG19 had them when they learned ImageNet: blue first, minus
        the means. Otherwise -1 to 1.
    """

    def __init__(
        self, backbone: Any, classes: int, hidden: int, dropout: float, caffe: bool
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.caffe, self.classes = caffe, classes
        channels = int(backbone.output_shape[1])
        layers: list[nn.Module] = [nn.Dropout(dropout)]
        if hidden:
            layers += [nn.Linear(channels, hidden), nn.ReLU(), nn.Dropout(dropout)]
        self.head = nn.Sequential(*layers, nn.Linear(hidden or channels, classes))
        self.frozen = False

    def factors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return factor and offset (3,) of the grey levels, as red, green, blue."""
        if self.caffe:
            return torch.ones(3), -torch.tensor(CAFFE)
        return torch.full((3,), 1.0 / 127.5), -torch.ones(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes)."""
        return self.head(self.pooled(x))

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """Return the mean over places of the backbone's maps, (n, channels)."""
        if x.shape[1] == 1:
            x = torch.cat((x, x, x), 1)
        factor, offset = (v.to(x.device)[:, None, None] for v in self.factors())
        x = x * factor + offset
        if self.caffe:
            x = x.flip(1)
        learns = self.training and not self.frozen
        with torch.set_grad_enabled(learns and torch.is_grad_enabled()):
            maps = self.backbone(x, training=learns)
        return maps.mean((2, 3))

    def groups(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return what is trained of (backbone, head)."""
        below = [p for p in self.backbone.parameters() if p.requires_grad]
        return below, list(self.head.parameters())


def probabilities(net: Net, pictures: torch.Tensor) -> torch.Tensor:
    """Return probabilities (n, classes) without learning anything, a batch at a time."""
    net.eval()
    with torch.no_grad():
        return torch.cat([torch.softmax(net(x).float(), 1) for x in pictures.split(AT_ONCE)])
