"""Scenes: words with numbers and tags in them, and marks."""

import json

import numpy as np
import pytest

from mlmteach.errors import OptionError
from mlmteach.panels.live import Graph, Live
from mlmteach.panels.scene import (
    Axis,
    Lines,
    Points,
    Raw,
    Scene,
    View,
    cases,
    number,
    pick,
    plain_text,
    shown,
    text,
)


def small(x: object) -> Scene:
    axis = Axis(label="x", low=0, high=10)
    marks = (
        Points(x=x, y=[1.0, 2.0], role="random", tags=("U_0",), label="points"),
        Lines(x=np.array([0.0, 1.0]), y=np.array([[0.0, 1.0], [np.nan, 2.0]]), tags=("gamma_00",)),
    )
    view = View(title="v", x=axis, y=axis, marks=marks)
    sentence = text("[U is {x}](U_0|random) of {n}.", x=x, n=number(3, 0))
    equation = (Raw('<math><mrow data-symbol="gamma_00">γ</mrow></math>'),)
    return Scene(views=(view,), equation=(equation,), sentence=(sentence,), alt=("A point.",))


def test_words_are_told_with_their_numbers() -> None:
    words = text("{a} and [{b} of {c}](tau_00 U_0|fixed).", a=-0.001, b=number(2.5, 0), c="x_1")
    assert plain_text(words) == "0.00 and 2 of x_1."
    assert words[2].tags == ("tau_00", "U_0")  # type: ignore[union-attr]
    assert plain_text((pick(["a", "b"], 1),)) == "b"
    assert [shown(v, 1) for v in (np.nan, np.inf, -np.inf)] == ["–", "∞", "−∞"]


def test_cases_choose_by_the_first_condition_that_holds() -> None:
    x = Live.input("x", 3.0)
    words = (cases((x < 2, "small"), (x < 5, text("{x}", x=x)), otherwise="large"),)
    assert plain_text(words) == "3.00"
    assert plain_text((cases((False, "no"), (np.bool_(True), "yes")),)) == "yes"


def test_a_scene_knows_what_it_shows_where() -> None:
    scene = small(np.array([1.0, 2.0]).sum())
    assert scene.tags("picture") == {"U_0", "gamma_00"}
    assert scene.tags("equation") == {"gamma_00"}
    assert scene.tags("sentence") == {"U_0"}
    assert scene.told == "U is 3.00 of 3."


def test_as_plain_data_live_numbers_are_steps_and_others_stay() -> None:
    graph = Graph()
    written = small(Live.input("x", 2.0) + 1.0).to_json(graph)
    points, lines = written["views"][0]["marks"]
    assert points["x"] == {"$": 2}
    assert points["y"] == [1, 2]
    assert lines["y"] == [[0, 1], [None, 2]]
    assert [node[0] for node in graph.nodes] == ["input", "const", "add"]
    assert written["sentence"][0][0]["p"][1]["n"] == {"$": 2}
    assert json.loads(json.dumps(written)) == written


def test_a_condition_that_is_known_leaves_no_choice_to_the_page() -> None:
    words = (cases((False, "a"), (True, "b"), (Live.input("x", 1.0) > 0, "c"), otherwise="d"),)
    axis = Axis(label="", low=0, high=1)
    view = View(title="", x=axis, y=axis, marks=())
    written = Scene(views=(view,), sentence=(words,), alt=("x",)).to_json()
    assert written["sentence"] == [[{"if": [], "else": ["b"]}]]


def test_a_scene_says_what_it_shows() -> None:
    axis = Axis(label="", low=0, high=1)
    with pytest.raises(OptionError, match="no alt text"):
        Scene(views=(View(title="", x=axis, y=axis, marks=()),), sentence=(), alt=())
