"""Transfer functions against published values."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics.light import TRANSFERS, decode, decode_table, encode, encode_table


@pytest.mark.parametrize(
    ("transfer", "light", "code"),
    [
        ("srgb", 0.2140, 0.5),
        ("srgb", 0.0031308, 0.04045),
        ("srgb", 0.18, 0.4614),
        # ST 2084: 0.1, 100, 1,000 and 10,000 cd/m2.
        ("pq", 1e-5, 0.0623),
        ("pq", 0.01, 0.5081),
        ("pq", 0.1, 0.7518),
        ("pq", 1.0, 1.0),
        # BT.2100: 1/12 of the peak is half the signal.
        ("hlg", 1 / 12, 0.5),
        ("hlg", 0.2650, 0.75),
        ("hlg", 1.0, 1.0),
        ("linear", 7.5, 7.5),
    ],
)
def test_reference_values(transfer, light, code):
    assert encode(np.array(light), transfer) == pytest.approx(code, abs=2e-4)
    assert decode(np.array(code), transfer) == pytest.approx(light, rel=3e-3)


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_round_trip_keeps_every_10_bit_code(transfer):
    codes = np.arange(1024) / 1023
    assert np.abs(encode(decode(codes, transfer), transfer) - codes).max() < 1e-6
    assert (np.diff(decode(codes, transfer)) > 0).all()
    assert decode(codes, transfer)[[0, -1]] == pytest.approx([0, 1], abs=1e-6)


@pytest.mark.parametrize("transfer", [transfer for transfer in TRANSFERS if transfer != "linear"])
def test_tables_keep_every_10_bit_code(transfer):
    codes = np.arange(1024) / 1023
    forth, back = decode_table(transfer), encode_table(transfer)
    light = np.interp(codes, np.linspace(0, 1, len(forth)), forth)
    again = np.interp(light**0.25, np.linspace(0, 1, len(back)), back)
    assert np.abs(again - codes).max() < 0.25 / 1023


def test_unknown_transfer_is_refused():
    with pytest.raises(ValueError, match="transfer is 'gamma28'"):
        decode(np.array(0.5), "gamma28")
