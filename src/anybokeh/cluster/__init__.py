"""Rendering the segments of a clip on many machines with Ray."""

from anybokeh.cluster.cluster import Cluster
from anybokeh.cluster.cluster_settings import ClusterSettings

__all__ = ["Cluster", "ClusterSettings"]
