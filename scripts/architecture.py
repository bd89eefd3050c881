"""Draws which package of lsgan imports which, into .github/CONTRIBUTING.md, as a Mermaid diagram.

    python scripts/architecture.py            draws it anew
    python scripts/architecture.py --check    fails if the diagram is not that of the code

Of the modules beside the packages only those with imports of their own are drawn. An arrow that
follows from others, such as training → io from training → checkpoints → io, is left out. A circle
of imports is an error.
"""

import argparse
import ast
import graphlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / ".github" / "CONTRIBUTING.md"
BEGIN, END = "```mermaid\n", "```\n"

Graph = dict[str, set[str]]


def imports(package: Path) -> Graph:
    """What each package or module directly below `package` imports of the others."""
    names = {path.stem for path in package.iterdir() if path.is_dir() or path.suffix == ".py"}
    found: Graph = {}
    for path in package.rglob("*.py"):
        own = path.relative_to(package).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = {module.split(".")[1] for module in _modules(node, package.name)}
            found.setdefault(own, set()).update(imported & names - {own})
    return found


def _modules(node: ast.AST, package: str) -> list[str]:
    """The dotted names below `package` that an import statement, if `node` is one, may mean."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if name.startswith(f"{package}.")]


def reduced(graph: Graph) -> Graph:
    """The arrows of an acyclic `graph` that do not follow from others.

    Raises:
        graphlib.CycleError: if it has a circle.
    """
    reached: Graph = {}
    for name in graphlib.TopologicalSorter(graph).static_order():
        direct = graph.get(name, set())
        reached[name] = direct.union(*(reached[other] for other in direct))
    return {
        name: direct - set().union(*(reached[other] for other in direct))
        for name, direct in graph.items()
    }


def drawn(graph: Graph) -> str:
    """A diagram of the arrows that `reduced` leaves, without `__init__`, `__main__` and leaves."""
    used = {
        name: {other for other in others if graph.get(other)}
        for name, others in graph.items()
        if others and not name.startswith("__")
    }
    lines = ["flowchart LR"]
    for name, others in sorted(reduced(used).items()):
        lines += [f"  {name} --> {other}" for other in sorted(others)]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    is_check = parser.parse_args().check
    try:
        diagram = drawn(imports(ROOT / "lsgan"))
    except graphlib.CycleError as error:
        sys.exit(f"circle of imports: {' → '.join(error.args[1])}")
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    if old != diagram and is_check:
        sys.exit("the diagram is out of date: python scripts/architecture.py")
    DOCUMENT.write_text(f"{before}{BEGIN}{diagram}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
