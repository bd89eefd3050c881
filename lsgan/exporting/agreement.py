"""Whether an exported network computes what the generator does."""

import numpy as np
import paddle

from lsgan.arrays import Floats
from lsgan.errors import RunError
from lsgan.exporting.signature import Runner, inputs_from, output_of, trial_rows
from lsgan.inference.generator import Generator

# Between numbers in [−1, 1], whose 8 bits are 8e-3 apart.
TOLERANCE = 1e-4
# Two sizes, so that one that has been fixed by mistake is noticed.
_BATCHES = (8, 3)


def check_agreement(generator: Generator, run: Runner, what: str) -> float:
    """Refuse an exported network that does not compute what `lsgan sample` renders from.

    Args:
        generator: the original.
        run: the exported network, read from its file by the runtime it is for.
        what: its name for the message.

    Returns:
        The largest difference that was found.

    Raises:
        RunError: if it is above `TOLERANCE`.
    """
    found = largest_difference(generator, run)
    # Of outputs that are not numbers neither comparison holds.
    if not found <= TOLERANCE:
        raise RunError(
            f"{what} of {generator.name} differs from the generator by {found:.2g}, and may by "
            f"{TOLERANCE:g}: it was not written",
            "Try another format, and please report this with the run's config.yaml.",
        )
    return found


def largest_difference(generator: Generator, run: Runner) -> float:
    """The largest difference over several rows and two batch sizes.

    It is relative where outputs, which for curves have no bounds, are beyond [−1, 1].
    """
    output = output_of(generator.config)
    differences = []
    for count in _BATCHES:
        rows = trial_rows(generator, count)
        made = run(inputs_from(generator.config, rows))
        if made.shape != (count, *output.shape):
            raise RunError(f"the exported network gives {made.shape}, not {output.shape} a row")
        expected = _outputs(generator, rows)
        scale = np.maximum(1, np.abs(expected))
        differences.append(float(np.max(np.abs(made - expected) / scale)))
    return float(np.max(differences))


def _outputs(generator: Generator, rows: Floats) -> Floats:
    """What the generator makes of `rows` before it is rounded to pixels."""
    generator.network.eval()
    with paddle.no_grad():
        made = generator.network(paddle.to_tensor(rows)).numpy()
    return np.asarray(generator.task.generated_part(made), np.float32)
