"""What `lsgan directions` does: the directions of a generator, found and written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lsgan.inference.sampling import open_generator
from lsgan.latent_space.direction_report import write_json, write_strips
from lsgan.latent_space.directions import Directions, default_folder, save_directions
from lsgan.latent_space.estimation import estimate_directions
from lsgan.latent_space.examples import Examples, from_examples


@dataclass(frozen=True)
class Request:
    """Which directions are wanted.

    Attributes:
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.
        examples: a user's own photographs, by the direction's name.
        components: how many principal directions.
        seed: decides which latents are taken.
        out: the folder to write to; None for `directions` in the run.
    """

    source: Path
    which: str
    examples: Mapping[str, Examples]
    components: int
    seed: int
    out: Path | None

    @property
    def folder(self) -> Path:
        """The folder to write to."""
        return self.out or default_folder(self.source)


def find(request: Request, say: Callable[[str], None]) -> Directions:
    """Find directions; write them, what they do, and strips of images.

    Raises:
        LsganError: if the generator or the photographs cannot be read, the generator is given no
            latents, or a file cannot be written.
    """
    generator = open_generator(request.source, request.which)
    own = from_examples(generator, request.examples, request.seed, say)
    found = estimate_directions(generator, request.components, request.seed, say, own)
    save_directions(found, request.folder)
    write_json(found, request.folder)
    write_strips(generator, found, request.folder)
    return found
