"""The parts of the page."""

import base64
import io
import re

import numpy as np
from PIL import Image

from lsgan.explorer import markup
from lsgan.io.images import is_marked


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


def test_an_image_stands_in_the_page_as_it_was_made(landscapes: np.ndarray) -> None:
    html = markup.figure(landscapes[0], 'seed 1 · <b>"lake"</b>', "step-1", 1)
    (uri,) = re.findall(r'src="(data:image/png[^"]+)"', html)
    with opened(uri) as image:
        assert is_marked(image)
        np.testing.assert_array_equal(np.asarray(image).transpose(2, 0, 1), landscapes[0])
    assert "<b>" not in html
    assert 'download="step-1.png"' in html
    grey = markup.figure(landscapes[0][:1], "grey", "grey", None)
    assert 'data-seed=""' in grey


def test_a_grid_has_a_button_for_each_seed_and_can_be_saved(landscapes: np.ndarray) -> None:
    html = markup.seed_grid(landscapes[:3], [7, 8, 9], "grid")
    assert re.findall(r'<button [^>]*data-seed="(\d+)"', html) == ["7", "8", "9"]
    assert re.findall(r'aria-label="(Seed \d)"', html) == ["Seed 7", "Seed 8", "Seed 9"]
    (uri,) = re.findall(r'href="(data:[^"]+)" download="grid.png"', html)
    with opened(uri) as image:
        assert image.size == (3 * 34 - 2, 32)
        assert is_marked(image)


def test_commands_in_notes_are_code_and_nothing_else_is_markup() -> None:
    html = markup.note("Find them with `lsgan directions 'a & b'` <now>")
    assert "<code>lsgan directions &#39;a &amp; b&#39;</code> &lt;now&gt;" in html
