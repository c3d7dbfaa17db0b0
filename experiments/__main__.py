"""``python -m experiments`` is ``sttm``."""

from .cli import script

script()
