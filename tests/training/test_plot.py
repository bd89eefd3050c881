import pytest

from lsgan.training.plot import drawn, plot

LOSSES = {"generator_loss": 1.0, "discriminator_loss": 0.5}


@pytest.mark.parametrize("last", [1, 3, 7, 130])
def test_all_panels_of_a_short_run_have_the_same_steps_in_whole_numbers(last: int) -> None:
    figure = drawn([{"step": 0, "frechet": 900.0}, {"step": last, **LOSSES, "real_score": 0.6}])
    panels = figure.get_axes()
    assert len(panels) == 3
    for axes in panels:
        low, high = axes.get_xlim()
        assert low < 0 < last < high < 1.1 * last
        shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
        assert len(shown) >= 2
        assert all(tick == int(tick) for tick in shown)


def test_few_points_are_marked_and_many_are_a_line() -> None:
    for count, marker in ((1, "."), (10, "."), (100, "")):
        rows = [{"step": step, "frechet": float(step)} for step in range(count)]
        [line] = drawn(rows).get_axes()[0].get_lines()
        assert line.get_marker() == marker


def test_a_run_without_a_figure_has_a_plot_too(tmp_path) -> None:
    plot([], tmp_path / "losses.png")
    assert (tmp_path / "losses.png").stat().st_size > 0
