"""A Dask cluster of worker processes on this machine."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import LocalCluster


@contextmanager
def local_cluster(workers: int, threads: int = 1) -> Iterator[str]:
    """The address of the scheduler."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        # Two workers that end, and not four, are enough to blame what they were given.
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster.scheduler_address
