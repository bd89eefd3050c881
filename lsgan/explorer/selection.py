"""What is chosen on the page, and the images of it; nothing here knows of the page itself."""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lsgan.arrays import Floats, Pixels, Samples
from lsgan.errors import ConfigError
from lsgan.inference.generator import Generator
from lsgan.io.animations import save_animation
from lsgan.io.images import to_image
from lsgan.latent_space.directions import Directions
from lsgan.latent_space.projection import Projection, Projector
from lsgan.networks.latents import Latents

MOST_FRAMES = 600
_MILLISECONDS = 60
_AT_ONCE = 8
# Between the two images that are mixed.
_SHARES = 100
_STARTS, _STEPS = 4, 100
_PAUSE = 0.001  # seconds


@dataclass(frozen=True)
class Selection:
    """Which image is shown.

    Attributes:
        seed: the image's seed.
        class_name: its class; None for the seed's own.
        truncation: above 0 and at most 1.
        other_seed: the seed of the image that it is mixed with.
        share: how much of the mixture is of the other, 0 to 1.
        amounts: how far it is moved along each direction, by the direction's name.
        photograph: the latent of a photograph, float32 (1, …), which takes the place of the seed.
    """

    seed: int
    class_name: str | None = None
    truncation: float = 1
    other_seed: int = 0
    share: float = 0
    amounts: tuple[tuple[str, float], ...] = ()
    photograph: Floats | None = None


class Explorer:
    """Renders what is selected; may be asked from several threads at a time.

    Args:
        generator: one that makes images of latents.
        directions: its directions, None if none have been found.

    Attributes:
        generator: the same.
        directions: the same.

    Raises:
        ConfigError: if the generator is given images instead, or makes none.
    """

    def __init__(self, generator: Generator, directions: Directions | None) -> None:
        generator.check_latents(1)
        if not generator.task.makes_images:
            raise ConfigError(
                f"{generator.name} makes curves, not images", "Draw them with lsgan sample."
            )
        self.generator = generator
        self.directions = directions
        self._latents = Latents(generator.config.model)
        # One thread computes at a time: two would only take each other's cores.
        self._turn = threading.Lock()

    @property
    def can_truncate(self) -> bool:
        """Whether a truncation changes anything."""
        return self.generator.config.model.latent_distribution == "normal"

    def words(self, chosen: Selection) -> str:
        """What is selected, for a caption."""
        is_seed = chosen.photograph is None
        words = [f"seed {chosen.seed}" if is_seed else "nearest to your photograph"]
        classes = self.generator.classes
        if classes and not chosen.share:
            shares = self.latents(chosen)[0, -len(classes) :]
            words.append(classes[int(shares.argmax())])
        if is_seed and self.can_truncate and chosen.truncation != 1:
            words.append(f"truncation {chosen.truncation:g}")
        if chosen.share:
            words.append(f"{chosen.share:.0%} of seed {chosen.other_seed}")
        words += [f"{name} {amount:+g}" for name, amount in chosen.amounts if amount]
        return " · ".join(words)

    def latents(self, chosen: Selection) -> Floats:
        """The latent of what is selected, float32 (1, …)."""
        found = self._of_seeds([chosen.seed], chosen)
        if chosen.photograph is not None:
            found = chosen.photograph
            if chosen.class_name is not None:
                found = self._latents.of_class(found, chosen.class_name)
        if chosen.share:
            ends = np.concatenate([found, self._of_seeds([chosen.other_seed], chosen)])
            way = self.generator.interpolation(ends, _SHARES)
            place = round(chosen.share * _SHARES)
            found = way[place : place + 1]
        return self._moved(found, chosen)

    def image(self, chosen: Selection) -> Samples:
        """The image that is selected, uint8 (1, channels, size, size)."""
        return self._render(self.latents(chosen))

    def images(self, seeds: Sequence[int], chosen: Selection) -> Samples:
        """The images of other seeds, of the same class and truncation, uint8 (N, …)."""
        latents = self._of_seeds(seeds, chosen)
        # An image that is asked for meanwhile comes between two parts.
        parts = range(0, len(latents), _AT_ONCE)
        return np.concatenate([self._render(latents[at : at + _AT_ONCE]) for at in parts])

    def walk(self, seeds: Sequence[int], chosen: Selection, frames: int, suffix: str) -> bytes:
        """An animation from seed to seed and back to the first, as the content of a file.

        Args:
            seeds: two or more.
            chosen: gives the class, the truncation and the directions of all.
            frames: from one seed to the next.
            suffix: the kind of animation, such as ".gif".

        Raises:
            ConfigError: if there are fewer than two seeds, or more than 600 frames in all.
        """
        if len(seeds) * frames > MOST_FRAMES:
            raise ConfigError(
                f"{len(seeds)} seeds with {frames} frames each are more than {MOST_FRAMES} frames",
                "Take fewer seeds or frames, or use lsgan sample --interpolate.",
            )
        latents = self._moved(self._of_seeds(seeds, chosen), chosen)
        samples = self._render(self.generator.interpolation(latents, frames))
        with tempfile.TemporaryDirectory(prefix="lsgan-walk-") as folder:
            path = Path(folder) / f"walk{suffix}"
            save_animation(map(to_image, samples), path, _MILLISECONDS)
            return path.read_bytes()

    def project(
        self, photograph: Pixels, on_step: Callable[[int, int], object] = lambda _, __: None
    ) -> Projection:
        """What is nearest to a photograph.

        Args:
            photograph: uint8 (1, channels, size, size).
            on_step: called with the number of steps done and of all.
        """
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            # A slider that is moved meanwhile is answered between two steps.
            self._turn.release()
            try:
                on_step(done, _STEPS)
                # A lock that is taken again at once is not given to whoever waits for it.
                time.sleep(_PAUSE)
            finally:
                self._turn.acquire()

        with self._turn:
            projector = Projector(self.generator, _STARTS, _STEPS, seed=0)
            return projector.project(photograph, step)

    def _of_seeds(self, seeds: Sequence[int], chosen: Selection) -> Floats:
        truncation = chosen.truncation if self.can_truncate else 1
        return self.generator.latents(seeds, truncation, chosen.class_name)

    def _moved(self, latents: Floats, chosen: Selection) -> Floats:
        if self.directions is None:
            return latents
        moved: Floats = latents.copy()
        for name, amount in chosen.amounts:
            vector = self.directions.vectors[self.directions.names.index(name)]
            moved[:, : len(vector)] += np.float32(amount) * vector
        return moved

    def _render(self, latents: Floats) -> Samples:
        with self._turn:
            return self.generator.render(latents, fill=False)
