"""The data set card: a README.md with the metadata that Hugging Face's Hub reads."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsgan.data.own import description
from lsgan.data.pack import PACKED, Pack
from lsgan.image_folder.packed_image import PackedImage
from lsgan.image_folder.target import IMAGES, METADATA
from lsgan.scrape.licenses import CODES, text_of
from lsgan.scrape.markup import clean
from lsgan.text import counted

# The versions of Creative Commons' licences that the Hub knows:
# https://huggingface.co/docs/hub/repositories-licenses
_VERSIONS = {
    "cc0": ("1.0",),
    "by": ("2.0", "2.5", "3.0", "4.0"),
    "by-sa": ("3.0", "4.0"),
    "by-nc": ("2.0", "3.0", "4.0"),
    "by-nd": ("4.0",),
    "by-nc-sa": ("2.0", "3.0", "4.0"),
    "by-nc-nd": ("3.0", "4.0"),
}
_HUB = {
    f"{'CC0' if code == 'cc0' else f'CC {code.upper()}'} {version}": f"cc-{code}-{version}"
    for code, versions in _VERSIONS.items()
    for version in versions
}
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))
_LARGEST = "1M<n<10M"
# Of more images the attribution is in the metadata alone.
_MOST_LISTED = 500


@dataclass(frozen=True)
class Card:
    """A data set card.

    Attributes:
        pack: the data set.
        images: those of it that are written.
        folder: the name of the folder that they are written to.
    """

    pack: Pack
    images: Sequence[PackedImage]
    folder: str

    def text(self) -> str:
        """The card in Markdown."""
        return "\n".join([*self._head(), *self._body(), *self._licenses(), *self._loading()])

    @property
    def _name(self) -> str:
        """The data set's name: its folder's, with nothing that means something in Markdown."""
        path = self.pack.path.resolve()
        name = (path.parent if path.name == PACKED else path).name
        words = re.sub(r"[^\w .-]+", " ", name).split()
        return " ".join(words).strip("_.-") or "images"

    @property
    def _pixels(self) -> str:
        return f"{self.pack.size}×{self.pack.size} pixels"

    @property
    def _paired(self) -> bool:
        return self.pack.kind == "pairs"

    def _head(self) -> Iterator[str]:
        pretty = f"{self._name}, {self._pixels}"
        task = "image-to-image" if self._paired else "unconditional-image-generation"
        sizes = (size for most, size in _SIZES if len(self.images) < most)
        yield "---"
        yield f"pretty_name: {json.dumps(pretty, ensure_ascii=False)}"
        yield from self._license_lines()
        yield "size_categories:"
        yield f"- {next(sizes, _LARGEST)}"
        yield "task_categories:"
        yield f"- {task}"
        yield "---"
        yield ""

    def _license_lines(self) -> Iterator[str]:
        names = {image.license_name for image in self.images}
        codes = {image.license_code for image in self.images}
        name = names.pop() if len(names) == 1 else ""
        if name in _HUB:
            yield f"license: {_HUB[name].replace('cc-cc0', 'cc0')}"
        elif codes == {"unknown"}:
            yield "license: unknown"
        else:
            yield "license: other"
            if codes <= set(CODES) and text_of(name):
                yield f"license_name: {name.lower().replace(' ', '-')}"
                yield f"license_link: {text_of(name)}"

    def _body(self) -> Iterator[str]:
        count = counted(len(self.images), "pair" if self._paired else "image")
        kind = "grey" if self._channels == 1 else "colour"
        yield f"# {self._name}"
        yield ""
        yield f"{count} of {self._pixels}, {kind}, PNG, written by `lsgan export-data`."
        yield self._made()
        yield ""
        yield f"`{IMAGES}/{METADATA}` has a line for each image: its file, and what is known of its"
        yield "class (`label`), title, author, licence, page and original."
        yield ""

    @property
    def _channels(self) -> int:
        return self.pack.channels // (2 if self._paired else 1)

    def _made(self) -> str:
        """How the images differ from their originals, as licences ask to be told."""
        settings = (description(self.pack.path) or {}).get("settings")
        if isinstance(settings, dict) and settings.get("origin") == "mnist":
            return "Each is a digit with a black border."
        if self._paired:
            return (
                "Each file shows two images side by side, the input on the left and the target on "
                "the right; each is the central square of its half of the original, scaled."
            )
        return "Each is the central square of its original, scaled."

    def _licenses(self) -> Iterator[str]:
        yield "## Licences"
        yield ""
        if all(image.license_code == "unknown" for image in self.images):
            yield "The licence of the images is not known: ask their owners what may be done."
        else:
            yield "Each image is under its own licence. Titles, authors and licences are as the"
            yield "sources gave them."
        yield ""
        yield "| licence | images |"
        yield "| --- | --- |"
        names = Counter(map(_shown, self.images))
        for name, count in sorted(names.items(), key=lambda item: (-item[1], item[0])):
            yield f"| {name} | {count} |"
        yield ""
        told = [image for image in self.images if image.attribution]
        if len(told) > _MOST_LISTED:
            yield f"Title, author, licence and page of each image are in `{IMAGES}/{METADATA}`."
            yield ""
        elif told:
            yield "```text"
            yield from map(_attribution_line, told)
            yield "```"
            yield ""

    def _loading(self) -> Iterator[str]:
        folder = json.dumps(self.folder, ensure_ascii=False)
        words = [f"--size {self.pack.size}"]
        words += ["--channels 1"] if self._channels == 1 else []
        words += ["--from pairs"] if self._paired else ["--keep-duplicates"]
        source, out = (shlex.quote(path) for path in (self.folder, str(Path("data") / self._name)))
        yield "## Loading"
        yield ""
        yield "```python"
        yield "from datasets import load_dataset"
        yield ""
        yield f'images = load_dataset("imagefolder", data_dir={folder}, split="train")'
        yield "```"
        yield ""
        yield "To train on it with lsgan, pack it again, to the same pixels:"
        yield ""
        yield "```sh"
        yield f"lsgan prepare {source} --out {out} {' '.join(words)}"
        yield "```"
        yield ""


def _shown(image: PackedImage) -> str:
    """An image's licence in the table; the words of strangers stay out of Markdown."""
    if image.license_code == "unknown":
        return "unknown"
    if image.license_code not in CODES:
        return f"another, see `{METADATA}`"
    link = text_of(image.license_name)
    return f"[{image.license_name}]({link})" if link else image.license_name


def _attribution_line(image: PackedImage) -> str:
    """Whose an image is, in a line that cannot end the block of text around it."""
    told = image.attribution
    words = [
        told.get("title") or "Untitled",
        told.get("author") or "unknown author",
        image.license_name or "licence unknown",
        told.get("page") or told.get("original") or told.get("url") or "",
    ]
    return f"{image.file_name}: {', '.join(clean(word) for word in words if word)}"
