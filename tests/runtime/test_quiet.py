from __future__ import annotations

import sys
import threading

from anybokeh.runtime.quiet import quiet_output


def test_what_is_printed_within_is_dropped(capsys) -> None:
    own = sys.stdout
    print("before")
    with quiet_output:
        print("within")
    print("after")
    assert capsys.readouterr().out == "before\nafter\n"
    assert sys.stdout is own


def test_blocks_of_threads_may_overlap() -> None:
    own = sys.stdout
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with quiet_output:
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with quiet_output:
        thread.start()
        assert entered.wait(10)
    # the other one is still inside
    assert sys.stdout is not own
    leave.set()
    thread.join()
    assert sys.stdout is own
