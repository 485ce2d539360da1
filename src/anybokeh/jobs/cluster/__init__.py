"""Rendering the segments of a clip on many machines with Ray."""

from anybokeh.jobs.cluster.pool import Cluster
from anybokeh.jobs.cluster.settings import ClusterSettings

__all__ = ["Cluster", "ClusterSettings"]
