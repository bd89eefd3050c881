from pathlib import Path

import pytest
import yaml

from lsgan.config import MAY_CHANGE, Config, config_files, flat
from lsgan.errors import ConfigError, DeviceError
from lsgan.system import runtime
from lsgan.training.launch import train_here


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        config_files.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "mine.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train: {batch_sise: 3}", "no setting train.batch_sise; did you mean train.batch_size?"),
        ("train: {beta1: 0.5}", "there is no setting train.beta1; did you mean optimizer.beta1?"),
        ("steps: 5", "there is no setting steps; did you mean train.steps?"),
        ("trian: {steps: 5}", "there is no setting trian; did you mean train?"),
        ("objective: {name: hinge}", "there is no setting objective; it is called loss now"),
        (
            "watchdog: {tries: 1}",
            "no setting watchdog.tries; it is called watchdog.max_rollbacks now",
        ),
        ("zzz: 5", "there is no setting zzz; the sections are scrape, data, augment, model"),
        ("train: {5: 5}", "there is no setting train.5"),
        ("optimizer: {beta1: 1.5}", "optimizer.beta1 is 1.5, but must be a number, at least 0"),
        ("train: {steps: many}", "train.steps is 'many', but must be a whole number, at least 1"),
        ("train: {steps: 1.5}", "train.steps is 1.5, but must be a whole number"),
        ("train: {steps: true}", "train.steps is True, but must be a whole number"),
        ("model: {size: 48}", "model.size is 48, but must be one of 32, 64, 128, 256"),
        ("model: {channels: 2}", "model.channels is 2, but must be one of 1, 3"),
        ("data: {horizontal_flip: 1}", "data.horizontal_flip is 1, but must be true or false"),
        ("scrape: {sources: [5]}", "scrape.sources is 5, but must be a list of commons, openverse"),
        ("scrape: {queries: [a, 5]}", "scrape.queries is 5, but must be a list of texts"),
        ("data: {path: 5}", "data.path is 5, but must be text"),
        ("optimizer: {epsilon: .nan}", "optimizer.epsilon is nan, but must be a number"),
        ("train: 5", "train must be a section with settings below it"),
        ("- train", "the file must be a section"),
        ("train: {steps: 1, steps: 2}", "line 1: not valid YAML: the key steps stands twice"),
        ("train: {\n", "line 2: not valid YAML"),
        ("[1, 2]: 3", "line 1: not valid YAML: a key must be a word"),
        ("data: {path: 2024-12-31}", "of the type timestamp; put text in quotation marks"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith("mine.yaml")
    assert expected in message


def test_every_problem_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, "log: {every: 0}\ntrain: {sed: 1}\nmodel: {size: 3}")
    assert "log.every" in message
    assert "train.seed" in message
    assert "model.size" in message


def test_an_exponent_without_a_point_is_a_number() -> None:
    config = config_files.change(Config(), ["optimizer.generator_learning_rate=1e-4"])
    assert config.optimizer.generator_learning_rate == 1e-4


def test_changes_apply_in_order_and_must_have_a_form() -> None:
    config = config_files.change(Config(), ["train.steps=5", "train.steps=7"])
    assert config.train.steps == 7
    for text in ("train.steps", "steps=5", "train=5"):
        with pytest.raises(ConfigError, match=r"section\.key=value|no setting"):
            config_files.change(Config(), [text])


def test_printed_settings_are_a_configuration_with_every_meaning(tmp_path: Path) -> None:
    config = config_files.change(Config(), ["train.steps=123", "optimizer.beta2=0.5"])
    text = config_files.annotated(config)
    (tmp_path / "printed.yaml").write_text(text, encoding="utf-8")
    assert config_files.load(tmp_path / "printed.yaml") == config
    for section_name, section in config:
        for name, field in type(section).model_fields.items():
            assert field.description, f"{section_name}.{name} has no meaning"
            line = next(line for line in text.splitlines() if field.description in line)
            assert line.split("#")[0].strip()


@pytest.mark.parametrize(
    "path", ["/home/somebody/My Images/" + "a b/" * 40, "图片/喀纳斯湖风景照片/" * 9]
)
def test_long_and_chinese_paths_come_back(tmp_path: Path, path: str) -> None:
    config = config_files.with_data(Config(), Path(path))
    (tmp_path / "printed.yaml").write_text(config_files.annotated(config), encoding="utf-8")
    assert config_files.load(tmp_path / "printed.yaml") == config


def test_packaged_configurations_are_found_by_name_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config_files.find("kanas.yaml") == config_files.find("kanas")
    assert {"kanas.yaml", "demo.yaml"} <= config_files.packaged().keys()
    for path in config_files.packaged().values():
        config_files.load(path)
    with pytest.raises(ConfigError, match=r"no configuration canas\.yaml.*kanas\.yaml"):
        config_files.find("canas.yaml")


def test_a_path_goes_before_a_packaged_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kanas.yaml").write_text("train: {steps: 3}")
    assert config_files.load(config_files.find("kanas.yaml")).train.steps == 3


def test_what_may_change_are_settings() -> None:
    assert flat(Config()).keys() >= MAY_CHANGE


def test_kanas_states_the_asked_recipe() -> None:
    # The built networks are tested elsewhere; this is what a reader of the file sees.
    stated = yaml.safe_load(config_files.find("kanas.yaml").read_text(encoding="utf-8"))
    assert stated["model"]["batch_norm_momentum"] == 0.5
    assert stated["optimizer"]["beta1"] == 0.8
    assert stated["loss"]["name"] == "least-squares"


@pytest.mark.parametrize(("given", "meant"), [("auto", "auto"), ("0.5", 0.5), ("0", 0.0)])
def test_a_setting_may_be_a_number_or_a_word(given: str, meant: object) -> None:
    config = config_files.load(config_files.find("kanas"), [f"augment.probability={given}"])
    assert config.augment.probability == meant
    line = next(
        line for line in config_files.annotated(config).splitlines() if "probability:" in line
    )
    assert "(a number, at least 0 and at most 1 or auto)" in line


def test_the_plain_recipe_is_plain() -> None:
    plain, kanas = (config_files.load(config_files.find(name)) for name in ("kanas-plain", "kanas"))
    assert plain.optimizer.generator_learning_rate == plain.optimizer.discriminator_learning_rate
    assert (plain.train.batch_size, plain.augment.probability, plain.ema.half_life) == (64, 0, 0)
    # The same loss and data, and the same networks but for the usual way to enlarge.
    assert (plain.loss, plain.data) == (kanas.loss, kanas.data)
    assert plain.model == kanas.model.model_copy(update={"upsampling": "transposed"})


@pytest.mark.parametrize(
    ("precision", "tf32", "mixed"),
    [
        ("auto", True, False),
        ("float32", False, False),
        ("tf32", True, False),
        ("bfloat16", False, True),
        ("float16", False, True),
    ],
)
def test_what_a_precision_means(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, precision: str, tf32: bool, mixed: bool
) -> None:
    config = config_files.change(Config(), [f"train.precision={precision}"])
    assert config.train.mixed is mixed

    def start(device: str, allowed: bool) -> str:
        assert (device, allowed) == ("gpu", tf32)
        raise DeviceError("as far as this goes", "")

    monkeypatch.setattr(runtime, "start", start)
    with pytest.raises(DeviceError, match="as far"):
        train_here(config, tmp_path, False, "gpu")


def test_a_configuration_that_is_given_away_tells_nothing_of_its_owner() -> None:
    changes = [
        *("scrape.contact=me@example.org", "scrape.out=/home/me/kanas", "data.path=/home/me/pack"),
        *("model.feature_weights=/home/me/w.pth", "train.initial_weights=/home/me/a.safetensors"),
    ]
    config = config_files.load(config_files.find("kanas.yaml"), changes)
    given = config_files.without_folders(config)
    assert "me@" not in given.model_dump_json()
    assert "/home" not in given.model_dump_json()
    assert given.data.path == "pack"
    assert given.model.feature_weights == "w.pth"
    assert given.train == config.train.model_copy(update={"initial_weights": "a.safetensors"})


def test_a_setting_that_names_a_part_lists_all_that_there_are() -> None:
    from lsgan.losses import LOSSES
    from lsgan.metrics import BY_NAME
    from lsgan.scrape.sources.table import SOURCES

    text = config_files.annotated(Config())
    for names in (LOSSES, BY_NAME, SOURCES):
        assert f"{', '.join(names)})\n" in text
    assert "(one of dcgan, projected, patch (pairs), mlp (curves), none)" in text
