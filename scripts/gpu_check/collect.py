"""Collects the wheels that scripts/gpu-check installs, for a machine without a network.

They are for Linux on x86-64: 2.6 GB for Paddle 2.6.2, and 4.0 GB for PyTorch. Run it under
the Python version that the other machine has if you can: which small packages a package needs
besides may depend on it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import works
from requirements import PADDLE, PYTORCH, for_paddle, for_pytorch

# What packages need under Python 3.10 alone.
_OLDER = ["exceptiongroup", "tomli", "typing_extensions"]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/gpu-wheels",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="is made; may hold wheels already")
    add("--python", default="3.12", metavar="VERSION", help="the other machine's [3.12]")
    add("--paddle", default=PADDLE["gpu"], metavar="REQUIREMENT", help=f"[{PADDLE['gpu']}]")
    add("--index", metavar="URL", help="where Paddle comes from, besides the public index")
    add("--pytorch", default=PYTORCH, metavar="REQUIREMENT", help=f"[{PYTORCH}]")
    add("--no-pytorch", action="store_true", help="compare no speeds there")
    options = parser.parse_args()
    sides = {"paddle": [*for_paddle(options.paddle), *_OLDER]}
    if not options.no_pytorch:
        sides["pytorch"] = for_pytorch(options.pytorch)
    with tempfile.TemporaryDirectory() as folder:
        python = pip_of(Path(folder))
        for name, requirements in sides.items():
            out = options.folder / name
            out.mkdir(parents=True, exist_ok=True)
            code = subprocess.run(
                [*command(python, out, options.python, options.index), *requirements], check=False
            ).returncode
            if code:
                print(f"{name}: not everything could be collected", file=sys.stderr)
                return code
            files = list(out.iterdir())
            size = sum(file.stat().st_size for file in files) / 1e9
            print(f"{name}: {len(files)} files, {size:.2f} GB in {out}")
    print(f"There: scripts/gpu-check --wheels {options.folder.name}")
    return 0


def pip_of(folder: Path) -> Path:
    """A Python that has pip: this one, or one made in `folder`."""
    if works(Path(sys.executable)):
        return Path(sys.executable)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder / "bin" / "python"


def command(python: Path, out: Path, version: str, index: str | None) -> list[str]:
    """Pip's, without the requirements."""
    tags = [f"manylinux_2_{minor}_x86_64" for minor in range(5, 36)]
    platforms = [f"--platform={tag}" for tag in (*tags, "manylinux2014_x86_64", "linux_x86_64")]
    found = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    found += ["--only-binary=:all:", "--implementation=cp", f"--python-version={version}"]
    found += [*platforms, f"--dest={out}"]
    return [*found, f"--extra-index-url={index}"] if index else found


if __name__ == "__main__":
    sys.exit(main())
