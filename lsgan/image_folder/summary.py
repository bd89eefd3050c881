"""What came of an export, for people."""

import json
from dataclasses import dataclass
from pathlib import Path

from lsgan.image_folder.permission import Permission, words
from lsgan.image_folder.target import CARD, IMAGES, METADATA


@dataclass(frozen=True)
class ExportSummary:
    """What has been done.

    Attributes:
        out: the folder.
        written: number of images in it.
        left_out: number of images that were not permitted, by the code of their licence.
        permission: which ones were.
    """

    out: Path
    written: int
    left_out: dict[str, int]
    permission: Permission

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        return [
            f"written     {self.written:>8}",
            f"left out    {sum(self.left_out.values()):>8}",
            *(f"    {code:<18} {count:>6}  {words(code)}" for code, count in self.left_out.items()),
            f"licences    {self.permission}",
            f"images      {self.out / IMAGES}",
            f"attribution {self.out / IMAGES / METADATA}",
            f"card        {self.out / CARD}",
            f'next        load_dataset("imagefolder", data_dir={json.dumps(str(self.out))})',
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())
