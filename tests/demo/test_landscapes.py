from collections import Counter
from dataclasses import FrozenInstanceError
from functools import cache

import numpy as np
import pytest
from PIL import Image

from lsgan.demo.landscapes import render, write_landscapes
from lsgan.demo.scene import LIGHTS, SEASONS, SETTINGS, draw_scene

FORTY = range(40)


@cache
def rendered(seed):
    return render(seed)


def mean_colour(seed):
    return rendered(seed).reshape(-1, 3).mean(axis=0)


def seeds_where(condition, count):
    found = (seed for seed in range(2000) if condition(draw_scene(seed)))
    return [next(found) for _ in range(count)]


def test_an_image_is_rgb_bytes_of_the_size_asked_for():
    assert rendered(0).dtype == np.uint8
    assert rendered(0).shape == (120, 160, 3)
    assert rendered(0).flags.c_contiguous


def test_the_same_seed_gives_the_same_bytes_whatever_was_rendered_before():
    alone = render(7).tobytes()
    np.random.seed(1)  # noqa: NPY002 - the global generator must not matter
    render(3, 40, 30)
    assert render(7).tobytes() == alone


def test_different_seeds_give_different_images():
    assert len({rendered(seed).tobytes() for seed in FORTY}) == len(FORTY)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (90, 50), (50, 90), (3, 2), (1, 1)])
def test_any_size_can_be_rendered(width, height):
    for seed in (0, 2, 8):
        assert render(seed, width, height).shape == (height, width, 3)


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_a_larger_image_shows_the_same_land(seed):
    large = render(seed, 320, 240).reshape(120, 2, 160, 2, 3).mean(axis=(1, 3))
    same = np.abs(large - rendered(seed)).mean()
    other = np.abs(large - rendered(seed + 1)).mean()
    assert same < 8
    assert same < other / 3


def test_a_wider_image_holds_the_narrower_one_in_its_middle():
    middle = render(0, 160, 120)[:, 40:120].astype(int)
    assert np.abs(middle - render(0, 80, 120)).mean() < 8


def test_colours_vary_between_images_and_within_them():
    means = np.array([mean_colour(seed) for seed in FORTY])
    assert (means.std(axis=0) > 15).all()
    assert all(rendered(seed).std() > 15 for seed in FORTY)


def test_images_are_neither_black_nor_burnt_out():
    for seed in FORTY:
        assert 30 < rendered(seed).mean() < 225
        assert (rendered(seed).min(axis=2) == 255).mean() < 0.1


def test_every_season_light_and_setting_occurs():
    scenes = [draw_scene(seed) for seed in range(200)]
    assert set(Counter(scene.season for scene in scenes)) == set(SEASONS)
    assert set(Counter(scene.light for scene in scenes)) == set(LIGHTS)
    assert set(Counter(scene.setting for scene in scenes)) == set(SETTINGS)
    assert 0.5 < sum(scene.lake for scene in scenes) / len(scenes) < 0.9


def test_a_scene_is_frozen_and_repeats():
    scene = draw_scene(11)
    assert scene == draw_scene(11)
    with pytest.raises(FrozenInstanceError):
        scene.season = "winter"


def whiteness(seed):
    """How many of the land's pixels are bright and without colour."""
    land = rendered(seed)[40:].astype(int)
    return ((land.min(axis=2) > 150) & (np.ptp(land, axis=2) < 40)).mean()


def test_winter_is_whiter_than_summer():
    def average(season):
        by_day = seeds_where(
            lambda scene: (
                scene.season == season and scene.light == "clear" and scene.setting != "glacier"
            ),
            6,
        )
        return np.mean([whiteness(seed) for seed in by_day])

    assert average("winter") > average("summer") + 0.1


def test_autumn_is_redder_than_summer():
    def red_over_green(season):
        seeds = seeds_where(lambda scene: scene.season == season and scene.light == "clear", 6)
        means = [mean_colour(seed) for seed in seeds]
        return np.mean([mean[0] - mean[1] for mean in means])

    assert red_over_green("autumn") > red_over_green("summer") + 5


def mirror_likeness(seed):
    """Correlation of the middle rows under the horizon with those over it turned upside down."""
    horizon = round(draw_scene(seed).horizon * 120)
    depth = min(horizon, 120 - horizon)
    columns = slice(60, 100)
    upper = rendered(seed)[horizon - depth : horizon, columns][::-1]
    lower = rendered(seed)[horizon : horizon + depth, columns]
    # The farthest rows are shore, not water.
    return np.corrcoef(upper[18:].ravel(), lower[18:].ravel())[0, 1]


def test_a_lake_mirrors_what_stands_over_it():
    def mirrors(scene):
        return scene.light == "clear" and scene.valley_width > 2 and not scene.frozen

    lakes = seeds_where(lambda scene: scene.lake and mirrors(scene), 6)
    lands = seeds_where(
        lambda scene: scene.setting == "meadow" and not scene.stream and mirrors(scene), 6
    )
    by_lakes = np.mean([mirror_likeness(seed) for seed in lakes])
    by_lands = np.mean([mirror_likeness(seed) for seed in lands])
    assert by_lakes > 0.5
    assert by_lakes > by_lands + 0.3


def test_written_files_open_with_the_right_size_and_show_the_image(tmp_path):
    paths = write_landscapes(tmp_path / "new" / "folder", 2, first_seed=5)
    assert [path.name for path in paths] == ["landscape-00005.jpg", "landscape-00006.jpg"]
    assert sorted((tmp_path / "new" / "folder").iterdir()) == paths
    with Image.open(paths[0]) as image:
        assert image.format == "JPEG"
        assert image.size == (160, 120)
        assert np.abs(np.asarray(image).astype(int) - rendered(5)).mean() < 6


def test_writing_again_replaces_a_file_of_the_same_name(tmp_path):
    stale = tmp_path / "landscape-00000.jpg"
    stale.write_text("stale")
    assert write_landscapes(tmp_path, 1, width=32, height=24) == [stale]
    with Image.open(stale) as image:
        assert image.size == (32, 24)


def test_none_can_be_asked_for(tmp_path):
    assert write_landscapes(tmp_path / "empty", 0) == []


def test_seasons_that_are_not_asked_for_are_passed_over(tmp_path):
    paths = write_landscapes(tmp_path, 5, first_seed=3, width=16, height=12, seasons=["autumn"])
    seeds = [int(path.stem.removeprefix("landscape-")) for path in paths]
    assert seeds == [seed for seed in range(3, 60) if draw_scene(seed).season == "autumn"][:5]


def test_impossible_requests_say_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="count of landscapes must not be negative, got -1"):
        write_landscapes(tmp_path, -1)
    with pytest.raises(ValueError, match="first seed must not be negative, got -4"):
        write_landscapes(tmp_path, 1, first_seed=-4)
    with pytest.raises(ValueError, match="no season is asked for"):
        write_landscapes(tmp_path, 1, seasons=[])
    with pytest.raises(ValueError, match="at least one pixel a side, got 0×24"):
        write_landscapes(tmp_path, 1, width=0, height=24)
    with pytest.raises(ValueError, match="at least one pixel a side, got 32×0"):
        render(0, 32, 0)
    with pytest.raises(ValueError, match="seed must not be negative, got -1"):
        render(-1)
