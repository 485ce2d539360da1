"""What is below /dev tells whether there may be a card."""

from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.render.webgpu.card_drivers import may_have_card


@pytest.mark.parametrize("device", ["dri/renderD128", "dri/card0", "nvidia0", "dxg", "kgsl-3d0", "mali0"])
def test_a_device_of_a_card_may_be_a_card(tmp_path: Path, device: str) -> None:
    path = tmp_path / device
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert may_have_card(tmp_path, "linux")


def test_disks_and_terminals_are_no_cards(tmp_path: Path) -> None:
    (tmp_path / "dri").mkdir()
    for name in ("nvme0n1", "nvram", "tty0", "null"):
        (tmp_path / name).touch()
    assert not may_have_card(tmp_path, "linux")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_do_not_tell(tmp_path: Path, platform: str) -> None:
    assert may_have_card(tmp_path, platform)
