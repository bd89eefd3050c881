import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lsgan.errors import DeviceError
from lsgan.system import runtime

TF32 = "NVIDIA_TF32_OVERRIDE"


def in_a_fresh_process(code: str, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", TF32)}
    environment |= variables
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "OMP_NUM_THREADS set" not in answer.stderr
    return answer.stdout


def test_paddle_computes_on_all_cores_once_started() -> None:
    code = (
        "import os; from lsgan.system import runtime; runtime.start('cpu'); import paddle;"
        "print(os.environ['OMP_NUM_THREADS'])"
    )
    assert int(in_a_fresh_process(code)) == runtime.cores()


def test_processes_that_share_a_machine_share_its_cores_in_numpy_too() -> None:
    # NumPy comes first, as it does where a process unpickles its work.
    code = (
        "import numpy; from lsgan.system import runtime; runtime.tune()\n"
        "from threadpoolctl import threadpool_info\n"
        "print([kept['num_threads'] for kept in threadpool_info() if kept['user_api'] == 'blas'])"
    )
    counts = in_a_fresh_process(code, PADDLE_LOCAL_SIZE=str(runtime.cores()))
    assert set(json.loads(counts)) <= {1}


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
def test_cores_are_those_that_the_process_may_use() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from lsgan.system import runtime; print(runtime.cores())"
    )
    assert int(in_a_fresh_process(code)) == 1
    assert runtime.cores() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("asked", "own", "found"), [("True", {}, "1"), ("False", {}, "0"), ("True", {TF32: "0"}, "0")]
)
def test_nvidias_libraries_are_told_before_paddle_is_loaded_whether_tf32_will_do(
    asked: str, own: dict[str, str], found: str
) -> None:
    code = (
        "import os; from lsgan.system import runtime\n"
        f"runtime._load = lambda: print(os.environ[{TF32!r}]) or exit()\n"
        f"runtime.start('gpu', tf32={asked})"
    )
    assert in_a_fresh_process(code, **own).strip() == found


def test_what_the_user_has_set_stays() -> None:
    code = (
        "import json; from lsgan.system import runtime;"
        "print(json.dumps([[s.name, s.value, s.reason] for s in runtime.tune()]))"
    )
    settings = json.loads(in_a_fresh_process(code, OMP_NUM_THREADS="1"))
    expected = "set by you" if runtime.cores() > 1 else "Paddle takes one thread if unset"
    assert settings[0] == ["OMP_NUM_THREADS", "1", expected]


@pytest.mark.parametrize(
    ("vendor", "expected"), [("AuthenticAMD", "5"), ("GenuineIntel", None), ("", None)]
)
def test_the_fast_matrix_product_is_for_amd_alone(
    monkeypatch: pytest.MonkeyPatch, vendor: str, expected: str | None
) -> None:
    monkeypatch.setattr(runtime, "processor", lambda: f"{vendor} some model")
    monkeypatch.setattr(runtime, "_keep_blocks", lambda: runtime.Setting("glibc malloc", "", ""))
    monkeypatch.delenv("MKL_DEBUG_CPU_TYPE", raising=False)
    runtime.tune()
    assert os.environ.get("MKL_DEBUG_CPU_TYPE") == expected


def test_without_glibc_nothing_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.platform, "libc_ver", lambda: ("", ""))
    assert "glibc malloc" not in [setting.name for setting in runtime.tune()]


def test_help_does_not_load_paddle() -> None:
    code = (
        "import sys; sys.argv = ['lsgan', '--help']\n"
        "from lsgan.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert 'paddle' not in sys.modules"
    )
    assert "prepare" in in_a_fresh_process(code)


def test_without_paddle_one_message_names_both_builds(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'paddle' else find(name, *a)\n"
        "sys.argv = ['lsgan', *{words}]\nfrom lsgan.cli import main\nmain()"
    )
    for words in (["train", "--dry-run"], ["sample", str(tmp_path)], ["demo"], ["doctor"]):
        answer = subprocess.run(
            [sys.executable, "-c", code.format(words=words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        said = answer.stderr + answer.stdout
        assert "pip install paddlepaddle " in said
        assert "pip install paddlepaddle-gpu" in said
        assert "Traceback" not in said
        assert answer.returncode == (0 if words == ["doctor"] else 2)
    assert not list(tmp_path.iterdir())


def test_devices_are_chosen_and_refused() -> None:
    assert runtime._choose("auto", 0) == "cpu"
    assert runtime._choose("auto", 2) == "gpu:0"
    assert runtime._choose("cpu", 2) == "cpu"
    assert runtime._choose("gpu", 1) == "gpu:0"
    assert runtime._choose("gpu:1", 2) == "gpu:1"
    for device, count, words in (
        ("gpu", 0, "sees no GPU"),
        ("gpu:2", 2, "there are 2 GPUs"),
        ("tpu", 1, "no device 'tpu'"),
        ("gpu:x", 1, "no device 'gpu:x'"),
        ("auto:1", 2, "no device"),
    ):
        with pytest.raises(DeviceError, match=words):
            runtime._choose(device, count)


class Gpu:
    """Paddle's functions on a GPU that multiplies and adds with a mistake, or raises."""

    __version__ = "2.6.2"

    def __init__(self, error: Exception | None = None, off: float = 0) -> None:
        self.error = error
        self.off = off
        self.device = SimpleNamespace(cuda=self)

    def set_device(self, device: str) -> None:
        pass

    def get_device_name(self, _: int) -> str:
        return "NVIDIA H200"

    def get_device_capability(self, _: int) -> tuple[int, int]:
        return 9, 0

    def ones(self, shape: list[int]) -> "Gpu.Tensor":
        return Gpu.Tensor(np.ones(shape), self.off)

    def matmul(self, left: "Gpu.Tensor", right: "Gpu.Tensor") -> "Gpu.Tensor":
        if self.error:
            raise self.error
        return Gpu.Tensor(left.values @ right.values, self.off)

    class Tensor:
        def __init__(self, values: np.ndarray[Any, Any], off: float) -> None:
            self.values = values
            self.off = off

        def __add__(self, other: "Gpu.Tensor") -> "Gpu.Tensor":
            return Gpu.Tensor(self.values + other.values + self.off, self.off)

        def numpy(self) -> np.ndarray[Any, Any]:
            return self.values


def test_a_gpu_that_computes_is_taken() -> None:
    runtime._start_gpu(Gpu(), "gpu:0")


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        (Gpu(off=-2), "it gives wrong results"),
        (Gpu(off=float("nan")), "it gives wrong results"),
        (
            Gpu(error=OSError("\nC++ Traceback\n0 phi::x\n(External) CUDA error(209), no code.\n")),
            r"\(External\) CUDA error\(209\), no code\.",
        ),
        (Gpu(error=RuntimeError("")), ": RuntimeError"),
    ],
)
def test_a_gpu_on_which_this_build_of_paddle_cannot_compute_is_refused(
    gpu: Gpu, words: str
) -> None:
    with pytest.raises(DeviceError, match=words) as caught:
        runtime._start_gpu(gpu, "gpu:0")
    said = str(caught.value)
    assert "cannot compute on gpu:0 (NVIDIA H200, compute capability 9.0)" in said
    assert "--device cpu" in said
    assert "\n" not in said


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux alone has control groups")
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu.max": "nonsense"}, 4),
        ({}, 4),
    ],
)
def test_a_container_has_the_cores_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(runtime, "_CGROUPS", tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    assert runtime.cores() == expected
