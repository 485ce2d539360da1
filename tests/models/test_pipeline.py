"""The pipeline: windows, variants, sharing of work, bad input."""

from __future__ import annotations

import warnings
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from anybokeh.errors import InputError
from anybokeh.models import AnyBokehPipeline
from anybokeh.models.layout import channels_last
from anybokeh.models.tiles import tile_starts
from anybokeh.models.windows import plan_windows, segments
from anybokeh.render.segment_plan import cut
from anybokeh.shot import Shot

from .plain_windows import plain_windows
from .small import moving_picture, small_pipeline


@pytest.fixture(scope="module")
def pipe() -> AnyBokehPipeline:
    return small_pipeline()


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 12, 13, 18, 20])
def test_any_length_agrees_with_the_plain_windows(pipe: AnyBokehPipeline, frames: int) -> None:
    clip = [torch.from_numpy(values) for values in moving_picture(frames)]
    result = pipe(*clip, variant="released").frames
    assert result.shape == clip[0].shape
    assert (result - plain_windows(pipe, *clip)).abs().max() < 2e-5
    assert result.std() > 0.01


@pytest.mark.parametrize(("frames", "variant"), [(12, "released"), (21, "paper")])
def test_segments_join_without_a_trace(pipe: AnyBokehPipeline, frames: int, variant: str) -> None:
    clip = moving_picture(frames)
    whole = pipe(*clip, variant=variant).frames
    shared = pipe.passes(variant)
    for fresh in (True, False):
        joined = []
        for part, before, after in cut(range(frames), segments(8)):
            span = slice(part[0], part[-1] + 1)
            shot = Shot(*(values[span] for values in clip), before=before, after=after)
            plan = plan_windows(len(part), before=before, after=after)
            passes = pipe.passes(variant) if fresh else shared
            joined += [chunk.numpy() for chunk in pipe.stream(passes, shot, plan)]
        assert np.array_equal(np.concatenate(joined), whole)


def test_nothing_is_computed_twice(pipe: AnyBokehPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def count(owner: object, name: str, frames_of: int) -> None:
        plain = getattr(owner, name)

        def counted(*arguments, **options):
            calls[name] += len(arguments[frames_of])
            return plain(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)

    count(pipe.vae, "encode_with_features", 0)
    count(pipe.vae, "encode_latents", 0)
    count(pipe.image_encoder, "forward", 0)
    count(pipe.unet, "forward", 0)
    clip = moving_picture(24)
    passes = pipe.passes("released")
    for part, before, after in cut(range(24), segments(8)):
        span = slice(part[0], part[-1] + 1)
        shot = Shot(*(values[span] for values in clip), before=before, after=after)
        list(pipe.stream(passes, shot, plan_windows(len(part), before=before, after=after)))
    assert calls == {"encode_with_features": 24, "encode_latents": 24, "forward": 24 + 5}


def test_focus_range_is_the_distance_less_the_range(pipe: AnyBokehPipeline) -> None:
    pictures, _, _, blur = moving_picture(1)
    rows = np.linspace(0, 1, 64, dtype=np.float32)
    disparity = np.broadcast_to(rows, (1, 64, 64))
    shrunk = 0.5 + np.sign(disparity - 0.5) * np.maximum(np.abs(disparity - 0.5) - 0.2, 0)
    ranged = pipe(pictures, disparity, 0.5, blur, focus_range=0.2).frames
    assert np.abs(ranged - pipe(pictures, shrunk, 0.5, blur).frames).max() < 1e-4
    assert np.abs(ranged - pipe(pictures, disparity, 0.5, blur).frames).max() > 1e-3


def test_variants_differ_and_the_configuration_chooses(pipe: AnyBokehPipeline) -> None:
    clip = moving_picture(2)
    released, paper = (pipe(*clip, variant=variant).frames for variant in ("released", "paper"))
    assert np.abs(released - paper).max() > 1e-3
    assert np.array_equal(pipe(*clip).frames, paper)
    assert np.array_equal(small_pipeline(variant="released")(*clip).frames, released)


def test_fewer_overlaps_and_shorter_windows(pipe: AnyBokehPipeline) -> None:
    clip = moving_picture(9)
    for window, overlap in ((8, 2), (8, 0), (4, 1)):
        assert pipe(*clip, window=window, overlap=overlap).frames.shape == clip[0].shape


def test_single_frame_windows_see_only_their_frame(pipe: AnyBokehPipeline) -> None:
    clip = moving_picture(3)
    together = pipe(*clip, window=1, overlap=0).frames
    for i in range(3):
        alone = pipe(*(values[i : i + 1] for values in clip)).frames
        assert np.abs(together[i] - alone[0]).max() < 1e-5


def test_a_learned_context_replaces_the_image_encoder() -> None:
    pipe = small_pipeline(clip=False)
    clip = moving_picture(2)
    before = pipe(*clip).frames
    with torch.no_grad():
        pipe.unet.context_token += 1
    assert np.abs(pipe(*clip).frames - before).max() > 1e-4
    with pytest.raises(InputError, match="learned_context"):
        AnyBokehPipeline(unet=small_pipeline().unet, vae=pipe.vae)


def test_results_come_in_the_kind_of_the_input(pipe: AnyBokehPipeline) -> None:
    clip = moving_picture(1)
    array = pipe(*clip).frames
    assert isinstance(array, np.ndarray)
    tensor = pipe(*(torch.from_numpy(values) for values in clip)).frames
    assert isinstance(tensor, torch.Tensor)
    assert np.array_equal(tensor.numpy(), array)


def test_layout_changes_no_value() -> None:
    unet = small_pipeline().unet
    before = {key: value.clone() for key, value in unet.state_dict().items()}
    channels_last(unet)
    assert unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert all(torch.equal(value, before[key]) for key, value in unet.state_dict().items())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pictures": np.zeros((2, 3, 64, 72), np.float32), "disparity": np.zeros((2, 64, 72))}, "72x64"),
        ({"disparity": np.zeros((2, 32, 32))}, "disparity has shape"),
        ({"focus": [0.1, 0.2, 0.3]}, "focus has 3 values"),
        ({"blur": [1.0, 2.0, 3.0]}, "blur has 3 values"),
        ({"focus": 1.5}, "focus runs"),
        ({"overlap": 5}, "overlapping by 5"),
        ({"window": 0, "overlap": 0}, "windows of 0"),
        ({"variant": "best"}, "variant is 'best'"),
    ],
)
def test_bad_input_is_reported(pipe: AnyBokehPipeline, change: dict, says: str) -> None:
    pictures, disparity, focus, blur = moving_picture(2)
    given = {"pictures": pictures, "disparity": disparity, "focus": focus, "blur": blur} | change
    arrays = [given.pop(name) for name in ("pictures", "disparity", "focus", "blur")]
    with pytest.raises(InputError, match=says):
        pipe(*arrays, **given)


def test_blur_outside_of_training_is_warned_of(pipe: AnyBokehPipeline) -> None:
    pictures, disparity, focus, _ = moving_picture(1)
    with pytest.warns(UserWarning, match="blur 64 lies outside"):
        pipe(pictures, disparity, focus, 64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe(pictures, disparity, focus, 16)


def test_weights_that_give_nan_are_reported() -> None:
    pipe = small_pipeline()
    with torch.no_grad():
        pipe.unet.conv_out.bias[0] = torch.nan
    with pytest.raises(InputError, match="NaN"):
        pipe(*moving_picture(1))


def test_short_memory_is_reported(pipe: AnyBokehPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(pipe.unet, "forward", fail)
    with pytest.raises(InputError, match="working_area"):
        pipe(*moving_picture(1))


def test_tiles_are_the_whole_where_they_hold_it_and_near_it_otherwise() -> None:
    pipe = small_pipeline()
    clip = moving_picture(3, 64, 128)
    whole = pipe(*clip).frames
    pipe.enable_vae_tiling(128)
    assert np.array_equal(pipe(*clip).frames, whole)
    pipe.enable_vae_tiling(64)
    tiled = pipe(*clip).frames
    assert tiled.shape == whole.shape
    assert 0 < np.abs(tiled - whole).mean() < 0.35 * whole.std()


@pytest.mark.parametrize(("length", "side"), [(8, 8), (9, 8), (20, 8), (100, 32), (5, 2)])
def test_tiles_cover_everything_and_overlap(length: int, side: int) -> None:
    starts = tile_starts(length, side)
    assert starts[0] == 0 and starts[-1] + side == length
    assert all(later <= earlier + side for earlier, later in pairwise(starts))
