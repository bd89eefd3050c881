"""README.md and README.zh-CN.md say the same; the links of all documents lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / ".github").glob("*.md"),
    *(path for top in ("configs", "lsgan", "scripts") for path in (ROOT / top).rglob("*.md")),
]


def split(path: Path) -> tuple[str, list[str]]:
    """A document without its code blocks, and the lines of those without their comments."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```$", text, re.DOTALL | re.MULTILINE)
    lines = [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.splitlines()]
    for block in blocks:
        text = text.replace(block, "")
    return text, lines


def cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)\|", row.strip().strip("|"))


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", split(path)[0], re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def both() -> tuple[str, str]:
    return split(ENGLISH)[0], split(CHINESE)[0]


def test_the_translation_has_the_same_headings(both):
    levels = [re.findall(r"^(#+) ", text, re.MULTILINE) for text in both]
    assert levels[0] == levels[1]
    commands = [re.findall(r"^#+ .*?(`.*`)$", text, re.MULTILINE) for text in both]
    assert [c.replace("、", ", ") for c in commands[1]] == commands[0]


def test_the_translation_has_the_same_commands():
    assert split(ENGLISH)[1] == split(CHINESE)[1]


def test_the_translation_has_the_same_tables(both):
    tables = [
        [
            [sorted(re.findall(r"`([^`]+)`", cell)) for cell in cells(row)]
            for row in re.findall(r"^\|.*$", text, re.MULTILINE)
        ]
        for text in both
    ]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("pattern", [r"`([^`]+)`", r"\]\(([^)]+)\)", r"^- \*\*", r"^!\["])
def test_the_translation_has_the_same_names_links_and_lists(both, pattern):
    found = [sorted(re.findall(pattern, text, re.MULTILINE)) for text in both]
    assert [name.replace("README.zh-CN.md", "README.md") for name in found[1]] == [
        name.replace("README.zh-CN.md", "README.md") for name in found[0]
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    for link in re.findall(r"\]\(([^)]+)\)", split(path)[0]):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_readme_is_short():
    assert len(ENGLISH.read_text(encoding="utf-8").splitlines()) <= 250


def test_every_option_in_the_documents_exists():
    """Of each `lsgan COMMAND --option` in a code block, the option is one of the command."""
    used: dict[str, set[str]] = {}
    for path in DOCUMENTS:
        for line in split(path)[1]:
            found = re.match(r"lsgan ([a-z-]+)\b(.*)", line)
            if found:
                used.setdefault(found[1], set()).update(re.findall(r"--[a-z-]+", found[2]))
    assert {"scrape", "prepare", "train", "sample", "evaluate"} <= set(used)
    for command, options in used.items():
        printed = subprocess.run(
            [sys.executable, "-m", "lsgan", command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        ).stdout
        missing = options - set(re.findall(r"--[a-z-]+", printed))
        assert not missing, f"lsgan {command} has no {missing}"


def test_the_python_example_runs_as_it_stands(tmp_path, monkeypatch, landscapes):
    """With less training; each array has the type and the shape that its comment states."""
    text = ENGLISH.read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    Path("my-photographs").mkdir()
    for number, pixels in enumerate(landscapes):
        Image.fromarray(pixels.transpose(1, 2, 0)).resize((64, 64)).save(
            f"my-photographs/{number}.png"
        )
    Path("small.yaml").write_text("model: {base_channels: 4}\ntrain: {steps: 2}\n")
    example = example.replace('"kanas-projected"', '"small.yaml"')
    example = example.replace('evaluate("runs/mine")', 'evaluate("runs/mine", count=64)')
    scope: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), scope)
    stated = re.findall(r"^(\w+) = .*# (uint8) (\(.*\))$", example, re.MULTILINE)
    assert {name for name, *_ in stated} == {"images", "frames"}
    for name, dtype, shape in stated:
        assert (str(scope[name].dtype), str(scope[name].shape)) == (dtype, shape)
    assert Path("runs/mine/metrics.json").is_file()
