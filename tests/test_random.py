import subprocess
import sys

import numpy as np

from lsgan import random


def test_the_same_place_gives_the_same_numbers_in_another_process() -> None:
    code = "from lsgan import random; print(random.stream(3, 'latents', 7).integers(2**62))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(answer.stdout) == random.stream(3, "latents", 7).integers(2**62)


def test_another_seed_stream_or_step_gives_others() -> None:
    places = [(0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1), (0, "a", 2**40)]
    drawn = [random.stream(*place).random(1000) for place in places]
    for first in range(len(drawn)):
        for second in range(first):
            correlation = np.corrcoef(drawn[first], drawn[second])[0, 1]
            # Five standard errors for a thousand pairs.
            assert abs(correlation) < 5 / np.sqrt(1000)


def test_steps_do_not_run_into_each_other() -> None:
    long = random.stream(0, "a", 0).integers(2**63, size=100_000)
    assert not np.isin(random.stream(0, "a", 1).integers(2**63, size=1000), long).any()
