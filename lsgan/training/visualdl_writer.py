"""A log for VisualDL."""

import time
from typing import Any

from visualdl.proto.record_pb2 import Record

from lsgan.training.event_writer import EventWriter, Histogram
from lsgan.training.record_file import RecordFile

# VisualDL reads one file of a folder, and only if its name has this word in it.
_NAME = "vdlrecords.lsgan.log"
_FIRST = "meta_data_tag"


class VisualDLWriter(EventWriter):
    """Writes one file, from which points are dropped that are not to stand any more.

    The format has no mark for that: a VisualDL that has read them already shows them until it is
    started again.
    """

    def rewind(self, step: int) -> None:
        """Drop the points after `step`."""
        self.last = -1

        def is_kept(record: bytes) -> bool:
            [value] = Record.FromString(record).values
            if value.id > step:
                return False
            if value.tag != _FIRST:
                self.last = max(self.last, value.id)
            return True

        self._file = RecordFile(self._folder / _NAME)
        if self._file.path.exists():
            self._file.filter(is_kept)
        else:
            self._add(0, _FIRST, meta_data=Record.MetaData())

    def _add_scalar(self, step: int, name: str, value: float) -> None:
        self._add(step, name, value=value)

    def _add_image(self, step: int, name: str, png: bytes, size: tuple[int, int]) -> None:  # noqa: ARG002
        self._add(step, name, image=Record.Image(encoded_image_string=png))

    def _add_histogram(self, step: int, name: str, histogram: Histogram) -> None:
        _, counts, edges = histogram
        self._add(step, name, histogram=Record.Histogram(hist=counts, bin_edges=edges))

    def _add(self, step: int, name: str, **content: Any) -> None:
        value = Record.Value(id=step, tag=name, timestamp=round(1000 * time.time()), **content)
        self._file.add(Record(values=[value]).SerializeToString())
