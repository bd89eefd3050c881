"""The training loop: two steps, one of the discriminator and one of the generator, again and again.

It knows the networks, the objective and the data only by what it calls on them.
"""

import math
from pathlib import Path
from typing import NamedTuple

import paddle

from lsgan.arrays import Tensor
from lsgan.config import Config
from lsgan.config_files import annotated
from lsgan.dataset.batches import split
from lsgan.domains import domain_of
from lsgan.errors import RunError
from lsgan.files import read_lines, write_text
from lsgan.interruption import Interruption
from lsgan.networks.discrimination import detached
from lsgan.networks.parameters import frozen
from lsgan.training.ending import conclude
from lsgan.training.fine_tuning import initial_weights, with_own_weights
from lsgan.training.log import Log, NotFiniteError
from lsgan.training.outputs import Outputs
from lsgan.training.parts import Learning, Parts, assemble
from lsgan.training.plot import plot
from lsgan.training.ranks import ALONE, Ranks
from lsgan.training.recovery import respond
from lsgan.training.resume import check_folder, starting_point
from lsgan.training.run import Run
from lsgan.training.setup import check
from lsgan.training.state import mixed_precision, seed_layers
from lsgan.training.watchdog import Finding, Watchdog
from lsgan.wording import counted

_LEAST_SPREAD = 1e-6


class Outcome(NamedTuple):
    """How a training ended: at which step, and by which signal (0 if by none)."""

    step: int
    signal: int


def train(
    config: Config,
    out: Path,
    device: str,
    resume: bool = False,
    progress: bool = True,
    ranks: Ranks = ALONE,
) -> Outcome:
    """Train, from step 0 or from where the run in `out` was left.

    Args:
        config: the configuration.
        out: the run's folder.
        device: the device in use, in Paddle's words.
        resume: whether to go on with the run in `out`.
        progress: whether to show a bar and print lines.
        ranks: the processes that train together, of which this one leads.

    Raises:
        LsganError: if the data, the folder or the configuration do not allow it, if a file cannot
            be written, or if the run is beyond help.
    """
    objective = check(config, device)
    ranks.share(config.train.batch_size)
    run = Run(out)
    check_folder(run, resume)
    config = with_own_weights(run, config) if resume else config
    notes: list[str] = []
    # Before anything is written: they may not fit.
    start = None if resume else initial_weights(config, notes.append)
    pack = domain_of(config).open(config)
    with run.locked():
        if resume:
            start = starting_point(run, config, pack.digest, notes.append)
        trained, held_out = split(len(pack), config.data.hold_out, config.train.seed)
        ranks.join()
        learning = assemble(config, objective, pack.images, trained, ranks)
        state = learning.state
        if start:
            state.restore(*start)
        ranks.tell("state", start, state.rollbacks, state.rate_factors)
        write_text(run.config, annotated(config))
        rows = run.rewind(state.step)
        seconds = max((row.get("seconds", 0.0) for row in rows), default=0.0)
        log = Log(run, config, state.step, len(trained), seconds, progress)
        try:
            for note in notes:
                log.say(note)
            where = device if ranks.count == 1 else f"{ranks.count}×{device}"
            log.say(
                f"training on {counted(len(trained), 'image')}, {len(held_out)} held out, on "
                f"{where}; {learning.augmentation.said}"
            )
            outputs = Outputs(config, run, pack, trained, held_out, log, state.step)
            watchdog = Watchdog.of(config.watchdog, learning.labels.bounds(), rows)
            parts = Parts(**vars(learning), run=run, log=log, outputs=outputs, watchdog=watchdog)
            outputs.begin(state, measured=bool(rows))
            try:
                with Interruption() as interruption:
                    _steps(parts, interruption)
            finally:
                # If somebody has taken the folder away, the error that told so shall be seen.
                if run.metrics.is_file():
                    plot(read_lines(run.metrics), run.losses)
            ranks.tell("end")
            conclude(parts, interruption)
        except MemoryError as error:
            raise RunError(
                f"there is not enough memory for this training on {device}",
                "Lower train.batch_size, model.base_channels or model.size with --set.",
            ) from error
        finally:
            log.close()
    return Outcome(parts.state.step, interruption.signal)


def _steps(parts: Parts, interruption: Interruption) -> None:
    """Train until the configured number of steps, an interruption or the watchdog ends it."""
    config, log, outputs = parts.config, parts.log, parts.outputs
    going = True
    while going and parts.state.step < config.train.steps and not interruption.signal:
        try:
            for _ in range(_steps_at_once(parts)):
                log.add(step(parts))
            _leave(parts)
            findings = [parts.watchdog.see(row) for row in log.unseen()]
            finding = next(filter(None, findings), None)
        except NotFiniteError as error:
            finding = Finding("divergence", error.message, lost=True)
        if finding:
            going = respond(parts, finding)
    outputs.save(parts.state, measured=False)


def _steps_at_once(parts: Parts) -> int:
    """How many steps to do before anything can be left behind or decided.

    One, but where several processes train together: they need not be told of every step.
    """
    if parts.ranks.count == 1:
        return 1
    config, done = parts.config, parts.state.step
    periods = config.log.every, config.sample.every, config.evaluate.every
    ends = [done + period - done % period for period in periods]
    count = min(*ends, config.train.steps) - done
    parts.ranks.tell("steps", count)
    return count


def _leave(parts: Parts) -> None:
    """Leave behind what is due after this step: figures, a grid, a checkpoint."""
    config, outputs, done = parts.config, parts.outputs, parts.state.step
    last = done == config.train.steps
    if done % config.log.every == 0:
        parts.log.flush()
    if done % config.sample.every == 0 or last:
        outputs.grid(parts.state)
    if done % config.evaluate.every == 0 or last:
        outputs.save(parts.state, measured=True)
    elif outputs.due():
        outputs.save(parts.state, measured=False)


def step(parts: Learning) -> Tensor:
    """One step: so many of the discriminator as the configuration says, and one of the generator.

    Returns:
        float32 (9,), still on the device: the discriminator's loss, the generator's loss, the
        discriminator's mean score on real and on generated images, the norms of the
        discriminator's and of the generator's gradient, how much the generated images differ
        among themselves, as a share of how much the real ones do, what the generator minimises
        beside its loss, and of that the divergence of encoded latents, unweighted.
    """
    config, state, objective = parts.config, parts.state, parts.objective
    augment, generated = parts.augmentation.apply, domain_of(config).generated
    generator, discriminator = state.generator, state.discriminator

    seed_layers(config.train.seed, state.step, parts.ranks.index)

    # Update the discriminator, each time with a batch of its own.
    turns = config.train.discriminator_steps
    for number in range(state.step * turns, (state.step + 1) * turns):
        batch = parts.feed.draw(number)
        for_real, for_fake, for_generator = batch.changes
        with mixed_precision(config):
            fakes, cost = generator.produce(batch.images, batch.latents)
            made, target = generated(fakes), generated(batch.images)
            seen_real = discriminator.features(augment(batch.images, for_real))
            seen_fake = discriminator.features(augment(fakes, for_fake))
            scores = discriminator.scores_of_both(seen_real, detached(seen_fake))
            real_scores, fake_scores = (each.astype("float32") for each in scores)
        discriminator_loss = parts.labels.loss(real_scores, fake_scores, batch.chances)
        discriminator_loss += parts.penalty.of(discriminator, seen_real, seen_fake, batch.mixes)
        discriminator_gradient = state.discriminator_learner.minimise(discriminator_loss)

    # Update the generator.
    with frozen(discriminator):
        with mixed_precision(config):
            if not discriminator.has_frozen_features:
                seen_fake = discriminator.features(augment(fakes, for_generator))
            scores = discriminator.scores(seen_fake).astype("float32")
        generator_loss = objective.generator_loss(scores).mean()
        distance = parts.reconstruction.of(made, target, cost)
        generator_gradient = state.generator_learner.minimise(generator_loss + distance)

    # Update the average. One that began as another run's has no untrained start to forget.
    state.step += 1
    seen = math.inf if state.parent else state.step * config.train.images
    state.average.update(seen, config.train.images)

    figures = [
        discriminator_loss,
        generator_loss,
        objective.answers(real_scores).mean(),
        objective.answers(fake_scores).mean(),
        discriminator_gradient,
        generator_gradient,
        spread(made) / spread(target),
        distance,
        cost,
    ]
    together = paddle.stack([figure.detach().astype("float32") for figure in figures])
    parts.ranks.average([together])
    return together


def spread(images: Tensor) -> Tensor:
    """How much the images of a batch differ: their deviation, averaged over all pixels.

    Never 0, so that the images of a batch of one differ as much as the real one does.
    """
    with paddle.no_grad():
        images = images.astype("float32")
        return (images - images.mean(0)).square().mean(0).sqrt().mean() + _LEAST_SPREAD
