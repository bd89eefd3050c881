"""From a configuration to the parts that a training needs, each checked."""

import paddle

from lsgan import pretrained
from lsgan.config import Config
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError
from lsgan.losses import LOSSES
from lsgan.metrics import monitor_of
from lsgan.networks import DISCRIMINATORS
from lsgan.networks import check as check_networks


def check(config: Config, device: str) -> None:
    """Refuse a configuration that cannot be trained, as far as that shows without the data.

    Raises:
        ConfigError: if a network, the loss or the metric does not exist, if the device does not
            have the precision, or if settings exclude each other.
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
    monitor_of(config.evaluate.metric)
    loss = look_up("loss.name", config.loss.name, LOSSES)
    if (config.loss.label_smoothing or config.loss.label_noise) and not loss.has_labels:
        raise ConfigError(
            f"loss.name is {config.loss.name}, under which no image has a label",
            "Set loss.label_smoothing and loss.label_noise to 0.",
        )
    penalty, norm = config.loss.gradient_penalty_weight, config.model.discriminator_norm
    if config.loss.name == "wgan-gp" and not penalty:
        raise ConfigError(
            "loss.name is wgan-gp, whose scores need the bounds of a gradient penalty",
            "Use --set loss.gradient_penalty_weight=10.",
        )
    discriminator = DISCRIMINATORS[config.model.discriminator]
    if penalty and config.model.discriminator == "none":
        raise ConfigError(
            "loss.gradient_penalty_weight is of a discriminator, and there is none",
            "Use --set loss.gradient_penalty_weight=0.",
        )
    if penalty and config.model.discriminator == "projected":
        raise ConfigError(
            "loss.gradient_penalty_weight needs a second derivative, and the frozen features of "
            "model.discriminator projected have none",
            "Use --set loss.name=least-squares --set loss.gradient_penalty_weight=0.",
        )
    if penalty and norm == "batch" and "discriminator_norm" in discriminator.settings:
        raise ConfigError(
            "loss.gradient_penalty_weight is of each image's own score, and batch norm mixes them",
            "Use --set model.discriminator_norm=layer, or none.",
        )
    if config.model.discriminator == "projected":
        # Whether they are there and sound is known before anything is written.
        pretrained.load(config.model.feature_network, config.model.feature_weights)


def _check_changes(config: Config) -> None:
    """Refuse changes of images to what has none, or has two.

    Raises:
        ConfigError: naming the setting.
    """
    augmented = config.augment.probability != 0
    if config.data.kind == "curves" and (augmented or config.data.crop < 1):
        raise ConfigError(
            "augment.probability and data.crop change images, and data.kind is curves",
            "Use --set augment.probability=0 --set data.crop=1.",
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
