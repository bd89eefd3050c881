import io
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, features

from lsgan.data import colour, decode, formats
from lsgan.data.rejection import RejectedError
from tests.data.samples import flat, save, square, texture


def rejection(path, content=None):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RejectedError) as caught:
        decode.decode(path, 64, 3, 1)
    return caught.value.reason, caught.value.detail


def tiff_bytes(bits, sample_format, samples=3):
    """A TIFF that Pillow has no mode for, made of one that it has."""
    image = Image.new("RGB", (64, 64), (9, 9, 9))
    stream = io.BytesIO()
    image.save(stream, "TIFF", tiffinfo={339: (sample_format,) * samples})
    content = bytearray(stream.getvalue())
    place = content.index(b"\x08\0\x08\0\x08\0")
    content[place : place + 6] = bytes([bits, 0]) * 3
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\x0a" + bytes(99), "JPEG XL: convert it"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), "JPEG 2000: convert it"),
        (b"8BPS\0\1" + bytes(99), "Photoshop"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "vector graphic"),
        (b"\0\0\0\x18ftypcrx " + bytes(99), "a camera's raw file: develop it"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(99), "a camera's raw file: develop it"),
        (tiff_bytes(32, 3), "a TIFF that Pillow does not read (unknown pixel mode): convert it"),
    ],
)
def test_what_is_not_read_is_named_with_a_remedy(tmp_path, content, words):
    reason, detail = rejection(tmp_path / "a.jpg", content)
    assert (reason, words in detail) == ("unsupported-format", True)


def test_heic_names_the_extra_that_reads_it(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_HEIF", False)
    monkeypatch.setattr(formats, "FORMATS", ("JPEG", "PNG"))
    content = b"\0\0\0\x1cftypheic" + bytes(40)
    assert rejection(tmp_path / "a.heic", content) == (
        "unsupported-format",
        'HEIC: pip install "lsgan[heic]"',
    )


def test_a_broken_heic_is_damaged_where_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_HEIF", True)
    reason, _ = rejection(tmp_path / "a.heic", b"\0\0\0\x1cftypheic" + bytes(40))
    assert reason == "damaged"


def test_a_video_is_no_image(tmp_path):
    content = b"\0\0\0\x20ftypisom" + bytes(99)
    assert rejection(tmp_path / "a.mp4", content) == ("not-an-image", "a video")


@pytest.mark.parametrize("name", ["AVIF", "HEIF"])
def test_the_formats_of_phones_are_read_where_they_can_be(tmp_path, name):
    if name not in formats.FORMATS:
        pytest.skip(f"this installation does not read {name}")
    if name == "AVIF":
        assert features.check("avif")
    path = save(tmp_path / "a", flat((40, 90, 160)), format=name)
    assert np.abs(square(path)[:, 9, 9].astype(int) - (40, 90, 160)).max() <= 3


@pytest.mark.parametrize("tags", [{50706: b"\1\4\0\0"}, {254: 1, 330: 8}])
def test_the_preview_in_a_cameras_raw_file_is_no_photograph(tmp_path, tags):
    path = save(tmp_path / "a.dng", flat((9, 9, 9)), format="TIFF", tiffinfo=tags)
    reason, detail = rejection(path)
    assert (reason, detail.split(":")[0]) == ("unsupported-format", "a camera's raw file")


def test_megabytes_of_text_and_profile_lose_no_png(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "{}" * 1_000_000, zip=True)
    save(tmp_path / "text.png", flat((1, 2, 3)), pnginfo=text)
    save(tmp_path / "profile.png", flat((1, 2, 3)), icc_profile=bytes(1_500_000))
    for name in ("text", "profile"):
        assert square(tmp_path / f"{name}.png")[:, 5, 5].tolist() == [1, 2, 3]


def test_a_bomb_of_text_is_not_unpacked(tmp_path):
    packed = zlib.compress(bytes(80_000_000), 9)
    text = PngImagePlugin.PngInfo()
    text.add(b"zTXt", b"a\0\0" + packed)
    reason, _ = rejection(save(tmp_path / "a.png", flat((1, 2, 3)), pnginfo=text))
    assert reason == "unsupported-format"


def test_libtiffs_own_words_do_not_reach_the_terminal(tmp_path, capfd):
    path = save(tmp_path / "a.tif", texture(1), compression="tiff_lzw")
    path.write_bytes(path.read_bytes()[:-2000])
    content = bytearray(save(tmp_path / "b.tif", texture(1), compression="tiff_lzw").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 500] = bytes(500)
    for kind in (path.read_bytes(), bytes(content)):
        rejection(tmp_path / "c.tif", kind)
    assert capfd.readouterr().err == ""


# Large images


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16", "I", "F", "CMYK", "1"])
def test_a_large_image_is_converted_in_strips_to_the_same(tmp_path, monkeypatch, mode):
    image = texture(3, 700, 530)
    if mode in ("I;16", "I", "F"):
        grey = np.asarray(image.convert("L"))
        kinds = {"I;16": (np.uint16, 257), "I": (np.int32, 8_000_000), "F": (np.float32, 1 / 255)}
        kind, factor = kinds[mode]
        image = Image.fromarray((grey * np.float64(factor)).astype(kind))
    elif mode != "RGB":
        image = image.convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.tif", image, exif=exif)
    whole = decode.decode(path, 32, 3, 1)
    monkeypatch.setattr(decode, "_LARGE", 1000)
    monkeypatch.setattr(colour, "_STRIP_PIXELS", 40_000)
    reduced = decode.decode(path, 32, 3, 1)
    assert reduced.facts.width == whole.facts.width == 530
    difference = np.abs(reduced.pixels.astype(int) - whole.pixels)
    assert difference.mean() < 2
    assert difference.max() <= (60 if mode == "1" else 12)


def test_webp_of_more_pixels_than_its_decoder_has_memory_for_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "_MOST_PIXELS_OF_GREEDY", 6000)
    assert rejection(save(tmp_path / "a.webp", flat((1, 2, 3))))[0] == "too-many-pixels"
    assert square(save(tmp_path / "a.png", flat((1, 2, 3)))).max() == 3
