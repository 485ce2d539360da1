"""Nothing but an error that users are told leaves a parser, whatever it is given."""

from __future__ import annotations

from typing import Any

import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings  # noqa: E402

from .parsers import PARSERS, holds  # noqa: E402


@pytest.mark.parametrize("name", PARSERS)
def test_only_input_errors(name: str) -> None:
    parser = PARSERS[name]

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(parser.inputs)
    def run(value: Any) -> None:
        holds(parser, value)

    run()
