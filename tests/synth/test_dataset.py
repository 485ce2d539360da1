"""The stream of training clips: the same clips whatever the workers, and going on anywhere."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from anybokeh.errors import InputError

torch = pytest.importorskip("torch", reason="the dataset needs the extra `torch`")

from anybokeh.synth.dataset import SyntheticClips  # noqa: E402

SETTINGS = {"preset": "paper", "size": (64, 36), "frames": 2, "seed": 7}


def test_clips_are_tensors_of_the_stated_shapes() -> None:
    clip = next(iter(SyntheticClips(**SETTINGS, damage="network")))
    assert clip["frames"].shape == clip["bokeh"].shape == clip["clipped"].shape == (2, 3, 36, 64)
    assert clip["disparity"].shape == clip["mask"].shape == clip["exact"].shape == (2, 36, 64)
    assert clip["focus"].shape == clip["blur"].shape == clip["range"].shape == (2,)
    assert all(value.dtype == torch.float32 for name, value in clip.items() if name != "index")
    assert (clip["disparity"] != clip["exact"]).any()


def test_a_stream_goes_on_where_it_is_started() -> None:
    whole = list(SyntheticClips(**SETTINGS, count=3))
    (last,) = list(SyntheticClips(**SETTINGS, start=2, count=3))
    assert torch.equal(last["bokeh"], whole[2]["bokeh"])
    assert not torch.equal(whole[0]["bokeh"], whole[1]["bokeh"])


def test_workers_share_the_clips_without_changing_them() -> None:
    alone = {int(clip["index"]): clip for clip in SyntheticClips(**SETTINGS, count=3)}
    loader = torch.utils.data.DataLoader(SyntheticClips(**SETTINGS, count=3), batch_size=None, num_workers=2)
    shared = {int(clip["index"]): clip for clip in loader}
    assert sorted(shared) == [0, 1, 2]
    for index, clip in shared.items():
        assert torch.equal(clip["frames"], alone[index]["frames"])


def test_splits_differ_and_bad_settings_are_reported() -> None:
    train, test = (next(islice(SyntheticClips(**SETTINGS, split=split), 1)) for split in ("train", "test"))
    assert np.abs(train["bokeh"].numpy() - test["bokeh"].numpy()).max() > 0.1
    with pytest.raises(InputError, match="damage is"):
        SyntheticClips(damage="rust")
    with pytest.raises(InputError, match="start is -1"):
        SyntheticClips(start=-1)
