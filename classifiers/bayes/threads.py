"""One BLAS thread for small products: on busy cores threads wait for each other far too long."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from threadpoolctl import ThreadpoolController

LARGE = 1 << 23  # numbers in a dictionary from which a second thread is worth having


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def few_threads(numbers: int) -> AbstractContextManager[object]:
    """Return a context with one BLAS thread where so few numbers are multiplied.

    Results do not depend on it beyond rounding.
    """
    if numbers >= LARGE:
        return nullcontext()
    return _libraries().limit(limits=1, user_api="blas")
