"""Ratios as the contract has them."""

from __future__ import annotations


def quotient(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def ratio(part: float, whole: float) -> float:
    """A share; 0 of nothing."""
    return quotient(part, whole) or 0.0


def change(value: float, baseline: float) -> float | None:
    """By what share of the baseline a value differs from it; None where the baseline is zero."""
    return (value - baseline) / baseline if baseline else None
