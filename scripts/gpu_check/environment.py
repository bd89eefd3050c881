"""Makes an environment and installs one side of the check in it; does nothing if that is done.

environment.py Paddle|PyTorch FOLDER REQUIREMENT [--wheels FOLDER] [--index URL]
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from requirements import for_paddle, for_pytorch


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("Paddle", "PyTorch"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("requirement")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--index")
    options = parser.parse_args()
    side = for_paddle if options.what == "Paddle" else for_pytorch
    wanted = side(options.requirement)
    done = options.folder / "installed.json"
    state = json.dumps(wanted)
    if done.is_file() and done.read_text(encoding="utf-8") == state:
        print(f"{options.what} is installed in {options.folder} already")
        return 0
    python = options.folder / "bin" / "python"
    if not works(python):
        shutil.rmtree(options.folder, ignore_errors=True)
        if subprocess.run(
            [sys.executable, "-m", "venv", str(options.folder)], check=False
        ).returncode:
            print("Install Python's venv module (on Debian and Ubuntu: apt install python3-venv).")
            return 2
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    command += ["--quiet", *sources(options), *wanted]
    code = subprocess.run(command, check=False).returncode
    if code:
        if options.wheels:
            print(
                f"If {options.wheels} lacks a wheel: collect them for Python "
                f"{sys.version_info[0]}.{sys.version_info[1]} with scripts/gpu-wheels."
            )
        return code
    link(options.folder)
    done.write_text(state, encoding="utf-8")
    return 0


def link(environment: Path) -> None:
    """Give CUDA's libraries the names by which Paddle 2.6 loads them, without their versions."""
    for library in environment.glob("lib/python*/site-packages/nvidia/*/lib/*.so.*"):
        name = library.with_name(library.name.partition(".so.")[0] + ".so")
        if not name.exists():
            name.symlink_to(library.name)


def works(python: Path) -> bool:
    """Whether this Python is there and has pip."""
    try:
        tried = subprocess.run(
            [str(python), "-m", "pip", "--version"], capture_output=True, check=False
        )
    except OSError:
        return False
    return tried.returncode == 0


def sources(options: argparse.Namespace) -> list[str]:
    """Where pip is to look, in its words."""
    if options.wheels:
        folders = [options.wheels, options.wheels / options.what.lower()]
        found = [f"--find-links={folder}" for folder in folders if folder.is_dir()]
        return ["--no-index", *found]
    return ["--extra-index-url", options.index] if options.index else []


if __name__ == "__main__":
    sys.exit(main())
