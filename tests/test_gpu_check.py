"""scripts/gpu-check: the plan, the limits and the report, with small commands for steps."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "scripts" / "gpu_check"
MODULES = ("busy", "collect", "environment", "modes", "plan", "report", "requirements", "running")


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    """The folder's modules by their bare names, as the command imports them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


def step(name, code, limit=30.0, **environment):
    from plan import Step

    return Step(name, (sys.executable, "-c", code), limit, environment)


def verdicts(results):
    return [result.verdict for result in results]


def test_a_step_that_fails_or_takes_too_long_stops_no_other(tmp_path):
    from report import code
    from running import run_all

    steps = [
        step("good", "import json; print('FIGURE', json.dumps({'what': 'a', 'value': 7}))"),
        step("told", "import os; print(os.environ['MORE'])", MORE="more"),
        step("bad", "print('one'); print('two'); raise SystemExit(3)"),
        step("slow", "import time; print('begun', flush=True); time.sleep(60)", limit=4),
        step("last", "print('50%\\r100%')"),
    ]
    steps.insert(4, type(steps[0])("absent", (str(tmp_path / "nothing"),), 5))
    seen = []
    results = run_all(steps, 90, tmp_path / "logs", lambda done: seen.append(len(done)))
    assert seen == [1, 2, 3, 4, 5, 6]
    assert verdicts(results[:3]) == ["passed", "passed", "failed"]
    assert verdicts(results[3:]) == ["out of time", "failed", "passed"]
    assert results[0].figures == [{"what": "a", "value": 7}]
    assert results[0].tail == []
    assert results[1].tail == ["more"]
    assert results[2].tail == ["one", "two", "ended with 3"]
    assert results[3].tail == ["begun", "ended after 4 s"]
    assert results[3].seconds < 20
    assert results[4].tail[0].startswith("cannot start")
    assert results[5].tail == ["100%"]
    assert code(results) == 1
    assert code(results[:2]) == 0
    assert code([]) == 1


@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_what_a_step_has_started_ends_with_it(tmp_path):
    from running import run

    file = tmp_path / "alive"
    child = f"import time\nwhile True: open({str(file)!r}, 'a').write('.'); time.sleep(0.05)"
    code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"while not __import__('os').path.exists({str(file)!r}): time.sleep(0.05)\n"
    )
    assert run(step("parent", code), 30, tmp_path / "log").verdict == "passed"
    time.sleep(0.3)
    size = file.stat().st_size
    time.sleep(0.3)
    assert file.stat().st_size == size


def test_when_the_time_is_up_the_rest_is_left_out(tmp_path, monkeypatch):
    import running
    from report import code

    monkeypatch.setattr(running, "_LEAST", 0.5)
    steps = [step("one", "import time; time.sleep(30)"), step("two", "print('no')")]
    results = running.run_all(steps, 1.5, tmp_path, lambda _: None)
    assert verdicts(results) == ["out of time", "not run"]
    assert results[0].seconds < 15
    assert code(results) == code(results[1:]) == 1


def plan_for(device, tmp_path, gpus=1, pytorch=True):
    from plan import Places, plan

    installing = {"Paddle": ("install", "Paddle"), "PyTorch": ("install", "PyTorch")}
    other = Path("/other/python") if pytorch else None
    if not pytorch:
        del installing["PyTorch"]
    return plan(device, Places(tmp_path, Path("/own/python"), other, installing), "/cuda/lib", gpus)


def test_the_most_decisive_comes_first(tmp_path):
    names = [each.name for each in plan_for("gpu", tmp_path)]
    order = ["GPU", "Paddle", "device", "training", "resuming", "sampling", "tests", "PyTorch"]
    assert [name for name in names if name in order] == order
    speeds = [name for name in names if name.startswith("speed of ")]
    assert speeds[:2] == ["speed of kanas, tf32", "speed of kanas-projected, tf32"]
    for mode in ("float32", "bfloat16+channels-last", "tf32+cuda-graph"):
        assert f"speed of kanas-projected, {mode}" in speeds
    assert {"two processes", "training as a CUDA graph"} <= set(names)
    assert len(set(names)) == len(names)


def test_steps_find_the_program_the_libraries_and_the_other_python(tmp_path):
    steps = {each.name: each for each in plan_for("gpu", tmp_path, gpus=3)}
    training = steps["training"]
    assert training.command[0] == str(Path("/own/python"))
    assert training.environment["PYTHONPATH"] == str(FOLDER.parents[1])
    assert training.environment["LD_LIBRARY_PATH"] == "/cuda/lib"
    assert steps["tests"].environment["LSGAN_TEST_DEVICE"] == "gpu"
    speed = steps["speed of kanas, tf32"]
    assert speed.environment["PYTORCH_PYTHON"] == str(Path("/other/python"))
    assert steps["two processes"].command[-1] == "3"
    for each in steps.values():
        script = Path(each.command[1]) if len(each.command) > 1 else None
        assert script is None or script.suffix != ".py" or script.is_file()


def test_a_rehearsal_and_a_check_without_pytorch_leave_out_what_they_cannot_do(tmp_path):
    rehearsal = [each.name for each in plan_for("cpu", tmp_path)]
    assert "GPU" not in rehearsal
    assert "training as a CUDA graph" not in rehearsal
    assert "speed of kanas, float32" in rehearsal
    without = [each.name for each in plan_for("gpu", tmp_path, pytorch=False)]
    assert not [name for name in without if name.startswith("speed") or name == "PyTorch"]


def test_the_report_says_what_was_met_missed_and_not_measured(tmp_path):
    import report
    from running import Result

    ratio = {"configuration": "kanas", "mode": "tf32", "ratio": 1.25, "what": "speed", "value": "x"}
    results = [
        Result("speed of kanas, tf32", "passed", 20.4, ["a line"], [ratio]),
        Result("training", "failed", 3.0, ["Traceback", "```", "OSError: no"]),
        Result("two processes", "not run", tail=["no time was left"]),
    ]
    busy = {"training": {"samples": 9, "mean": 71.0, "median": 70.0, "megabytes": 900.0}}
    path = tmp_path / "deep" / "report.md"
    report.write(path, {"device": "GPU", "GPU": "H1"}, results, busy)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# lsgan on a GPU: 1 passed, 1 failed, 1 not run\n")
    assert "| kanas at batch 64, tf32: times PyTorch's speed | 1 | 1.25 | met |" in text
    assert "| kanas-projected at batch 64: times PyTorch's speed | 1 |  | not measured |" in text
    assert "| training: percent busy | 90 | 71.00 | missed |" in text
    assert "OSError: no" in text
    assert text.count("```") == 6
    content = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert [each["verdict"] for each in content["steps"]] == ["passed", "failed", "not run"]
    assert [each["met"] for each in content["targets"]] == [True, None, False]
    assert sorted(file.name for file in path.parent.iterdir()) == ["report.json", "report.md"]
    # A CPU meets no target of a GPU.
    text = report.markdown({"device": "CPU"}, results, {})
    assert "A rehearsal" in text
    assert "| met |" not in text
    assert text.count("not measured") == 3


def test_how_busy_the_gpu_was_is_that_of_the_stretch():
    from busy import Sampler

    lines = "print('50, 100'); print('[N/A], 3'); print('100, 300', flush=True)"
    sampler = Sampler((sys.executable, "-c", lines))
    ends = time.monotonic() + 20
    while len(sampler.samples) < 2 and time.monotonic() < ends:
        time.sleep(0.05)
    sampler.close()
    now = time.time()
    found = sampler.between(now - 30, now)
    assert found == {"samples": 2, "mean": 75.0, "median": 75.0, "megabytes": 300.0}
    assert sampler.between(now + 1, now + 2) is None
    Sampler((str(FOLDER / "nothing"),)).close()


def test_paddle_2_needs_cuda_11_and_newer_builds_do_not():
    from requirements import PADDLE, for_paddle, for_pytorch

    old = for_paddle(PADDLE["gpu"])
    assert {"numpy<2", "pydantic>=2.6", "paddlepaddle-gpu==2.6.2"} <= set(old)
    assert any(each.startswith("nvidia-cudnn-cu11") for each in old)
    wheel = for_paddle("/some/paddlepaddle_gpu-2.6.2-cp311-cp311-manylinux1_x86_64.whl")
    assert any(each.startswith("nvidia-cublas-cu11") for each in wheel)
    for newer in ("paddlepaddle-gpu==3.3.1", PADDLE["cpu"], "x/paddlepaddle_gpu-3.2.0-cp312.whl"):
        assert not [each for each in for_paddle(newer) if "cu11" in each or each == "numpy<2"]
    processor = for_paddle("paddlepaddle==2.6.2")
    assert "numpy<2" in processor
    assert not [each for each in processor if "cu11" in each]
    assert "torch==9" in for_pytorch("torch==9")


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for Linux")
def test_a_folder_that_lacks_a_wheel_is_said_and_the_next_step_goes_on(tmp_path):
    from plan import Step
    from running import run_all

    wheels = tmp_path / "wheels"
    wheels.mkdir()
    # An environment that is there, as far as the script can see, so that none has to be made.
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = str(FOLDER / "environment.py")
    command = (sys.executable, script, "PyTorch", str(tmp_path / "venv"), "an-absent-package==1")
    results = run_all(
        [Step("PyTorch", (*command, f"--wheels={wheels}"), 120), step("next", "print(1)")],
        180,
        tmp_path / "logs",
        lambda _: None,
    )
    assert verdicts(results) == ["failed", "passed"]
    said = "\n".join(results[0].tail)
    assert "lacks a wheel: collect them for Python" in said
    assert "scripts/gpu-wheels" in said
    assert not (tmp_path / "venv" / "installed.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for Linux")
def test_libraries_have_the_names_by_which_paddle_loads_them(tmp_path):
    from environment import link

    folder = tmp_path / "lib" / "python3.12" / "site-packages" / "nvidia" / "cudnn" / "lib"
    folder.mkdir(parents=True)
    (folder / "libcudnn.so.8").write_text("cudnn")
    for _ in range(2):
        link(tmp_path)
        assert (folder / "libcudnn.so").read_text() == "cudnn"


def test_wheels_are_collected_for_the_other_machine():
    from collect import command

    words = command(Path("python"), Path("out"), "3.12", "https://example.org/simple")
    assert "--python-version=3.12" in words
    assert "--platform=manylinux2014_x86_64" in words
    assert "--extra-index-url=https://example.org/simple" in words


def test_every_mode_is_one_of_settings_that_there_are(monkeypatch):
    from plan import MODES

    from lsgan.config import Config, config_files

    monkeypatch.syspath_prepend(str(FOLDER.parent / "benchmark"))
    from modes import TOLERANCES, Mode

    for words in (*MODES["gpu"], *MODES["cpu"]):
        mode = Mode.of(words)
        train = config_files.change(Config(), mode.settings).train
        assert (train.channels_last, train.cuda_graph) == (mode.channels_last, mode.cuda_graph)
        assert train.precision == mode.precision in TOLERANCES
        assert words == "+".join(
            [mode.precision]
            + ["channels-last"] * train.channels_last
            + ["cuda-graph"] * train.cuda_graph
        )
    for wrong in ("float8", "float32+fast", ""):
        with pytest.raises(SystemExit, match="there is no mode"):
            Mode.of(wrong)
