"""The packages import each other one way, as CONTRIBUTING draws it and lists them."""

import graphlib
import importlib.util
import re
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "architecture.py"
spec = importlib.util.spec_from_file_location("architecture", SCRIPT)
assert spec is not None
assert spec.loader is not None
architecture = importlib.util.module_from_spec(spec)
spec.loader.exec_module(architecture)

GRAPH = architecture.imports(architecture.ROOT / "lsgan")
TEXT = architecture.DOCUMENT.read_text(encoding="utf-8")


def test_the_diagram_is_that_of_the_code():
    assert f"{architecture.BEGIN}{architecture.drawn(GRAPH)}{architecture.END}" in TEXT


def test_a_package_imports_only_those_above_it_in_the_table():
    rows = re.findall(r"^\| (`lsgan/.*?) \|", TEXT, re.MULTILINE)
    place = {
        name: number
        for number, row in reversed(list(enumerate(rows)))
        for name in re.findall(r"`lsgan/(\w+)(?:/|\.py)`", row)
    }
    leaves = {name for name, others in GRAPH.items() if not others & place.keys()}
    assert place.keys() | leaves | {"__init__", "__main__"} == GRAPH.keys()
    for name in place:
        below = {other for other in GRAPH[name] if place.get(other, -1) > place[name]}
        assert not below, f"{name} imports {below}"


def test_few_modules_lie_beside_the_packages():
    assert len(list((architecture.ROOT / "lsgan").glob("*.py"))) <= 8


def test_an_arrow_that_follows_from_others_is_not_drawn():
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert architecture.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}


def test_a_circle_is_an_error(tmp_path):
    for name, other in (("one", "two"), ("two", "three"), ("three", "one")):
        (tmp_path / "lsgan" / name).mkdir(parents=True)
        line = f"def late():\n    from lsgan.{other} import thing\n"
        (tmp_path / "lsgan" / name / "module.py").write_text(line)
    graph = architecture.imports(tmp_path / "lsgan")
    assert graph["one"] == {"two"}
    with pytest.raises(graphlib.CycleError):
        architecture.reduced(graph)
