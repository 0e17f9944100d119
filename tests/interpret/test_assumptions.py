"""What is taken for granted, and what checks it."""

from typing import Any

import numpy as np
import pytest

import mlmteach as mlm
from mlmteach.plot import Figure
from tests.interpret.checking import faults
from tests.interpret.seeds import SEED, seed


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SEED)
def test_assumptions_are_sentences_with_checks(name: str, language: str) -> None:
    found = seed(name).model.assumptions(language=language)
    assert ("linearity" in [row.name for row in found]) == (name != "null")
    for row in found:
        assert list(faults(row.text, language)) == [], row.text
        assert list(faults(row.check, language)) == [], row.check


def test_the_code_of_every_check_draws_it() -> None:
    fit = seed("cross-level")
    codes = {row.name: row.code for row in fit.model.assumptions()}
    assert codes.pop("random sample") == codes.pop("mean 0") == ""  # no data can tell
    assert len(codes) == 5
    for code in set(codes.values()):
        assert isinstance(eval(code, {"mlm": mlm, "fit": fit}), Figure), code


def test_each_assumption_is_found_by_its_name_and_shown_with_its_check() -> None:
    found = seed("cross-level").model.assumptions()
    names = [row.name for row in found]
    assert len(set(names)) == len(names) == len(found) == 7
    assert list(found.to_frame().index) == names
    shown = found._repr_mimebundle_()
    for number, row in enumerate(found, 1):
        assert found[row.name] is row
        assert f"{number}. {row.text}\n    {row.check}" in shown["text/plain"]
        assert f"{number}. **{row.text}** {row.check}" in shown["text/markdown"]
        if row.code:
            assert f"`{row.code}`" in shown["text/markdown"]


def test_linearity_is_of_what_has_a_slope() -> None:
    exam = mlm.load("exam")
    category = mlm.Model("normexam ~ sex", group="school", data=exam).assumptions()
    assert "linearity" not in [row.name for row in category]
    assert "mean 0" in [row.name for row in category]
    upper = mlm.Model("normexam ~ 1", group="school", level2={"intercept": "schavg + U"}, data=exam)
    assert upper.assumptions()["linearity"].code == "mlm.plot.residual_predictor(fit, 'schavg')"


def test_several_u_are_named_together_and_symbols_follow_the_notation() -> None:
    model = seed("random slope").model
    assert "U₀ⱼ and U₁ⱼ" in model.assumptions()["distribution of U"].text
    assert "u₀ⱼ" in model.assumptions(notation="raudenbush-bryk")["distribution of U"].text
    assert "U₁ⱼ" not in seed("null").model.assumptions()["distribution of U"].text


HSB = [
    ("mathach ~ ses", {"ses": "U"}, "unstructured"),
    ("mathach ~ ses", {"ses": "U"}, "diagonal"),
    ("mathach ~ ses + female", {"ses": "U", "female": "U"}, (("Intercept", "ses"), ("female",))),
    ("mathach ~ ses + I(ses**2)", {"intercept": "1 + U"}, "unstructured"),
    ("mathach ~ ses", {"intercept": "log(size) + U"}, "unstructured"),
    ("mathach ~ ses", {"intercept": "group_mean(ses) + U"}, "unstructured"),
    ("mathach ~ ses", {"intercept": "meanses + size + U"}, "unstructured"),
    ("mathach ~ center_within(ses)", {"intercept": "1 + U"}, "unstructured"),
    ("mathach ~ center_within(ses) + ses", {"intercept": "1 + U"}, "unstructured"),
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("formula", "level2", "covariance"), HSB)
def test_assumptions_follow_the_model(
    formula: str, level2: dict[str, str], covariance: Any, language: str
) -> None:
    """Once a straight line was assumed beside ses + ses², and means were to be added to means."""
    model = mlm.Model(formula, group="school", level2=level2, covariance=covariance)
    fit = model.fit(mlm.load("hsb"))
    found = fit.model.assumptions(language=language)
    for row in found:
        assert list(faults(row.text, language)) == [], row.text
        assert list(faults(row.check, language)) == [], row.check
    if language != "en":
        return
    zero = int((np.triu(fit.cov_re == 0.0, 1)).sum())
    assert found["distribution of U"].text.count(" with U") == zero
    assert ("taken to be 0" in found["distribution of U"].text) == (zero > 0)
    x, names, codes = fit.design.X, fit.design.x_names, fit.design.codes
    straight = not any("**" in name or "log" in name for name in names)
    assert ("straight line" in found["linearity"].text) == straight
    means = np.stack([np.bincount(codes, column) / np.bincount(codes) for column in x.T], axis=1)
    constant = np.all(np.abs(means[codes] - x) < 1e-9, axis=0)
    raw = [k for k, name in enumerate(names) if name == "ses"]  # does its group's mean stand by it?
    fitted = means[:, constant] @ np.linalg.lstsq(means[:, constant], means[:, raw], rcond=None)[0]
    lacking = not np.allclose(fitted, means[:, raw], atol=0.02)
    assert found["mean 0"].check.startswith("Add the school means") == lacking


@pytest.mark.parametrize(
    ("options", "names", "said"),
    [
        (
            {"family": "binomial"},
            ("link", "mean 0", "distribution", "approximation"),
            "is 1 with that probability and 0 otherwise",
        ),
        (
            {"family": "binomial", "trials": "m"},
            ("link", "distribution"),
            "the variance is m π (1 − π): there is no over-dispersion",
        ),
        (
            {"family": "poisson"},
            ("link", "distribution"),
            "the count has a Poisson distribution, so that its variance is λ too",
        ),
        ({"family": "negbin"}, ("link", "distribution"), "the variance λ + λ²/shape"),
    ],
)
def test_a_family_takes_other_things_for_granted(
    options: dict[str, str], names: tuple[str, ...], said: str
) -> None:
    model = mlm.Model("y ~ x", group="town", **options)  # type: ignore[arg-type]
    found = mlm.interpret.assumptions(model)
    assert set(names) <= {row.name for row in found}
    assert "equal variance" not in {row.name for row in found}
    assert said in found["distribution"].text
    assert "ε" not in str(found)
    kind = "binned()" if options == {"family": "binomial"} else "overdispersion()"
    assert found["distribution"].code == f"fit.diagnostics.{kind}"


def test_a_grid_has_at_most_two_dimensions() -> None:
    drawn = "fit.bootstrap(200).replicates.mean()"
    for slopes, code in (({"x": "U"}, "model.fit(data, points=9)"), ({"x": "U", "w": "U"}, drawn)):
        model = mlm.Model("y ~ x + w", group="town", level2=slopes, family="binomial")
        found = mlm.interpret.assumptions(model)["approximation"]
        assert found.code == code
        assert ("no quadrature" in found.check) == (code == drawn)


def test_a_family_at_three_levels_takes_for_granted_what_both_levels_add() -> None:
    model = mlm.Model("y ~ x", group="school/class", family="binomial")
    found = mlm.interpret.assumptions(model)
    assert found["mean 0"].text.startswith("What classes and schools add (U₀ⱼₖ and V₀₀ₖ)")
    assert "variance φ₀², independently for each school" in found["distribution of V"].text
    assert found["distribution of V"].code == "mlm.plot.caterpillar(fit, grouping='school')"
    assert "of those of the schools (V₀₀ₖ)" in found["independence of U and V"].text
    assert "no quadrature" in found["approximation"].check


@pytest.mark.filterwarnings("ignore::mlmteach.errors.MlmteachWarning")
@pytest.mark.parametrize(
    ("name", "formula", "options"),
    [
        ("contraception", "use ~ age", {"group": "district", "family": "binomial"}),
        ("cbpp", "incidence ~ period", {"group": "herd", "family": "binomial", "trials": "size"}),
        ("cbpp", "incidence ~ period", {"group": "herd", "family": "poisson", "exposure": "size"}),
    ],
)
def test_the_code_of_every_check_of_a_family_runs(
    name: str, formula: str, options: dict[str, Any]
) -> None:
    data = mlm.load(name)
    model = mlm.Model(formula, **options)
    fit = model.fit(data)
    codes = {row.code for row in fit.assumptions() if row.code}
    assert len(codes) >= 3
    for code in codes:
        assert eval(code, {"mlm": mlm, "fit": fit, "model": model, "data": data}) is not None, code
