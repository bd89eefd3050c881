"""The memory of a process and of those it starts, for benchmark-scrape."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path


def watch_memory(process: subprocess.Popen) -> dict[str, int]:
    """The peaks of resident memory of a process and those it starts, in bytes, by their names."""
    peaks: dict[str, int] = {}
    while process.poll() is None:
        sizes = memory_of_tree(process.pid)
        if sizes:
            own = sizes[process.pid]
            now = {"peak of the process itself": own}
            now |= {"peak of those it starts, together": sum(sizes.values()) - own}
            now |= {"peak of all of them, together": sum(sizes.values())}
            peaks = {name: max(size, peaks.get(name, 0)) for name, size in now.items()}
        time.sleep(0.05)
    unit = 1 if sys.platform == "darwin" else 1024
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return peaks | {"peak of the largest, by the kernel": largest}


def memory_of_tree(root: int) -> dict[int, int]:
    """Resident bytes of the process `root` and its descendants; empty where /proc is not."""
    parents, sizes = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold anything: state, parent, … and resident pages.
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        sizes[int(folder.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    tree = {root} & sizes.keys()
    grown = True
    while grown:
        more = {process for process, parent in parents.items() if parent in tree} - tree
        tree |= more
        grown = bool(more)
    return {process: sizes[process] for process in tree}
