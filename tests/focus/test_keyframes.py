"""The track file: what it means at every frame, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import (
    DistanceFocus,
    FocusTrack,
    MaskFocus,
    PartialTrack,
    PointFocus,
    SubjectFocus,
    combine,
    frame_times,
    read_keyframes,
)

TIMES = frame_times(97, 24)  # four seconds and one frame


@pytest.fixture
def evaluate(tmp_path):
    def run(*keyframes, times=TIMES, resolve=None) -> FocusTrack:
        path = tmp_path / "track.json"
        path.write_text(json.dumps({"version": 1, "keyframes": keyframes}))
        return combine(len(times), read_keyframes(path).evaluate(times, resolve))

    return run


def test_linear_by_time(evaluate):
    track = evaluate(
        {"time": 1, "focus": 0.2, "blur": 10}, {"time": 3, "focus": 0.6, "blur": 30, "range": 0.1}
    )
    np.testing.assert_allclose(track.focus, np.interp(TIMES, [1, 3], [0.2, 0.6]), atol=1e-6)
    np.testing.assert_allclose(track.blur, np.interp(TIMES, [1, 3], [10, 30]), atol=1e-4)


def test_values_hold_before_the_first_and_after_the_last(evaluate):
    track = evaluate({"time": 1, "focus": 0.2}, {"time": 3, "focus": 0.6})
    assert np.isclose(track.focus[:25], 0.2).all() and np.isclose(track.focus[72:], 0.6).all()


def test_keyframes_by_frame_are_exact(evaluate):
    track = evaluate({"frame": 10, "focus": 0.2}, {"frame": 20, "focus": 0.7})
    np.testing.assert_allclose(track.focus[[10, 15, 20]], [0.2, 0.45, 0.7], atol=1e-6)


def test_variable_rate_uses_the_frames_own_times(evaluate):
    times = np.array([0, 0.1, 0.5, 0.6, 1.0])
    track = evaluate({"frame": 1, "focus": 0}, {"time": 0.6, "focus": 1}, times=times)
    np.testing.assert_allclose(track.focus, [0, 0, 0.8, 1, 1], atol=1e-6)


def test_hold_jumps_at_the_next_keyframe(evaluate):
    track = evaluate({"frame": 0, "focus": 0.2, "ease": "hold"}, {"frame": 10, "focus": 0.7})
    assert np.isclose(track.focus[:10], 0.2).all() and np.isclose(track.focus[10:], 0.7).all()


def test_smooth_starts_and_ends_at_rest(evaluate):
    track = evaluate({"frame": 0, "focus": 0, "ease": "smooth"}, {"frame": 96, "focus": 1})
    u = np.arange(97) / 96
    np.testing.assert_allclose(track.focus, u * u * (3 - 2 * u), atol=1e-6)


def test_rounded_times_meet_their_frame(evaluate):
    times = frame_times(60, 30000 / 1001)
    track = evaluate({"time": 0, "focus": 0.1, "ease": "hold"}, {"time": 1.001, "focus": 0.9}, times=times)
    assert np.isclose(track.focus[29], 0.1) and np.isclose(track.focus[30], 0.9)


def test_missing_fields_keep_their_last_value(evaluate):
    track = evaluate(
        {"frame": 0, "focus": 0.8, "blur": 24, "range": 0.02, "ease": "hold"},
        {"frame": 40, "focus": 0.3},
        {"frame": 60, "blur": 48, "ease": "linear"},
        {"frame": 80, "focus": 0.5},
    )
    assert np.isclose(track.focus[59], 0.3) and np.isclose(track.focus[60], 0.3)
    np.testing.assert_allclose(track.focus[70], 0.4, atol=1e-6)
    assert (track.blur[:60] == 24).all() and (track.blur[60:] == 48).all()
    assert np.isclose(track.range, 0.02).all()


def test_a_field_speaks_from_its_first_keyframe_on(tmp_path):
    path = tmp_path / "track.json"
    path.write_text('{"version": 1, "keyframes": [{"frame": 5, "focus": 0.5}, {"frame": 10, "blur": 8}]}')
    partial = read_keyframes(path).evaluate(TIMES)
    assert not np.isnan(partial.focus).any()
    assert np.isnan(partial.blur[:10]).all() and (partial.blur[10:] == 8).all()
    assert (combine(len(TIMES), partial).blur[:10] == 16).all()


def test_order_in_the_file_does_not_matter(evaluate):
    frames = [{"frame": 0, "focus": 0.1}, {"time": 1.0, "focus": 0.9}, {"frame": 90, "focus": 0.4}]
    np.testing.assert_array_equal(evaluate(*frames).focus, evaluate(*frames[::-1]).focus)


def test_a_keyframe_beyond_the_end_shapes_the_way_there(evaluate):
    track = evaluate({"frame": 0, "focus": 0}, {"frame": 192, "focus": 1})
    np.testing.assert_allclose(track.focus[-1], 0.5, atol=1e-6)


def test_one_frame(evaluate):
    assert evaluate(
        {"frame": 0, "focus": 0.5}, {"time": 9, "focus": 1}, times=np.zeros(1)
    ).focus.tolist() == [0.5]


def test_focus_follows_a_spec_and_crosses_over_into_the_next(evaluate):
    requested = {}

    def resolve(spec, frames):
        requested[spec] = frames
        return 0.5 + 0.2 * np.sin(frames) if isinstance(spec, SubjectFocus) else np.full(len(frames), 0.9)

    track = evaluate(
        {"frame": 0, "focus": 0.1, "ease": "hold"},
        {"frame": 24, "focus": "subject", "ease": "hold"},
        {"frame": 48, "ease": "linear"},
        {"frame": 72, "focus": "point:10%,20%", "ease": "hold"},
        {"frame": 90, "focus": 0.3},
        resolve=resolve,
    )
    subject = 0.5 + 0.2 * np.sin(np.arange(97))
    assert np.isclose(track.focus[:24], 0.1).all()
    np.testing.assert_allclose(track.focus[24:49], subject[24:49], atol=1e-6)
    weight = (np.arange(48, 72) - 48) / 24
    np.testing.assert_allclose(track.focus[48:72], (1 - weight) * subject[48:72] + weight * 0.9, atol=1e-6)
    assert np.isclose(track.focus[72:90], 0.9).all() and np.isclose(track.focus[90:], 0.3).all()
    # A point without a time is where it says at its own keyframe.
    assert list(requested) == [SubjectFocus(), PointFocus(10, 20, True, True, seconds=3.0)]
    np.testing.assert_array_equal(requested[SubjectFocus()], np.arange(24, 72))


def test_masks_are_found_beside_the_track_file(tmp_path):
    (tmp_path / "masks").mkdir()
    path = tmp_path / "track.json"
    path.write_text('{"version": 1, "keyframes": [{"frame": 0, "focus": "mask:masks"}]}')
    assert read_keyframes(path).keyframes[0].focus == MaskFocus(tmp_path / "masks")


def test_errors_of_a_spec_name_its_keyframe(evaluate):
    def fail(spec, frames):
        raise InputError("masks: all masks are empty")

    keyframes = {"frame": 0, "focus": 0.5}, {"frame": 9, "focus": "subject"}
    with pytest.raises(InputError, match="keyframe 2: masks: all masks are empty"):
        evaluate(*keyframes, resolve=fail)
    with pytest.raises(InputError, match="keyframe 2: focus subject"):
        evaluate(*keyframes)


@pytest.mark.parametrize(
    ("keyframe", "named"),
    [
        ({"frame": 1, "focus": 1.5}, "1.5"),
        ({"frame": 1, "focus": "nan"}, "nan"),
        ({"frame": 1, "focus": True}, "True"),
        ({"frame": 1, "focus": None}, "None"),
        ({"frame": 1, "focus": "point:1"}, "point"),
        ({"frame": 1, "blur": -3}, "-3"),
        ({"frame": 1, "blur": 10**400}, "blur"),
        ({"frame": 1, "blur": "24"}, "'24'"),
        ({"frame": 1, "range": 1.1}, "range"),
        ({"frame": 1, "ease": "smoth"}, "did you mean 'smooth'"),
        ({"frame": 1, "ease": 3}, "ease"),
        ({"frame": 1, "ease": ["hold"]}, "ease"),
        ({"frame": 1, "focsu": 0.5}, "did you mean 'focus'"),
        ({"focus": 0.5}, "either a time"),
        ({"frame": 1, "time": 1, "focus": 0.5}, "either a time"),
        ({"frame": -1}, "frame -1"),
        ({"frame": 1.5}, "1.5"),
        ({"time": -0.5}, "-0.5"),
        ({"time": "1"}, "'1'"),
        ("text", "braces"),
        ([], "braces"),
    ],
)
def test_a_keyframe_that_is_wrong_is_named(evaluate, keyframe, named):
    with pytest.raises(InputError) as caught:
        evaluate({"frame": 0, "focus": 0.5}, keyframe)
    message = str(caught.value)
    assert "keyframe 2" in message and named in message and "\n" not in message and len(message) < 400


def test_keyframes_at_the_same_time_are_refused(evaluate):
    with pytest.raises(InputError, match="keyframes 1 and 3"):
        evaluate({"time": 1.0, "focus": 0.5}, {"time": 2, "focus": 0.5}, {"frame": 24, "focus": 0.7})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "keyframes": []}',
        '{"version": 1, "keyframes": {"frame": 0}}',
        '{"version": 2, "keyframes": [{"frame": 0, "focus": 0.5}]}',
        '{"version": true, "keyframes": [{"frame": 0, "focus": 0.5}]}',
        '{"keyframes": [{"frame": 0, "focus": 0.5}]}',
        '{"version": 1, "keyframe": [{"frame": 0, "focus": 0.5}]}',
        '{"version": 1, "keyframes": [{"frame": 0, "focus": NaN}]}',
        '{"version": 1, "keyframes": [{"time": Infinity, "focus": 0.5}]}',
        '{"version": 1, "keyframes": [{"time": 1e999, "focus": 0.5}]}',
        '{"version": 1, "keyframes": [{"frame": 0, "focus": 0.5, "focus": 0.6}]}',
        '{"version": 1, "keyframes": [{"frame": ' + "9" * 5000 + "}]}",
        "[" * 200_000,
        '{"version": 1, "keyframes": [{"frame": 0, "focus": 0.5}]}' + " " * (17 << 20),
    ],
)
def test_files_that_are_no_track(tmp_path, text):
    path = tmp_path / "track.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"track\.json") as caught:
        read_keyframes(path)
    assert "\n" not in str(caught.value)


def test_other_files(tmp_path):
    (tmp_path / "binary.json").write_bytes(bytes(range(256)))
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "binary.json"):
        with pytest.raises(InputError, match=path.name):
            read_keyframes(path)


@pytest.fixture
def partial(tmp_path):
    def run(*keyframes, resolve=None) -> PartialTrack:
        path = tmp_path / "track.json"
        path.write_text(json.dumps({"version": 1, "keyframes": keyframes}))
        return read_keyframes(path).evaluate(TIMES, resolve)

    return run


def test_f_numbers_are_openings_between_which_the_way_is_one_in_blur(partial):
    track = partial(
        {"time": 0, "focus": 0.5, "f_number": 2},
        {"time": 1, "f_number": 8, "ease": "hold"},
        {"time": 2, "blur": 30, "ease": "linear"},
        {"time": 3, "f_number": 4},
    )
    at = [0, 12, 24, 36, 48, 60, 72, 96]
    np.testing.assert_allclose(track.opening[at], [0.5, 0.3125, 0.125, 0.125, 0, 0.125, 0.25, 0.25])
    np.testing.assert_allclose(track.blur[at], [0, 0, 0, 0, 30, 15, 0, 0])


def test_an_f_number_holds_until_another_or_a_blur(partial):
    track = partial({"time": 0, "focus": 0.5}, {"time": 1, "f_number": 2}, {"time": 2, "focus": 0.1})
    assert np.isnan(track.opening[:24]).all() and np.isnan(track.blur[:24]).all()
    np.testing.assert_array_equal(track.opening[24:], 0.5)


def test_a_track_without_f_numbers_has_no_opening(partial):
    assert partial({"time": 0, "focus": 0.5, "blur": 3}).opening is None


def test_distances_are_resolved_like_a_focus(partial):
    asked = []

    def resolve(spec, frames):
        asked.append(spec)
        return np.full(len(frames), 1 / spec.metres)

    track = partial({"time": 0, "distance": 4, "ease": "linear"}, {"time": 2, "focus": "2m"}, resolve=resolve)
    assert asked == [DistanceFocus(4.0), DistanceFocus(2.0)]
    np.testing.assert_allclose(track.focus[[0, 24, 48]], [0.25, 0.375, 0.5])


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"blur": 3, "f_number": 2}, "blur and f_number are both given"),
        ({"focus": 0.5, "distance": 2}, "focus and distance are both given"),
        ({"f_number": 0}, "f_number 0, expected a number from 0.5 to 1000"),
        ({"f_number": "2.8"}, "f_number '2.8'"),
        ({"distance": 0}, "distance 0, expected metres"),
        ({"distance": -1}, "distance -1"),
        ({"distance": True}, "distance True"),
        ({"f_nummer": 2}, "did you mean 'f_number'"),
    ],
)
def test_bad_apertures_and_distances_name_the_keyframe(partial, fields, part):
    with pytest.raises(InputError, match=f"keyframe 1: .*{part}"):
        partial({"time": 0, **fields})
