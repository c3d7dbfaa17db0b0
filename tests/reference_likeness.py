"""Slow twins of labeling/verification/likeness.py, written from the definitions."""

from __future__ import annotations

import math


def cosines(picture: list[list[float]], low: int) -> list[list[float]]:
    """Orthonormal DCT-II of a square picture by its defining double sum (Ahmed et al. 1974)."""
    n = len(picture)

    def scale(k: int) -> float:
        return math.sqrt((1 if k == 0 else 2) / n)

    return [
        [
            scale(u)
            * scale(v)
            * sum(
                picture[y][x]
                * math.cos(math.pi * (2 * y + 1) * u / (2 * n))
                * math.cos(math.pi * (2 * x + 1) * v / (2 * n))
                for y in range(n)
                for x in range(n)
            )
            for v in range(low)
        ]
        for u in range(low)
    ]


def bit_distance(one: list[int], other: list[int]) -> int:
    """How many bits of two hashes differ, word by word."""
    return sum(bin(a ^ b).count("1") for a, b in zip(one, other, strict=True))


def motion_likeness(one: list[list[float]], other: list[list[float]], reach: int) -> float:
    """Smaller of both sides' weighted means of the best correlation within ``reach`` places."""

    def side(a: list[list[float]], b: list[list[float]]) -> float:
        total = weights = 0.0
        for i, row in enumerate(a):
            length = math.hypot(*row)
            best = max(
                sum(p * q for p, q in zip(row, b[j], strict=True)) / (length * math.hypot(*b[j]))
                for j in range(max(0, i - reach), min(len(b), i + reach + 1))
            )
            total, weights = total + length * best, weights + length
        return total / weights

    return min(side(one, other), side(other, one))
