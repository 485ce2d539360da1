"""Regions around the focal plane, and which tokens they admit."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="MPI regions need PyTorch")

from anybokeh.models.mpi import (  # noqa: E402
    admitted_tokens,
    condition_colours,
    condition_picture,
    region_index,
    region_thresholds,
)


def test_thresholds_are_those_of_the_paper() -> None:
    found = region_thresholds(torch.tensor([1.0, 0.3, 0.5]), alpha=1.0)
    assert found[0].tolist() == pytest.approx([0.25, 0.5, 0.75])
    assert found[1, 0].item() == pytest.approx(0.0098, abs=1e-4)
    assert found[2].tolist() == pytest.approx([0.0625, 0.25, 0.5625])


def test_the_exponent_of_the_release_narrows_them() -> None:
    focus = torch.tensor([0.64])
    assert region_thresholds(focus, 1.5)[0].tolist() == pytest.approx(
        [(i / 4) ** (1 / 0.64**1.5) for i in (1, 2, 3)]
    )
    assert (region_thresholds(focus, 1.5) < region_thresholds(focus, 1.0)).all()


@pytest.mark.parametrize("alpha", [1.0, 1.5])
def test_a_focal_plane_at_zero_has_no_near_region(alpha: float) -> None:
    assert region_thresholds(torch.zeros(1), alpha).tolist() == [[0, 0, 0]]
    distance = torch.tensor([[[0.0, 1e-3, 1.0]]])
    assert region_index(distance, torch.zeros(1), alpha).tolist() == [[[0, 3, 3]]]


def test_regions_count_as_bucketize_does() -> None:
    distance = torch.tensor([[[0.0, 0.25, 0.2500001, 0.5, 0.6, 0.75, 0.76, 1.0]]])
    found = region_index(distance, torch.ones(1), 1.0)
    expected = torch.bucketize(distance, torch.tensor([0.25, 0.5, 0.75]))
    assert found.tolist() == expected.tolist() == [[[0, 0, 1, 1, 2, 2, 3, 3]]]


def test_every_frame_has_its_own_focus() -> None:
    distance = torch.full((2, 1, 1), 0.3)
    assert region_index(distance, torch.tensor([1.0, 0.3]), 1.0).flatten().tolist() == [1, 2]


def test_condition_picture_is_distance_less_the_range() -> None:
    disparity = torch.tensor([[[0.1, 0.4, 0.5, 0.9]]]).expand(2, 1, 4)
    found = condition_picture(disparity, torch.tensor([0.5, 0.9]), torch.tensor([0.0, 0.2]))
    assert found[0, 0].tolist() == pytest.approx([0.4, 0.1, 0.0, 0.4])
    assert found[1, 0].tolist() == pytest.approx([0.6, 0.3, 0.2, 0.0])


def test_tokens_take_part_where_most_of_them_is_admitted() -> None:
    region = torch.zeros(1, 8, 8, dtype=torch.uint8)
    region[:, :, 4:] = 2
    region[:, :2, :2] = 1
    left = [True, True, False, False] * 4
    assert admitted_tokens(region, 1, (4, 4))[0].tolist() == left
    assert admitted_tokens(region, 0, (4, 4))[0].tolist() == [False, *left[1:]]
    assert admitted_tokens(region, 2, (4, 4)).all()
    assert admitted_tokens(region, 3, (2, 2)).all()
    # bilinear without antialiasing looks at the two pixels in the middle of four: half is not enough
    half = torch.zeros(1, 4, 4, dtype=torch.uint8)
    half[:, :, 2:] = 1
    assert not admitted_tokens(half, 0, (1, 1)).any()


def test_condition_pictures_tell_in_front_from_behind() -> None:
    disparity = torch.tensor([[[0.2, 0.5, 0.9]]])
    focus, blur = torch.tensor([0.5]), torch.tensor([16.0])
    grey = condition_colours("distance", disparity, focus, blur)
    torch.testing.assert_close(grey[0, :, 0], torch.tensor([[0.3, 0.0, 0.4]]).expand(3, -1))
    signed = condition_colours("signed", disparity, focus, blur)
    torch.testing.assert_close(signed[0, 0, 0], torch.tensor([0.35, 0.5, 0.7]))
    lens = condition_colours("lens", disparity, focus, blur, 0.1)
    radius = (torch.tensor([0.2, 0.0, 0.3]) * 16 / 64).sqrt()
    torch.testing.assert_close(lens[0, 0, 0], radius)
    torch.testing.assert_close(lens[0, 1, 0], radius * torch.tensor([0.0, 0.0, 1.0]))
    torch.testing.assert_close(lens[0, 2, 0], radius * torch.tensor([1.0, 1.0, 0.0]))
