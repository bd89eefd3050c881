import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.data.samples import flat, save, square

# Transparency, palettes, depths and colour models


def test_half_transparent_pixels_are_laid_on_white(tmp_path):
    # 100 * 128/255 + 255 * 127/255 = 177.2; 0 and 255 likewise give 127 and 255.
    path = save(tmp_path / "a.png", flat((100, 0, 255, 128), "RGBA"))
    assert square(path)[:, 5, 5].tolist() == [177, 127, 255]


def test_half_transparent_grey_is_laid_on_white(tmp_path):
    path = save(tmp_path / "a.png", flat((100, 128), "LA"))
    assert square(path)[:, 5, 5].tolist() == [177, 177, 177]


def test_wholly_transparent_pixels_are_white_whatever_colour_they_hide(tmp_path):
    assert square(save(tmp_path / "a.png", flat((9, 9, 9, 0), "RGBA"))).min() == 255


def test_a_palette_keeps_its_colours_and_its_transparent_entry_is_white(tmp_path):
    image = flat(0, "P")
    image.putpalette([10, 20, 30, 200, 150, 100])
    image.paste(1, (0, 0, 40, 80))
    image.save(tmp_path / "plain.png")
    image.save(tmp_path / "see-through.png", transparency=1)
    assert square(tmp_path / "plain.png")[:, 30, 10].tolist() == [200, 150, 100]
    assert square(tmp_path / "see-through.png")[:, 30, 10].tolist() == [255, 255, 255]
    assert square(tmp_path / "see-through.png")[:, 30, 60].tolist() == [10, 20, 30]


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_sixteen_bit_greys_are_scaled_and_not_clipped(tmp_path, name):
    values = np.repeat(np.arange(64, dtype=np.uint16)[:, None] * 1040, 64, axis=1)
    path = save(tmp_path / "deep", Image.fromarray(values), format=name)
    expected = np.round(values.astype(np.float64) / 257)
    assert np.array_equal(square(path), np.broadcast_to(expected, (3, 64, 64)))


def test_the_transparent_grey_of_a_sixteen_bit_image_is_white(tmp_path):
    values = np.full((64, 64), 20000, np.uint16)
    values[:, 32:] = 40000
    path = tmp_path / "a.png"
    Image.fromarray(values).save(path)
    data = path.read_bytes()
    chunk = b"tRNS" + struct.pack(">H", 40000)
    chunk = struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(data[:33] + chunk + data[33:])
    assert square(path)[0, 0, [0, 63]].tolist() == [round(20000 / 257), 255]


@pytest.mark.parametrize("full", [1.0, 255.0, 65535.0])
def test_floating_point_greys_are_scaled_to_their_range(tmp_path, full):
    values = np.linspace(0, full, 64, dtype=np.float32)[:, None].repeat(64, axis=1)
    path = save(tmp_path / "a.tif", Image.fromarray(values))
    assert np.abs(square(path)[0, :, 0] - np.linspace(0, 255, 64)).max() <= 0.51


GREY = np.linspace(0, 1, 64)[:, None].repeat(64, axis=1)


def tiff(path, data, bits, photometric=1, planes=1, samples=1, sample_format=1):
    """An uncompressed TIFF of 64 times 64 pixels, from the bytes of its planes."""
    plane, start = len(data) // planes, 8 + len(data)
    lists = struct.pack(f"<{samples}H", *[bits] * samples)
    lists += struct.pack(f"<{samples}H", *[sample_format] * samples)
    offsets = start + len(lists)
    lists += struct.pack(f"<{planes}I", *(8 + plane * place for place in range(planes)))
    lists += struct.pack(f"<{planes}I", *[plane] * planes)
    short, long = 3, 4

    def shorts(value, place):
        return (samples, place) if samples > 2 else (samples, value)

    def longs(value, place):
        return (planes, place) if planes > 1 else (planes, value)

    tags = [
        *((256, long, 1, 64), (257, long, 1, 64)),
        (258, short, *shorts(bits, start)),
        *((259, short, 1, 1), (262, short, 1, photometric)),
        (273, long, *longs(8, offsets)),
        *((277, short, 1, samples), (278, long, 1, 64)),
        (279, long, *longs(plane, offsets + 4 * planes)),
        (284, short, 1, 2 if planes > 1 else 1),
        (339, short, *shorts(sample_format, start + 2 * samples)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<I", start + len(lists))
    path.write_bytes(head + data + lists + directory + bytes(4))
    return path


def twelve_bits(values):
    first, second = values.reshape(-1, 2).astype(np.uint32).T
    return np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1).astype(np.uint8)


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (twelve_bits((GREY * 4095).round()), {"bits": 12}),
        ((65535 - GREY * 65535).astype("<u2"), {"bits": 16, "photometric": 0}),
        ((GREY * (2**32 - 1)).astype("<u4"), {"bits": 32}),
        ((GREY * 127).round().astype("i1"), {"bits": 8, "sample_format": 2}),
        ((GREY * 32767).astype("<i2"), {"bits": 16, "sample_format": 2}),
        ((GREY * (2**31 - 1)).astype("<i4"), {"bits": 32, "sample_format": 2}),
    ],
    ids=["12 bits", "white is zero", "32 bits", "signed 8", "signed 16", "signed 32"],
)
def test_the_greys_of_a_tiff_are_read_by_its_own_depth(tmp_path, values, options):
    path = tiff(tmp_path / "a.tif", values.tobytes(), **options)
    assert np.abs(square(path)[1] - GREY * 255).max() <= 1.5


def test_sixteen_bits_in_a_plane_for_each_channel_are_kept_apart(tmp_path):
    planes = np.stack([GREY, 1 - GREY, GREY.T])
    data = (planes * 65535).astype("<u2").tobytes()
    path = tiff(tmp_path / "a.tif", data, bits=16, photometric=2, planes=3, samples=3)
    assert np.abs(square(path) - planes * 255).max() <= 1.1


def test_adobe_rgb_is_known_by_exif_too(tmp_path):
    # A saturated green of Adobe RGB lies outside sRGB: its red is below 0.
    for name, space, index in (("dcf", 0xFFFF, "R03"), ("own", 2, None), ("plain", 1, "R98")):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0xA001] = space
        if index:
            exif.get_ifd(0x8769)[0xA005] = {1: index}
        save(tmp_path / f"{name}.jpg", flat((60, 200, 60)), exif=exif, quality=100)
    assert square(tmp_path / "plain.jpg")[:, 5, 5].tolist() == pytest.approx([60, 200, 60], abs=2)
    for name in ("dcf", "own"):
        red, green, blue = square(tmp_path / f"{name}.jpg")[:, 5, 5].astype(int)
        # Of the linear values, green counts 1.0 in green and -0.0429 in blue, which has 0.0414.
        assert (red, green, blue) == (0, pytest.approx(200, abs=2), pytest.approx(37, abs=3))


def test_one_bit_images_are_black_and_white(tmp_path):
    image = flat(0, "1")
    image.paste(1, (0, 0, 80, 40))
    pixels = square(save(tmp_path / "a.png", image))
    assert pixels[:, 5, 5].tolist() == [255, 255, 255]
    assert pixels[:, 60, 5].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_is_the_complement_of_its_inks(tmp_path, name):
    # Half cyan on white paper takes half the red away and nothing else.
    path = save(tmp_path / "a", flat((128, 0, 0, 0), "CMYK"), format=name)
    assert np.abs(square(path)[:, 5, 5].astype(int) - (127, 255, 255)).max() <= 2


def test_lab_images_come_out_in_colour(tmp_path):
    # CIE L* 53.6 with a = b = 0 is the grey 128 of sRGB.
    path = save(tmp_path / "a.tif", flat((137, 128, 128), "LAB"))
    assert np.abs(square(path)[:, 5, 5].astype(int) - 128).max() <= 2


def test_grey_is_the_luma_of_itu_r_601(tmp_path):
    path = save(tmp_path / "a.png", flat((200, 100, 50)))
    pixels = square(path, channels=1)
    assert pixels.shape == (1, 64, 64)
    assert pixels[0, 5, 5] == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)


# Colour profiles


def profile(red, green, blue, gamma=1.0, space=b"RGB ") -> bytes:
    """A minimal ICC profile: primaries as XYZ under D50 and one exponent for all channels."""

    def numbers(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def place(xyz):
        return b"XYZ \0\0\0\0" + numbers(*xyz)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 79
    tags = {
        b"desc": text,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": place((0.9642, 1, 0.8249)),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {b"rXYZ": place(red), b"gXYZ": place(green), b"bXYZ": place(blue)}
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x02100000, b"mntr", space, b"XYZ "
    )
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    header += numbers(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + table + body


SRGB_PRIMARIES = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))


def srgb_encoding(linear: float) -> float:
    """The transfer function of IEC 61966-2-1."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_linear_profile_is_converted_to_srgb(tmp_path, name):
    data = profile(*SRGB_PRIMARIES)
    path = save(tmp_path / "a", flat((55, 128, 10)), format=name, icc_profile=data, quality=100)
    expected = [255 * srgb_encoding(value / 255) for value in (55, 128, 10)]
    assert np.abs(square(path)[:, 5, 5] - expected).max() <= 6


def test_primaries_of_a_profile_are_followed(tmp_path):
    red, green, blue = SRGB_PRIMARIES
    path = save(tmp_path / "a.png", flat((255, 0, 0)), icc_profile=profile(green, red, blue))
    assert np.abs(square(path)[:, 5, 5].astype(int) - (0, 255, 0)).max() <= 3


def test_a_wide_gamut_colour_becomes_what_a_colour_engine_says(tmp_path):
    adobe = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
    path = save(tmp_path / "a.png", flat((150, 100, 100)), icc_profile=profile(*adobe, gamma=2.2))
    # By hand: Adobe RGB to XYZ to sRGB, the matrices of Lindbloom, both adapted to D50.
    xyz = np.array(adobe).T @ (np.array([150, 100, 100]) / 255) ** 2.2
    linear = np.linalg.inv(np.array(SRGB_PRIMARIES).T) @ xyz
    expected = [255 * srgb_encoding(value) for value in linear]
    assert np.abs(square(path)[:, 5, 5] - expected).max() <= 1.5


def test_a_grey_profile_is_followed(tmp_path):
    data = profile(None, None, None, space=b"GRAY")
    path = save(tmp_path / "a.png", flat(55, "L"), icc_profile=data)
    assert np.abs(square(path)[:, 5, 5] - 255 * srgb_encoding(55 / 255)).max() <= 1.5


def test_an_srgb_profile_changes_next_to_nothing(tmp_path):
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save(tmp_path / "a.png", flat((200, 100, 50)), icc_profile=data)
    assert np.abs(square(path)[:, 5, 5].astype(int) - (200, 100, 50)).max() <= 1


@pytest.mark.parametrize("data", [b"no profile", profile(*SRGB_PRIMARIES)[:200], b"\0" * 500])
def test_a_broken_profile_loses_no_image(tmp_path, data):
    path = save(tmp_path / "a.png", flat((200, 100, 50)), icc_profile=data)
    assert square(path)[:, 5, 5].tolist() == [200, 100, 50]


def test_a_profile_of_another_colour_space_is_left_aside(tmp_path):
    path = save(tmp_path / "a.png", flat(77, "L"), icc_profile=profile(*SRGB_PRIMARIES))
    assert square(path)[:, 5, 5].tolist() == [77, 77, 77]
