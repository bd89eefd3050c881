"""Configurations that a stranger wrote: what they cost to read and what they print is bounded."""

import os
from pathlib import Path
from typing import Any

import pytest

from lsgan.config import Config, config_files, plain_yaml
from lsgan.config import problems as config_problems
from lsgan.errors import ConfigError

LINE = 300 - len("lsgan: ")


def bomb(first: str) -> str:
    """Lists of nine aliases of the list before, nine times over; `first` begins the document."""
    lists = (f"  - &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))
    return f"{first}\n  - &l0 x\n{''.join(lists)}"


def said(error: pytest.ExceptionInfo[ConfigError]) -> str:
    text = str(error.value)
    assert text.isprintable()
    assert len(text) <= LINE
    return text


def refusal(folder: Path, content: str | bytes) -> str:
    path = folder / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        config_files.load(path)
    return said(caught)


# Of each the value alone is given to --set.
VALUES = [
    ("[" * 100_000, "more than 20 levels"),
    ("- " * 100 + "x", "more than 20 levels"),
    ("&a [*a]", "more than 20000 values"),
    (bomb("&x"), "more than 20000 values"),
    ("[" + "1," * 20_000 + "1]", "more than 20000 values"),
    ("*a", "found undefined alias"),
    ("[&a 1, &a 2]", "found duplicate anchor 'a'"),
    ("!!bool maybe", "'maybe' is of the wrong form for the type bool"),
    ("!!int ''", "'' is of the wrong form for the type int"),
    ("!!int '-'", "'-' is of the wrong form for the type int"),
    ("!!float x", "'x' is of the wrong form for the type float"),
    ("!!timestamp abc", "cannot be of the type timestamp; put text in quotation marks"),
    ("2024-13-45", "cannot be of the type timestamp"),
    ("!!binary aGVsbG8=", "cannot be of the type binary"),
    ("!!set {a, b}", "cannot be of the type set"),
    ("!!map 5", "cannot be of the type map"),
    ("!!str &a {=: *a}", "more than 20000 values"),
    ("!!str {=: x}", "cannot be of the type str"),
    ("!!python/object/apply:os.system [id]", "cannot be of the type python/object/apply:os.system"),
    ("!" + "x" * 5000 + " 1", "cannot be of the type !xxx"),
    ("9" * 4000, "a number of 4000 characters is too long"),
    ("0x" + "f" * 9000, "a number of 9002 characters is too long"),
    ("1" + ":59" * 9000 + ".5", "a number of 27003 characters is too long"),
    ("x" * 9000, "train.steps is 'xxx"),
    ("[" + "1," * 9000 + "1]", "train.steps is [1, 1,"),
    ('"a\\nb"', r"train.steps is 'a\nb'"),
    ('"a\\eb"', r"text cannot hold the character '\x1b'"),
    ('"\\ud800"', r"text cannot hold the character '\ud800'"),
    ('"\\U00110000"', "not valid YAML"),
    ('"\\UFFFFFFFF"', "not valid YAML"),
    ("{<<: 5}", "expected a mapping"),
    ("{&b [1]: 1}", "a key must be a word"),
    ('{"a\\n\\e": 1, "a\\n\\e": 2}', r"the key a\n\x1b stands twice"),
    ("1e18", "train.steps is 1000000000000000000, but must be a whole number"),
    ("1e300", "train.steps is 1e+300, but must be"),
    ("1e999", "train.steps is inf, but must be"),
    (".nan", "train.steps is nan, but must be"),
    ("1.5", "train.steps is 1.5, but must be"),
]


def names(case: object) -> str:
    return ascii(case)[:30]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=names)
def test_a_value_is_refused_in_one_short_line(tmp_path: Path, value: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_files.change(Config(), [f"train.steps={value}"])
    assert expected in said(caught)
    if "\n" not in value and not value.startswith("- "):
        assert expected in refusal(tmp_path, f"train:\n  steps: {value}\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (bomb("a:"), "more than 20000 values"),
        (bomb("scrape:\n queries:"), "more than 20000 values"),
        ("a: &a {x: &b {<<: *a}}", "more than 20000 values"),
        ("{a: " * 100_000, "more than 20 levels"),
        ("\n".join(f"key{i}: 1" for i in range(20_000)), "more than 20000 values"),
        ('data: {path: "a\\0b"}', r"line 1: not valid YAML: text cannot hold the character '\x00'"),
        (b"data: {path: a\0b}", "unacceptable character #x0000"),
        ('train: {"st\\neps": 1}', r"there is no setting train.st\neps; did you mean train.steps?"),
        ('train: {"a\\u2028\\u202e": 1}', r"there is no setting train.a\u2028\u202e;"),
        ("train: {? " + "x" * 9000 + " : 1}", "there is no setting train.xxx"),
        ("model: {? " + "x" * 9000 + " : 1}", "there is no setting model.xxx"),
        ("x" * 999 + ": 1", "there is no setting xxx"),
        ("model: {size: " + "x" * 9000 + "}", "but must be one of 32, 64, 128, 256"),
        ("scrape: {queries: [" + "5," * 9000 + "]}", "scrape.queries is 5, but must be a list"),
        ("data: {path: Grün}".encode("latin-1"), "it is not UTF-8. Save it as UTF-8."),
        ("train: {steps: 5}".encode("utf-16"), "it is not UTF-8. Save it as UTF-8."),
        ("--- 1\n" * 9, "expected a single document in the stream"),
        ("~: 1", "there is no setting None"),
        ("5: {a: 1}", "there is no setting 5"),
        ("train: [1]", "train must be a section"),
        ("5", "the file must be a section"),
    ],
    ids=names,
)
def test_a_file_is_refused_in_one_short_line(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    assert expected in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "text",
    ["x" * 9000, "a\x1b\nb", "tr\x1ba.b=5", "a." + "b" * 9000 + "=5", "=", ".=5", "a.\udcff=5"],
)
def test_a_change_of_no_form_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_files.change(Config(), [text])
    assert said(caught).startswith("--set ")


def test_of_thousands_of_problems_a_few_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    nearest = config_problems._nearest
    monkeypatch.setattr(
        config_problems, "_nearest", lambda key: [asked.append(key), nearest(key)][1]
    )
    text = "train:\n" + "".join(f"  steps{i}: 1\n" for i in range(5000))
    message = refusal(tmp_path, text)
    assert "there is no setting train.steps0; did you mean train.steps?; " in message
    told = message.count("there is no setting")
    assert message.endswith(f"; and {5000 - told} more")
    assert len(asked) <= told + 1


def test_each_value_counts_and_each_alias_as_what_it_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "scrape:\n  queries: &q [a, b]\n  categories: *q\n"
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    # The file, its one section, four words on the left, and twice a list of two.
    monkeypatch.setattr(plain_yaml, "_MOST_NODES", 11)
    assert config_files.load(path).scrape.categories == ["a", "b"]
    monkeypatch.setattr(plain_yaml, "_MOST_NODES", 10)
    assert "line 3: not valid YAML: more than 10 values" in refusal(tmp_path, text)
    monkeypatch.setattr(plain_yaml, "_MOST_NODES", 40)
    long = "scrape:\n  queries: [&q " + "x" * 1000 + ", *q, *q, *q]\n"
    assert "line 2: not valid YAML: more than 40 values" in refusal(tmp_path, long)


def test_of_a_file_no_more_than_a_limit_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_files, "_MOST_BYTES", 20)
    (tmp_path / "small.yaml").write_text("train: {steps: 1234}")
    assert config_files.load(tmp_path / "small.yaml").train.steps == 1234
    assert "it is larger than" in refusal(tmp_path, "train: {steps: 12345}")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_may_never_end_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> Any:
        raise AssertionError("opened")

    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(Path, "open", opened)
    for name in (str(tmp_path / "pipe"), "/dev/zero", str(tmp_path)):
        with pytest.raises(ConfigError, match="it is not a file"):
            config_files.load(config_files.find(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kanass", "there is no configuration kanass; did you mean kanas.yaml?"),
        ("no/kanas-projectd.yaml", "did you mean kanas-projected.yaml?"),
        ("my.yaml", "there is no configuration my.yaml. Give a YAML file's path, or one of: cgan"),
        ("q" * 9000, "there is no configuration qqq"),
        ("q\0\n", r"there is no configuration q\x00\n. Give"),
    ],
    ids=names,
)
def test_of_a_missing_configuration_the_nearest_is_named(name: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_files.find(name)
    message = said(caught)
    assert expected in message
    if "one of:" in message:
        assert all(path.stem in message for path in config_files.packaged().values())


@pytest.mark.parametrize(
    "text", ["1e3", "1.0e3", "1E3", "1e+3", "+1.e3", "1000.0", "1_000", "1000"]
)
def test_a_float_without_a_fraction_is_an_integer(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"train: {{steps: {text}}}\nmodel: {{size: 6.4e1}}")
    read = config_files.load(tmp_path / "mine.yaml")
    for config in (read, config_files.change(Config(), [f"train.steps={text}"])):
        assert repr(config.train.steps) == "1000"
    assert repr(read.model.size) == "64"


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "1.e-4", "1.0e-04", ".1e-3", "+1e-4", "0.0001"])
def test_a_float_may_have_any_exponent(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"optimizer: {{epsilon: {text}}}")
    read = config_files.load(tmp_path / "mine.yaml")
    for config in (read, config_files.change(Config(), [f"optimizer.epsilon={text}"])):
        assert config.optimizer.epsilon == 1e-4


def test_anchors_aliases_merges_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = """
scrape: {queries: &places [Kanas, 喀纳斯湖], categories: *places}
train: {steps: &period 500}
sample: {every: *period}
log: {<<: {every: 7}}
"""
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8-sig")
    config = config_files.load(tmp_path / "mine.yaml")
    assert config.scrape.queries == config.scrape.categories == ["Kanas", "喀纳斯湖"]
    assert (config.train.steps, config.sample.every, config.log.every) == (500, 500, 7)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_an_empty_file_is_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    assert config_files.load(tmp_path / "mine.yaml") == Config()
