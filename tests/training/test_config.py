"""Settings of a training: what is bundled is sound, and mistakes are told in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.training.config import CONFIGS, read_settings  # noqa: E402


def nano() -> dict[str, Any]:
    return yaml.safe_load((CONFIGS / "nano.yaml").read_text())


def test_svd_has_the_settings_of_the_paper() -> None:
    settings = read_settings("svd")
    stages = {stage.part: stage for stage in settings.stages}
    assert list(stages) == ["unet", "temporal", "decoder"]
    assert [stage.frames for stage in settings.stages] == [4, 8, 3]
    assert [stage.loop.learning_rate for stage in settings.stages] == [1e-5, 5e-6, 5e-6]
    assert {stage.crop for stage in settings.stages} == {(1024, 576)}
    assert stages["unet"].damage == ("exact",) and stages["temporal"].damage == ("paper",)
    assert all(stage.loop.accumulate == 2 and stage.batch == 1 for stage in settings.stages)


def test_nano_begins_with_its_autoencoder() -> None:
    settings = read_settings("nano")
    assert [stage.part for stage in settings.stages] == [
        "vae",
        "unet",
        "temporal",
        "decoder",
        "decoder",
        "unet",
        "decoder",
    ]
    assert settings.model.start is None


def change(settings: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    part: Any = settings
    for key in path:
        part = part[int(key)] if key.isdigit() else part[key]
    if value is ...:
        del part[last]
    else:
        part[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("stages.1.loop.learnin_rate", 1, "learnin_rate is unknown; did you mean learning_rate"),
        ("stages.1.frames", ..., "stages[1]: frames is missing"),
        ("stages.1.frames", "four", "stages[1]: frames is 'four'; expected int"),
        ("stages.1.frames", True, "frames is True; expected int"),
        ("stages.1.frames", 9, "takes 9 frames, but data have 8"),
        ("stages.1.part", "all", "part is 'all'"),
        ("stages.3.part", "unet", "vae, unet, temporal, unet, decoder, unet, decoder: expected the order"),
        ("stages.1.part", "vae", "vae, vae, temporal, decoder, decoder, unet, decoder: expected the order"),
        ("stages.5.part", "vae", "expected the order vae, unet, temporal, decoder, all but vae"),
        ("stages.1.crop", [100, 64], "crop is 100x64: expected multiples of 64"),
        ("stages.1.crop", [576, 64], "crops 576x64, but data are 512x288"),
        ("stages.1.damage", ["much"], "damage is 'much'"),
        ("stages.1.damage", [], "damage is empty"),
        ("stages.1.damage", "paper", "damage is 'paper'; expected tuple"),
        ("stages.1.damage", ["network+mend"], "each also with +steady or +repair"),
        ("stages.3.also", ["vae"], "also is vae: expected some of encoder, unet"),
        ("stages.1.also", ["encoder"], "also is encoder in stage unet: leave it out"),
        ("validation.damage", "exact+repair", "which is judged anyway"),
        ("model.condition", "colour", "condition is 'colour'"),
        ("model.layered_render", False, "in_channels 48, but vae 16 latent_channels: expected 32"),
        ("model.vae.skip_pictures", 4, "skip_pictures is 4, but the model sees 3 pictures"),
        ("stages.1.loop.spike", -1, "spike is -1"),
        ("stages.1.loop.most_skipped", 0, "spike is 30 but most_skipped 0"),
        ("stages.4.loop.shares", {"skip_pixels": 2}, "share of skip_pixels is 2: expected"),
        ("stages.1.loop.precision", "fp8", "precision is 'fp8'"),
        ("stages", [], "stages is empty"),
        ("model.start", "some/model", "leave those out"),
        ("model.vae.latent_channels", 4, "in_channels 48, but vae 4 latent_channels: expected 12"),
        ("model.vae.patch_size", 3, "do not divide 64"),
        ("data.samples", "folder", None),
        ("data.preset", "dream", "preset is 'dream'"),
        ("data.size", [384], "data: size is [384]"),
        ("data", "clips", "data: is 'clips'; expected keys and values"),
        ("validation.size", [100, 64], "expected multiples of 64"),
    ],
)
def test_mistakes_are_reported(tmp_path: Path, place: str, value: Any, message: str | None) -> None:
    settings = nano()
    change(settings, place, value)
    if message is None:
        settings["data"]["library"], message = "other", "samples and library are both given"
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(settings))
    with pytest.raises(InputError) as caught:
        read_settings(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {}\ndata: {}\n", "data is given twice"),
        ("data: [", "cannot be read"),
        ("", "is None; expected keys and values"),
    ],
)
def test_broken_files_are_reported(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_settings(path)
    assert "\n" not in str(caught.value)


def test_unknown_names_are_reported() -> None:
    with pytest.raises(InputError, match="give nano, svd, or a YAML file"):
        read_settings("huge")
