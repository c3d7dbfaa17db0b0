"""How far a study's labels can be trusted, and what to look at next.

Reading order: codes, findings (muting), evidence (a study, read once), structure, coverage, files,
likeness (perceptual hash), duplicates, subjects, balance, agreeing, over_time, doubted (the
checks), verify (all of them), words, verdict, terminal (short text), drawing, sections, page (the
report).
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "CODES": "codes",
    "LEVELS": "codes",
    "Finding": "findings",
    "Verification": "verify",
    "terminal_lines": "terminal",
    "verify_study": "verify",
    "worst_level": "verify",
    "write_verification": "page",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'labeling.verification' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
