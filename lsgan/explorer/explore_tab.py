"""The first tab: one image large, a grid of seeds to choose from, and what changes the image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from lsgan.explorer import markup
from lsgan.explorer.events import LIVE, answered
from lsgan.explorer.selection import Explorer, Selection
from lsgan.inference.latent_set import in_a_file_name

_SEEDS_SHOWN = 24
# What a browser's numbers hold exactly.
_MOST_SEED = 2**53 - 1
_RANDOM_SEEDS = 1_000_000
_OWN_CLASS = "each seed's own"
# Of so many classes all are shown at once; more are in a list.
_FEW_CLASSES = 6
# As far as the strips of lsgan directions go.
_FARTHEST = 4

_MARK_CHOSEN = """
const mark = () => {
  const seed = document.querySelector('figure.shown')?.dataset.seed;
  document.querySelectorAll('.seeds button').forEach((button) =>
    button.setAttribute('aria-pressed', String(button.dataset.seed === seed)));
};
new MutationObserver(mark).observe(element, {
  attributeFilter: ['data-seed', 'src'], childList: true, subtree: true});
mark();
"""
_CHOOSE = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-seed]');
  if (button) trigger('select', {index: 0, value: button.dataset.seed});
});
"""
_SMOOTH = "(smooth) => { document.body.classList.toggle('smooth', smooth); }"


@dataclass(frozen=True)
class Controls:
    """What says which image is shown, and the image.

    Attributes:
        shown: the image.
        seed: its seed.
        class_name: its class, None of a generator without classes.
        truncation: None where it changes nothing.
        other_seed: of the image to mix with.
        share: of that image, in percent.
        photograph: the latent of a photograph, None while a seed is shown.
        amounts: a slider for each direction, by its name.
    """

    shown: gr.HTML
    seed: gr.Number
    class_name: gr.Radio | gr.Dropdown | None
    truncation: gr.Slider | None
    other_seed: gr.Number
    share: gr.Slider
    photograph: gr.State
    amounts: dict[str, gr.Slider]

    @property
    def inputs(self) -> list[Any]:
        """All of them, in the order that `read` takes their values in."""
        others = (self.seed, self.other_seed, self.share, self.photograph)
        optional = (each for each in (self.class_name, self.truncation) if each is not None)
        return [*others, *optional, *self.amounts.values()]

    def read(self, values: tuple[Any, ...]) -> Selection:
        """What is selected, by the values of `inputs`."""
        waiting = iter(values)
        seed, other, share, photograph = (next(waiting) for _ in range(4))
        class_name = next(waiting) if self.class_name is not None else None
        truncation = next(waiting) if self.truncation is not None else 1
        return Selection(
            seed=_seed(seed),
            class_name=None if class_name in (None, _OWN_CLASS) else class_name,
            truncation=float(truncation or 1),
            other_seed=_seed(other),
            share=float(share or 0) / 100,
            amounts=tuple((name, float(next(waiting) or 0)) for name in self.amounts),
            photograph=photograph,
        )


def _seed(value: Any) -> int:
    """A seed of whatever a field of numbers holds: nothing, or one that is no seed."""
    return int(min(max(value or 0, 0), _MOST_SEED))


def explore_tab(
    explorer: Explorer, command: str, sections: Sequence[Callable[[Explorer, Controls], None]]
) -> Controls:
    """Build the tab; what is in it answers at once.

    Args:
        explorer: renders.
        command: what finds the generator's directions.
        sections: each builds a further section below the others.
    """
    first = Selection(0)
    with gr.Row(elem_classes="explore"):
        with gr.Column(scale=4, min_width=280, elem_classes="stage"):
            shown = gr.HTML(figure_of(explorer, first), js_on_load=_MARK_CHOSEN)
        with gr.Column(scale=5, min_width=280):
            grid = gr.HTML(_grid(explorer, 0, first), js_on_load=_MARK_CHOSEN + _CHOOSE)
            with gr.Row(elem_classes="buttons"):
                before = gr.Button("Previous", size="sm", min_width=0)
                after = gr.Button("Next", size="sm", min_width=0)
                chance = gr.Button("Random", size="sm", min_width=0)
            start = gr.State(0)
            with gr.Row():
                seed = gr.Number(0, label="Seed", precision=0)
                truncation = _truncation(explorer)
            class_name = _classes(explorer)
            with gr.Accordion("Directions"):
                amounts = _sliders(explorer, command)
            with gr.Accordion("Mix with another seed", open=False), gr.Row():
                other = gr.Number(1, label="Other seed", precision=0)
                share = gr.Slider(0, 100, 0, step=1, label="Share of the other seed, in percent")
            photograph = gr.State()
            chosen = (shown, seed, class_name, truncation, other, share, photograph, amounts)
            controls = Controls(*chosen)
            for section in sections:
                section(explorer, controls)
            smooth = gr.Checkbox(label="Enlarge smoothly", elem_classes="plain")
    smooth.change(None, smooth, js=_SMOOTH)
    _show_at_once(explorer, controls)
    _choose_seeds(explorer, controls, grid, start, {before: -1, after: 1}, chance)
    return controls


def _show_at_once(explorer: Explorer, controls: Controls) -> None:
    @answered
    def show(*values: Any) -> str:
        return figure_of(explorer, controls.read(values))

    moving = (controls.other_seed, controls.share, controls.class_name, controls.truncation)
    moved = [each.change for each in (*moving, *controls.amounts.values()) if each is not None]
    gr.on(moved, show, controls.inputs, controls.shown, **LIVE)

    @answered
    def show_seed(*values: Any) -> tuple[str, None]:
        # A seed takes the place of a photograph.
        chosen = controls.read((*values[:3], None, *values[4:]))
        return figure_of(explorer, chosen), None

    outputs = [controls.shown, controls.photograph]
    controls.seed.input(show_seed, controls.inputs, outputs, **LIVE)


def _choose_seeds(
    explorer: Explorer,
    controls: Controls,
    grid: gr.HTML,
    start: gr.State,
    pages: dict[gr.Button, int],
    chance: gr.Button,
) -> None:
    """The grid follows the class and the truncation; a click in it chooses a seed."""
    outputs = [controls.seed, controls.photograph, controls.shown]

    def chosen_seed(seed: int, values: tuple[Any, ...]) -> tuple[int, None, str]:
        chosen = controls.read((seed, *values[1:3], None, *values[4:]))
        return seed, None, figure_of(explorer, chosen)

    @answered
    def choose(event: gr.SelectData, *values: Any) -> tuple[int, None, str]:
        return chosen_seed(_seed(int(event.value)), values)

    @answered
    def at_random(*values: Any) -> tuple[int, None, str]:
        return chosen_seed(int(np.random.default_rng().integers(_RANDOM_SEEDS)), values)

    grid.select(choose, controls.inputs, outputs, **LIVE)
    chance.click(at_random, controls.inputs, outputs, **LIVE)
    for button, way in pages.items():

        @answered
        def turn(place: int, *values: Any, way: int = way) -> tuple[int, str]:
            place = min(max(place + way * _SEEDS_SHOWN, 0), _MOST_SEED - _SEEDS_SHOWN)
            return place, _grid(explorer, place, controls.read(values))

        button.click(turn, [start, *controls.inputs], [start, grid], **LIVE)

    @answered
    def follow(place: int, *values: Any) -> str:
        return _grid(explorer, place, controls.read(values))

    for_all = (controls.class_name, controls.truncation)
    changed = [each.change for each in for_all if each is not None]
    if changed:
        gr.on(changed, follow, [start, *controls.inputs], grid, **LIVE)


def figure_of(explorer: Explorer, chosen: Selection) -> str:
    """The image that is selected, as it is shown."""
    marked = chosen.seed if chosen.photograph is None else None
    words = explorer.words(chosen)
    name = f"{explorer.generator.name}-{in_a_file_name(words)}"
    return markup.figure(explorer.image(chosen)[0], words, name, marked)


def _grid(explorer: Explorer, first: int, chosen: Selection) -> str:
    seeds = range(first, first + _SEEDS_SHOWN)
    name = f"{explorer.generator.name}-seeds-{seeds[0]}-{seeds[-1]}"
    return markup.seed_grid(explorer.images(seeds, chosen), seeds, name)


def _classes(explorer: Explorer) -> gr.Radio | gr.Dropdown | None:
    names = explorer.generator.classes
    if not names:
        return None
    kind = gr.Radio if len(names) <= _FEW_CLASSES else gr.Dropdown
    return kind([_OWN_CLASS, *names], value=_OWN_CLASS, label="Class")


def _truncation(explorer: Explorer) -> gr.Slider | None:
    if not explorer.can_truncate:
        return None
    label = "Truncation (below 1: more typical)"
    return gr.Slider(0.05, 1, 1, step=0.05, label=label, buttons=["reset"])


def _sliders(explorer: Explorer, command: str) -> dict[str, gr.Slider]:
    """A slider for each direction: those of a known meaning first, the others folded away."""
    found = explorer.directions
    if found is None:
        gr.HTML(markup.note(f"None have been found yet. Find them with `{command}`, then reopen."))
        return {}
    if found.checkpoint != explorer.generator.name:
        gr.HTML(markup.note(f"They were found with {found.checkpoint}."))
    known = [place for place, kind in enumerate(found.kinds) if kind in ("property", "examples")]
    others = [place for place in range(len(found)) if place not in known]
    with gr.Column(elem_classes="sliders"):
        sliders = {found.names[place]: _slider(found.names[place].capitalize()) for place in known}
    reset = gr.Button("Reset directions", size="sm", elem_classes="short")
    if others:
        label = f"{len(others)} other directions, by what they change most"
        with (
            gr.Accordion(label, open=not known),
            gr.Column(elem_classes="sliders"),
        ):
            for place in others:
                name, (moves, _) = found.names[place], found.effect(place)
                sliders[name] = _slider(f"{name}: {moves}")
    reset.click(lambda: [0] * len(sliders), None, list(sliders.values()), **LIVE)
    return sliders


def _slider(label: str) -> gr.Slider:
    return gr.Slider(-_FARTHEST, _FARTHEST, 0, step=0.1, label=label, buttons=["reset"])
