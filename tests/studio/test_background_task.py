from __future__ import annotations

import threading

from anybokeh.studio.background_task import Task


def test_a_task_says_what_it_does() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(steps):
        steps.begin("finding the subject", 0, 4)(1, 4)
        begun.set()
        go_on.wait(10)
        return "found"

    task = Task("test", work)
    assert begun.wait(10)
    told = task.to_json()
    assert (told["state"], told["step"], told["done"], told["total"]) == (
        "working",
        "finding the subject",
        1,
        4,
    )
    assert told["left"].startswith("about ")
    go_on.set()
    assert task.wait(10) and task.result == "found" and task.to_json()["state"] == "done"


def test_a_task_that_is_stopped_ends_at_the_next_step() -> None:
    go_on = threading.Event()

    def work(steps):
        go_on.wait(10)
        steps.begin("rendering")

    task = Task("test", work)
    task._stop.set()
    go_on.set()
    assert task.wait(10) and task.state == "stopped"
