"""Signals: the first one ends, none leaves a thing half done."""

from __future__ import annotations

import signal

import pytest

from anybokeh.runtime.interrupts import interruptible, uninterrupted


@pytest.fixture(autouse=True)
def handlers():
    """The handlers as they were, also after an interruption."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_raises_and_later_ones_do_not() -> None:
    with interruptible() as received:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert received == [signal.SIGTERM, signal.SIGINT]


def test_handlers_are_restored_without_a_signal() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible() as received, uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert received == []


def test_held_back_signals_come_at_the_end_of_the_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("all")
    assert done == ["all"]


def test_errors_pass_through() -> None:
    with pytest.raises(ValueError), uninterrupted():
        raise ValueError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
