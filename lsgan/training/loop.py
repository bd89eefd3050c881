"""The training loop: two steps, one of the discriminator and one of the generator, again and again.

It knows the networks, the objective and the data only by what it calls on them.
"""

from pathlib import Path
from typing import NamedTuple

import paddle

from lsgan.arrays import Tensor
from lsgan.config import Config
from lsgan.config_files import annotated
from lsgan.dataset.batches import split
from lsgan.errors import RunError
from lsgan.files import read_lines, write_text
from lsgan.interruption import Interruption
from lsgan.networks.parameters import frozen
from lsgan.objectives import Objective
from lsgan.training.feed import Feed
from lsgan.training.log import Log, NotFiniteError
from lsgan.training.outputs import Outputs
from lsgan.training.plot import plot
from lsgan.training.resume import check_folder, starting_point
from lsgan.training.run import MEASURE, Run
from lsgan.training.setup import check, open_data, order_of
from lsgan.training.state import State, mixed_precision


class Outcome(NamedTuple):
    """How a training ended: at which step, and by which signal (0 if by none)."""

    step: int
    signal: int


def train(
    config: Config, out: Path, device: str, resume: bool = False, progress: bool = True
) -> Outcome:
    """Train, from step 0 or from where the run in `out` was left.

    Args:
        config: the configuration.
        out: the run's folder.
        device: the device in use, in Paddle's words.
        resume: whether to go on with the run in `out`.
        progress: whether to show a bar and print lines.

    Raises:
        LsganError: if the data, the folder or the configuration do not allow it, if a file cannot
            be written, or if a loss is not finite.
    """
    objective = check(config, device)
    run = Run(out)
    check_folder(run, resume)
    pack = open_data(config)
    notes: list[str] = []
    with run.locked():
        start = starting_point(run, config, pack.digest, notes.append) if resume else None
        state = State(config)
        if start:
            state.restore(start[0].step, start[1], start[0].scalers)
        write_text(run.config, annotated(config))
        rows = run.rewind(state.step)
        trained, held_out = split(len(pack), config.data.hold_out, config.train.seed)
        order = order_of(config, trained)
        feed = Feed(pack.images, order, config.model.latent_size)
        seconds = max((row.get("seconds", 0.0) for row in rows), default=0.0)
        log = Log(run, config.train, state.step, len(trained), seconds, progress)
        try:
            for note in notes:
                log.say(note)
            log.say(f"training on {len(trained)} pictures, {len(held_out)} held out, on {device}")
            outputs = Outputs(config, run, pack, trained, held_out, state, log)
            if state.step == 0:
                outputs.reals()
                outputs.grid()
            with Interruption() as interruption:
                _steps(config, state, objective, feed, log, outputs, interruption)
            plot(read_lines(run.metrics), run.losses)
            _conclude(run, state, config, log, interruption)
        except NotFiniteError as error:
            plot(read_lines(run.metrics), run.losses)
            raise _hopeless(run, error) from error
        except MemoryError as error:
            raise RunError(
                f"there is not enough memory for this training on {device}",
                "Lower train.batch_size, model.base_channels or model.size with --set.",
            ) from error
        finally:
            log.close()
    return Outcome(state.step, interruption.signal)


def _steps(
    config: Config,
    state: State,
    objective: Objective,
    feed: Feed,
    log: Log,
    outputs: Outputs,
    interruption: Interruption,
) -> None:
    """Train until the configured number of steps or an interruption, and save."""
    while state.step < config.train.steps and not interruption.signal:
        log.add(step(config, state, objective, feed))
        if state.step % config.log.every == 0:
            log.flush()
        if state.step % config.sample.every == 0:
            outputs.grid()
        if state.step % config.checkpoint.every == 0:
            outputs.save(measured=True)
        elif outputs.due() and state.step < config.train.steps:
            outputs.save(measured=False)
    outputs.save(measured=state.step >= config.train.steps)


def step(config: Config, state: State, objective: Objective, feed: Feed) -> Tensor:
    """One step of each network.

    Returns:
        float32 (4,), still on the device: the discriminator's loss, the generator's loss, and the
        discriminator's mean score on real and on generated pictures.
    """
    batch_size = config.train.batch_size
    generator, discriminator = state.generator, state.discriminator

    # Draw a batch.
    pictures, latents = feed.draw(state.step)

    # Update the discriminator.
    with mixed_precision(config):
        fakes = generator(latents)
        real_scores = discriminator(pictures).astype("float32")
        fake_scores = discriminator(fakes.detach()).astype("float32")
    discriminator_loss = objective.discriminator_loss(real_scores, fake_scores)
    state.discriminator_learner.minimise(discriminator_loss)

    # Update the generator.
    with frozen(discriminator):
        with mixed_precision(config):
            scores = discriminator(fakes).astype("float32")
        generator_loss = objective.generator_loss(scores)
        state.generator_learner.minimise(generator_loss)

    # Update the average.
    state.step += 1
    state.average.update(state.step * batch_size, batch_size)

    figures = [discriminator_loss, generator_loss, real_scores.mean(), fake_scores.mean()]
    return paddle.stack([figure.detach() for figure in figures])


def _conclude(run: Run, state: State, config: Config, log: Log, interruption: Interruption) -> None:
    """Say how the training ended and what to do next."""
    if interruption.signal and state.step < config.train.steps:
        log.say(
            f"stopped and saved at step {state.step} of {config.train.steps}; to go on: "
            + run.command("train --resume --out")
        )
    else:
        log.say(f"complete: {state.step} steps; for more of them: --resume --set train.steps=N")
    best = run.best()
    if best is not None:
        log.say(f"best so far: step {best.step}, {MEASURE} {best.metrics[MEASURE]}")
        log.say(f"pictures: {run.command('sample')}")


def _hopeless(run: Run, error: NotFiniteError) -> RunError:
    """What to tell the user of a run whose numbers have gone wrong."""
    found = run.newest(lambda _: None)
    last = f"the last good checkpoint is {found[0].path}" if found else "no checkpoint was written"
    return RunError(
        f"{error.message}; {last}",
        "Begin again with lower rates and another --out, for example: --set "
        "optimizer.generator_learning_rate=1e-4 --set optimizer.discriminator_learning_rate=5e-5.",
    )
