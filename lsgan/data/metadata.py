"""What the files of a source tell of its images: attribution and classes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from lsgan.data.archives import is_named_as_tar
from lsgan.data.attribution import Row, attribution, class_of, has_class
from lsgan.data.candidate import Candidate
from lsgan.data.hugging_face import are_splits, is_metadata, read_metadata
from lsgan.data.webdataset import read_samples


def described(candidates: list[Candidate]) -> list[Candidate]:
    """The images among the files of one source, each with what the other files tell of it.

    The files that tell it, `metadata.jsonl` or `metadata.csv` of Hugging Face's image folders and
    the side-car files of WebDataset, are left out, unless something is wrong with them: then they
    are rejected. Where both tell of an image, the former counts.

    The class of an image is the one that they tell, else the first folder below the source or, if
    all of those are the parts of a data set such as `train`, below that.
    """
    files = {candidate.file: candidate for candidate in candidates}
    rows, used, rejected = read_samples(files)
    for metadata in filter(is_metadata, candidates):
        told, problems = read_metadata(metadata, files)
        rows |= {file: {**rows.get(file, {}), **row} for file, row in told.items()}
        used.add(metadata.file)
        rejected += problems
    images = [candidate for candidate in candidates if candidate.file not in used]
    # A README beside the folders is in no part of the data set.
    outer = {next(iter(_folders(each)), None) for each in images if each.is_named_as_image}
    depth = 1 if are_splits(outer) else 0
    told_of = [_told_of(image, _folders(image)[depth:], rows) for image in images]
    return sorted([*told_of, *rejected], key=lambda candidate: candidate.file)


def _folders(candidate: Candidate) -> tuple[str, ...]:
    """The folders that a file lies in; an archive among them is none."""
    names = PurePosixPath(candidate.file).parts[:-1]
    return tuple(name for name in names if not is_named_as_tar(name))


def _told_of(image: Candidate, folders: tuple[str, ...], rows: Mapping[str, Row]) -> Candidate:
    row = rows.get(image.file, {})
    return replace(
        image,
        category=class_of(row) if has_class(row) else next(iter(folders), None),
        attribution=attribution(row),
    )
