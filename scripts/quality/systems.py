"""The training programs that are compared: how each is started, taken up again and sampled."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lsgan.data.pack import open_pack
from lsgan.data.sampler import split
from lsgan.io.files import make_folder

LIGHTWEIGHT = "lightweight-gan"
_SIDE = Path(__file__).with_name("lightweight_side.py")


class System(Protocol):
    """A program that trains in `folder/run` and leaves checkpoints there."""

    def command(self, every: float) -> list[str]:
        """The command that begins the training, or goes on with it where there is one.

        Args:
            every: seconds after which a checkpoint is to be written at the latest.
        """
        ...

    def checkpoints(self) -> list[Path]:
        """The checkpoints that are there, the newest last."""
        ...

    def sample(self, checkpoint: Path, out: Path, count: int) -> dict[str, Any]:
        """Write images to `out`, uint8 (N, 3, H, W); what is to be known of the checkpoint."""
        ...


def system_of(described: dict[str, Any], folder: Path) -> System:
    """The program that a description names."""
    kind = Lightweight if described["system"] == LIGHTWEIGHT else Lsgan
    return kind(described, folder)


class Lsgan:
    """A configuration of lsgan."""

    def __init__(self, described: dict[str, Any], folder: Path) -> None:
        self._described, self._run = described, folder / "run"

    def command(self, every: float) -> list[str]:
        words = [sys.executable, "-m", "lsgan", "train", "--out", str(self._run)]
        if (self._run / "config.yaml").is_file():
            return [*words, "--resume", "--set", f"checkpoint.minutes={every / 60}"]
        described = self._described
        changes = (
            f"data.val_fraction={described['val_fraction']}",
            f"train.seed={described['seed']}",
            f"checkpoint.minutes={every / 60}",
            # The time ends it.
            "train.steps=100000000",
            *described["set"],
        )
        words += ["--config", described["system"], "--data", described["data"]]
        return words + [word for change in changes for word in ("--set", change)]

    def checkpoints(self) -> list[Path]:
        return sorted((self._run / "checkpoints").glob("step-*.safetensors"))

    def sample(self, checkpoint: Path, out: Path, count: int) -> dict[str, Any]:
        # Paddle is loaded by the commands alone that need it.
        from lsgan.checkpoints.checkpoint import describe
        from lsgan.inference.sampling import open_generator

        generator = open_generator(checkpoint)
        np.save(out, generator.render(generator.latents(range(count))))
        steps = describe(checkpoint).step
        images = steps * generator.config.train.images
        return {"steps": steps, "images": images, "generator": "average"}


class Lightweight:
    """lightweight-gan, by the Python of an environment of its own: see lightweight_side.py."""

    def __init__(self, described: dict[str, Any], folder: Path) -> None:
        self._described, self._folder = described, folder
        self._run = folder / "run"

    def command(self, every: float) -> list[str]:
        seed, changes = self._described["seed"], self._described["set"]
        photographs = self._photographs()
        side = self._side("train", photographs, self._run, "--every", every, "--seed", seed)
        return side + [word for change in changes for word in ("--set", change)]

    def checkpoints(self) -> list[Path]:
        return [path for path in (self._run / "checkpoint.pt",) if path.is_file()]

    def sample(self, checkpoint: Path, out: Path, count: int) -> dict[str, Any]:
        command = self._side("sample", checkpoint, out, "--count", count)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        shutil.rmtree(checkpoint.parent / ".sampling", ignore_errors=True)
        return json.loads(done.stdout.splitlines()[-1])

    def _side(self, *words: Any) -> list[str]:
        return [self._described["python"], str(_SIDE), *map(str, words)]

    def _photographs(self) -> Path:
        """A folder of links to the photographs that lsgan trains on, none of those held out."""
        described, folder = self._described, self._folder / "photographs"
        pack = open_pack(Path(described["data"]))
        trained, _ = split(len(pack), described["val_fraction"], described["seed"])
        manifest = pack.manifest()
        shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder)
        for place in trained:
            file = Path(described["photographs"], manifest[place]["file"]).resolve(strict=True)
            (folder / f"{place:06d}{file.suffix.lower()}").symlink_to(file)
        return folder
