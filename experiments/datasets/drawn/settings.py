"""What can be chosen about the drawn faces, and the words for their classes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
DYNAMICS = ("flash", "slow-fall", "slow-rise", "swell")

Variant = Literal["expressions", "dynamics"]
LABELS: dict[str, tuple[str, ...]] = {"expressions": EXPRESSIONS, "dynamics": DYNAMICS}


class DrawnSettings(BaseModel):
    """How many faces are drawn and how; equal settings give equal pictures, bit for bit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variant: Variant = Field(
        "expressions",
        description="'expressions': six expressions and neutral. 'dynamics': one expression, "
        "classes that differ only in how quickly it comes and goes.",
    )
    subjects: int = Field(12, ge=1, le=999, description="Number of different faces.")
    takes: int = Field(2, ge=1, le=99, description="Clips of each class by each face.")
    frames: int = Field(24, ge=12, le=500, description="Frames in each clip.")
    fps: float = Field(25.0, gt=0, le=1000, description="Frames per second written in the files.")
    size: int = Field(240, ge=96, le=1080, description="Height and width of a frame in pixels.")
    seed: int = Field(0, ge=0, description="The one seed of everything that is drawn.")
    colour: bool = Field(True, description="RGB frames; grey ones where false.")
    noise: float = Field(
        2.0, ge=0, le=60, description="Standard deviation of the sensor noise in grey levels."
    )
    sway: float = Field(
        1.0, ge=0, le=2, description="Head movement; 1 is a person who tries to sit still."
    )
    strength: float = Field(
        1.0, gt=0, le=1.5, description="How strong the expressions are; small ones are harder."
    )

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the classes of the variant, sorted."""
        return LABELS[self.variant]
