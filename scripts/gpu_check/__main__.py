"""Checks lsgan on a GPU and measures it beside PyTorch; writes a report after each step.

The exit code is 0 only if all that ran passed. A check without a network needs the folder that
scripts/gpu-wheels has filled. For a GPU that the newest Paddle on the public index has no code for
(compute capability 9.0 and higher) name a newer build with --paddle, and the address of the index
that has it with --index, both from Paddle's installation guide.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import report
from busy import Sampler
from plan import CHECKOUT, HERE, Places, plan
from requirements import PADDLE, PYTORCH
from running import Result, run_all


def main() -> int:
    options = parse()
    os.chdir(CHECKOUT)
    options.work.mkdir(parents=True, exist_ok=True)
    # What an earlier check has left.
    for left in options.work.glob("gpu-check-*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    places = found_places(options)
    facts = described(options)
    gpus = count_gpus()
    steps = plan(options.device, places, libraries(places.python), gpus)
    steps = [replace(step, limit=options.patience * step.limit) for step in steps]
    if options.only:
        steps = [step for step in steps if any(word in step.name for word in options.only)]
    sampler = Sampler()

    def after(results: list[Result]) -> None:
        last = results[-1]
        print(f"{last.name}: {last.verdict}, {last.seconds:.0f} s", flush=True)
        if last.verdict != "passed":
            print(*(f"    {line}" for line in last.tail[-4:]), sep="\n", flush=True)
        facts["minutes taken"] = round((time.monotonic() - started) / 60, 1)
        report.write(options.report, facts, results, stretches(results, sampler))

    started = time.monotonic()
    try:
        results = run_all(steps, 60 * options.minutes, options.work / "gpu-check-logs", after)
    finally:
        sampler.close()
    print(f"the report: {options.report}")
    return report.code(results)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/gpu-check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--device", choices=("gpu", "cpu"), default="gpu", help="cpu: a rehearsal [gpu]")
    add("--minutes", type=float, default=10, help="for all steps together [10]")
    add("--patience", type=float, default=1, help="times each step's limit, if it is slow here [1]")
    work = CHECKOUT / ".gpu-check"
    add(
        "--report",
        type=path,
        default=work / "report.md",
        metavar="FILE",
        help=f"[{work}/report.md]",
    )
    add("--work", type=path, default=work, metavar="FOLDER", help=f"for data and logs [{work}]")
    add("--wheels", type=path, metavar="FOLDER", help="install from here, without a network")
    add("--index", metavar="URL", help="where Paddle comes from, besides the public index")
    add("--paddle", metavar="REQUIREMENT", help=f"or a wheel's path [{PADDLE['gpu']}]")
    add("--pytorch", metavar="REQUIREMENT", default=PYTORCH, help=f"[{PYTORCH}]")
    add("--no-pytorch", action="store_true", help="compare no speeds")
    add(
        "--python",
        metavar="FILE",
        help="one that has Paddle and all else; nothing is installed for it",
    )
    add("--pytorch-python", metavar="FILE", help="one that has PyTorch; likewise")
    add("--only", nargs="+", metavar="WORD", help="steps whose names have one of these words")
    options = parser.parse_args()
    for name in ("python", "pytorch_python"):
        if given := getattr(options, name):
            # A link in a virtual environment is not followed: it says which one that is.
            setattr(options, name, path(shutil.which(given) or given))
    if options.paddle and Path(options.paddle).is_file():
        options.paddle = str(path(options.paddle))
    if options.wheels and not options.wheels.is_dir():
        parser.error(f"there is no folder {options.wheels}: make it with scripts/gpu-wheels")
    return options


def path(text: str) -> Path:
    """A path that means the same in every folder."""
    return Path(text).absolute()


def found_places(options: argparse.Namespace) -> Places:
    """Where the two environments are, and what makes them."""
    suffix = "" if options.device == "gpu" else "-rehearsal"
    installing: dict[str, tuple[str, ...]] = {}
    pythons: dict[str, Path] = {}
    wanted = {
        "Paddle": (options.python, f".venv-gpu{suffix}", options.paddle or PADDLE[options.device]),
        "PyTorch": (options.pytorch_python, f".venv-gpu-pytorch{suffix}", options.pytorch),
    }
    for what, (given, environment, requirement) in wanted.items():
        if given:
            pythons[what] = given
            continue
        folder = CHECKOUT / environment
        pythons[what] = folder / "bin" / "python"
        command = (sys.executable, str(HERE / "environment.py"), what, str(folder), requirement)
        for name in ("wheels", "index"):
            value = getattr(options, name)
            command += (f"--{name}", str(value)) if value else ()
        installing[what] = command
    if options.no_pytorch:
        installing.pop("PyTorch", None)
    pytorch = None if options.no_pytorch else pythons["PyTorch"]
    return Places(options.work, pythons["Paddle"], pytorch, installing)


def libraries(python: Path) -> str:
    """Where CUDA's libraries will lie: packages bring them, and Paddle 2.6 does not look there."""
    names = ("cublas", "cudnn", "cuda_runtime", "cuda_nvrtc", "curand", "cusolver", "cusparse")
    packages = python.parents[1] / "lib"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folders = [
        packages / version / "site-packages" / "nvidia" / name / "lib" for name in (*names, "nccl")
    ]
    before = os.environ.get("LD_LIBRARY_PATH", "")
    return ":".join([*map(str, folders), *([before] if before else [])])


def count_gpus() -> int:
    """How many nvidia-smi lists."""
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--list-gpus"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def described(options: argparse.Namespace) -> dict[str, Any]:
    """What the report says about the machine and this check."""
    queried = "name,compute_cap,driver_version,memory.total"
    try:
        gpu = subprocess.run(
            ["nvidia-smi", f"--query-gpu={queried}", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        gpu = "none found"
    return {
        "device": options.device.upper(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "GPU (name, compute capability, driver, memory)": gpu.replace("\n", "; "),
        "system": f"{platform.platform()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "minutes given": options.minutes,
    }


def stretches(results: list[Result], sampler: Sampler) -> dict[str, dict[str, Any]]:
    """How busy the GPU was while the steps trained, by the step's name."""
    found = {}
    for result in results:
        for figure in result.figures:
            busy = sampler.between(*figure["stretch"]) if "stretch" in figure else None
            if busy:
                found[result.name] = busy
    return found


if __name__ == "__main__":
    sys.exit(main())
