"""Everything that a training needs, built in one place and in order."""

from contextlib import nullcontext

import paddle

from lsgan.arrays import Floats, Indices, Samples
from lsgan.config import Config
from lsgan.data.sampler import Sampler
from lsgan.losses import LOSSES
from lsgan.networks.latents import Latents
from lsgan.system.waiting import adaptive_waiting
from lsgan.tasks import task_of
from lsgan.training.augmentation import Augmentation
from lsgan.training.auxiliary_loss import AuxiliaryLoss
from lsgan.training.crop import Crop
from lsgan.training.cuda_graph import StepGraph
from lsgan.training.data_loader import DataLoader
from lsgan.training.discriminator_loss import DiscriminatorLoss
from lsgan.training.distributed import SINGLE_PROCESS, ProcessGroup
from lsgan.training.gradient_penalty import GradientPenalty
from lsgan.training.state import State


class Trainer:
    """Everything that `training.step` works with.

    Args:
        config: the run's; `training.setup.check` has found it in order.
        images: the data set's, uint8 (N, channels, size, size), of curves float32 (N, points).
        train_indices: those of them that are trained on.
        process_group: the processes that train together.
        classes: the class of each image, one-hot, float32 (N, classes); None without classes.

    Attributes:
        state: the networks, the EMA of the generator, the optimizers and the step; at first those
            of step 0. Rolling a run back puts another in its place.
        loss: the loss that the configuration names.
        discriminator_loss: what the discriminator minimises, label smoothing and noise included.
        gradient_penalty: what it minimises besides.
        auxiliary_loss: what the generator minimises beside its loss.
        latents: what draws the latents, and tells their classes.
        augmentation: what is done to images before the discriminator sees them.
        loader: the batches.
        graph: what makes a CUDA graph of a step; None where none is asked for.
        waiting: the context of each step, which has idle threads wait as suits the machine.
        is_stopped: whether the training is to end before its last step.
    """

    def __init__(
        self,
        config: Config,
        images: Samples,
        train_indices: Indices,
        process_group: ProcessGroup = SINGLE_PROCESS,
        classes: Floats | None = None,
    ) -> None:
        self.config = config
        self.process_group = process_group
        self.task = task_of(config)
        self.state = State(config, process_group)

        self.loss = LOSSES[config.loss.name]
        self.discriminator_loss = DiscriminatorLoss(self.loss, config.loss)
        self.gradient_penalty = GradientPenalty(config.loss.gradient_penalty_weight)
        self.auxiliary_loss = AuxiliaryLoss(config.loss)

        train = config.train
        self.latents = Latents(config.model)
        self.augmentation = Augmentation(config.augment, len(train_indices))
        self.loader = DataLoader(
            images,
            Sampler(train_indices, train.batch_size, train.seed, config.data.horizontal_flip),
            self.latents,
            Crop(config.data.crop),
            self.augmentation,
            process_group.shard(train.batch_size),
            classes,
        )
        self.graph = StepGraph() if train.cuda_graph else None
        on_cpu = paddle.get_device() == "cpu"
        self.waiting = adaptive_waiting() if on_cpu else nullcontext()
        self.is_stopped = False

    @property
    def is_complete(self) -> bool:
        """Whether all the steps of the configuration have been done."""
        return self.state.step >= self.config.train.steps
