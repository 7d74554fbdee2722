"""Ray, as a driver sees it: the arena's own head on this machine, or a cluster somebody else runs."""

import logging
import os

import ray


def join(address: str) -> None:
    """Connect this process to a cluster as a driver."""
    local = {"_node_ip_address": "127.0.0.1"} if address.startswith("127.0.0.1") else {}
    ray.init(
        address=address, log_to_driver=False, logging_level=logging.ERROR, namespace=f"arena-{os.getpid()}", **local
    )


def alive() -> bool:
    """Whether the cluster that this process joined still knows the node it joined at."""
    here = ray.get_runtime_context().get_node_id()
    return any(node["NodeID"] == here and node["Alive"] for node in ray.nodes())
