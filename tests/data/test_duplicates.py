import colorsys
import io

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from lsgan.data.decode import decode
from lsgan.data.duplicates import MAX_DISTANCE, Group, _Lookup, find_duplicates
from tests.data.samples import LANDSCAPES


def pack(images):
    """What the search is given: hashes of whole images, and pixels, uint8 (N, 3, 64, 64)."""
    hashes = [int(str(imagehash.phash(image)), 16) for image in images]
    small = [np.asarray(image.resize((64, 64), Image.Resampling.LANCZOS)) for image in images]
    return hashes, np.stack(small).transpose(0, 3, 1, 2)


def search(images, digests=None, preference=None):
    hashes, pixels = pack(images)
    digests = digests or [str(index) for index in range(len(images))]
    return find_duplicates(digests, hashes, preference or range(len(images)), pixels)


def again(image, quality=85):
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def texture(seed, size=160):
    rng = np.random.default_rng(seed)
    total = np.zeros((size, size, 3))
    for cells in (3, 6, 12, 24, 48):
        noise = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        layer = Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC)
        total += np.asarray(layer, np.float64)
    return Image.fromarray((total / 5).astype(np.uint8))


def sky(seed, size=200):
    """A clear sky: a gradient, hardly visible clouds and the grain of a sensor."""
    rng = np.random.default_rng(seed)
    grey = np.linspace(150, rng.uniform(180, 230), size)[:, None].repeat(size, axis=1)
    clouds = Image.fromarray(rng.integers(0, 256, (5, 5), dtype=np.uint8))
    grey = grey + np.asarray(clouds.resize((size, size), Image.Resampling.BICUBIC)) / 64
    grey = (grey + rng.normal(0, 1.5, grey.shape)).clip(0, 255)
    return again(Image.fromarray(np.stack([grey * 0.8, grey * 0.9, grey], -1).astype(np.uint8)))


COPIES = {
    "smaller": lambda image: again(image.resize((110, 110), Image.Resampling.LANCZOS)),
    "larger": lambda image: again(image.resize((300, 300), Image.Resampling.BICUBIC)),
    "quality 40": lambda image: again(image, 40),
    "brighter": lambda image: again(ImageEnhance.Brightness(image).enhance(1.1)),
    "all": lambda image: again(ImageEnhance.Brightness(image.resize((120, 120))).enhance(0.92), 40),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_changed_copy_is_found(change):
    images = [texture(seed) for seed in range(5)]
    assert search([*images, COPIES[change](images[3])]) == [Group(3, [(5, "near")])]


def test_different_images_are_not_merged():
    assert search([texture(seed) for seed in range(60)]) == []


def test_different_clear_skies_are_not_merged():
    assert search([sky(seed) for seed in range(60)]) == []


def figure(colour, background=(255, 255, 255)):
    """A figure in a coat of one colour: the colour alone tells it from the next."""
    image = Image.new("RGB", (96, 96), background)
    draw = ImageDraw.Draw(image)
    draw.ellipse((36, 8, 60, 32), fill=(235, 200, 165))
    draw.rectangle((28, 32, 68, 68), fill=colour)
    for left in (32, 52):
        draw.rectangle((left, 68, left + 12, 90), fill=(60, 45, 35))
    return image


def test_what_differs_in_colour_alone_is_kept():
    hues = [tuple(int(255 * c) for c in colorsys.hsv_to_rgb(h / 12, 0.7, 0.7)) for h in range(12)]
    images = [figure(hue) for hue in hues]
    assert search(images) == []
    # A copy in the same colour is still one.
    assert search([*images, COPIES["all"](images[5])]) == [Group(5, [(12, "near")])]


def test_numbers_that_differ_in_one_digit_are_kept():
    def number(value):
        image = Image.new("L", (96, 96), 255)
        ImageDraw.Draw(image).text((12, 30), f"{value:04}", fill=0, font=ImageFont.load_default(28))
        return image.convert("RGB")

    images = [number(value) for value in range(200)]
    assert search(images) == []
    smaller = images[7].resize((72, 72), Image.Resampling.LANCZOS)
    assert search([*images[:20], again(smaller)]) == [Group(7, [(20, "near")])]


def test_what_differs_in_contrast_alone_is_kept():
    image = texture(1)
    assert search([image, ImageEnhance.Contrast(image).enhance(0.6)]) == []
    assert search([image, ImageEnhance.Contrast(image).enhance(0.85)]) == [Group(0, [(1, "near")])]


def test_equal_hashes_alone_make_no_duplicate():
    _, pixels = pack([texture(1), texture(2)])
    assert find_duplicates(["a", "b"], [7, 7], [0, 1], pixels) == []


def test_images_of_one_colour_are_not_merged_by_their_lack_of_detail():
    images = [Image.new("RGB", (80, 80), (value,) * 3) for value in (0, 100, 200)]
    assert search(images) == []


def test_equal_files_are_identical_even_without_detail():
    images = [Image.new("RGB", (80, 80))] * 3
    assert search(images, digests=["a", "b", "a"]) == [Group(0, [(2, "identical")])]


def test_the_preferred_image_is_kept():
    image = texture(1)
    images = [again(image, 40), texture(2), image, again(image, 60)]
    groups = search(images, preference=[2, 1, 0, 3])
    assert groups == [Group(2, [(0, "near"), (3, "near")])]


def test_copies_of_a_near_copy_are_near_the_kept_one():
    image = texture(1)
    images = [image, again(image, 60), again(image, 60), image]
    groups = search(images, digests=["a", "b", "b", "a"])
    assert groups == [Group(0, [(1, "near"), (2, "near"), (3, "identical")])]


def test_small_changes_do_not_chain():
    # The first and the last of a row of slowly shifted windows have little in common.
    wide = texture(5, 640)
    frames = [wide.crop((x, 0, x + 320, 320)) for x in range(0, 60, 2)]
    groups = search(frames)
    for group in groups:
        for index, _ in group.dropped:
            assert abs(group.kept - index) <= 3
    assert len(groups) > 3


def test_the_grey_copies_are_found_at_every_size():
    for size in (32, 64, 128, 256):
        images = [texture(seed, 300) for seed in range(3)]
        images.append(again(images[1], 60))
        hashes, _ = pack(images)
        pixels = np.stack([np.asarray(image.convert("L").resize((size, size))) for image in images])
        groups = find_duplicates(list("abcd"), hashes, range(4), pixels[:, None])
        assert groups == [Group(1, [(3, "near")])]


def test_the_lookup_finds_all_that_an_exhaustive_search_finds():
    rng = np.random.default_rng(0)
    centres = rng.integers(0, 2**64, 40, dtype=np.uint64)
    hashes = [int(centre) for centre in centres]
    for centre in centres:
        for flips in range(12):
            bits = rng.choice(64, flips, replace=False)
            hashes.append(int(centre) ^ sum(1 << int(bit) for bit in bits))
    lookup = _Lookup(np.array(hashes, np.uint64))
    for query in hashes:
        near = [i for i, other in enumerate(hashes) if (query ^ other).bit_count() <= MAX_DISTANCE]
        assert lookup.within(np.uint64(query)).tolist() == near


@pytest.mark.skipif(not LANDSCAPES.is_dir(), reason="the photographs are not on this machine")
def test_changed_copies_of_real_photographs_are_found_and_no_others(tmp_path):
    paths = [p for p in sorted(LANDSCAPES.rglob("*.jpg")) if Image.open(p).size == (150, 150)][
        ::120
    ]
    originals = [Image.open(path).convert("RGB") for path in paths]
    copies = [change(image) for image in originals for change in COPIES.values()]
    for index, image in enumerate(originals + copies):
        image.save(tmp_path / f"{index:04}.png")
    decoded = [decode(path, 64, 3, 64) for path in sorted(tmp_path.iterdir())]
    count = len(originals)
    groups = find_duplicates(
        [str(index) for index in range(len(decoded))],
        [each.facts.phash for each in decoded],
        range(len(decoded)),
        np.stack([each.pixels for each in decoded]),
    )
    found = 0
    for group in groups:
        source = group.kept if group.kept < count else (group.kept - count) // len(COPIES)
        for index, _ in group.dropped:
            assert (index - count) // len(COPIES) == source
            found += group.kept < count
    assert found / len(copies) >= 0.98
