"""Several processes that train together, on gloo."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.errors import ConfigError, DataError, RunError
from lsgan.io.files import read_lines
from lsgan.system import runtime
from lsgan.training import launch, worker
from lsgan.training.distributed import ProcessGroup
from lsgan.training.launch import devices_of, run_together, train_here
from lsgan.training.train import train

WITHOUT_NORM = Path(__file__).with_name("without_norm.py")


def together(config: Config, out: Path, resume: bool = False) -> None:
    assert run_together(partial(train_here, config, out, resume), ["cpu", "cpu"]) == 0


def weights(out: Path) -> dict[str, np.ndarray]:
    return load_file(Run(out).kept()[0])


def test_four_give_the_weights_of_one(small: Config, tmp_path: Path) -> None:
    """The same float32 sums in another order: rounding differs by about 1e-7 of a gradient.

    Six steps and Adam's division enlarge that; 1e-3 of a weight is allowed.
    """
    config = config_files.change(
        small,
        [
            # Without batch norm nothing else keeps the signal from fading.
            "model.init_std=0.1",
            # Adam divides by the size of a gradient, which would blow up the rounding of tiny ones.
            "optimizer.epsilon=1e-3",
        ],
    )
    (tmp_path / "config.yaml").write_text(config_files.annotated(config), encoding="utf-8")
    for count in ("1", "4"):
        given = [WITHOUT_NORM, count, tmp_path / "config.yaml", tmp_path / count]
        subprocess.run([sys.executable, *map(str, given)], check=True, timeout=900)
    one, four = weights(tmp_path / "1"), weights(tmp_path / "4")
    assert one.keys() == four.keys()
    assert not any("_mean" in name for name in one)
    start = Run(tmp_path / "1").kept()[-1]
    for name, values in load_file(start).items():
        if name.endswith("weight") and not name.startswith("optimizer"):
            assert np.abs(one[name] - values).max() > 1e-5, "nothing has been learned"
        np.testing.assert_allclose(one[name], four[name], rtol=1e-3, atol=1e-6, err_msg=name)
    rows = [read_lines(Run(tmp_path / count).metrics) for count in ("1", "4")]
    for alone, shared in zip(*rows, strict=True):
        for figure in ("discriminator_loss", "real_score", "generator_gradient"):
            if figure in alone:
                assert shared[figure] == pytest.approx(alone[figure], rel=1e-3)


def test_a_run_goes_on_with_another_number_of_processes(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    for steps, several in ((9, True), (12, False)):
        config = config_files.change(small, [f"train.steps={steps}"])
        if several:
            together(config, tmp_path, resume=True)
        else:
            train(config, tmp_path, "cpu", resume=True, progress=False)
    steps = [row["step"] for row in read_lines(Run(tmp_path).metrics) if "frechet" in row]
    assert steps == [0, 3, 6, 9, 12]
    said = Run(tmp_path).log.read_text(encoding="utf-8")
    assert "on 2×cpu" in said
    assert said.count("resumed") == 2


def ends_at_once(_: str) -> int:
    os._exit(7)


def test_a_process_that_ends_with_an_error_ends_all() -> None:
    with pytest.raises(RunError, match="of 2 ended with 7"):
        run_together(ends_at_once, ["cpu", "cpu"])


def test_what_is_wrong_is_said_once(small: Config, tmp_path: Path) -> None:
    given = ["--workers", "3", "--data", small.data.path, "--out", str(tmp_path / "run")]
    answer = subprocess.run(
        [sys.executable, "-m", "lsgan", "train", *given],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert answer.returncode == 2
    assert answer.stderr.count("lsgan: ") == 1
    assert "cannot be shared out among 3 processes" in answer.stderr
    assert not (tmp_path / "run").exists()


def test_devices_are_checked() -> None:
    assert devices_of(None, None) == devices_of(1, None) == []
    assert devices_of(2, None) == ["cpu", "cpu"]
    assert devices_of(None, "0, 2") == ["gpu:0", "gpu:2"]
    for workers_, devices in ((2, "0"), (None, "one"), (None, "1,1")):
        with pytest.raises(ConfigError):
            devices_of(workers_, devices)


def test_shares_make_up_the_batch() -> None:
    assert [ProcessGroup(index, 3).shard(12) for index in range(3)] == [
        slice(0, 4), slice(4, 8), slice(8, 12),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="cannot be shared out"):
        ProcessGroup(0, 3).shard(16)


def test_another_machine_may_have_its_data_elsewhere(
    small: Config, pack: Path, tmp_path: Path
) -> None:
    elsewhere = shutil.copytree(pack, tmp_path / "elsewhere")
    of_first = config_files.with_data(small, tmp_path / "not here")
    own = config_files.with_data(small, elsewhere)
    digest = open_pack(pack).digest
    config, opened = worker._open(of_first, own, digest)
    assert opened.path == Path(config.data.path) == elsewhere
    assert worker._open(small, own, digest)[0].data.path == small.data.path
    with pytest.raises(RunError, match="is not that of the first process"):
        worker._open(of_first, own, "another")
    with pytest.raises(DataError, match="there is no folder"):
        worker._open(of_first, of_first, digest)


def averages(device: str) -> int:
    """Tensors of all sizes become the mean over the processes, each keeping its shape."""
    runtime.start(device)
    import paddle

    group = ProcessGroup.from_environment()
    group.init()
    shapes = [[3], [2, 2], [600, 600], [], [1, 5]]
    for given in (shapes, shapes[2:3], shapes[:1], []):
        tensors = [
            paddle.full(shape, float(group.rank + place)) for place, shape in enumerate(given)
        ]
        group.all_reduce_mean(tensors)
        for place, (tensor, shape) in enumerate(zip(tensors, given, strict=True)):
            assert tensor.shape == shape
            assert bool((tensor == place + 0.5).all())
    return 0


def test_gradients_of_all_sizes_are_averaged() -> None:
    assert run_together(averages, ["cpu", "cpu"]) == 0


def test_processes_know_each_other_by_the_launchers_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (ProcessGroup.from_environment().rank, ProcessGroup.from_environment().world_size) == (
        0,
        1,
    )
    monkeypatch.setenv("PADDLE_TRAINER_ID", "3")
    monkeypatch.setenv("PADDLE_TRAINERS_NUM", "4")
    assert (ProcessGroup.from_environment().rank, ProcessGroup.from_environment().world_size) == (
        3,
        4,
    )
    assert len(set(launch._free_ports(5))) == 5
