"""Sentences on three levels and on crossed groups: their numbers, their grammar, their words."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import DataWarning, OptionError
from mlmteach.fit.readings import plausible_range
from mlmteach.interpret.interpretation import Interpretation
from mlmteach.interpret.source import source_of
from tests.interpret.checking import faults, unexplained
from tests.interpret.layers import LANGUAGES, MODELS, classes, layered

pytestmark = pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")


def _text(found: Interpretation) -> str:
    return "\n\n".join(f"{row.symbol} ({row.name}): {row.short}.\n{row.full}" for row in found)


def _without_labels(text: str) -> str:
    """Take the names of groups out, which are no estimates."""
    unit = r"class|school|area|cask|batch|plate|sample|child|Klasse|Schule|Stadtteil|Fass"
    unit += r"|Lieferung|Platte|Probe|Kind"
    text = re.sub(rf"\b({unit}) \w+", r"\1", text)
    return re.sub(r"(most of all|allen voran|excludes 0:|ausschließt:) [^.]*\(.*?\)\.", r"\1", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["casks", "plates", "classes", "teachers", "areas"])
def test_every_sentence(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    assert _text(layered(name).interpret(language=language)) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["classes", "areas"])
def test_every_sentence_in_symbols(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    fit = layered(name)
    assert _text(fit.model.interpret(data=MODELS[name][1](), language=language)) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["classes", "plates"])
def test_report_and_assumptions(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    fit = layered(name)
    report = fit.report(language=language)
    assumptions = mlm.Model.assumptions(fit.model, language=language)
    for text in (report.methods, report.results):
        assert list(faults(text, language)) == [], text
    assert (report.methods, str(assumptions)) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MODELS)
def test_every_number_is_the_fit_s(name: str, language: str) -> None:
    for row in layered(name).interpret(language=language):
        assert unexplained(_without_labels(row.full), row.numbers, language) == [], row.full
        assert list(faults(row.full, language)) == [], row.full


@pytest.mark.parametrize("name", MODELS)
def test_shares_and_correlations_are_the_fit_s(name: str) -> None:
    fit = layered(name)
    rows, parts = fit.interpret(), fit.variance_parts / fit.variance_parts.sum()
    lower, upper = fit.model.grouping.names
    intercepts = {row.role: row.numbers for row in rows if row.name == "Intercept"}
    assert intercepts["τ"]["icc"] == pytest.approx(parts[lower])
    assert intercepts["φ"]["icc"] == pytest.approx(parts[upper])
    assert rows.rows[-1].numbers["share"] == pytest.approx(parts["residual"])
    assert intercepts["τ"]["correlation"] == pytest.approx(fit.icc[lower])
    assert intercepts["φ"]["correlation"] == pytest.approx(fit.icc[upper])
    if fit.model.grouping.crossed:
        assert intercepts["φ"]["both"] == pytest.approx(fit.icc[f"{lower} and {upper}"])


@pytest.mark.parametrize("name", ["classes", "teachers", "areas"])
def test_ranges_are_those_of_simulated_groups(name: str) -> None:
    """95 % of new classes of a typical school, of new classes of any school, of new schools."""
    fit, rng = layered(name), np.random.default_rng(7)
    names = fit.model.grouping.names
    for row in fit.interpret():
        if row.role not in {"τ", "φ"} or "," in row.name or "lower" not in row.numbers:
            continue
        grouping = names["τφ".index(row.role)]
        found = plausible_range(fit, row.name, grouping=grouping)
        draws = found.mean + rng.normal(0.0, found.sd, 100_000)
        low, high = np.quantile(draws, (0.025, 0.975))
        assert (row.numbers["lower"], row.numbers["upper"]) == pytest.approx(
            (low, high), abs=0.05 * found.sd
        )
        if "every lower" in row.numbers:  # of schools that differ too
            sd = sum(fit.cov_re[own][row.name][row.name] for own in names) ** 0.5
            assert row.numbers["every lower"] == pytest.approx(found.mean - 1.959964 * sd)
            assert row.numbers["every upper"] == pytest.approx(found.mean + 1.959964 * sd)
            if "negative" in row.numbers:
                assert row.numbers["negative"] == pytest.approx(ndtr(-found.mean / sd))


def test_a_difference_is_that_of_predictions() -> None:
    """Each γ of one predictor: predict for one unit more, all else held as the sentence says."""
    fit = layered("classes")
    case = {"ses": 0.0, "girl": 0, "pupils": 0, "teacher": 0, "size": 0}
    frame = classes().iloc[[0]].drop(columns=["class", "school", *case])
    frame = frame.assign(**{"class": "new", "school": "new"}, **case)
    start = float(fit.predict(frame, groups="average").iloc[0])
    rows = fit.interpret()
    assert rows["Intercept"].numbers["estimate"] == pytest.approx(start)
    for name in case:
        moved = float(fit.predict(frame.assign(**{name: 1}), groups="average").iloc[0])
        assert rows[name].numbers["estimate"] == pytest.approx(moved - start, abs=1e-9)


def test_a_class_s_line_is_what_the_fit_predicts() -> None:
    fit = layered("classes")
    for school, number in ((1, 1), (4, 2), (30, 3)):
        own = fit.interpret(group=(school, number))
        line = own["line"].numbers
        frame = classes().query("school == @school and `class` == @number")
        for _, row in frame.iterrows():
            value = (
                line["line Intercept"] + line["line ses"] * row.ses + line["line girl"] * row.girl
            )
            assert value == pytest.approx(fit.fittedvalues[row.name])
        assert line["size"] == len(frame)
    roles = [row.symbol[0] for row in own]
    assert roles == ["ŷ", "U", "U", "V", "V"]


def test_a_school_s_line_is_that_of_its_average_class() -> None:
    fit = layered("classes")
    own = fit.interpret(group=4)
    line = own["line"].numbers
    part = classes().query("school == 4")
    means = part.groupby("class")[["pupils", "teacher", "size"]].first().mean()
    gamma, v = fit.params, fit.random_effects["school"].loc[4]
    slope = gamma["ses"] + gamma["size:ses"] * means["size"] + gamma["pupils:ses"] * means.pupils
    assert line["line ses"] == pytest.approx(slope + v["ses"])
    assert line["members"] == part["class"].nunique()
    assert "with the class size and the experience of the teacher at the mean" in own["line"].full


def test_a_crossed_group_s_line_holds_for_a_typical_one_of_the_other() -> None:
    fit = layered("plates")
    own = fit.interpret(group={"plate": "a"})
    expected = fit.params["Intercept"] + fit.random_effects["plate"].loc["a", "Intercept"]
    assert own["line"].numbers["line Intercept"] == pytest.approx(expected)
    assert "for a typical sample" in own["line"].full
    assert fit.interpret(group="A")["V₀ₖ"].numbers["rank Intercept"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", [(4, 2), 4])
def test_sentences_on_a_group(group: object, language: str, snapshot: SnapshotAssertion) -> None:
    found = layered("classes").interpret(group=group, language=language)
    assert _text(found) == snapshot
    for row in found:
        assert list(faults(row.full, language)) == [], row.full


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("1", r"label of 'school' and of 'area'.*group=\{'school': '1'\}"),
        ("zzz", "no school or area 'zzz'"),
        ({"area": 99}, "no area '99'"),
        ({"town": 1}, "names no group"),
        ({"school": 1, "area": 1}, "names no group"),
    ],
)
def test_a_group_that_cannot_be_told(group: object, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        layered("areas").interpret(group=group)


def test_a_cask_of_several_batches_needs_its_batch() -> None:
    fit = layered("casks")
    with pytest.raises(OptionError, match=r"several 'cask' a.*group=\('A', 'a'\)"):
        fit.interpret(group="a")
    assert fit.interpret(group=("A", "a"))["line"].short == "The line of cask a of batch A"
    assert fit.interpret(group={"batch": "A", "cask": "a"})["line"].short.endswith("of batch A")


@pytest.mark.parametrize(
    ("name", "spelled", "symbol"),
    [
        ("classes", "gamma_101", "γ₁₀₁"),
        ("classes", "γ₀₁₀", "γ₀₁₀"),
        ("classes", "U_0jk", "U₀ⱼₖ"),
        ("classes", "V_10k", "V₁₀ₖ"),
        ("classes", r"\varphi_{0}^2", "φ₀²"),
        ("classes", "phi_01", "φ₀₁"),
        ("teachers", "phi_01^2", "φ₀₁²"),
        ("plates", "V_0k", "V₀ₖ"),
        ("plates", "phi_0", "φ₀²"),
    ],
)
def test_a_symbol_is_found(name: str, spelled: str, symbol: str) -> None:
    assert layered(name).interpret(spelled).rows[0].symbol == symbol


def test_sentences_follow_the_notation() -> None:
    fit = layered("casks")
    bryk = [row.symbol for row in fit.interpret(notation="raudenbush-bryk")]
    equations = str(fit.model.equations(notation="raudenbush-bryk"))
    for symbol in bryk:
        if symbol[0] in "γru":
            assert symbol in equations
    text = fit.interpret(notation="raudenbush-bryk").rows[1].full
    assert text.startswith(f"{bryk[1]} is how far the mean strength of cask j of batch k lies")


def test_levels_and_scope_are_said() -> None:
    rows = layered("classes").interpret()
    assert rows["ses"].full.startswith("Within a class, ")
    assert rows["pupils"].full.startswith("Within a school, for each additional pupil of the class")
    assert "Within" not in rows["size"].full
    assert "size" not in rows["pupils"].told.lead.replace("class size", "")
    areas = layered("areas").interpret()
    assert areas["ses"].full.startswith("Within the same school and the same area, ")
    assert areas["size"].full.startswith("Within an area, ")
    assert areas["income"].full.startswith("Within a school, ")


def test_a_fit_says_how_it_took_the_labels() -> None:
    (note,) = layered("casks").messages
    assert note.startswith("'cask' a occurs in several groups of 'batch'")
    assert layered("plates").messages == ()
    with pytest.warns(DataWarning, match=r"takes 'class' 1.*group='school/class'"):
        fit = mlm.Model("math ~ ses", group="school * class").fit(classes())
    assert any("counts from the first label on" in message for message in fit.messages)


def test_a_class_s_mean_mixes_what_is_within_schools_and_between_them() -> None:
    frame = classes()
    frame = frame.assign(own=frame.groupby(["school", "class"])["ses"].transform("mean"))
    model = mlm.Model(
        "math ~ ses", group="school/class", level2={"intercept": "group_mean(ses) + U"}
    )
    rows = model.fit(frame).interpret()
    full = rows["group_mean(ses)"].full
    assert "the same within schools and between them" in full
    assert "contextual effect: it compares observations with the same ses, in classes" in full
    assert rows["ses"].full.endswith("as the class's mean is in the model too.")
    share = source_of(model.fit(frame)).between_share("ses", 2, 3)
    means = frame.groupby(["school", "class"])["own"].first()
    by_school = means.groupby("school")
    within = (by_school.var() * (by_school.count() - 1)).sum() / (len(means) - by_school.ngroups)
    assert share == pytest.approx(1.0 - within / means.var())


def test_a_condition_of_items_does_not_vary_within_one_where_subjects_have_its_slope() -> None:
    """It stands at level 1 of the model, for its slope differs between subjects."""
    rng = np.random.default_rng(7)
    data = pd.DataFrame(
        [(s, i) for s in range(1, 21) for i in range(1, 17)], columns=["subject", "item"]
    )
    item = rng.normal(size=(2, 17))
    data["length"] = item[0, data["item"]]
    subject = rng.normal(size=(2, 21))
    slope = 1.0 + subject[1, data["subject"]]
    data["time"] = subject[0, data["subject"]] + item[1, data["item"]] + slope * data["length"]
    data["time"] += rng.normal(size=len(data))
    formula = "time ~ length + (length | subject) + (1 | item)"
    model = mlm.Model.from_formula(formula, data=data)
    row = model.fit(data).interpret()["length"]
    assert row.full.startswith("Within a subject, for each additional unit of length, ")
    assert "item" not in row.full
    german = model.fit(data).interpret(language="de")["length"]
    assert german.full.startswith("Innerhalb einer subject-Gruppe ")
    assert "item" not in german.full


def test_a_predictor_of_one_grouping_that_multiplies_one_of_the_other_remains_its_own() -> None:
    rng = np.random.default_rng(9)
    data = pd.DataFrame(rng.integers(1, 16, (400, 2)), columns=["school", "area"])
    data["size"] = rng.normal(size=16)[data["school"]]
    data["income"] = rng.normal(size=16)[data["area"]]
    effects = rng.normal(size=(2, 16))
    data["math"] = effects[0, data["school"]] + effects[1, data["area"]] + rng.normal(size=400)
    formula = "math ~ size * income + (1 | school) + (1 | area)"
    rows = mlm.Model.from_formula(formula, data=data).fit(data).interpret()
    assert "in areas with income equal to 0" in rows["size"].full
    assert "in schools with size equal to 0" in rows["income"].full
    assert "what is expected of areas alike in income," in rows["V_0k"].full
    assert "in areas with size" not in str(rows)
    assert "areas alike in income and size" not in str(rows)
