"""Every exercise of the course: its solution is right, a blank is not, each mistake is named."""

from __future__ import annotations

import math
import re
import warnings
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.exercises import (
    Choice,
    EquationLines,
    Exercise,
    Function,
    Interval,
    Number,
    OpenText,
    Status,
    Table,
    exercises,
)
from mlmteach.exercises.catalogue import find
from mlmteach.exercises.exercise import Worked
from mlmteach.exercises.plain import Plain
from mlmteach.exercises.practice import check, hint, solution
from mlmteach.numbers import rounded

ALL = list(exercises().values())
each = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)


@cache
def worked_of(id: str) -> Worked:
    return find(id).work()


def solve(exercise: Exercise, binding: str) -> object:
    space: dict[str, object] = {"mlm": mlm}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(f"{exercise.setup}\n{exercise.solution}", space)
        return eval(binding, space)


@each
def test_solution_earns_full_marks(exercise: Exercise) -> None:
    outcome = check(exercise.id, solve(exercise, exercise.answer))
    if isinstance(exercise.kind, OpenText):
        assert outcome.status is Status.UNCHECKABLE
    else:
        assert (outcome.status, outcome.share) == (Status.CORRECT, 1.0), outcome


# --- the forms in which a right answer is printed, and three digits of a mistake -----------------

DIGITS = {"9.4": 5}
"""How many significant digits tell the right answer from every mistake, where three do not."""


def numbers(plain: Plain) -> list[float]:
    rows = plain.get("rows") or [plain.get("values") or [plain["value"]]]
    return [float(value) for row in rows for value in row]


def shortened(plain: Plain, digits: int) -> Plain:
    """Plain data with their numbers rounded; whole numbers stay as they are."""
    size = max(map(abs, numbers(plain)), default=0.0)

    def short(value: float) -> float:
        if plain["kind"] == "list" and not value.is_integer():  # bounds keep equal decimals
            return round(value, digits - 1 - math.floor(math.log10(size)))
        return value if value.is_integer() else float(f"{value:.{digits}g}")

    if plain["kind"] == "number":
        return plain | {"value": short(plain["value"])}
    if plain["kind"] == "list":
        return plain | {"values": [short(value) for value in plain["values"]]}
    return plain | {"rows": [[short(value) for value in row] for row in plain["rows"]]}


def forms_of_number(value: float, digits: int, *, proportion: bool) -> list[object]:
    if value.is_integer():
        whole = int(value)
        return [whole, value, np.int64(whole), str(whole), Decimal(whole), np.array([whole])]
    short = f"{value:#.{digits}g}"
    forms: list[object] = [float(short), short, Decimal(short), np.float32(value), np.array(value)]
    forms += [
        str(rounded(value)),
        f"{value:.{digits + 1}g}",
        f"{value:,.2f}" if value > 1e3 else short,
    ]
    forms += [pd.Series([value]), pd.DataFrame({"Intercept": [value]}), Fraction(value)]
    if float(f"{value:.3f}") >= 0.01:  # two digits at least
        forms.append(f"{value:.3f}")
    if proportion:
        forms += [f"{100 * value:.1f} %", f"{100 * value:.2f}%"]
    return forms


def forms_of_interval(bounds: list[float]) -> list[object]:
    row = pd.DataFrame([bounds], columns=["lower", "upper"], index=["x"])
    short = tuple(float(f"{bound:.3g}") for bound in bounds)
    return [tuple(bounds), np.array(bounds), short, row, row.loc["x"], row.iloc[0].to_dict()]


def forms_of_table(plain: Plain) -> list[object]:
    table = pd.DataFrame(plain["rows"], index=plain["index"], columns=plain["columns"])
    if len(plain["columns"]) == 1:
        column = table.iloc[:, 0]
        return [column, column.to_dict(), column.round(3), column.to_numpy(), table.T]
    return [table, table.T, table.round(3), table.to_dict(), table.to_dict(orient="index")]


NUMERIC = [e for e in ALL if isinstance(e.kind, Number | Interval | Table)]


@pytest.mark.parametrize("exercise", [e for e in ALL if e.id.endswith(".1")], ids=lambda e: e.id)
def test_the_first_exercise_has_the_second_hint_that_its_lesson_promises(
    exercise: Exercise,
) -> None:
    assert len(exercise.hints) >= 2


@pytest.mark.parametrize("exercise", NUMERIC, ids=lambda exercise: exercise.id)
def test_every_printed_form_of_the_right_answer_is_right(exercise: Exercise) -> None:
    worked, digits = worked_of(exercise.id), DIGITS.get(exercise.id, 3)
    for plain, _ in ((worked.expected, ""), *worked.also):
        if isinstance(exercise.kind, Number):
            proportion = exercise.kind.proportion
            forms = forms_of_number(plain["value"], digits, proportion=proportion)
        elif isinstance(exercise.kind, Interval):
            forms = forms_of_interval(numbers(plain))
        else:
            forms = forms_of_table(plain)
        for form in forms:
            outcome = check(exercise.id, form)
            assert outcome.status is Status.CORRECT, (form, outcome)


@pytest.mark.parametrize("exercise", NUMERIC, ids=lambda exercise: exercise.id)
def test_a_mistake_keeps_its_diagnosis_when_it_is_rounded(exercise: Exercise) -> None:
    worked = worked_of(exercise.id)
    for plain, message in worked.mistakes:
        short = shortened(plain, DIGITS.get(exercise.id, 3))
        assert exercise.judge(short, worked).message == message, short


@pytest.mark.parametrize("exercise", NUMERIC, ids=lambda exercise: exercise.id)
def test_two_digits_of_a_mistake_are_right_only_where_they_are_those_of_the_answer(
    exercise: Exercise,
) -> None:
    worked = worked_of(exercise.id)
    for plain, _ in worked.mistakes:
        outcome = exercise.judge(shortened(plain, 2), worked)
        tied = "a usual mistake gives the same. Give a digit more." in outcome.message
        assert outcome.status is not Status.CORRECT or tied, (plain, outcome)


OTHER_FORMS = [
    ("2.1", "fit.cov_re", "correct"),
    ("2.1", "0.17", "correct"),  # REML or ML: two digits do not tell
    ("2.2", "16.8", "not yet"),
    ("2.2", "'16.8 %'", "correct"),
    ("2.2", "'17 %'", "correct"),
    ("2.3", "'y_ij = gamma_00 + U_0j + epsilon_ij'", "correct"),
    ("2.4", "fit.random_effects['Intercept'].nsmallest(4)", "correct"),
    ("2.4", "[59, 28, 23, 25]", "correct"),
    ("2.4", "exam.groupby('school')['normexam'].mean().nsmallest(4)", "not yet"),
    ("3.1", "mlm.Model('normexam ~ standLRT + C(sex)', group='school')", "correct"),
    ("3.1", "'normexam ~ standLRT + sex + (1 | school)'", "correct"),
    ("3.2", "0.2", "not yet"),
    ("4.3", "fit.quantities.plausible_range('Days')", "correct"),
    ("4.3", "(22.07, -1.14)", "partly"),
    ("4.3", "(-1.38, 22.3)", "correct"),
    ("4.4", "'3.9 %'", "correct"),
    ("4.6", "612.1 + 18 * 0.07 * 24.74 * 5.92 + 81 * 35.07", "correct"),  # as a summary prints them
    ("5.2", "model.fit(exam, reml=False).params['schavg:standLRT']", "correct"),
    ("5.3", "fit.quantities.simple_slopes('standLRT', 'schavg', [0.5]).iloc[0]", "correct"),
    ("6.1", "2.4", "not yet"),
    ("6.5", "lambda frame: centred(frame).to_numpy()", "correct"),
    (
        "6.5",
        "lambda frame: frame.groupby('group')['x'].apply(lambda x: x - x.mean())",
        "correct",
    ),
    ("2.2", "0.2", "not yet"),
    ("6.5", "lambda frame: centred(frame).round(3)", "correct"),
    ("7.4", "fit.conf_int().loc[name]", "correct"),
    ("9.1", "'normexam ~ standLRT + (1 + standLRT || school)'", "cannot be checked"),
    ("9.4", "1760", "correct"),  # by REML it would be the same
    ("9.4", "'1,763.94'", "correct"),
    ("10.4", "fit.conf_int().loc[['schavg']]", "correct"),
    ("10.4", "(-0.07, 0.46)", "correct"),
    ("10.4", "fit.conf_int(df='kenward-roger').loc['schavg']", "correct"),
    ("10.5", "table.to_numpy()", "not yet"),  # without the names of its rows
    ("10.5", "table.to_dict()", "correct"),
    ("10.5", "table.T.round(3)", "correct"),
]


@pytest.mark.parametrize(("id", "form", "status"), OTHER_FORMS)
def test_answers_come_in_forms_of_their_own(id: str, form: str, status: str) -> None:
    outcome = check(id, solve(find(id), form))
    assert outcome.status == status, outcome


def test_a_model_at_the_wrong_level_is_told_by_the_package() -> None:
    model = mlm.Model("normexam ~ standLRT * schavg", group="school", level2={"standLRT": "U"})
    outcome = check("5.1", model)
    assert outcome.status is Status.NOT_YET
    assert outcome.message.startswith("'schavg' stands at level 1, but has one value in each")


def test_numbers_in_explanations_are_computed() -> None:
    def standard_errors(x: pd.Series[float], level2: str) -> tuple[float, float]:
        frame = hsb.assign(x=x)
        fit = mlm.Model("mathach ~ x" if level2 == "U" else "mathach ~ 1", group="school",
                        level2={"intercept": level2}).fit(frame)  # fmt: skip
        off, y = x - x.mean(), frame["mathach"]
        slope = (off * y).sum() / (off**2).sum()
        rest = ((y - y.mean() - slope * off) ** 2).sum() / (len(y) - 2)
        return float(fit.bse["x"]), float((rest / (off**2).sum()) ** 0.5)

    hsb = mlm.load("hsb")
    within = hsb["ses"] - hsb.groupby("school")["ses"].transform("mean")
    multilevel, ordinary = standard_errors(hsb["sector"], "x + U")
    assert f"by a factor of {multilevel / ordinary:.2f}," in find("1.4").explanation
    multilevel, ordinary = standard_errors(within, "U")
    assert f"by one of {ordinary / multilevel:.3f}." in find("1.4").explanation
    pupils = mlm.load("exam").groupby("school").size()
    assert f"from {pupils[37]} pupils and not {pupils[25]}" in find("2.4").explanation
    for id in ("3.3", "5.6"):
        (also,) = find(id).also
        assert f"by REML it is {worked_of(id).expected['value']:.3f}." in also.message
    work = worked_of("10.4")
    lower, upper = numbers(work.expected)
    report = find("10.6").solution.replace("\n", " ")
    assert f"{lower:.2f} to {upper:.2f}" in report
    everybody = next(plain for plain, message in work.mistakes if "all the data" in message)
    assert "{:.2f} to {:.2f}.".format(*numbers(everybody)) in find("10.4").explanation


@each
@pytest.mark.parametrize("blank", [..., None, "", "  "], ids=repr)
def test_blank_earns_none(exercise: Exercise, blank: object) -> None:
    outcome = check(exercise.id, blank)
    assert (outcome.status, outcome.share) == (Status.NOT_ATTEMPTED, 0.0)


@pytest.mark.parametrize(
    ("exercise", "number"),
    [(e, n) for e in ALL for n in range(len(e.mistakes))],
    ids=lambda value: value.id if isinstance(value, Exercise) else str(value),
)
def test_every_mistake_has_its_own_message(exercise: Exercise, number: int) -> None:
    worked = worked_of(exercise.id)
    plain, message = worked.mistakes[number]
    outcome = exercise.judge(plain, worked)
    assert (outcome.status, outcome.share) == (Status.NOT_YET, 0.0), outcome
    assert outcome.message == message


@each
@pytest.mark.parametrize("odd", [object(), float("nan"), 10**400, print, {}, [[1, 2], [3]]])
def test_odd_answers_are_answered(exercise: Exercise, odd: object) -> None:
    outcome = check(exercise.id, odd)
    assert outcome.status in (Status.UNCHECKABLE, Status.NOT_YET)
    assert outcome.share == 0


@each
def test_exercise_is_complete(exercise: Exercise) -> None:
    assert re.fullmatch(r"\d+\.\d+", exercise.id)
    assert exercise.title
    assert exercise.prompt.endswith((".", "?"))
    assert exercise.hints
    assert hint(exercise.id).text.startswith("Hint 1 of")
    assert exercise.solution.splitlines()[0] in solution(exercise.id).text
    for text in (exercise.prompt, *exercise.hints, *(m.message for m in exercise.mistakes)):
        assert "!" not in text.replace("!=", "")
        assert len(text) < 900
    if isinstance(exercise.kind, Choice):
        wrong = {eval(mistake.value) for mistake in exercise.mistakes}
        assert wrong | {solve(exercise, exercise.answer)} == set(exercise.kind.options)
    elif not isinstance(exercise.kind, OpenText | EquationLines):
        assert exercise.mistakes


@each
def test_number_that_is_asked_for_is_not_in_the_question(exercise: Exercise) -> None:
    if not isinstance(exercise.kind, OpenText | Choice | Function | EquationLines):
        answer = worked_of(exercise.id).expected
        if answer["kind"] == "number":
            assert f"{answer['value']:.3g}" not in exercise.prompt


def test_ids_are_unique_and_in_order() -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    from mlmteach.exercises import catalogue

    listed = [
        exercise.id
        for name in sorted(module.name for module in iter_modules(catalogue.__path__))
        for exercise in import_module(f"mlmteach.exercises.catalogue.{name}").EXERCISES
    ]
    assert listed == list(exercises())
    numbers = [tuple(int(part) for part in id.split(".")) for id in listed]
    assert numbers == sorted(numbers)


def test_every_lesson_has_about_five_and_ends_openly() -> None:
    lessons: dict[str, list[Exercise]] = {}
    for exercise in ALL:
        lessons.setdefault(exercise.id.split(".")[0], []).append(exercise)
    for lesson, found in lessons.items():
        assert 5 <= len(found) <= 8, lesson
        assert isinstance(found[-1].kind, OpenText), lesson
