import io
import os
import random
import struct
import zlib
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageFile

from lsgan.data.decode import Decoded, attempt, decode
from lsgan.data.rejection import MAX_PIXELS, REASONS, RejectedError
from tests.data.samples import LANDSCAPES, flat, save, square

# Top left red, top right green, bottom left blue, bottom right white.
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


def reason(path: Path, size=64, min_size=64) -> str:
    with pytest.raises(RejectedError) as caught:
        decode(path, size, 3, min_size)
    assert caught.value.reason in REASONS
    assert str(path) not in caught.value.detail
    assert " at 0x" not in caught.value.detail
    return caught.value.reason


def scene(width: int, height: int, seed=0) -> Image.Image:
    """An image with detail at every scale."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for octave in range(2, 9):
        noise = rng.integers(0, 256, (2**octave, 2**octave, 3), dtype=np.uint8)
        layer = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float64) - 128) / 2 ** (octave - 2)
    return Image.fromarray((total / 2 + 128).clip(0, 255).astype(np.uint8))


def four_corners(width=96, height=64) -> Image.Image:
    image = Image.new("RGB", (width, height))
    for index, colour in enumerate(CORNERS):
        left, top = index % 2 * width // 2, index // 2 * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


# Formats


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_format_gives_the_colour_that_was_saved(tmp_path, name):
    path = save(tmp_path / "image", flat((200, 100, 50)), format=name)
    decoded = decode(path, 64, 3, 64)
    assert decoded.facts.format == name
    assert decoded.pixels.shape == (3, 64, 64)
    assert decoded.pixels.dtype == np.uint8
    assert np.abs(decoded.pixels[:, 32, 32].astype(int) - (200, 100, 50)).max() <= 3


def test_the_image_of_a_phone_counts_as_jpeg_and_its_first_frame_is_taken(tmp_path):
    path = tmp_path / "phone.jpg"
    flat((250, 0, 0)).save(path, format="MPO", save_all=True, append_images=[flat((0, 0, 250))])
    assert Image.open(path).format == "MPO"
    decoded = decode(path, 64, 3, 64)
    assert decoded.facts.format == "JPEG"
    assert decoded.pixels[0, 32, 32] > 240


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(tmp_path, name):
    path = tmp_path / "moving"
    first, second = flat((0, 200, 0)), flat((200, 0, 0))
    first.save(path, format=name, save_all=True, append_images=[second], lossless=True)
    assert square(path)[:, 32, 32].tolist() == [0, 200, 0]


# Orientation


# For each EXIF orientation the operation a camera's image has undergone before it was stored
# (the inverse of what a viewer must do), in numpy's terms on (height, width, 3).
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path, orientation, name):
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(four_corners()))))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a", stored, format=name, exif=exif, quality=95)
    decoded = decode(path, 32, 3, 1)
    assert (decoded.facts.width, decoded.facts.height) == (96, 64)
    places = [(8, 8), (8, 24), (24, 8), (24, 24)]
    for (y, x), colour in zip(places, CORNERS, strict=True):
        assert np.abs(decoded.pixels[:, y, x].astype(int) - colour).max() < 12


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"]
)
def test_a_broken_exif_block_loses_no_image(tmp_path, exif):
    assert square(save(tmp_path / "a.jpg", flat((200, 100, 50)), exif=exif)).shape == (3, 64, 64)


def test_the_size_is_that_of_the_whole_file_though_jpeg_is_decoded_reduced(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", flat((9, 9, 9), size=(1501, 1101)), exif=exif)
    facts = decode(path, 32, 3, 1101).facts
    assert (facts.width, facts.height) == (1101, 1501)
    assert reason(path, size=32, min_size=1102) == "too-small"


# Cropping and resizing


@pytest.mark.parametrize("size", [(256, 64), (64, 256)])
def test_the_centre_square_is_taken_and_nothing_is_stretched(tmp_path, size):
    values = np.zeros((256, 64, 3), np.uint8)
    values[96:160] = 255  # the middle 64 rows of 256
    values = values if size == (64, 256) else values.transpose(1, 0, 2)
    pixels = square(save(tmp_path / "a.png", Image.fromarray(np.ascontiguousarray(values))))
    assert pixels.min() == 255


def test_a_circle_stays_a_circle(tmp_path):
    y, x = np.mgrid[0:200, 0:320]
    disc = ((y - 99.5) ** 2 + (x - 159.5) ** 2 < 80**2).astype(np.uint8) * 255
    pixels = square(save(tmp_path / "a.png", Image.fromarray(disc)))[0] > 127
    # Diameter 160 of 200, at 64: 51.2.
    assert abs(pixels.any(axis=0).sum() - 51.2) <= 1
    assert pixels.any(axis=0).sum() == pixels.any(axis=1).sum()


def test_resizing_is_pillows_lanczos(tmp_path):
    image = scene(300, 200)
    path = save(tmp_path / "a.png", image)
    expected = image.resize((64, 64), Image.Resampling.LANCZOS, box=(50, 0, 250, 200))
    assert np.array_equal(square(path), np.asarray(expected).transpose(2, 0, 1))


def test_an_image_of_the_packed_size_is_left_as_it_is(tmp_path):
    image = scene(64, 64)
    assert np.array_equal(
        square(save(tmp_path / "a.png", image)), np.asarray(image).transpose(2, 0, 1)
    )


@pytest.mark.parametrize("width", [1999, 1030, 700])
def test_reduced_decoding_of_jpeg_stays_within_one_of_255(tmp_path, width):
    path = save(tmp_path / "a.jpg", scene(width, width * 3 // 4), quality=90)
    full = Image.open(path).convert("RGB")
    left = (full.width - full.height) / 2
    box = (left, 0, left + full.height, full.height)
    expected = np.asarray(full.resize((32, 32), Image.Resampling.LANCZOS, box=box), np.float64)
    assert np.abs(square(path, size=32) - expected.transpose(2, 0, 1)).mean() < 1


def test_the_hash_is_the_phash_of_the_whole_image(tmp_path):
    image = scene(300, 200)
    facts = decode(save(tmp_path / "a.png", image), 64, 3, 64).facts
    assert f"{facts.phash:016x}" == str(imagehash.phash(image))


# Files that cannot be used


def test_empty_and_foreign_files_are_rejected(tmp_path):
    contents = {
        "empty": b"",
        "not-an-image": b"<html><title>404</title></html>",
        "unsupported-format": b"\0\0\0\x0cJXL " + b"\0" * 40,
        "damaged": b"\xff\xd8\xff" + b"\0" * 40,
    }
    for expected, content in contents.items():
        path = tmp_path / f"{expected}.jpg"
        path.write_bytes(content)
        assert reason(path) == expected


@pytest.mark.parametrize("name", ["JPEG", "PNG", "BMP", "TIFF", "GIF", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_cut_off_is_rejected(tmp_path, name, part):
    stream = io.BytesIO()
    scene(200, 200).save(stream, format=name)
    path = tmp_path / "a"
    path.write_bytes(stream.getvalue()[: int(len(stream.getvalue()) * part)])
    assert reason(path) in ("truncated", "damaged")
    if name in ("JPEG", "PNG", "BMP"):
        assert reason(path) == "truncated"
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_large_jpeg_cut_off_is_rejected_though_decoded_reduced(tmp_path):
    path = save(tmp_path / "a.jpg", scene(1200, 900))
    path.write_bytes(path.read_bytes()[:-2000])
    assert reason(path) == "truncated"


def png_header(width: int, height: int) -> bytes:
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize("size", [(60000, 60000), (10001, 10000), (2**31 - 1, 64)])
def test_a_pixel_bomb_is_rejected_by_its_header(tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(*size))
    assert size[0] * size[1] > MAX_PIXELS
    assert reason(path) == "too-many-pixels"


def test_a_header_at_the_limit_is_not_a_bomb(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(png_header(10000, 10000))
    assert reason(path) == "truncated"


@pytest.mark.parametrize("size", [(63, 200), (200, 63), (10000, 3), (1, 1)])
def test_small_and_extremely_long_images_are_rejected(tmp_path, size):
    assert reason(save(tmp_path / "a.png", flat(0, "L", size))) == "too-small"


def test_the_least_size_itself_is_enough(tmp_path):
    assert square(save(tmp_path / "a.png", flat(7, "L", (64, 90))), min_size=64).max() == 7


def test_what_the_system_does_not_let_be_read_is_rejected(tmp_path):
    assert reason(tmp_path / "vanished.jpg") == "unreadable"
    (tmp_path / "broken.jpg").symlink_to(tmp_path / "nowhere")
    assert reason(tmp_path / "broken.jpg") == "unreadable"
    assert reason(tmp_path) == "unreadable"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_without_permission_is_rejected(tmp_path):
    path = save(tmp_path / "a.png", flat(0, "L"))
    path.chmod(0)
    assert reason(path) == "unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "not-an-image"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_random_damage_never_raises_anything_but_a_rejection(tmp_path, name):
    rng = random.Random(name)
    stream = io.BytesIO()
    scene(100, 80).save(stream, format=name)
    whole, path = stream.getvalue(), tmp_path / "a"
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 20)):
            data[rng.randrange(min(len(data), rng.choice([64, 10**9])))] = rng.randrange(256)
        path.write_bytes(data)
        outcome = attempt(path, 32, 3, 32)
        assert isinstance(outcome, (Decoded, RejectedError))


@pytest.mark.skipif(not LANDSCAPES.is_dir(), reason="the photographs are not on this machine")
def test_real_photographs_decode_to_pillows_own_result():
    for path in sorted(LANDSCAPES.rglob("*.jpg"))[::700]:
        image = Image.open(path).convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) / 2, (image.height - side) / 2
        expected = image.resize(
            (64, 64), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
        )
        assert np.array_equal(square(path), np.asarray(expected).transpose(2, 0, 1))
