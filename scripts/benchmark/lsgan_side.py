"""lsgan's side of the comparisons in training.py.

    lsgan_side.py train CONFIGURATION SHARED WIDTH BATCH STEPS DEVICE
    lsgan_side.py sample CONFIGURATION SHARED WIDTH BATCH COUNT DEVICE

Writes to SHARED what PyTorch's side begins with: weights, and the first steps' batches.
"""

import sys
from pathlib import Path

from worker import serve

from lsgan import runtime

kind, configuration, shared, width, batch, count, device = sys.argv[1:]
runtime.start(device)

import numpy as np  # noqa: E402

from lsgan import config_files, rendering  # noqa: E402
from lsgan.domains.images import Images  # noqa: E402
from lsgan.latents import Latents  # noqa: E402
from lsgan.networks.parameters import count as parameters  # noqa: E402
from lsgan.training import loop  # noqa: E402
from lsgan.training.parts import assemble  # noqa: E402
from lsgan.training.setup import check  # noqa: E402

COUNT, CHECKED = 1000, 3

config = config_files.load(
    config_files.find(configuration),
    [f"model.base_channels={width}", f"train.batch_size={batch}"],
)
rows = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 64, 64), np.uint8)
learning = assemble(config, check(config, device), rows, np.arange(COUNT))
state = learning.state
networks = {"generator": state.generator, "discriminator": state.discriminator}
held = {
    f"{name}/{key}": tensor.numpy().copy()
    for name, network in networks.items()
    for key, tensor in network.state_dict().items()
}
for step in range(CHECKED):
    for name, drawn in zip(
        ("images", "latents", "changes"), learning.feed.draw(step)[:3], strict=True
    ):
        held[f"{name}/{step}"] = drawn.numpy().copy()
np.savez(Path(shared), **held)

if kind == "train":
    losses = [loop.step(learning).numpy()[:2].tolist() for _ in range(CHECKED)]

    def work() -> None:
        for _ in range(int(count)):
            figures = loop.step(learning)
        figures.numpy()

    serve(work, losses=losses, parameters=[parameters(network) for network in networks.values()])
else:
    domain, latents = Images(), Latents(config.model).of(range(int(count)))
    rendered = rendering.render(state.generator, domain, latents[:64])
    serve(
        lambda: rendering.render(state.generator, domain, latents),
        mean=float(rendered.mean() / 255),
    )
