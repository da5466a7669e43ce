"""Speed and time left, from what arrives and not from what was there."""

from __future__ import annotations

from dandi_tui.transfer.rate import Rate


def test_what_was_there_before_counts_for_nothing() -> None:
    rate = Rate(10**12, 0.0)
    rate.take(10**12 + 50, 5.0)
    assert rate.per_second() == 10
    assert rate.left(100) == 10


def test_nothing_is_told_too_early_or_while_nothing_comes() -> None:
    rate = Rate(0, 0.0)
    rate.take(10**9, 0.1)
    assert rate.left(10) is None
    for second in range(1, 40):
        rate.take(10**9, float(second))
    assert rate.per_second() == 0
    assert rate.left(10) is None


def test_only_the_last_seconds_count() -> None:
    rate = Rate(0, 0.0)
    for second in range(1, 101):
        rate.take(second * 100 if second <= 50 else 5000 + (second - 50) * 10, float(second))
    assert rate.per_second() == 10
