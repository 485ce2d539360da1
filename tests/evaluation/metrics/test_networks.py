"""Measures that networks make, with tiny networks written to disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.evaluation.metrics import Facts, Unavailable, clip_metrics, i3d, set_metrics
from anybokeh.evaluation.metrics import lpips as lpips_module
from anybokeh.evaluation.metrics.frechet import frechet_distance
from anybokeh.evaluation.metrics.video_features import i3d_extractors, videomae_extractor
from anybokeh.evaluation.metrics.video_windows import video_windows

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
F = torch.nn.functional


def alexnet(channels: tuple[int, ...] = (4, 6, 5, 4, 3)) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = dict(zip((0, 3, 6, 8, 10), (11, 5, 3, 3, 3), strict=True))
    weights, inputs = {}, 3
    for level, ((number, size), outputs) in enumerate(zip(sizes.items(), channels, strict=True)):
        weights[f"features.{number}.weight"] = (
            torch.randn(outputs, inputs, size, size, generator=generator) / size
        )
        weights[f"features.{number}.bias"] = torch.randn(outputs, generator=generator)
        weights[f"lin{level}.weight"] = torch.rand(1, outputs, 1, 1, generator=generator)
        inputs = outputs
    return weights


def tiny_i3d(width: int = 2, classes: int = 5) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    weights = {}

    def unit(name: str, inputs: int, outputs: int, size: int) -> int:
        kernel = torch.randn(outputs, inputs, size, size, size, generator=generator)
        weights[f"{name}.conv3d.weight"] = kernel / (inputs * size**3) ** 0.5
        for kind in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{name}.bn.{kind}"] = 0.5 + torch.rand(outputs, generator=generator)
        return outputs

    count = unit("Conv3d_1a_7x7", 3, width, 7)
    count = unit("Conv3d_2b_1x1", count, width, 1)
    count = unit("Conv3d_2c_3x3", count, width, 3)
    for name in dict.fromkeys(unit_name.split(".")[0] for unit_name in i3d.unit_names()):
        if name.startswith("Mixed"):
            for branch, size in (("b0", 1), ("b1a", 1), ("b2a", 1), ("b3b", 1)):
                unit(f"{name}.{branch}", count, width, size)
            for branch in ("b1b", "b2b"):
                unit(f"{name}.{branch}", width, width, 3)
            count = 4 * width
    weights["logits.conv3d.weight"] = torch.randn(classes, count, 1, 1, 1, generator=generator)
    weights["logits.conv3d.bias"] = torch.randn(classes, generator=generator)
    return weights


@pytest.fixture
def clip() -> np.ndarray:
    return np.random.default_rng(0).random((2, 3, 70, 90), np.float32)


def test_lpips_is_the_published_sum_over_levels(clip: np.ndarray) -> None:
    weights = alexnet()
    other = 1 - clip
    assert lpips_module.lpips(clip, clip, weights) == 0
    mean, spread = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    expected = []
    for pair in zip(clip, other, strict=True):
        maps = [((torch.from_numpy(f) * 2 - 1).permute(1, 2, 0) - mean) / spread for f in pair]
        maps = [one.permute(2, 0, 1)[None] for one in maps]
        layers = [
            torch.nn.Conv2d(3, 4, 11, 4, 2),
            torch.nn.Conv2d(4, 6, 5, 1, 2),
            torch.nn.Conv2d(6, 5, 3, 1, 1),
            torch.nn.Conv2d(5, 4, 3, 1, 1),
            torch.nn.Conv2d(4, 3, 3, 1, 1),
        ]
        total = 0.0
        for level, (layer, number) in enumerate(zip(layers, (0, 3, 6, 8, 10), strict=True)):
            layer.load_state_dict({k: weights[f"features.{number}.{k}"] for k in ("weight", "bias")})
            if level in (1, 2):
                maps = [torch.nn.MaxPool2d(3, 2)(one) for one in maps]
            maps = [torch.relu(layer(one)) for one in maps]
            unit = [F.normalize(one, dim=1) for one in maps]
            lin = torch.nn.Conv2d(maps[0].shape[1], 1, 1, bias=False)
            lin.load_state_dict({"weight": weights[f"lin{level}.weight"]})
            total += float(lin((unit[0] - unit[1]) ** 2).detach().mean())
        expected.append(total)
    assert lpips_module.lpips(clip, other, weights) == pytest.approx(np.mean(expected), rel=1e-4)


def test_a_unit_of_i3d_is_convolution_norm_relu() -> None:
    weights = tiny_i3d()
    video = torch.randn(1, 3, 8, 20, 22, generator=torch.Generator().manual_seed(3))
    convolution = torch.nn.Conv3d(3, 2, 7, 2, bias=False)
    norm = torch.nn.BatchNorm3d(2, eps=1e-3).eval()
    convolution.weight.data = weights["Conv3d_1a_7x7.conv3d.weight"]
    norm.load_state_dict(
        {k: weights[f"Conv3d_1a_7x7.bn.{k}"] for k in ("weight", "bias", "running_mean", "running_var")},
        strict=False,
    )
    # sizes that 2 divides lack 7 - 2 = 5 places: 2 before, 3 behind
    expected = torch.relu(norm(convolution(F.pad(video, (2, 3) * 3))))
    found = i3d._unit(video, weights, "Conv3d_1a_7x7", (2, 2, 2))
    assert found.shape == (1, 2, 4, 10, 11)
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("size", "padding"), [(9, (1, 1)), (8, (0, 1))])
def test_padding_is_that_of_tensorflow(size: int, padding: tuple[int, int]) -> None:
    """SAME of a kernel of 3 with stride 2: ceil(size / 2) places, the odd one behind."""
    x = torch.arange(float(size)).view(1, 1, 1, 1, size) + 1
    assert torch.equal(i3d._same(x, (1, 1, 3), (1, 1, 2)), F.pad(x, padding))


def test_i3d_gives_one_vector_a_window(tmp_path: Path) -> None:
    safetensors.save_file(tiny_i3d(), tmp_path / i3d.FILE)
    extractors = i3d_extractors(tmp_path, size=32)
    assert not isinstance(extractors, Unavailable)
    logits, features = extractors
    clip = np.random.default_rng(1).random((20, 3, 40, 40), np.float32)
    assert logits(clip).shape == (2, 5)
    assert features(clip).shape == (2, 8)
    assert (features(clip) == features(clip)).all()
    assert not np.allclose(features(clip), features(clip[::-1]), atol=1e-4)  # order in time matters


def test_full_i3d_has_the_places_of_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """16 frames of 224 x 224 end in 2 x 7 x 7 places: 8, 4, 2 in time and 112, 56, 28, 14, 7 across."""
    places = []

    def watched(work: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        def run(*arguments: Any) -> torch.Tensor:
            made = work(*arguments)
            places.append(tuple(made.shape[2:]))
            return made

        return run

    video, weights = torch.zeros(1, 3, 16, i3d.SIZE, i3d.SIZE), tiny_i3d(width=1)
    monkeypatch.setattr(i3d, "_unit", watched(i3d._unit))
    i3d.i3d_features(video, weights)
    stem, blocks = places[:3], places[3:]
    assert stem == [(8, 112, 112), (8, 56, 56), (8, 56, 56)]
    assert blocks == 2 * 6 * [(8, 28, 28)] + 5 * 6 * [(4, 14, 14)] + 2 * 6 * [(2, 7, 7)]
    assert len(i3d.unit_names()) == len(places)


def test_windows_cover_the_clip_and_short_clips_are_stretched() -> None:
    clip = np.arange(40, dtype=np.float32)[:, None, None, None] * np.ones((1, 3, 6, 9), np.float32)
    windows = video_windows(clip, 4)
    assert windows.shape == (3, 3, 16, 4, 4)
    assert [window[0, 0, 0, 0] for window in windows] == [0, 16, 24]
    assert windows[2, 0, -1, 0, 0] == 39
    short = video_windows(clip[:4], 4)
    assert short.shape == (1, 3, 16, 4, 4)
    assert set(short[0, 0, :, 0, 0]) == {0, 1, 2, 3}
    assert (np.diff(short[0, 0, :, 0, 0]) >= 0).all()


def test_videomae_from_a_folder(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.VideoMAEConfig(
        image_size=32, patch_size=16, num_frames=16, hidden_size=12, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=16,
    )  # fmt: skip
    network = transformers.VideoMAEModel(config).eval()
    network.save_pretrained(tmp_path)
    features = videomae_extractor(tmp_path)
    assert not isinstance(features, Unavailable)
    clip = np.random.default_rng(1).random((16, 3, 32, 32), np.float32)
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = ((clip.transpose(0, 2, 3, 1) - mean) / spread).transpose(0, 3, 1, 2).astype(np.float32)
    with torch.inference_mode():
        expected = network(pixel_values=torch.from_numpy(pixels)[None]).last_hidden_state.mean(1)
    assert features(clip) == pytest.approx(expected.numpy(), abs=1e-5)


def test_distance_grows_with_damage(tmp_path: Path) -> None:
    safetensors.save_file(tiny_i3d(), tmp_path / i3d.FILE)
    extractors = i3d_extractors(tmp_path, size=32)
    assert not isinstance(extractors, Unavailable)
    rng = np.random.default_rng(2)
    clips = [
        np.full((16, 3, 32, 32), rng.random(), np.float32) * rng.random((1, 3, 32, 32), np.float32)
        for _ in range(6)
    ]
    noise = [rng.normal(0, 1, clip.shape).astype(np.float32) for clip in clips]

    def features(amount: float) -> np.ndarray:
        return np.concatenate(
            [extractors[0](np.clip(c + amount * n, 0, 1)) for c, n in zip(clips, noise, strict=True)]
        )

    distances = [frechet_distance(features(amount), features(0)) for amount in (0, 0.1, 0.4)]
    assert distances[0] == pytest.approx(0, abs=1e-9)
    assert 0 < distances[1] < distances[2]


def test_without_weights_there_is_a_reason_and_no_figure(tmp_path: Path, clip: np.ndarray) -> None:
    facts = Facts(clip, np.full(2, 0.5), np.full(2, 16.0), np.full((2, 70, 90), 0.5, np.float32), truth=clip)
    metric = next(metric for metric in clip_metrics(tmp_path) if metric.key == "lpips")
    value = metric(clip, facts)
    assert isinstance(value, Unavailable)
    assert "lpips_alex.safetensors" in str(value) and str(value).startswith("n/a (weights not available")
    for one in set_metrics(tmp_path):
        if one.key.endswith("i3d"):
            assert isinstance(one.features, Unavailable)
            assert i3d.FILE in one.features.reason
    assert isinstance(videomae_extractor(tmp_path / "none"), Unavailable)


def test_with_weights_there_is_a_figure(tmp_path: Path, clip: np.ndarray) -> None:
    safetensors.save_file(alexnet(), tmp_path / lpips_module.FILE)
    facts = Facts(clip, np.full(2, 0.5), np.full(2, 16.0), np.full((2, 70, 90), 0.5, np.float32), truth=clip)
    metric = next(metric for metric in clip_metrics(tmp_path) if metric.key == "lpips")
    assert metric(1 - clip, facts) == lpips_module.lpips(1 - clip, clip, alexnet())


@pytest.mark.parametrize(
    ("file", "weights"), [(lpips_module.FILE, alexnet()), (i3d.FILE, tiny_i3d())], ids=["lpips", "i3d"]
)
def test_incomplete_weights_are_refused(tmp_path: Path, file: str, weights: dict) -> None:
    removed = sorted(weights)[3]
    safetensors.save_file({key: value for key, value in weights.items() if key != removed}, tmp_path / file)
    with pytest.raises(InputError, match=f"{file}: lacks {removed}"):
        clip_metrics(tmp_path)
        set_metrics(tmp_path)
