"""lsgan's side of the comparisons in training.py.

    lsgan_side.py train CONFIGURATION SHARED WIDTH BATCH STEPS DEVICE [MODE]
    lsgan_side.py sample CONFIGURATION SHARED WIDTH BATCH COUNT DEVICE [MODE]

Writes to SHARED what PyTorch's side begins with: weights, and the first steps' batches.
"""

import sys
from pathlib import Path

from modes import Mode
from worker import serve

from lsgan.system import runtime

kind, configuration, shared, width, batch, count, device, *rest = sys.argv[1:]
# Without a mode the configuration's own settings hold.
mode = Mode.of(*rest) if rest else None
device = runtime.start(device, tf32=mode is not None and mode.precision == "tf32")

import numpy as np  # noqa: E402

from lsgan.config import config_files  # noqa: E402
from lsgan.inference.generator import render  # noqa: E402
from lsgan.networks.latents import Latents  # noqa: E402
from lsgan.networks.parameters import count as parameters  # noqa: E402
from lsgan.tasks.unconditional import UnconditionalImages  # noqa: E402
from lsgan.training.setup import check  # noqa: E402
from lsgan.training.step import train_step  # noqa: E402
from lsgan.training.trainer import Trainer  # noqa: E402

COUNT, CHECKED = 1000, 3

config = config_files.load(
    config_files.find(configuration),
    [f"model.base_channels={width}", f"train.batch_size={batch}", *(mode.settings if mode else [])],
)
check(config, device)
rows = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 64, 64), np.uint8)
trainer = Trainer(config, rows, np.arange(COUNT))
state = trainer.state
networks = {"generator": state.generator, "discriminator": state.discriminator}
held = {
    f"{name}/{key}": tensor.numpy().copy()
    for name, network in networks.items()
    for key, tensor in network.state_dict().items()
}
for step in range(CHECKED):
    for name, drawn in zip(
        ("images", "latents", "augment_params"), trainer.loader.batch(step)[:3], strict=True
    ):
        held[f"{name}/{step}"] = drawn.numpy().copy()
np.savez(Path(shared), **held)

if kind == "train":
    losses = [
        [float(metrics["discriminator_loss"]), float(metrics["generator_loss"])]
        for metrics in (train_step(trainer) for _ in range(CHECKED))
    ]

    def work() -> None:
        for _ in range(int(count)):
            metrics = train_step(trainer)
        metrics["generator_loss"].numpy()

    serve(work, losses=losses, parameters=[parameters(network) for network in networks.values()])
else:
    task, latents = UnconditionalImages(), Latents(config.model).of(range(int(count)))
    rendered = render(state.generator, task, latents[:64])
    serve(
        lambda: render(state.generator, task, latents),
        mean=float(rendered.mean() / 255),
    )
