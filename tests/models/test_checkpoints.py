"""From files to pipelines: what loads, what is refused, and what is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from anybokeh.cli import main
from anybokeh.errors import InputError
from anybokeh.models import AnyBokehPipeline
from anybokeh.models.checkpoints import build_pipeline, load_pipeline, verify_pipeline

from .small import moving_picture, small_pipeline

UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline folder as `save_pretrained` writes it."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    small_pipeline(variant="released", mpi_alpha=1.5, working_area=4096).save_pretrained(folder)
    return folder


@pytest.fixture
def model(saved: Path, tmp_path: Path) -> Path:
    """A copy of that folder to spoil."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def same(one: AnyBokehPipeline, other: AnyBokehPipeline) -> bool:
    clip = moving_picture(1)
    return np.array_equal(one(*clip).frames, other(*clip).frames)


def test_what_is_saved_loads_as_it_was(saved: Path) -> None:
    pipe = AnyBokehPipeline.from_pretrained(saved)
    assert same(pipe, small_pipeline(variant="released", mpi_alpha=1.5))
    assert (pipe.config["variant"], pipe.config["mpi_alpha"]) == ("released", 1.5)
    assert pipe.config["working_area"] == 4096
    assert not list(saved.rglob("*.bin"))


def test_a_pipeline_without_image_encoder_is_saved_and_loaded(tmp_path: Path) -> None:
    pipe = small_pipeline(clip=False)
    with torch.no_grad():
        pipe.unet.context_token += 0.3
    pipe(*moving_picture(1))
    pipe.save_pretrained(tmp_path / "m")
    assert not (tmp_path / "m" / "image_encoder").exists()
    assert same(load_pipeline(tmp_path / "m"), pipe)


def test_half_precision_files_and_shards_load(saved: Path, tmp_path: Path) -> None:
    pipe = load_pipeline(saved)
    pipe.save_pretrained(tmp_path / "shards", max_shard_size="200KB")
    assert len(list((tmp_path / "shards" / "unet").glob("*.safetensors"))) > 2
    assert same(load_pipeline(tmp_path / "shards"), pipe)
    pipe.to(torch.float16).save_pretrained(tmp_path / "half", variant="fp16")
    assert not (tmp_path / "half" / UNET).exists()
    for variant in ("fp16", None):
        half = load_pipeline(tmp_path / "half", variant=variant)
        assert half.unet.dtype == torch.float32
        clip = moving_picture(1)
        assert np.abs(half(*clip).frames - load_pipeline(saved)(*clip).frames).max() < 0.02
    assert load_pipeline(tmp_path / "half", torch_dtype=torch.bfloat16).unet.dtype == torch.bfloat16


def spoil_keys(folder: Path, change: Callable[[dict], None]) -> None:
    weights = load_file(folder / UNET)
    change(weights)
    save_file(weights, folder / UNET)


def drop_seven(weights: dict) -> None:
    for key in sorted(weights)[:7]:
        del weights[key]


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (
        lambda f: spoil_keys(f, drop_seven),
        "7 missing: .*add_embedding.* and 2 more",
    ),
    "extra": (lambda f: spoil_keys(f, lambda w: w.update(odd=torch.ones(1))), "1 unknown: odd"),
    "shape": (
        lambda f: spoil_keys(f, lambda w: w.update({"conv_in.bias": torch.ones(3)})),
        r"1 of another shape: conv_in.bias is \[3\], not \[32\]",
    ),
    "nan": (
        lambda f: spoil_keys(f, lambda w: w["conv_in.weight"].view(-1)[5].fill_(torch.nan)),
        "conv_in.weight holds NaN",
    ),
    "cut": (lambda f: (f / UNET).write_bytes((f / UNET).read_bytes()[:2000]), "cannot be read as"),
    "pickled": (
        lambda f: (f / UNET).rename(f / "unet" / "diffusion_pytorch_model.bin"),
        "pickled weights are not read.*python -c",
    ),
    "no weights": (lambda f: (f / UNET).unlink(), "holds no weights"),
    "no config": (lambda f: (f / "vae" / "config.json").unlink(), "config.json: is missing"),
    "no index": (lambda f: (f / "model_index.json").unlink(), "anybokeh models add"),
    "index of another": (
        lambda f: (f / "model_index.json").write_text('{"_class_name": "StableVideoDiffusionPipeline"}'),
        "describes a StableVideoDiffusionPipeline",
    ),
    "broken index": (lambda f: (f / "model_index.json").write_text("{"), "JSON"),
    "no encoder": (lambda f: (f / "image_encoder" / "model.safetensors").unlink(), "image_encoder: holds no"),
    "encoder without keys": (
        lambda f: save_file({"odd": torch.ones(1)}, f / "image_encoder" / "model.safetensors"),
        "image_encoder: .* missing",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_models_are_reported(model: Path, case: str) -> None:
    spoil, says = SPOILED[case]
    spoil(model)
    with pytest.raises(InputError, match=says) as error:
        load_pipeline(model)
    assert "\n" not in str(error.value)


def test_unknown_models_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such folder"):
        load_pipeline(tmp_path / "none")
    with pytest.raises(InputError, match="nosuch-owner/nosuch@main: there is no such folder, and it is"):
        load_pipeline("nosuch-owner/nosuch@main", cache_dir=tmp_path, local_files_only=True)


def test_a_model_of_the_hub_comes_from_its_cache(saved: Path, tmp_path: Path) -> None:
    commit = "0123456789012345678901234567890123456789"
    folder = tmp_path / "models--owner--name"
    shutil.copytree(saved, folder / "snapshots" / commit)
    (folder / "refs").mkdir()
    (folder / "refs" / "v2").write_text(commit)
    for name, revision in (("owner/name", "v2"), ("owner/name@v2", None), ("owner/name", commit)):
        pipe = load_pipeline(name, revision=revision, cache_dir=tmp_path, local_files_only=True)
        assert same(pipe, load_pipeline(saved))
    with pytest.raises(InputError, match="not in the local cache"):
        load_pipeline("owner/name", revision="v3", cache_dir=tmp_path, local_files_only=True)


@pytest.fixture
def official(saved: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The layouts of the official release and of its base model."""
    release, base = tmp_path / "official", tmp_path / "base"
    for part in ("unet", "vae"):
        shutil.copytree(saved / part, release / part)
        path = release / part / "config.json"
        facts = json.loads(path.read_text()) | {"_class_name": "Official", "_diffusers_version": "0.25.0"}
        facts.pop("learned_context", None)
        path.write_text(json.dumps(facts))
    shutil.copytree(saved / "image_encoder", base / "image_encoder")
    return release, base


def test_a_pipeline_is_built_of_the_official_files(official: tuple[Path, Path], tmp_path: Path) -> None:
    reports = build_pipeline(official[0], tmp_path / "made", base=official[1])
    assert all(report.fits for report in reports) and len(reports) == 3
    pipe = load_pipeline(tmp_path / "made")
    assert (pipe.config["variant"], pipe.config["mpi_alpha"]) == ("released", 1.5)
    assert same(pipe, small_pipeline(variant="released"))
    assert [str(report).split(": ")[1][:3] for report in verify_pipeline(tmp_path / "made")] == ["all"] * 3


def test_missing_official_files_say_where_they_are(official: tuple[Path, Path], tmp_path: Path) -> None:
    release, base = official
    with pytest.raises(InputError, match=r"stable-video-diffusion-img2vid-xt.*Community License"):
        build_pipeline(release, tmp_path / "made", base=release)
    shutil.rmtree(release / "vae")
    with pytest.raises(InputError, match=r"vivoCameraResearch.*no commercial use"):
        build_pipeline(release, tmp_path / "made", base=base)
    assert not (tmp_path / "made").exists()


def test_a_build_that_does_not_fit_leaves_nothing(official: tuple[Path, Path], tmp_path: Path) -> None:
    spoil_keys(official[0], drop_seven)
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match="7 missing"):
        build_pipeline(official[0], tmp_path / "made", base=official[1])
    assert set(tmp_path.iterdir()) == before


def test_the_library_on_the_command_line(
    official: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path / "home"))
    assert main(["models", "list"]) == 0
    assert "no models" in capsys.readouterr().out
    add = ["models", "add", str(official[0]), "--base", str(official[1]), "--name", "tiny"]
    assert main(add) == 0
    assert "all " in capsys.readouterr().out
    assert main(add) == 2
    assert "exists" in capsys.readouterr().err
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.startswith("tiny\t")
    assert main(["models", "show", "tiny"]) == 0
    assert "variant: released" in capsys.readouterr().out
    assert main(["models", "verify", "tiny"]) == 0
    assert capsys.readouterr().out.count("fit") == 3
    spoil_keys(tmp_path / "home" / "models" / "tiny", drop_seven)
    assert main(["models", "verify", "tiny"]) == 2
    assert "7 missing" in capsys.readouterr().out
    assert main(["models", "verify", "nosuch"]) == 2
    assert "no such folder" in capsys.readouterr().err
