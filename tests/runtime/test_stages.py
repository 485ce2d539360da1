"""Where the time of a job goes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from anybokeh.clip import ahead
from anybokeh.runtime.stages import LIBRARIES, OTHER, WAIT, StageTime, recorded, stage, within
from anybokeh.runtime.threads import Crew


def work(seconds: float) -> None:
    """Take processor time, however busy the machine is."""
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


def by_name(times: tuple[StageTime, ...]) -> dict[str, StageTime]:
    return {one.stage: one for one in times}


def test_a_stage_counts_without_those_within_it() -> None:
    with recorded() as stages, stage("outer"):
        work(0.03)
        with stage("inner"):
            work(0.06)
        work(0.01)
    found = by_name(stages.times())
    assert found["outer"].processor == pytest.approx(0.04, abs=0.015)
    assert found["inner"].processor == pytest.approx(0.06, abs=0.015)
    assert found["inner"].wall >= 0.055
    assert found[OTHER].processor < 0.02
    assert found["outer"].helping == 0


def test_what_makes_items_is_not_charged_for_what_takes_them() -> None:
    def made() -> Iterator[int]:
        for index in range(3):
            work(0.01)
            yield index

    with recorded() as stages:
        taken = (one for one in within("making", made()))
        for _ in within("taking", taken):
            work(0.02)
    found = by_name(stages.times())
    assert found["making"].processor == pytest.approx(0.03, abs=0.015)
    assert found[OTHER].processor == pytest.approx(0.06, abs=0.02)
    assert found["taking"].processor < 0.01


def test_items_are_closed_early() -> None:
    closed = []

    def made() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    with recorded():
        items = iter(within("making", made()))
        next(items)
        items.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_helping_threads_count_for_the_stage_that_they_help() -> None:
    def kernel(thread: int, threads: int) -> None:
        work(0.02)

    with recorded() as stages, Crew(3) as crew, stage("drawing"):
        begun = time.perf_counter()
        crew.run(kernel)
        wall = time.perf_counter() - begun
    found = by_name(stages.times())
    assert found["drawing"].processor == pytest.approx(0.06, abs=0.02)
    assert found["drawing"].helping == pytest.approx(0.06, abs=0.02)
    # the clock of the helping threads does not count beside that of the one that they help
    assert found["drawing"].wall <= wall + 0.02


def test_a_thread_that_reads_ahead_has_stages_of_its_own_and_waits() -> None:
    def made() -> Iterator[int]:
        for index in range(3):
            work(0.02)
            yield index

    with recorded() as stages:
        assert list(ahead(within("decode", made()))) == [0, 1, 2]
    found = by_name(stages.times())
    assert found["decode"].processor == pytest.approx(0.06, abs=0.02)
    assert found[WAIT].wall >= 0.04 and found[WAIT].processor < 0.03


def test_what_nobody_tells_of_is_that_of_libraries() -> None:
    import threading

    with recorded() as stages:
        stranger = threading.Thread(target=work, args=(0.05,))
        stranger.start()
        stranger.join()
    assert by_name(stages.times())[LIBRARIES].processor == pytest.approx(0.05, abs=0.02)


def test_nothing_is_measured_unless_it_is_asked_for() -> None:
    items = [1, 2]
    assert within("making", items) is items
    with stage("outer"), recorded() as stages:
        pass
    assert set(by_name(stages.times())) == {OTHER, LIBRARIES}
