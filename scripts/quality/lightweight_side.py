"""Runs lightweight-gan on a CPU, as its own command would on a GPU.

    PYTHON lightweight_side.py train FOLDER RUN --every SECONDS [--set KEY=VALUE ...]
    PYTHON lightweight_side.py sample CHECKPOINT FILE.npy --count N

PYTHON is that of an environment with lightweight-gan; nothing of lsgan is needed there. The
package's own command line trains, with its own defaults at 64 pixels (batches of 10, 4 of them for
a step); a KEY=VALUE is one of its options. It refuses to be imported without CUDA, so this is
changed and nothing else of the training:

- torch.cuda.is_available says yes while the package is imported;
- Module.cuda and Tensor.cuda leave things where they are;
- the device "cuda:0" that its Trainer asks for is the CPU.

Beside its own checkpoints, one in a thousand steps, it keeps the newest state every so many seconds
and at SIGTERM: the networks, and the optimizers and the step, which its own checkpoints lack, so
that a killed training goes on where it was.

Its average, GE, is none for the first 20,000 steps, but a copy of the generator that is renewed
every thousand steps: after 900 steps it is still the generator of step 2. So up to there the
images are those of the generator itself, from then on those of the average.
"""

import argparse
import ast
import json
import signal
import time
from pathlib import Path

import numpy as np
import torch

CHECKPOINT = "checkpoint.pt"
# From its Trainer.train.
FIRST_AVERAGED = 20_000
SIZE, BATCH = 64, 64


class OnCpu:
    """The module torch, whose devices are all the CPU."""

    def __getattr__(self, name: str):
        return getattr(torch, name)

    @staticmethod
    def device(_: str) -> torch.device:
        return torch.device("cpu")


def on_cpu():
    """Import the package so that it runs on a CPU; its module of networks."""
    torch.cuda.is_available = lambda: True
    torch.nn.Module.cuda = torch.Tensor.cuda = lambda self, *_, **__: self
    from lightweight_gan import cli, lightweight_gan

    torch.cuda.is_available = lambda: False
    lightweight_gan.torch = OnCpu()
    return cli, lightweight_gan


def timed(trainer: type, path: Path, every: float) -> type:
    """Its Trainer, which keeps its state at `path` every so many seconds and at SIGTERM."""

    class Timed(trainer):
        stop, kept = False, time.monotonic()

        def load(self, num: int = -1, print_version: bool = True) -> None:
            super().load(num, print_version)
            if path.is_file() and num == -1:
                found = torch.load(path, weights_only=True)
                self.GAN.load_state_dict(found["GAN"])
                self.GAN.G_opt.load_state_dict(found["G_opt"])
                self.GAN.D_opt.load_state_dict(found["D_opt"])
                self.steps = found["steps"]

        def train(self) -> None:
            super().train()
            if self.stop or time.monotonic() - self.kept > every:
                self.keep()
            if self.stop:
                raise SystemExit(128 + signal.SIGTERM)

        def keep(self) -> None:
            gan = self.GAN
            content = {
                "GAN": gan.state_dict(),
                "G_opt": gan.G_opt.state_dict(),
                "D_opt": gan.D_opt.state_dict(),
                "steps": self.steps,
                "images": self.steps * self.batch_size * self.gradient_accumulate_every,
                "config": self.config() | {"latent_dim": self.latent_dim},
            }
            unfinished = path.with_suffix(".unfinished")
            torch.save(content, unfinished)
            unfinished.replace(path)
            Timed.kept = time.monotonic()

    def end(*_) -> None:
        Timed.stop = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return Timed


def value_of(text: str):
    """An option's value: a number, a list, True or False, or else the word itself."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def train(folder: Path, run: Path, every: float, seed: int, words: list[str]) -> None:
    """Train until SIGTERM."""
    cli, module = on_cpu()
    run.mkdir(parents=True, exist_ok=True)
    cli.Trainer = timed(module.Trainer, run / CHECKPOINT, every)
    options = {key: value_of(value) for key, _, value in (word.partition("=") for word in words)}
    # Its command seeds nothing unless it trains on several GPUs.
    cli.set_seed(seed)
    cli.train_from_folder(
        data=str(folder),
        results_dir=str(run / "results"),
        models_dir=str(run / "models"),
        image_size=SIZE,
        num_train_steps=10**9,
        **options,
    )


@torch.no_grad()
def sample(checkpoint: Path, out: Path, count: int) -> None:
    """Write the images of the seed 0, uint8 (N, 3, 64, 64), and print what they are of."""
    _, module = on_cpu()
    found = torch.load(checkpoint, weights_only=True)
    config = found["config"]
    trainer = module.Trainer(
        base_dir=checkpoint.parent / ".sampling",
        use_aim=False,
        **{name: value for name, value in config.items() if name != "syncbatchnorm"},
    )
    trainer.init_GAN()
    trainer.GAN.load_state_dict(found["GAN"])
    trainer.GAN.eval()
    averaged = found["steps"] > FIRST_AVERAGED
    generator = trainer.GAN.GE if averaged else trainer.GAN.G
    torch.manual_seed(0)
    latents = torch.randn(count, config["latent_dim"])
    made = torch.cat([generator(part) for part in latents.split(BATCH)]).clamp(0, 1)
    # As torchvision's save_image rounds, with which the package writes its own.
    np.save(out, made.mul(255).add(0.5).clamp(0, 255).to(torch.uint8).numpy())
    described = {"steps": found["steps"], "images": found["images"]}
    print(json.dumps(described | {"generator": "average" if averaged else "last"}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    training.add_argument("folder", type=Path)
    training.add_argument("run", type=Path)
    training.add_argument("--set", action="append", default=[], dest="words", metavar="KEY=VALUE")
    training.add_argument("--every", type=float, required=True)
    training.add_argument("--seed", type=int, default=0)
    sampling = commands.add_parser("sample")
    sampling.add_argument("checkpoint", type=Path)
    sampling.add_argument("out", type=Path)
    sampling.add_argument("--count", type=int, required=True)
    options = vars(parser.parse_args())
    command = {"train": train, "sample": sample}[options.pop("command")]
    command(**options)


if __name__ == "__main__":
    main()
