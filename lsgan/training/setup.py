"""From a configuration to the parts that a training needs, each checked."""

import paddle
from paddle.device.cuda.graphs import is_cuda_graph_supported

from lsgan import pretrained
from lsgan.config import Config
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError
from lsgan.losses import LOSSES
from lsgan.metrics import monitor_of
from lsgan.networks import DISCRIMINATORS
from lsgan.networks import check as check_networks
from lsgan.ops.onednn_library import has_bfloat16
from lsgan.training.distributed import ProcessGroup


def check(config: Config, device: str) -> None:
    """Refuse a configuration that cannot be trained, as far as that shows without the data.

    Raises:
        ConfigError: if a network, the loss or the metric does not exist, if the device does not
            have the precision, or if settings exclude each other.
        RunError: if the weights of the frozen network are not there or not sound.
    """
    check_networks(config)
    on_gpu = device.startswith("gpu")
    _check_precision(config.train.precision, on_gpu)
    if config.train.cuda_graph:
        _check_cuda_graph(config, on_gpu)
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


def _check_cuda_graph(config: Config, on_gpu: bool) -> None:
    """Refuse a CUDA graph of steps that no graph can hold.

    Raises:
        ConfigError: naming what is in the way.
    """
    off = "train.cuda_graph=false"
    if not (on_gpu and is_cuda_graph_supported()):
        what = "this build of Paddle has no CUDA graphs" if on_gpu else "it needs a GPU"
        raise ConfigError(f"train.cuda_graph is true, and {what}", f"Use --set {off}.")
    if ProcessGroup.from_environment().world_size > 1:
        raise ConfigError(
            "train.cuda_graph is true, and several processes average their gradients in each step, "
            "which no graph holds",
            f"Use --set {off}, or train in one process.",
        )
    obstacles = {
        "train.precision float16 asks the GPU at each step whether a gradient has overflowed": (
            config.train.precision == "float16",
            "--set train.precision=bfloat16",
        ),
        "augment.instance_noise draws new noise at each step": (
            config.augment.instance_noise > 0,
            "--set augment.instance_noise=0",
        ),
        "model.discriminator_dropout drops other activations at each step": (
            config.model.discriminator_dropout > 0,
            "--set model.discriminator_dropout=0",
        ),
        "model.generator unet drops other activations at each step": (
            config.model.generator == "unet",
            "another generator",
        ),
        "log.writers keep the scores of each step": (
            config.log.writers not in ([], ["jsonl"]),
            "--set log.writers=[jsonl]",
        ),
    }
    for obstacle, (is_there, remedy) in obstacles.items():
        if is_there:
            raise ConfigError(
                f"train.cuda_graph is true, and {obstacle}, which no graph can do",
                f"Use --set {off}, or {remedy}.",
            )


def _check_precision(precision: str, on_gpu: bool) -> None:
    """Refuse a precision that the device does not have.

    Raises:
        ConfigError: naming one that it has.
    """
    if precision in ("tf32", "float16") and not on_gpu:
        raise ConfigError(
            f"train.precision is {precision}, which needs a GPU",
            "Use --set train.precision=auto on a CPU.",
        )
    if precision == "bfloat16" and not on_gpu and not has_bfloat16():
        raise ConfigError(
            "train.precision is bfloat16, which on a CPU needs oneDNN and AVX-512, and this build "
            "of Paddle or this processor has none",
            "Use --set train.precision=auto.",
        )
    if on_gpu and not _supports(precision):
        raise ConfigError(
            f"train.precision is {precision}, which this GPU does not compute in",
            "Use --set train.precision=auto.",
        )


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
