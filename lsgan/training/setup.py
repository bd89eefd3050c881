"""From a configuration to the parts that a training needs, each checked."""

import paddle

from lsgan import pretrained
from lsgan.arrays import Indices
from lsgan.config import Config
from lsgan.dataset.batches import Order
from lsgan.errors import ConfigError
from lsgan.names import look_up
from lsgan.networks import DISCRIMINATORS
from lsgan.networks import check as check_networks
from lsgan.objectives import OBJECTIVES, Objective


def check(config: Config, device: str) -> Objective:
    """The objective that `config` names, once all that needs no data has been found in order.

    Raises:
        ConfigError: if a network or the objective does not exist, if the device does not have the
            precision, or if settings exclude each other.
        RunError: if the weights of the frozen network are not there or not sound.
    """
    check_networks(config)
    on_gpu = device.startswith("gpu")
    if config.train.precision not in ("auto", "float32") and not on_gpu:
        raise ConfigError(
            f"train.precision is {config.train.precision}, which needs a GPU",
            "Use --set train.precision=auto on a CPU.",
        )
    if not _supports(config.train.precision):
        raise ConfigError(
            f"train.precision is {config.train.precision}, which this GPU does not compute in",
            "Use --set train.precision=auto.",
        )
    _check_changes(config)
    objective = look_up("objective.name", config.objective.name, OBJECTIVES)
    if (config.objective.label_smoothing or config.objective.label_noise) and not objective.labels:
        raise ConfigError(
            f"objective.name is {config.objective.name}, under which no image has a label",
            "Set objective.label_smoothing and objective.label_noise to 0.",
        )
    penalty, norm = config.objective.gradient_penalty, config.model.discriminator_norm
    if config.objective.name == "wgan-gp" and not penalty:
        raise ConfigError(
            "objective.name is wgan-gp, whose scores need the bounds of a gradient penalty",
            "Use --set objective.gradient_penalty=10.",
        )
    discriminator = DISCRIMINATORS[config.model.discriminator]
    if penalty and config.model.discriminator == "none":
        raise ConfigError(
            "objective.gradient_penalty is of a discriminator, and there is none",
            "Use --set objective.gradient_penalty=0.",
        )
    if penalty and config.model.discriminator == "projected":
        raise ConfigError(
            "objective.gradient_penalty needs a second derivative, and the frozen features of "
            "model.discriminator projected have none",
            "Use --set objective.name=least-squares --set objective.gradient_penalty=0.",
        )
    if penalty and norm == "batch" and "discriminator_norm" in discriminator.settings:
        raise ConfigError(
            "objective.gradient_penalty is of each image's own score, and batch norm mixes them",
            "Use --set model.discriminator_norm=layer, or none.",
        )
    if config.model.discriminator == "projected":
        # Whether they are there and sound is known before anything is written.
        pretrained.load(config.model.feature_network, config.model.feature_weights)
    return objective


def _check_changes(config: Config) -> None:
    """Refuse changes of images to what has none, or has two.

    Raises:
        ConfigError: naming the setting.
    """
    augmented = config.augment.strength != 0
    if config.data.kind == "curves" and (augmented or config.data.crop < 1):
        raise ConfigError(
            "augment.strength and data.crop change images, and data.kind is curves",
            "Use --set augment.strength=0 --set data.crop=1.",
        )
    if config.data.kind == "pairs" and augmented and config.augment.color:
        raise ConfigError(
            "augment.color would mix the colours of both images of a pair",
            "Use --set augment.color=false.",
        )


def _supports(precision: str) -> bool:
    """Whether the current device computes in `precision`; else Paddle would use float32."""
    if precision == "bfloat16":
        return bool(paddle.amp.is_bfloat16_supported())
    return precision != "float16" or bool(paddle.amp.is_float16_supported())


def order_of(config: Config, images: Indices) -> Order:
    """The order in which the steps draw from the indices `images`."""
    return Order(images, config.train.batch_size, config.train.seed, config.data.horizontal_flip)
