"""What came of packing a data set, for people."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from lsgan.data.output import DUPLICATES, REJECTED, SHEET
from lsgan.data.pack import PACKED
from lsgan.data.rejection import REASONS


@dataclass(frozen=True)
class PrepareSummary:
    """What has been done: `found` is `kept`, all of `rejected`, `identical` and `near` together.

    Attributes:
        out: folder of the data set.
        found: number of files looked at.
        kept: number of images packed.
        attributed: number of those whose author, licence or the like is known.
        rejected: number of files for each reason, by its code.
        ignored: number of files that are not images.
        identical: number of files left out because their bytes are those of a kept one.
        near: number of files left out because they show nearly the same as a kept one.
        seconds: time taken.
        files: of the pixels, in the order of the images.
        training: the options with which `lsgan train` takes such a data set; "" if it is not to be
            told.
    """

    out: Path
    found: int
    kept: int
    attributed: int
    rejected: dict[str, int]
    ignored: int
    identical: int
    near: int
    seconds: float
    files: list[str]
    training: str

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        speed = self.found / self.seconds if self.seconds else 0.0
        rejected = sum(self.rejected.values())
        return [
            f"found       {self.found:>8}  in {self.seconds:.1f} s, {speed:.0f} a second",
            f"kept        {self.kept:>8}{self._attributed}",
            f"rejected    {rejected:>8}",
            *(
                f"    {code:<18} {count:>6}  {REASONS[code]}"
                for code, count in self.rejected.items()
            ),
            f"ignored     {self.ignored:>8}  files that are not images",
            f"duplicates  {self.identical + self.near:>8}",
            f"    identical          {self.identical:>6}",
            f"    near               {self.near:>6}",
            f"data set    {self.out / self.files[0]}{self._shards}",
            f"preview     {self.out / SHEET}",
            f"lists       {self.out / REJECTED}, {self.out / DUPLICATES}",
            *([f"next        {self._next}"] if self.training else []),
        ]

    @property
    def _attributed(self) -> str:
        return f"  {self.attributed} with their attribution" if self.attributed else ""

    @property
    def _shards(self) -> str:
        return f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""

    @property
    def _next(self) -> str:
        """The command that trains on the data set, in a run of its name."""
        folder = self.out.resolve()
        name = (folder.parent if folder.name == PACKED else folder).name
        data, run = (shlex.quote(str(path)) for path in (self.out, Path("runs", name)))
        return f"lsgan train {self.training} --data {data} --out {run}"

    def __str__(self) -> str:
        return "\n".join(self.lines())
