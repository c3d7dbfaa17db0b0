"""What holds a file and lets go of it: a context manager by its ``close``."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closes:
    """A context manager that closes itself at the end of a ``with`` block."""

    def close(self) -> None:
        """Let go of what is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
