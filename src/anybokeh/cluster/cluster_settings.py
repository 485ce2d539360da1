"""Which cluster renders, and what each of its workers may use."""

from __future__ import annotations

from dataclasses import dataclass

from anybokeh.errors import InputError


@dataclass(frozen=True)
class ClusterSettings:
    """How to use a Ray cluster.

    Attributes:
        address: of a running cluster, as Ray takes it: HOST:PORT, ray://HOST:PORT or `auto`; `local` starts
            one on this machine for as long as the render takes.
        cpus: processors of a worker.
        gpus: graphics cards of a worker; None is one where the cluster has any and a model renders, else
            none. Less than one shares a card.
        workers: at most this many; None is as many as there is room for.
        shares: how many clips are rendered at a time, each of which leaves room for the others.
        attempts: how often a segment is tried before the render fails.
    """

    address: str
    cpus: int = 1
    gpus: float | None = None
    workers: int | None = None
    shares: int = 1
    attempts: int = 4

    def __post_init__(self) -> None:
        if not self.address:
            raise InputError("ray is empty: expected the address of a cluster, auto, or local")
        if not 1 <= self.cpus <= 1024:
            raise InputError(f"ray cpus is {self.cpus}: expected 1 or more")
        if self.gpus is not None and not 0 <= self.gpus <= 64:
            raise InputError(f"ray gpus is {self.gpus}: expected 0 or more")
        if self.workers is not None and self.workers < 1:
            raise InputError(f"ray workers is {self.workers}: expected 1 or more")
