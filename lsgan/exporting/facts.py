"""What a model card is written from."""

from dataclasses import dataclass
from pathlib import Path

from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.config import Config
from lsgan.evaluation.saved import Evaluation
from lsgan.exporting.provenance import DataSet, data_name

UNKNOWN_LICENSE = "unknown"


@dataclass(frozen=True)
class Facts:
    """A model, its files and what is known of it.

    Attributes:
        title: the model's name.
        config: what it was trained with.
        checkpoint: what its checkpoint says of itself.
        kind: the format's name.
        library: what reads the model files, as a model hub calls that.
        packages: what the example needs.
        files: the model files.
        difference: the largest one between the exported network and the generator.
        data: what it was trained on, None if that is not known.
        evaluation: what `lsgan evaluate` found, None if it has not been run.
        source: the run or the checkpoint file, as it was named.
        license: the model's licence, as the hub calls it.
        samples: the file with images, None if there is none.
    """

    title: str
    config: Config
    checkpoint: Checkpoint
    kind: str
    library: str
    packages: tuple[str, ...]
    files: list[str]
    difference: float
    data: DataSet | None
    evaluation: Evaluation | None
    source: Path
    license: str
    samples: str | None

    @property
    def data_name(self) -> str:
        """What the data set is called, "" if that is not known."""
        return self.data.name if self.data else data_name(self.config.data.path)
