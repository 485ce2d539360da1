"""What an engine tells of its renderer."""

from __future__ import annotations

import pytest

from anybokeh.job.engine import Here
from anybokeh.render import LayeredRenderer, Renderer
from anybokeh.settings import RenderSettings


class OnCard:
    """Stands for the layered renderer on a card."""

    name = "layered"
    drawn_by = "Card"
    notes = ("odd", "odd", "other")

    def segments(self, height: int, width: int):
        return LayeredRenderer().segments(height, width)

    def render(self, shot):
        raise NotImplementedError


def engine_of(renderer: Renderer) -> Here:
    return Here(renderer, renderer.segments(8, 8), RenderSettings())


def test_only_the_processor_has_something_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anybokeh.runtime.jit.is_compiled", lambda _: False)
    assert engine_of(OnCard()).is_ready
    assert not engine_of(LayeredRenderer()).is_ready


def test_it_tells_what_renders_and_each_remark_once() -> None:
    assert (engine_of(OnCard()).drawn_by, engine_of(LayeredRenderer()).drawn_by) == ("Card", "processor")
    assert engine_of(OnCard()).notes == ("odd", "other")
