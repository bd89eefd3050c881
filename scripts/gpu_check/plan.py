"""What is checked, in which order: the most decisive first, since time may run out."""

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
# In these the speed is compared, first where lsgan has to hold its own.
MODES = {
    "gpu": (
        *("tf32", "bfloat16", "float32", "tf32+cuda-graph", "bfloat16+channels-last"),
        *("bfloat16+cuda-graph", "bfloat16+channels-last+cuda-graph"),
    ),
    "cpu": ("float32",),
}
CONFIGURATIONS = ("kanas", "kanas-projected")


@dataclass(frozen=True)
class Step:
    """One command of the check.

    Attributes:
        name: in the report.
        command: with its arguments.
        limit: seconds that it may take.
        environment: variables that it is given besides those of this process.
    """

    name: str
    command: tuple[str, ...]
    limit: float
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Places:
    """Where things lie.

    Attributes:
        work: folder for the data, the runs and the logs.
        python: the Python that has Paddle.
        pytorch: the Python that has PyTorch; None if speeds are not to be compared.
        installing: the command lines that make both, each by the name of its step; empty where the
            user has named the Pythons.
    """

    work: Path
    python: Path
    pytorch: Path | None
    installing: dict[str, tuple[str, ...]]


def plan(device: str, places: Places, libraries: str, gpus: int) -> list[Step]:
    """The steps of the check.

    Args:
        device: "gpu" or "cpu".
        places: where things lie.
        libraries: folders of CUDA's libraries, as LD_LIBRARY_PATH has them.
        gpus: how many there are.
    """
    own = {"PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
    if libraries:
        own["LD_LIBRARY_PATH"] = libraries

    def script(name: str, module: str, *given: str, limit: float, **more: str) -> Step:
        command = (str(places.python), str(HERE / f"{module}.py"), *given)
        return Step(name, command, limit, own | more)

    data, run = str(places.work / "gpu-check-data"), str(places.work / "gpu-check-run")
    tests = (str(places.python), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    steps = [Step("GPU", ("nvidia-smi",), 20)] if device == "gpu" else []
    steps += [
        Step(name, command, 300) for name, command in places.installing.items() if name != "PyTorch"
    ]
    steps += [
        script("device", "computes", device, limit=90),
        script("data set", "images", data, limit=60),
        script("training", "train", "begin", data, run, device, limit=90),
        script("resuming", "train", "resume", data, run, device, limit=60),
        script("sampling", "samples", run, device, limit=60),
        Step(
            "tests",
            (*tests, str(CHECKOUT / "tests" / "gpu")),
            150,
            own | {"LSGAN_TEST_DEVICE": device},
        ),
    ]
    if "PyTorch" in places.installing:
        steps.append(Step("PyTorch", places.installing["PyTorch"], 300))
    speeds = [
        script(
            f"speed of {name}, {mode}",
            *("speed", device, name, mode),
            limit=75 if device == "gpu" else 150,
            PYTORCH_PYTHON=str(places.pytorch),
        )
        for mode in MODES[device]
        for name in CONFIGURATIONS
        if places.pytorch
    ]
    graph = script(
        "training as a CUDA graph", "train", "graph", data, f"{run}-graph", device, limit=60
    )
    processes = script("two processes", "two_processes", data, device, str(gpus), limit=90)
    return [*steps, *speeds[:2], processes, *([graph] if device == "gpu" else []), *speeds[2:]]
