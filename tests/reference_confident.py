"""Confident learning of Northcutt, Jiang, Chuang 2021, section 3, clip by clip, with loops."""

from __future__ import annotations


def thresholds(given, p):
    """Return the mean self-confidence per class, None for a class without clips (their t_j)."""
    out = []
    for j in range(len(p[0])):
        own = [row[j] for row, label in zip(p, given, strict=True) if label == j]
        out.append(sum(own) / len(own) if own else None)
    return out


def truly(given, p):
    """Return the class that each clip is confidently counted for, None for none."""
    t = thresholds(given, p)
    out = []
    for row in p:
        reached = [j for j in range(len(row)) if t[j] is not None and row[j] >= t[j] - 1e-12]
        out.append(max(reached, key=lambda j: row[j]) if reached else None)
    return out


def joint(given, p):
    """Return the confident joint, rows scaled to the clips of each label (their eq. 3, times n)."""
    classes = len(p[0])
    counts = [[0.0] * classes for _ in range(classes)]
    for i, j in zip(given, truly(given, p), strict=True):
        if j is not None:
            counts[i][j] += 1
    for i in range(classes):
        clips, row = given.count(i), counts[i]
        if not sum(row):
            row[i] = 1.0
        counts[i] = [c / sum(row) * clips for c in row]
    return counts


def issues(given, p):
    """Return which clips are counted for another class and are likeliest of another one."""
    return [
        j is not None and j != i and row[i] < max(row)
        for i, j, row in zip(given, truly(given, p), p, strict=True)
    ]
