"""Options of commands that can render on a cluster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anybokeh.cluster import Cluster, ClusterSettings


def add_cluster_options(parser: Any) -> None:
    """Add --ray and what belongs to it."""
    group = parser.add_argument_group("on a cluster")
    group.add_argument(
        "--ray", metavar="ADDRESS", help="render on a Ray cluster: HOST:PORT, ray://HOST:PORT, auto, or local"
    )
    group.add_argument(
        "--ray-cpus", metavar="N", type=int, default=1, help="processors of a worker (default 1)"
    )
    group.add_argument(
        "--ray-gpus",
        metavar="N",
        type=float,
        help="graphics cards of a worker, also parts of one (default: one where the cluster has any)",
    )
    group.add_argument(
        "--ray-workers", metavar="N", type=int, help="at most so many (default: all there is room for)"
    )


def cluster_settings(options: argparse.Namespace) -> ClusterSettings | None:
    """What the options ask for; None without --ray. Raises InputError."""
    if options.ray is None:
        return None
    from anybokeh.cluster import ClusterSettings

    return ClusterSettings(options.ray, options.ray_cpus, options.ray_gpus, options.ray_workers)


@contextmanager
def cluster_of(options: argparse.Namespace) -> Iterator[Cluster | None]:
    """The cluster, connected; None without --ray. Raises InputError.

    Ray reports lost machines on standard output, which belongs to --json: within the block it is turned to
    standard error.
    """
    settings = cluster_settings(options)
    if settings is None:
        yield None
        return
    from anybokeh.cluster import Cluster

    with redirect_stdout(sys.stderr), Cluster(settings) as cluster:
        yield cluster
