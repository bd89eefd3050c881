"""The step as a CUDA graph, with one on the CPU in place of Paddle's.

That one does nothing when it captures, as on a GPU, and the work itself at each replay. Meanwhile
everything on the host that a graph would have kept as it was at the capture is spoilt or forbidden.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan.arrays import Tensor
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError
from lsgan.training import cuda_graph, setup
from lsgan.training.cuda_graph import WARM_UP, CudaGraph, StepGraph, keep_on_device
from lsgan.training.state import State
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer
from tests.conftest import random_features
from tests.training import test_step

STEPS = WARM_UP + 3


@pytest.fixture(autouse=True)
def paddles_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU; the kernels for CPUs work on the host."""
    monkeypatch.setenv("LSGAN_KERNELS", "paddle")


class Graph:
    """Work that is done at each replay, all that it gives put where the first tensor lies."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self.replays = self.resets = 0

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        # What a capture does to tensors is undone, since it launches nothing.
        state = self._trainer.state
        held = {name: tensor.clone() for name, tensor in tensors(state)}
        self._work = work
        self._result = work()
        with paddle.no_grad():
            for name, tensor in tensors(state):
                paddle.assign(held[name], output=tensor)
        self._result.set_value(paddle.full_like(self._result, float("nan")))
        return self._result

    def replay(self) -> None:
        self.replays += 1
        with host_frozen(self._trainer):
            result = self._work()
        paddle.assign(result, output=self._result)

    def reset(self) -> None:
        self.resets += 1


def tensors(state: State) -> Iterator[tuple[str, Tensor]]:
    """All that a step changes."""
    networks = state.generator, state.discriminator
    optimizers = state.generator_optimizer, state.discriminator_optimizer
    for role, network in enumerate(networks):
        for key, tensor in network.state_dict().items():
            yield f"{role}/{key}", tensor
    for role, optimizer in enumerate(optimizers):
        for key, tensor in optimizer.adam.state_dict().items():
            yield f"{role}/{key}", tensor


@contextmanager
def host_frozen(trainer: Trainer) -> Iterator[None]:
    """No values from the device, no random numbers, no step, no rates but what tensors hold."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a graph cannot do this")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("numpy", "item", "tolist", "__float__", "__int__", "__bool__"):
            patch.setattr(paddle.Tensor, name, forbidden)
        for name in ("seed", "rand", "randn", "to_tensor"):
            patch.setattr(paddle, name, forbidden)
        patch.setattr("lsgan.random.stream", forbidden)
        patch.setattr(trainer.loader, "batch", forbidden)
        patch.setattr(trainer.state, "step", -(10**9))
        for optimizer in (trainer.state.generator_optimizer, trainer.state.discriminator_optimizer):
            patch.setattr(optimizer.adam, "_learning_rate", 1e9)
        yield


def trainer_of(config: Config) -> Trainer:
    """A trainer that could use a graph, and does not yet."""
    trainer = test_step.trainer_of(config_files.change(config, ["train.cuda_graph=true"]))
    trainer.graph = None
    return trainer


def with_graphs(trainer: Trainer) -> list[Graph]:
    """Give a trainer graphs of the CPU; those that it has made."""
    made: list[Graph] = []

    def make() -> Graph:
        made.append(Graph(trainer))
        return made[-1]

    trainer.graph = StepGraph(make)
    return made


def same(one: Trainer, other: Trainer) -> None:
    left, right = one.state.tensors(), other.state.tensors()
    assert left.keys() == right.keys()
    for key in left:
        np.testing.assert_array_equal(left[key], right[key], key)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["train.n_critic=2", "loss.label_noise=0.1"],
        ["loss.name=wgan-gp", "loss.gradient_penalty_weight=10", "model.discriminator_norm=layer"],
        [
            "model.generator=fastgan",
            "model.discriminator=projected",
            "model.spectral_norm=true",
            "model.feature_size=64",
            "train.batch_size=2",
        ],
    ],
)
def test_a_replayed_run_is_the_same_run(small: Config, changes: list[str], tmp_path: Path) -> None:
    changes = [*changes, f"model.feature_weights={random_features(tmp_path)}"]
    if "model.discriminator=projected" not in changes:
        changes.pop()
    config = config_files.change(small, changes)
    usual, graphed = trainer_of(config), trainer_of(config)
    graphs = with_graphs(graphed)
    for _ in range(STEPS):
        one, other = train_step(usual), train_step(graphed)
        assert list(one) == list(other)
        assert [float(value) for value in one.values()] == [float(v) for v in other.values()]
    assert [graph.replays for graph in graphs] == [STEPS - WARM_UP]
    same(usual, graphed)


def test_metrics_that_are_kept_do_not_change(small: Config) -> None:
    trainer = trainer_of(small)
    with_graphs(trainer)
    for _ in range(WARM_UP):
        train_step(trainer)
    kept = train_step(trainer)
    before = {name: float(value) for name, value in kept.items()}
    train_step(trainer)
    assert {name: float(value) for name, value in kept.items()} == before


def test_new_learning_rates_reach_the_graph(small: Config) -> None:
    usual, graphed = trainer_of(small), trainer_of(small)
    with_graphs(graphed)
    for number in range(STEPS):
        if number == WARM_UP + 2:
            for trainer in (usual, graphed):
                optimizer = trainer.state.generator_optimizer.adam
                address = optimizer._global_learning_rate().data_ptr()
                trainer.state.set_rollbacks(1, {"generator": 0.25, "discriminator": 0.5})
                assert optimizer._global_learning_rate().data_ptr() == address
        for trainer in (usual, graphed):
            train_step(trainer)
    same(usual, graphed)


def test_the_state_of_a_rollback_is_captured_anew(small: Config) -> None:
    usual, graphed = trainer_of(small), trainer_of(small)
    graphs = with_graphs(graphed)
    for trainer in (usual, graphed):
        for _ in range(STEPS):
            train_step(trainer)
        trainer.state = State(trainer.config)
        for _ in range(STEPS):
            train_step(trainer)
    assert [(graph.replays, graph.resets) for graph in graphs] == [(3, 1), (3, 0)]
    same(usual, graphed)


def test_the_powers_of_betas_are_moved_and_saved_as_before(small: Config) -> None:
    trainer = trainer_of(small)
    for _ in range(2):
        train_step(trainer)
    before = trainer.state.tensors()
    optimizer = trainer.state.generator_optimizer
    keep_on_device(optimizer)
    after = trainer.state.tensors()
    assert list(after) == list(before)
    powers = [key for key in after if "beta1_pow_acc" in key and "generator" in key]
    assert powers
    for key in powers:
        np.testing.assert_allclose(after[key], small.optimizer.beta1**3, rtol=1e-6)
    # It is these that the next step changes.
    train_step(trainer)
    changed = trainer.state.tensors()
    for key in powers:
        np.testing.assert_allclose(changed[key], small.optimizer.beta1**4, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["train.precision=float16"], "float16"),
        (["augment.instance_noise=0.1"], "instance_noise"),
        (["model.discriminator_dropout=0.1"], "dropout"),
        (["log.writers=[tensorboard]"], "log.writers"),
    ],
)
def test_what_no_graph_can_do_is_refused(
    small: Config, changes: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "is_cuda_graph_supported", lambda: True)
    monkeypatch.setattr(setup, "_supports", lambda _: True)
    config = config_files.change(small, ["train.cuda_graph=true"])
    setup.check(config, "gpu:0")
    with pytest.raises(ConfigError, match=words):
        setup.check(config_files.change(config, changes), "gpu:0")
    monkeypatch.setenv("PADDLE_TRAINERS_NUM", "2")
    with pytest.raises(ConfigError, match="several processes"):
        setup.check(config, "gpu:0")


def test_a_graph_needs_a_gpu_and_a_build_that_has_them(small: Config) -> None:
    config = config_files.change(small, ["train.cuda_graph=true"])
    with pytest.raises(ConfigError, match="needs a GPU"):
        setup.check(config, "cpu")
    with pytest.raises(ConfigError, match="this build of Paddle has no CUDA graphs"):
        setup.check(config, "gpu:0")


def test_what_cannot_be_captured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def capture_begin(self) -> None:
            raise OSError("C++ Traceback\n\n(External) CUDA error(900)\n")

    graph = object.__new__(CudaGraph)
    graph._graph = Failing()
    monkeypatch.setattr(cuda_graph.paddle.device.cuda, "synchronize", lambda: None)
    with pytest.raises(ConfigError, match=r"cannot capture this step: \(External\) CUDA error"):
        graph.capture(lambda: paddle.zeros([1]))
