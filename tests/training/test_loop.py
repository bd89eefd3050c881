"""How many steps are done before the run can be interrupted or rolled back."""

from types import SimpleNamespace
from typing import Any

import pytest

from lsgan.config import Config, config_files
from lsgan.training.distributed import ProcessGroup
from lsgan.training.loop import _steps_to_do


class Told(ProcessGroup):
    """The first of so many processes, without the others."""

    def __init__(self, world_size: int) -> None:
        super().__init__(0, world_size)
        self.said: list[tuple[Any, ...]] = []

    def broadcast(self, *command: Any) -> None:
        self.said.append(command)


@pytest.mark.parametrize(
    ("changes", "done", "count"),
    [
        ([], 0, 50),
        ([], 30, 20),
        (["checkpoint.every=20"], 30, 10),
        (["evaluate.every=7"], 5, 2),
        (["train.steps=33"], 30, 3),
    ],
)
def test_processes_that_train_together_are_told_to_go_on_to_the_next_callback(
    changes: list[str], done: int, count: int
) -> None:
    config = config_files.change(Config(), changes)
    group = Told(2)
    trainer: Any = SimpleNamespace(
        config=config, state=SimpleNamespace(step=done), process_group=group
    )
    assert _steps_to_do(trainer, is_first=False) == count
    assert group.said == [("steps", count)]
    # After the first step the leader measures what the run began with.
    assert _steps_to_do(trainer, is_first=True) == 1
    assert group.said[1:] == [("steps", 1)]
    trainer.process_group = Told(1)
    assert _steps_to_do(trainer, is_first=False) == 1
    assert trainer.process_group.said == []
