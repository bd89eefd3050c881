"""Images as parts of the page: everything is in the page itself, nothing is kept in files."""

import base64
import io
from collections.abc import Sequence

from markupsafe import Markup
from PIL import Image

from lsgan.arrays import Pixels
from lsgan.inference.generator import Generator
from lsgan.io.images import grid, png_mark, to_image

# The image is in the page once: its link takes it from there when it is followed.
_SAVE = Markup(
    '<a class="save" href="#" download="{name}" '
    "onclick=\"this.href = this.closest('figure').querySelector('img').src\">{text}</a>"
)


def uri(content: bytes, kind: str) -> str:
    """The content of a file as an address.

    Args:
        content: the file's.
        kind: its media type, such as "image/png".
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def png(image: Image.Image) -> str:
    """An image as the address of a PNG with the program's mark."""
    content = io.BytesIO()
    # The fastest compression: the page is on this machine, and waits.
    image.save(content, "PNG", pnginfo=png_mark(), compress_level=1)
    return uri(content.getvalue(), "image/png")


def figure(pixels: Pixels, caption: str, name: str, seed: int | None) -> str:
    """The image that is shown large, with what saves it.

    Args:
        pixels: uint8 (channels, size, size).
        caption: what it is.
        name: the name of its file, without an ending.
        seed: the seed that is marked in the grid, None for none.
    """
    size = pixels.shape[-1]
    return Markup(
        '<figure class="shown" data-seed="{seed}">'
        '<img src="{uri}" width="{size}" height="{size}" alt="Generated image: {caption}">'
        "<figcaption><span>{caption}</span>"
        "{save}</figcaption></figure>"
    ).format(
        seed="" if seed is None else seed,
        uri=png(to_image(pixels)),
        size=size,
        caption=caption,
        save=_SAVE.format(name=f"{name}.png", text="Save image"),
    )


def seed_grid(images: Pixels, seeds: Sequence[int], name: str) -> str:
    """A grid of buttons, one for each seed, and what saves all as one image.

    Args:
        images: uint8 (N, channels, size, size).
        seeds: one for each.
        name: the name of the file of all, without an ending.
    """
    size = images.shape[-1]
    cell = Markup(
        '<button type="button" data-seed="{seed}" aria-pressed="false" aria-label="Seed {seed}">'
        '<img src="{uri}" width="{size}" height="{size}" alt="" draggable="false">'
        '<span aria-hidden="true">{seed}</span></button>'
    )
    cells = Markup("").join(
        cell.format(seed=seed, uri=png(to_image(pixels)), size=size)
        for pixels, seed in zip(images, seeds, strict=True)
    )
    link = Markup('<a class="save" href="{}" download="{}.png">Save grid</a>')
    return Markup('<div class="seeds" role="group" aria-label="Seeds">{}</div>{}').format(
        cells, link.format(png(grid(images)), name)
    )


def animation(content: bytes, kind: str, caption: str, name: str) -> str:
    """An animation and what saves it.

    Args:
        content: of its file.
        kind: "gif" or "webp".
        caption: what it shows.
        name: the file's, without an ending.
    """
    return Markup(
        '<figure class="walk"><img src="{uri}" alt="Animation: {caption}">'
        "<figcaption><span>{caption}, {size:,.0f} KB</span>"
        "{save}</figcaption></figure>"
    ).format(
        uri=uri(content, f"image/{kind}"),
        caption=caption,
        size=len(content) / 1000,
        save=_SAVE.format(name=f"{name}.{kind}", text="Save animation"),
    )


def row_of(images: Pixels, captions: Sequence[str], name: str = "") -> str:
    """Images beside each other, each with its caption.

    Args:
        images: uint8 (N, channels, size, size).
        captions: one for each.
        name: of the file that the last of them can be saved to, without an ending; "" for none.
    """
    cell = Markup('<figure><img src="{}" alt="{}"><figcaption>{}{}</figcaption></figure>')
    save = Markup("<br>{}").format(_SAVE.format(name=f"{name}.png", text="Save image"))
    cells = Markup("").join(
        cell.format(
            png(to_image(pixels)),
            caption,
            caption,
            save if name and place == len(captions) - 1 else "",
        )
        for place, (pixels, caption) in enumerate(zip(images, captions, strict=True))
    )
    return Markup('<div class="beside">{}</div>').format(cells)


def heading(name: str, generator: Generator) -> str:
    """The head of the page.

    Args:
        name: what the run or file is called.
        generator: its generator.
    """
    model = generator.config.model
    facts = [generator.name, model.generator, f"{model.size}×{model.size} pixels"]
    return Markup("<header><h1>{}</h1><p>{}</p></header>").format(name, " · ".join(facts))


def note(text: str) -> str:
    """A paragraph in a softer color; what stands between backquotes is shown as code."""
    parts = text.split("`")
    marked = Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else Markup.escape(part)
        for place, part in enumerate(parts)
    )
    return Markup('<p class="note">{}</p>').format(marked)
