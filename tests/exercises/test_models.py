"""Models as answers: by structure, and as the equations that a student writes."""

import json

import pytest

import mlmteach as mlm
from mlmteach.exercises import EquationLines, Specification
from mlmteach.exercises.plain import read_plain, to_plain
from mlmteach.model.family import Family

KIND = EquationLines(formula="Reaction ~ Days + (1 + Days | Subject)")
RIGHT = "Reaction_ij = gamma_00 + gamma_10 Days_ij + U_0j + U_1j Days_ij + epsilon_ij"


def compare(text: str) -> tuple[float, str]:
    given = {"kind": "text", "value": text}
    assert KIND.misfit(given) == ""
    found = KIND.compare({"kind": "text", "value": RIGHT}, given)
    return found.share, found.note


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "Reaction_ij = gamma_00 + U_0j + (gamma_10 + U_1j) Days_ij + epsilon_ij",
        r"\text{Reaction}_{ij} = \gamma_{00} + \gamma_{10}\text{Days}_{ij} + U_{0j}"
        r" + U_{1j}\text{Days}_{ij} + \varepsilon_{ij}",
        RIGHT.replace("Reaction", "y"),
        RIGHT.replace("Reaction", "Y"),
        RIGHT.replace("Reaction_ij", "y_{ij}").replace("Days", "x"),
    ],
)
def test_right_in_whatever_way_it_is_written(text: str) -> None:
    assert compare(text) == (1.0, "")


def test_the_slip_of_leaving_out_the_predictor_is_named() -> None:
    share, note = compare(RIGHT.replace("U_1j Days_ij", "U_1j"))
    assert share == 0.5
    assert r"- $U_{1j}$ stands without its predictor" in note


def test_what_differs_is_a_list_under_its_line_and_a_caret() -> None:
    _, note = compare("Reaction_ij = gamma_00 + gamma_20 age_j")
    excerpt = "Reaction_ij = gamma_00 + gamma_20 age_j"
    head, first, items, second, rest = note.split("\n\n")
    assert head == "These things differ."
    assert first == f"```text\n{excerpt}\n{' ' * excerpt.index('gamma_20')}^\n```"
    assert items.startswith(r"- The model has no term $\gamma_{20}$ $\text{age}_{j}$")
    assert second == f"```text\n{excerpt}\n{' ' * len(excerpt)}^\n```"
    assert len(rest.splitlines()) == 4  # what is missing, each on a line of its own
    assert all(line.startswith("- $") for line in rest.splitlines())
    assert "column" not in note


def test_an_excerpt_of_what_cannot_be_read_is_code() -> None:
    said = KIND.misfit({"kind": "text", "value": "Reaction_ij = gamma_00 + )"})
    assert "\n\n    Reaction_ij = gamma_00 + )\n" in said


def test_another_word_for_the_outcome_is_a_slip() -> None:
    share, note = compare(RIGHT.replace("Reaction", "speed"))
    assert share == 0.5
    assert r"The outcome of the model is Reaction, not $\text{speed}_{ij}$." in note


PASSED = EquationLines(formula="passed ~ ses + (1 | school)", family=Family("binomial", "logit"))
LOGIT_LINE = "logit(π_ij) = γ_00 + γ_10 ses_ij + U_0j"


@pytest.mark.parametrize(
    ("text", "share", "says"),
    [
        (LOGIT_LINE, 1.0, ""),
        (f"passed_ij ~ Bernoulli(π_ij)\n{LOGIT_LINE}", 1.0, ""),
        (f"y_ij ~ Bernoulli(π_ij)\n{LOGIT_LINE}", 1.0, ""),
        (r"\text{logit}(\pi_{ij}) = \gamma_{00} + \gamma_{10} \text{ses}_{ij} + U_{0j}", 1.0, ""),
        ("logit(p) = g00 + g10*ses + u0", 1.0, ""),
        (LOGIT_LINE + " + ε_ij", 0.5, r"There is no $\varepsilon_{ij}$ here"),
        (LOGIT_LINE.replace("logit(π_ij)", "π_ij"), 0.5, "without its link"),
        (LOGIT_LINE.replace("logit(π_ij)", "passed_ij"), 0.5, "without a link"),
        ("logit(π_ij) = β_0j + β_1j ses_ij", 0.0, "full equation"),
    ],
)
def test_the_equation_of_a_yes_no_outcome(text: str, share: float, says: str) -> None:
    given = {"kind": "text", "value": text}
    assert PASSED.misfit(given) == ""
    found = PASSED.compare({"kind": "text", "value": "the answer"}, given)
    assert (found.share, says in found.note) == (share, True)


@pytest.mark.parametrize(
    "text",
    [
        "Reaction_ij = beta_0j + beta_1j Days_ij + epsilon_ij",
        "beta_0j = gamma_00 + U_0j\nbeta_1j = gamma_10 + U_1j",
        "Reaction = b0 + b1 Days + r",
        "b = gamma_00 + U_0j\nb1 = gamma_10 + U_1j",
    ],
)
def test_another_equation_than_the_full_one_earns_nothing(text: str) -> None:
    share, note = compare(text)
    assert share == 0
    assert "full equation" in note


@pytest.mark.parametrize("text", ["", "Reaction", "= = =", "(" * 3_000, "x" * 5_000])
def test_nonsense_is_no_equation(text: str) -> None:
    assert KIND.misfit({"kind": "text", "value": text}).startswith("The equations ")


MODEL = mlm.Model("y ~ x + w", group="g", level2={"intercept": "z + U", "x": "z + U"})


@pytest.mark.parametrize(
    ("given", "share"),
    [
        (mlm.Model("y ~ w + x", group="g", level2={"x": "U + z", "intercept": "U + z"}), 1.0),
        ("y ~ z * x + w + (1 + x | g)", 1.0),
        ("y ~ z * x + w + (1 + x || g)", 0.8),
        ("y ~ z + x + w + (1 + x | g)", 0.8),
        ("v ~ 1 + (1 | h)", 0.0),
    ],
)
def test_models_are_compared_by_structure(given: object, share: float) -> None:
    kind = Specification(level2=("z",))
    assert not kind.misfit(to_plain(given))
    assert kind.compare(to_plain(MODEL), to_plain(given)).share == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["y ~", "y ~ x + (1 | g", "(" * 5_000, "y ~ x", "__import__('os')"]
)
def test_what_is_no_model_is_said(text: str) -> None:
    assert "cannot be read" in Specification().misfit(to_plain(text))


def test_what_is_of_another_kind_is_said() -> None:
    says = "A model is asked for, and this is a number."
    assert Specification().misfit(to_plain(3)) == says


def test_a_formula_is_no_answer_where_the_question_is_one() -> None:
    kind = Specification(formulas=False)
    assert "Write it with `mlm.Model(...)`" in kind.misfit(to_plain("y ~ x + (1 | g)"))
    assert not kind.misfit(to_plain(MODEL))


def test_the_notes_on_a_model_name_what_is_wrong() -> None:
    kind = Specification(level2=("z",))
    given = "v ~ z + x + q + (1 | h)"
    assert kind.compare(to_plain(MODEL), to_plain(given)).note == (
        "The outcome is `y`. The groups are named by `g`. Look at the predictors in the level-2 "
        "equation of the slope of `x`. The slope of `x` differs between the groups beyond what its "
        "predictors say: it has a U. The slope of `w` is missing. The slope of `q` was not asked "
        "for. Look at which of the U may correlate."
    )


def test_a_predictor_may_be_spelled_in_two_ways() -> None:
    kind = Specification(level2=("z",))
    wanted = to_plain("y ~ np.log(z) + I(x * w) + (1 + x | g)")
    assert kind.compare(wanted, to_plain("y ~ log(z) + I(w*x) + (1 + x | g)")).share == 1
    other = kind.compare(wanted, to_plain("y ~ log2(z) + I(w*x) + (1 + x | g)"))
    assert "Look at the predictors in the level-2 equation of the intercept" in other.note


EXAM = Specification(data="exam")
SEX = to_plain(mlm.Model("normexam ~ standLRT + sex", group="school"))


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("normexam ~ C(sex) + standLRT", True),
        ("normexam ~ C(sex, Treatment('F')) + standLRT", True),  # another reference
        ("normexam ~ C(standLRT) + sex", False),  # a number in brackets is another model
        ("normexam ~ C(sex, Sum) + standLRT", False),  # and so is another coding
    ],
)
def test_a_column_of_texts_is_a_category_without_saying_so(formula: str, right: bool) -> None:
    given = to_plain(mlm.Model(formula, group="school"))
    assert EXAM.compare(SEX, given).right is right


def test_data_tell_the_levels_of_a_formula() -> None:
    wanted = mlm.Model("normexam ~ 1", group="school", level2={"intercept": "schavg + U"})
    assert EXAM.compare(to_plain(wanted), to_plain("normexam ~ schavg + (1 | school)")).right


def test_a_model_that_does_not_go_with_the_data_is_told_why() -> None:
    given = mlm.Model("normexam ~ standLRT * schavg", group="school", level2={"standLRT": "U"})
    found = EXAM.compare(SEX, to_plain(given))
    assert found.share == 0
    assert found.note.startswith("'schavg' stands at level 1, but has one value in each 'school'.")
    assert "Move it to level 2" in found.note


# --- outcomes that are not normal ---------------------------------------------------------------

LOGIT = mlm.Model("use ~ age", group="district", family="binomial")
TRIALS = mlm.Model("incidence ~ period", group="herd", family="binomial", trials="size")
RATE = mlm.Model("incidence ~ period", group="herd", family="poisson", exposure="size")


@pytest.mark.parametrize(
    ("wanted", "given", "note"),
    [
        (LOGIT, {}, 'The outcome is yes or no: the model needs `family="binomial"`.'),
        (LOGIT, {"family": "poisson"}, "The outcome is yes or no"),
        (LOGIT, {"family": "binomial", "link": "probit"}, "The link is `logit`."),
        (LOGIT, {"family": "binomial", "event": 0}, "Look at which of the two values is the event"),
        (LOGIT, {"family": "binomial", "trials": "n"}, "Each row is one trial"),
        (TRIALS, {}, "The outcome is a number of successes"),
        (TRIALS, {"family": "binomial"}, '`trials="size"`'),
        (RATE, {}, 'The outcome is a count: the model needs `family="poisson"`.'),
        (RATE, {"family": "poisson"}, '`exposure="size"`'),
        (RATE, {"family": "negbin", "exposure": "size"}, "The outcome is a count"),
    ],
)
def test_what_is_wrong_with_the_distribution_is_named(
    wanted: mlm.Model, given: dict[str, object], note: str
) -> None:
    other = mlm.Model(wanted.level1_formula, group=wanted.group, **given)  # type: ignore[arg-type]
    found = Specification().compare(to_plain(wanted), to_plain(other))
    assert found.note.startswith(note) or note in found.note
    assert not found.right


@pytest.mark.parametrize("event", [None, 1, True])
def test_one_is_the_event_without_saying_so(event: object) -> None:
    given = mlm.Model("use ~ age", group="district", family="binomial", event=event)
    assert Specification(data="contraception").compare(to_plain(LOGIT), to_plain(given)).right


def test_a_normal_model_is_right_where_one_was_asked_for() -> None:
    normal = mlm.Model("use ~ age", group="district")
    assert Specification().compare(to_plain(normal), to_plain(LOGIT)).note == (
        "The outcome is normal: leave out `family`."
    )
    assert Specification().compare(to_plain(normal), to_plain(normal)).right


def test_a_formula_alone_does_not_say_the_family() -> None:
    found = Specification(data="contraception").compare(
        to_plain(LOGIT), to_plain("use ~ age + (1 | district)")
    )
    assert found.note.endswith("which a formula alone does not say.")
    assert found.share == pytest.approx(0.8)


OF_LOGIT = EquationLines(formula="use ~ age + (1 | district)", family=Family("binomial", "logit"))
SUM = "gamma_00 + gamma_10 age_ij + U_0j"


@pytest.mark.parametrize(
    ("text", "share", "note"),
    [
        (f"logit(pi_ij) = {SUM}", 1.0, ""),
        (f"log(π_ij / (1 - π_ij)) = {SUM}", 1.0, ""),
        (f"use_ij ~ Bernoulli(pi_ij)\nlogit(pi_ij) = {SUM}", 1.0, ""),
        (f"logit(pi_ij) = {SUM} + epsilon_ij", 0.5, r"There is no $\varepsilon_{ij}$ here"),
        (f"pi_ij = {SUM}", 0.5, "stands on the left without its link"),
        (f"probit(pi_ij) = {SUM}", 0.5, "The link of the model is logit"),
        ("logit(pi_ij) = beta_0j + gamma_10 age_ij", 0.0, "In the full equation no β is left"),
    ],
)
def test_the_full_equation_of_a_logit_model(text: str, share: float, note: str) -> None:
    given = to_plain(text)
    assert OF_LOGIT.misfit(given) == ""
    found = OF_LOGIT.compare(to_plain(f"logit(pi_ij) = {SUM}"), given)
    assert found.share == share
    assert note in found.note


CLASSES = {"level2": {"x": "z + U"}, "level3": {"intercept": "w + V", "x": "V"}}


@pytest.mark.parametrize(
    ("group", "level2", "level3", "says"),
    [
        ("b/a", CLASSES["level2"], CLASSES["level3"], ""),
        ("a/b", CLASSES["level2"], CLASSES["level3"], "There are three levels: `a` lies in `b`."),
        ("b * a", CLASSES["level2"], {}, "`a` does not cross `b`: each lies in one of them only."),
        ("b/a", CLASSES["level2"], {"x": "V"}, "Look at the predictors in the level-3 equation of"),
        ("b/a", {"x": "z"}, CLASSES["level3"], "between the groups of level 2 beyond what its"),
        ("b/a", CLASSES["level2"], {"intercept": "w + V"}, "groups of level 3 beyond what its"),
    ],
)
def test_models_of_three_levels_are_compared_equation_by_equation(
    group: str, level2: dict[str, str], level3: dict[str, str], says: str
) -> None:
    kind = Specification()
    wanted = to_plain(mlm.Model("y ~ x", group="b/a", **CLASSES))
    given = to_plain(mlm.Model("y ~ x", group=group, level2=level2, level3=level3))
    found = kind.compare(wanted, read_plain(json.loads(json.dumps(given))))
    assert (found.share == 1.0) == (says == "")
    assert says in found.note


@pytest.mark.parametrize(
    ("group", "level2", "level3", "says"),
    [
        ("a * b", "z + U", "w + V", ""),
        ("b * a", "w + U", "z + V", ""),  # the order of crossed groupings is free
        ("b * a", "z + U", "w + V", "predictors of `a` in the equation of the intercept"),
        ("a/b", "z + U", "w + V", "`a` and `b` cross: neither lies in the other."),
    ],
)
def test_models_of_crossed_groups_are_compared_whichever_comes_first(
    group: str, level2: str, level3: str, says: str
) -> None:
    wanted = mlm.Model(
        "y ~ x", group="a * b", level2={"intercept": "z + U"}, level3={"intercept": "w + V"}
    )
    given = mlm.Model(
        "y ~ x", group=group, level2={"intercept": level2}, level3={"intercept": level3}
    )
    found = Specification().compare(to_plain(wanted), to_plain(given))
    assert (found.share == 1.0) == (says == "")
    assert says in found.note


GROWTH = EquationLines(formula="math ~ year + (year | schoolid/childid)")
OF_GROWTH = (
    "math_ijk = gamma_000 + gamma_100 year_ijk + V_00k + V_10k year_ijk "
    "+ U_0jk + U_1jk year_ijk + epsilon_ijk"
)


@pytest.mark.parametrize(
    ("text", "share", "says"),
    [
        (OF_GROWTH, 1.0, ""),
        (
            "Y_ijk = gamma_000 + gamma_100 year_ijk + u_00k + u_10k year_ijk + r_0jk "
            "+ r_1jk year_ijk + e_ijk",
            1.0,
            "",
        ),
        (
            OF_GROWTH.replace("V_10k year_ijk", "V_10k"),
            0.5,
            r"$V_{10k}$ stands without its predictor",
        ),
        (
            OF_GROWTH.replace(" + V_10k year_ijk", ""),
            0.5,
            r"$V_{10k}$ $\text{year}_{ijk}$ is missing",
        ),
        ("math_ijk = delta_00k + delta_10k year_ijk + U_0jk + epsilon_ijk", 0.0, "no β, π or δ"),
    ],
)
def test_the_equation_of_three_levels(text: str, share: float, says: str) -> None:
    given = {"kind": "text", "value": text}
    assert GROWTH.misfit(given) == ""
    found = GROWTH.compare({"kind": "text", "value": "the answer"}, given)
    assert (found.share, says in found.note) == (share, True)
