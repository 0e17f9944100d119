"""The panel on random slopes and the origin of x."""

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.api import Fit
from mlmteach.errors import ModelError
from mlmteach.explore.random_slopes import RandomSlopes, at_origin, variance_at
from mlmteach.panels.live import Graph
from mlmteach.panels.panel import Panel
from mlmteach.panels.scene import Handle, Lines, Points


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mlm.Model("Reaction ~ Days", group="Subject", level2={"Days": "U"})
    return model.fit(mlm.load("sleepstudy"))


def test_another_origin_is_a_refit_with_moved_data(fit: Fit) -> None:
    sleep = mlm.load("sleepstudy")
    moved = fit.model.fit(sleep.assign(Days=sleep["Days"] - 4))
    assert moved.criterion == pytest.approx(fit.criterion)
    np.testing.assert_allclose(
        at_origin(fit.cov_re.to_numpy(), 4.0), moved.cov_re.to_numpy(), rtol=1e-4
    )


def test_the_variance_at_a_point_is_tau_00_with_the_origin_there(fit: Fit) -> None:
    covariance = fit.cov_re.to_numpy()
    for x in (-1.0, 0.0, 7.5):
        expected = at_origin(covariance, x)[0, 0]
        assert variance_at(covariance, np.array([x]))[0] == pytest.approx(expected)


def lines(panel: Panel[RandomSlopes]) -> tuple[np.ndarray, np.ndarray]:
    """The lines' intercepts at x = 0, as departures, and their slopes."""
    drawn = next(mark for mark in panel.scene.marks if isinstance(mark, Lines))
    (low, high), y = drawn.x, drawn.y
    slopes = (y[:, 1] - y[:, 0]) / (high - low)
    return y[:, 0] - slopes * low, slopes


@pytest.mark.parametrize("rho", [-1.0, -0.4, 0.0, 1.0])
def test_the_lines_have_the_covariance_of_the_state(rho: float) -> None:
    panel = mlm.explore.random_slopes()
    panel.move(tau0=5.0, tau1=1.5, rho=rho, sample=4)
    found = np.cov(np.stack(lines(panel)), bias=True)
    np.testing.assert_allclose(found, panel.state.covariance, atol=1e-9)


def test_no_state_is_impossible() -> None:
    panel = mlm.explore.random_slopes()
    for tau0 in (0.0, 6.0):
        for tau1 in (0.0, 1.5):
            for rho in (-1.0, 0.3, 1.0):
                panel.move(tau0=tau0, tau1=tau1, rho=rho)
                assert np.linalg.eigvalsh(panel.state.covariance).min() > -1e-9
                assert "−0.00" not in panel.sentence
                assert "–" not in panel.sentence


def test_what_is_drawn_stays_within_the_axes() -> None:
    """The sentence speaks of a point that can be seen, wherever the sliders stand."""
    panel = mlm.explore.random_slopes()
    ends = {"tau0": 6.0, "tau1": 1.5, "rho": 1.0, "origin": 2.0}
    scene = panel.move(**ends)
    view = scene.views[2]
    dot = next(mark for mark in view.marks if isinstance(mark, Points))
    assert view.y.low <= float(dot.y) <= view.y.high
    for one in scene.views:
        for mark in one.marks:
            if isinstance(mark, Lines):
                assert one.y.low <= np.min(mark.y)
                assert np.max(mark.y) <= one.y.high


def test_the_ellipse_sets_what_it_shows() -> None:
    """A handle that is let go of where it was taken changes nothing, at any origin."""
    panel = mlm.explore.random_slopes()
    scene = panel.move(tau0=5.0, tau1=1.0, rho=-0.4, origin=1.5)
    graph = Graph()
    handles = [mark for mark in scene.marks if isinstance(mark, Handle)]
    for handle in handles:
        for name, leaf in handle.sets.items():
            place = graph.add(leaf)
            at = at_pointer(graph.nodes, place, float(handle.x), float(handle.y))
            assert at == pytest.approx(panel.values[name], abs=1e-5)


def at_pointer(nodes: list[list[object]], place: int, x: float, y: float) -> float:
    """Carry out the steps of a handle, with NumPy."""
    op, inputs, *options = nodes[place]
    if op == "const":
        return float("nan") if inputs is None else inputs  # type: ignore[return-value]
    if op == "input":
        return {"pointer_x": x, "pointer_y": y}[str(options[0])]
    values = [at_pointer(nodes, one, x, y) for one in inputs]  # type: ignore[attr-defined]
    return float(getattr(np, str(op))(*values))


def test_a_fit_is_where_it_begins(fit: Fit) -> None:
    panel = mlm.explore.random_slopes(fit)
    np.testing.assert_allclose(panel.state.covariance, fit.cov_re, rtol=0.2)
    null = mlm.Model("Reaction ~ Days", group="Subject").fit(mlm.load("sleepstudy"))
    with pytest.raises(ModelError, match="one random slope"):
        mlm.explore.random_slopes(null)
