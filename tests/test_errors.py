"""Errors say what is wrong and what to do; names that are nearly right are asked for."""

import inspect
import pickle

import pytest

from mlmteach import errors, load
from mlmteach.errors import DataError, MlmteachError, MlmteachWarning, did_you_mean, suggest

KINDS = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and kind.__module__ == errors.__name__
]


def test_one_root_catches_every_error_and_one_every_warning() -> None:
    assert {kind.__name__ for kind in KINDS} <= set(errors.__all__)
    for kind in KINDS:
        assert issubclass(kind, MlmteachWarning if "Warning" in kind.__name__ else MlmteachError)


def test_an_error_needs_a_remedy() -> None:
    with pytest.raises(TypeError):
        DataError("There is no column 'x'.")  # type: ignore[call-arg]
    error = DataError("There is no column 'x'.", "Name another.")
    assert (error.problem, error.remedy) == ("There is no column 'x'.", "Name another.")
    assert str(error) == "There is no column 'x'. Name another."


def test_a_remedy_stands_below_an_excerpt() -> None:
    assert str(DataError("This is wrong:\n  x ~\n    ^\n", "Mend it.")).endswith("^\nMend it.")


def test_an_error_comes_back_whole_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(DataError("It is wrong.", "Mend it.")))
    assert type(error) is DataError
    assert str(error) == "It is wrong. Mend it."


def test_a_notebook_shows_the_readers_line_and_none_of_ours() -> None:
    with pytest.raises(MlmteachError) as caught:
        load("hs")
    shown = caught.value._render_traceback_()
    assert shown[0].endswith(': load("hs")')
    assert shown[-2] == "DataError: There is no data set 'hs'."
    assert shown[-1].startswith("Did you mean 'hsb'?")
    assert DataError("It is wrong.", "Mend it.")._render_traceback_() == [
        "DataError: It is wrong.",
        "Mend it.",
    ]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("sess", ["size", "ses"], "Did you mean 'ses'? "),
        ("SES", ["size", "ses"], "Did you mean 'ses'? "),
        ("Q", ["x", "q"], "Did you mean 'q'? "),
        ("school", ["ses", "size"], ""),
        ("", [], ""),
        (1222, [1224, 9586], "Did you mean '1224'? "),  # labels of groups are numbers
    ],
)
def test_a_name_that_is_nearly_right_is_asked_for(
    name: object, known: list[object], said: str
) -> None:
    assert did_you_mean(name, known) == said
    listed = f"Choose one of: {', '.join(map(str, known))}."
    assert suggest(name, known) == (said.strip() or listed)


def test_the_closest_name_is_the_one() -> None:
    assert did_you_mean("meansess", ["ses", "meanses", "mean"]) == "Did you mean 'meanses'? "


def test_an_unknown_name_gets_the_closest_one() -> None:
    assert suggest("sess", ["ses", "size"]) == "Did you mean 'ses'?"
    assert suggest("SES", ["ses", "size"]) == "Did you mean 'ses'?"
    assert suggest("zzz", ["ses", "size"]) == "Choose one of: ses, size."
