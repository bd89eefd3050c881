"""What came of packing a data set, for people."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from lsgan.dataset.output import DUPLICATES, REJECTED, SHEET
from lsgan.dataset.pack import IMAGES
from lsgan.dataset.rejection import REASONS


@dataclass(frozen=True)
class PrepareSummary:
    """What has been done: `found` is `kept`, all of `rejected`, `identical` and `near` together.

    Attributes:
        out: folder of the data set.
        found: number of files looked at.
        kept: number of pictures packed.
        rejected: number of files for each reason, by its code.
        identical: number of files left out because their bytes are those of a kept one.
        near: number of files left out because they show nearly the same as a kept one.
        seconds: time taken.
        training: the options with which `lsgan train` takes such a data set.
    """

    out: Path
    found: int
    kept: int
    rejected: dict[str, int]
    identical: int
    near: int
    seconds: float
    training: str

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        speed = self.found / self.seconds if self.seconds else 0.0
        rejected = sum(self.rejected.values())
        return [
            f"found       {self.found:>8}  in {self.seconds:.1f} s, {speed:.0f} a second",
            f"kept        {self.kept:>8}",
            f"rejected    {rejected:>8}",
            *(
                f"    {code:<18} {count:>6}  {REASONS[code]}"
                for code, count in self.rejected.items()
            ),
            f"duplicates  {self.identical + self.near:>8}",
            f"    identical          {self.identical:>6}",
            f"    near               {self.near:>6}",
            f"data set    {self.out / IMAGES}",
            f"to look at  {self.out / SHEET}",
            f"left out    {self.out / REJECTED}, {self.out / DUPLICATES}",
            f"next        lsgan train {self.training} --data {shlex.quote(str(self.out))}",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())
