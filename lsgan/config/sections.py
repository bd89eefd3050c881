"""The sections of `lsgan train`: data, networks, losses, the loop and what it writes."""

from typing import Annotated, Literal

from pydantic import Field

from lsgan.config.section import Section, table


class DataSection(Section):
    """Where the images come from and how they are drawn."""

    kind: Literal["images", "pairs", "curves"] = Field(
        "images",
        description="images: unconditional; pairs: image-to-image; or curves",
    )
    path: str = Field(
        "data/kanas/packed", min_length=1, description="folder of the packed data set"
    )
    val_fraction: float = Field(
        0.1, ge=0, le=0.5, description="share of the images held out for evaluation"
    )
    classes: Literal["none", "folders"] = Field(
        "none", description="folders: conditional on each image's class, the folder it was in"
    )
    horizontal_flip: bool = Field(True, description="mirror half of the images, at random")
    crop: float = Field(
        1, ge=0.1, le=1, description="share of width and height cut out at random, and enlarged"
    )


class AugmentSection(Section):
    """Differentiable augmentation of real and generated images before the discriminator."""

    probability: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = Field(
        "auto", description="share of the images to change, 0 to 1; auto: by how many there are"
    )
    color: bool = Field(True, description="change brightness, saturation and contrast")
    translation: float = Field(
        0.125, ge=0, le=0.5, description="move by up to this share of the size"
    )
    cutout: float = Field(
        0, ge=0, le=1, description="cut out a square of this share of the size; leaks, so off"
    )
    instance_noise: float = Field(
        0, ge=0, le=2, description="deviation of the noise added to D's inputs, at first"
    )
    instance_noise_images: int = Field(
        100_000, ge=1, description="images seen until that noise has faded to nothing"
    )


# By name. Anybody may have written a checkpoint, whose networks grow with them.
Classes = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=100)],
        Annotated[int, Field(ge=1, le=1_000_000_000)],
    ],
    Field(max_length=1000),
]


class ModelSection(Section):
    """The two networks."""

    generator: str = Field(
        "dcgan", description="its architecture", json_schema_extra=table("networks:GENERATORS")
    )
    discriminator: str = Field(
        "dcgan",
        description="its architecture; none with a vae",
        json_schema_extra=table("networks:DISCRIMINATORS"),
    )
    size: Literal[32, 64, 128, 256] = Field(64, description="height and width in pixels")
    channels: Literal[1, 3] = Field(3, description="3 for colour, 1 for grey")
    points: int = Field(15, ge=2, le=4096, description="of a curve")
    classes: Classes = Field(
        {}, description="each class and how many images it has; filled in from the data set"
    )
    latent_dim: int = Field(100, ge=1, le=4096, description="length of a latent")
    latent_distribution: Literal["normal", "uniform"] = Field(
        "normal", description="latents from N(0, 1), or evenly from [-1, 1]"
    )
    base_channels: int = Field(
        64, ge=1, le=1024, description="channels of the layer nearest the image"
    )
    generator_base_channels: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None, description="those of the generator; null: the same"
    )
    max_channels: int = Field(512, ge=1, le=8192, description="most channels of any layer")
    batch_norm_momentum: float = Field(
        0.5, ge=0, lt=1, description="share of the old running statistics each batch keeps"
    )
    discriminator_norm: Literal["batch", "layer", "instance", "none"] = Field(
        "batch", description="the discriminator's normalisation; a gradient penalty bars batch"
    )
    discriminator_dropout: float = Field(
        0, ge=0, lt=1, description="share of D's activations dropped; against overfitting"
    )
    spectral_norm: bool = Field(
        False, description="divide each of D's weights by its largest singular value"
    )
    kernel_size: Literal[4, 5] = Field(4, description="of dcgan's convolutions")
    downsampling: Literal["stride", "average"] = Field(
        "stride", description="how dcgan's D halves images: strides, or average pooling"
    )
    upsampling: Literal["transposed", "nearest"] = Field(
        "transposed",
        description="how dcgan's G doubles images: transposed convolutions, or nearest, then 3x3",
    )
    feature_network: Literal["efficientnet-lite0", "resnet18"] = Field(
        "efficientnet-lite0", description="the frozen network of the projected discriminator"
    )
    feature_size: Literal[64, 96, 128, 192, 256] = Field(
        96, description="height and width of the frozen network's input"
    )
    feature_weights: str = Field(
        "", description="file with its weights; empty: those of the extra pretrained, or Paddle's"
    )
    generator_activation: Literal["relu", "leaky-relu"] = Field(
        "relu", description="dcgan's generator's"
    )
    leaky_slope: float = Field(0.2, ge=0, lt=1, description="LeakyReLU's slope for negative values")
    init_std: float = Field(
        0.02, gt=0, le=1, description="standard deviation of the initial weights"
    )


class LossSection(Section):
    """What the networks minimise."""

    name: str = Field(
        "least-squares",
        description="the adversarial loss",
        json_schema_extra=table("losses:LOSSES"),
    )
    gradient_penalty_weight: float = Field(
        0,
        ge=0,
        description="weight of the gradient penalty; 10 for wgan-gp, which needs it",
    )
    label_smoothing: float = Field(
        0,
        ge=0,
        lt=0.5,
        description="real labels are lowered by this; against overconfidence",
    )
    label_noise: float = Field(
        0, ge=0, lt=0.5, description="share of labels flipped at random; against overconfidence"
    )
    l1_weight: float = Field(
        0, ge=0, description="weight of the mean absolute difference from the target image"
    )
    l2_weight: float = Field(
        0, ge=0, description="weight of the mean squared difference from the target image"
    )
    kl_weight: float = Field(
        0, ge=0, description="weight of the divergence of encoded latents from N(0, 1), in nats"
    )


class OptimizerSection(Section):
    """Adam, one for each network."""

    generator_learning_rate: float = Field(4e-4, gt=0, le=1, description="the generator's")
    discriminator_learning_rate: float = Field(1e-4, gt=0, le=1, description="the discriminator's")
    beta1: float = Field(0.8, ge=0, lt=1, description="decay of the mean of the gradients")
    beta2: float = Field(0.99, ge=0, lt=1, description="decay of the mean of their squares")
    epsilon: float = Field(1e-8, gt=0, le=1, description="added to the divisor")


class EmaSection(Section):
    """The moving average of the generator (EMA), from which images are sampled."""

    half_life: int = Field(
        10_000, ge=0, description="images seen until a past weight counts half; 0: no average"
    )
    rampup: float = Field(
        0.05, gt=0, description="the half-life is at most this share of the images seen so far"
    )
    batch_norm_latents: int = Field(
        1024,
        ge=64,
        le=65536,
        description="latents to re-estimate the batch-norm statistics over, in batches of 64",
    )


class TrainSection(Section):
    """Length, batch size and arithmetic of the training."""

    steps: int = Field(
        40_000, ge=1, le=1_000_000_000, description="updates of the generator in the whole run"
    )
    batch_size: int = Field(16, ge=1, le=4096, description="images in one update")
    n_critic: int = Field(
        1, ge=1, le=100, description="updates of the discriminator, each with a batch, in one step"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="decides every random number of the run")
    precision: Literal["auto", "float32", "tf32", "bfloat16", "float16"] = Field(
        "auto",
        description="of the arithmetic; tf32 and float16 need a GPU; auto: tf32 there, bfloat16 on "
        "a CPU with AMX, else float32",
    )
    channels_last: bool = Field(
        False, description="on a GPU convolve channels-last maps; for bfloat16 and float16"
    )
    cuda_graph: bool = Field(False, description="on a GPU launch a whole step at once")
    initial_weights: str = Field(
        "", description="run or checkpoint whose weights to begin with; empty: random ones"
    )

    @property
    def images(self) -> int:
        """How many images one step sees."""
        return self.batch_size * self.n_critic

    @property
    def tf32(self) -> bool:
        """Whether a GPU may round the factors of float32 products."""
        return self.precision in ("auto", "tf32")

    @property
    def mixed(self) -> bool:
        """Whether the networks compute in a short precision and the rest in float32."""
        return self.precision in ("bfloat16", "float16")


class LogSection(Section):
    """Metrics while training."""

    every: int = Field(50, ge=1, description="steps from one line of metrics.jsonl to the next")
    writers: list[str] = Field(
        ["jsonl"],
        description="where metrics go; metrics.jsonl is written in any case",
        json_schema_extra=table("training.writers:WRITERS"),
    )


class SampleSection(Section):
    """Grids of generated images."""

    every: int = Field(500, ge=1, description="steps from one grid to the next")
    count: int = Field(
        64,
        ge=1,
        le=1024,
        description="images in a grid; with classes, each has a row",
    )
    columns: int = Field(8, ge=1, le=64, description="images in a row")


class EvaluateSection(Section):
    """Evaluations while training, by which the best checkpoint is chosen."""

    every: int = Field(1_000, ge=1, description="steps from one evaluation to the next")
    count: int = Field(
        1024, ge=64, le=65536, description="generated images, and photographs, to compare at most"
    )
    metric: str = Field(
        "frechet",
        description="what chooses the best checkpoint, computed on wavelet scattering",
        json_schema_extra=table("metrics:BY_NAME"),
    )


class WatchdogSection(Section):
    """What is done about a run that goes wrong."""

    action: Literal["rollback", "stop", "warn"] = Field(
        "rollback", description="return to the best checkpoint with lower rates, end, or only warn"
    )
    max_rollbacks: int = Field(3, ge=0, le=100, description="rollbacks in a run before it ends")
    lr_factor: float = Field(
        0.5, gt=0, lt=1, description="what a rollback multiplies the learning rates by"
    )
    steps: int = Field(1_000, ge=1, description="steps that trouble must last to count")
    patience: int = Field(
        15, ge=0, description="evaluations without a new best after which the run ends; 0: never"
    )


class CheckpointSection(Section):
    """Files to resume from and to sample from."""

    every: int = Field(
        0, ge=0, description="steps between checkpoints, besides those at evaluations; 0: none"
    )
    minutes: float = Field(10, gt=0, description="minutes after which one is written in any case")
    keep: int = Field(3, ge=1, description="how many of the latest are kept, besides the best")
