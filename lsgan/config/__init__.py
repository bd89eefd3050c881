"""Every setting once: its type, default, bounds and one line of meaning.

A configuration is a YAML file with the sections below; `lsgan.config.config_files` reads and
writes it.
"""

from typing import Any

from lsgan.config.scraping import ScrapeSection
from lsgan.config.section import Section
from lsgan.config.sections import (
    AugmentSection,
    CheckpointSection,
    DataSection,
    EmaSection,
    EvaluateSection,
    LogSection,
    LossSection,
    ModelSection,
    OptimizerSection,
    SampleSection,
    TrainSection,
    WatchdogSection,
)

__all__ = [
    "MAY_CHANGE",
    "AugmentSection",
    "CheckpointSection",
    "Config",
    "DataSection",
    "EmaSection",
    "EvaluateSection",
    "LogSection",
    "LossSection",
    "ModelSection",
    "OptimizerSection",
    "SampleSection",
    "ScrapeSection",
    "Section",
    "TrainSection",
    "WatchdogSection",
    "flat",
]


class Config(Section):
    """A whole configuration."""

    scrape: ScrapeSection = ScrapeSection()
    data: DataSection = DataSection()
    augment: AugmentSection = AugmentSection()
    model: ModelSection = ModelSection()
    loss: LossSection = LossSection()
    optimizer: OptimizerSection = OptimizerSection()
    ema: EmaSection = EmaSection()
    train: TrainSection = TrainSection()
    log: LogSection = LogSection()
    sample: SampleSection = SampleSection()
    evaluate: EvaluateSection = EvaluateSection()
    watchdog: WatchdogSection = WatchdogSection()
    checkpoint: CheckpointSection = CheckpointSection()


# What may differ when a run is resumed: none of it changes the numbers of a step. The data and the
# initial weights may have moved; that they are the same is checked by their digests.
MAY_CHANGE = frozenset(
    {
        *(f"scrape.{name}" for name in ScrapeSection.model_fields),
        "data.path",
        # That they are the same weights is checked by their digest.
        "model.feature_weights",
        "train.steps",
        "train.initial_weights",
        "train.cuda_graph",
        "log.every",
        "log.writers",
        "sample.every",
        "sample.columns",
        "evaluate.every",
        *(f"watchdog.{name}" for name in WatchdogSection.model_fields),
        "checkpoint.every",
        "checkpoint.minutes",
        "checkpoint.keep",
    }
)


def flat(config: Config) -> dict[str, Any]:
    """Every setting by its dotted key, such as "train.steps"."""
    return {
        f"{section_name}.{name}": value
        for section_name, section in config
        for name, value in section
    }
