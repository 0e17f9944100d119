"""The R scripts run, and estimate what we estimate."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach import Model
from mlmteach.errors import ModelError
from tests.model.test_lme4 import meaning
from tests.strategies import LEVEL2, LEVEL3, with_two_groupings
from tests.translate.awkward import FORMULAS, awkward
from tests.translate.cases import (
    CASES,
    GENERALIZED,
    GROUPED,
    GroupedCase,
    expected,
    expected_generalized,
    expected_grouped,
    grouped_scripts,
    own_generalized_fit,
    read_name,
)

PROGRAMS = ("lme4", "nlme", "glmmtmb")
RUN = Path(__file__).with_name("run.R")
RSCRIPT = shutil.which("Rscript")


def r_has_packages(*names: str) -> bool:
    if RSCRIPT is None:
        return False
    wanted = ", ".join(repr(name) for name in names)
    check = f"quit(status = !all(c({wanted}) %in% rownames(installed.packages())))"
    return subprocess.run([RSCRIPT, "-e", check], capture_output=True).returncode == 0


needs_r = pytest.mark.skipif(
    not r_has_packages("lme4", "nlme"),
    reason="needs R with lme4 and nlme: apt-get install r-cran-lme4 r-cran-nlme",
)
HAS_GLMMTMB = r_has_packages("glmmTMB")
needs_glmmtmb = pytest.mark.skipif(
    not HAS_GLMMTMB, reason="needs R with glmmTMB: apt-get install r-cran-glmmtmb"
)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_script(name: str, program: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script(program) == snapshot


@pytest.mark.parametrize("program", ["lme4", "glmmtmb"])
@pytest.mark.parametrize("name", GENERALIZED)
def test_script_of_another_family(name: str, program: str, snapshot: SnapshotAssertion) -> None:
    assert GENERALIZED[name].script(program) == snapshot


@pytest.mark.parametrize(
    ("program", "name"), [(p, n) for p in PROGRAMS for n in grouped_scripts(p)]
)
def test_script_with_two_groupings(name: str, program: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script(program) == snapshot


@given(model=with_two_groupings(functions=False))
@settings(max_examples=60)
def test_what_is_written_for_lme4_reads_back(model: Model) -> None:
    call = str(model.code("lme4")).split("model <- ")[1].split("\n)\n")[0] + ")"
    read = Model.from_formula(" ".join(call.split()), level2=LEVEL2, level3=LEVEL3)
    assert (read.grouping, meaning(read)) == (model.grouping, meaning(model))


def test_nlme_names_what_can() -> None:
    with pytest.raises(ModelError, match=r"normal outcomes alone.* Write the model for lme4"):
        GENERALIZED["zero_one"].model.code("nlme")


def test_what_glmer_and_glmmtmb_cannot_is_said_in_the_script() -> None:
    """``?glmer``: "nAGQ > 1 is only available for models with a single, scalar random-effects
    term"; glmmTMB integrates by Laplace's approximation."""
    slopes = GENERALIZED["zero_one"].model
    assert "nAGQ = 1\n" in str(slopes.code("lme4", points=7))
    assert "# glmer has quadrature for a single U alone" in str(slopes.code("lme4", points=7))
    assert "#" not in str(slopes.code("lme4"))
    assert "Laplace's approximation alone" in GENERALIZED["trials"].script("glmmtmb")
    # -2 log-likelihood of the case: 1970.06 by glmer.nb and here, 1964.96 by glmmTMB, 1963.20 exact
    assert "differ in the curvature" in GENERALIZED["shape"].script("glmmtmb")
    assert "#" not in GENERALIZED["shape"].script("lme4")


def test_glmmtmb_gives_each_category_a_residual_variance() -> None:
    model = CASES["level1"].model
    by = Model(model.level1_formula, group="school", sigma2=mlm.by("female"))
    assert "  dispformula = ~ factor(female),\n" in str(by.code("glmmtmb"))
    weighted = Model("mathach ~ ses", group="school", precision="size")
    with pytest.raises(ModelError, match="glmmTMB has no precision weights"):
        weighted.code("glmmtmb")


@pytest.fixture(scope="module")
def estimates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict]]:
    """Run all scripts in one process of R."""
    folder = tmp_path_factory.mktemp("r")
    programs = [name for name in PROGRAMS if name != "glmmtmb" or HAS_GLMMTMB]
    for name, case in CASES.items():
        case.frame.to_csv(folder / f"{name}.csv", index=False)
        for program in programs:
            script = case.model.code(program, reml=case.reml, data=name)
            (folder / f"{name}-{program}.R").write_text(f"{script}\n", encoding="utf-8")
    for name, grouped in GROUPED.items():
        grouped.frame.to_csv(folder / f"{name}.csv", index=False)
        for program in set(programs).difference(grouped.refusing):
            made = grouped.model.code(program, reml=grouped.reml, data=name)
            (folder / f"{name}-{program}.R").write_text(f"{made}\n", encoding="utf-8")
    for name, other in GENERALIZED.items():
        other.frame.to_csv(folder / f"{name}.csv", index=False)
        for program in programs:
            if program != "nlme":
                made = other.model.code(program, points=other.points, data=name)
                (folder / f"{name}-{program}.R").write_text(f"{made}\n", encoding="utf-8")
    done = subprocess.run(
        [str(RSCRIPT), "--vanilla", str(RUN)], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, dict]] = {}
    for line in done.stdout.splitlines():
        script, kind, a, b, value = line.split("|")
        kind, _, group = kind.partition("@")
        one = kind in ("sigma2", "criterion")
        names: Any = frozenset() if one else frozenset({read_name(a), read_name(b)})
        if group and (case := GROUPED.get(script.partition("-")[0])):
            names = _named(group, names, case)
        found.setdefault(script.removesuffix(".R"), {}).setdefault(kind, {})[names] = float(value)
    return found


def _named(group: str, names: frozenset[frozenset[str]], case: GroupedCase) -> tuple[str, Any]:
    """Put our name of a grouping beside the names of a τ.

    lme4 calls classes within schools ``class:school``, or ``class.school.1`` where it numbers
    terms; nlme has one group of all rows where groupings cross, and a τ for each indicator.
    """
    lower, upper = case.model.grouping.names
    if group == "every_row":
        (indicator,) = names
        own = next(part for part in indicator if part.startswith("factor("))
        return own[len("factor(") : own.index(")")], frozenset({indicator - {own}})
    parts = set(re.split("[.:]", group))
    return lower if lower in parts else upper, names


WHERE = [pytest.param(name, marks=needs_glmmtmb if name == "glmmtmb" else ()) for name in PROGRAMS]


@needs_r
@pytest.mark.slow
@pytest.mark.parametrize("program", WHERE)
@pytest.mark.parametrize("name", CASES)
def test_same_estimates(name: str, program: str, estimates: dict[str, dict[str, dict]]) -> None:
    theirs, ours = estimates[f"{name}-{program}"], expected(name, level="{}{}")
    largest = max(ours["tau"].values())
    near = 10.0 if program == "glmmtmb" else 1.0  # its search ends earlier
    assert theirs["criterion"] == pytest.approx(ours["criterion"], abs=2e-3)
    assert theirs["gamma"] == pytest.approx(ours["gamma"], rel=2e-4 * near, abs=1e-6 * near)
    if program != "glmmtmb":  # whose standard errors hold the uncertainty about T too
        assert theirs["se"] == pytest.approx(ours["se"], rel=1e-3)
    assert theirs["tau"] == pytest.approx(ours["tau"], rel=2e-3 * near, abs=2e-3 * largest)
    assert theirs["sigma2"] == pytest.approx(ours["sigma2"], rel=1e-4)


@needs_r
@pytest.mark.slow
@pytest.mark.parametrize("program", WHERE)
@pytest.mark.parametrize("name", GROUPED)
def test_same_estimates_with_two_groupings(
    name: str, program: str, estimates: dict[str, dict[str, dict]]
) -> None:
    if program in GROUPED[name].refusing:
        with pytest.raises(ModelError, match="cannot let random coefficients correlate"):
            GROUPED[name].model.code(program)
        return
    theirs, ours = estimates[f"{name}-{program}"], expected_grouped(name, level="{}{}")
    largest = max(ours["tau"].values())
    near = 10.0 if program == "glmmtmb" else 1.0
    assert theirs["criterion"] == pytest.approx(ours["criterion"], abs=2e-3)
    assert theirs["gamma"] == pytest.approx(ours["gamma"], rel=2e-4 * near, abs=1e-4)
    if program != "glmmtmb":
        assert theirs["se"] == pytest.approx(ours["se"], rel=2e-3)
    assert theirs["tau"] == pytest.approx(ours["tau"], rel=2e-3 * near, abs=2e-3 * largest)
    assert theirs["sigma2"] == pytest.approx(ours["sigma2"], rel=5e-4)


@needs_r
@pytest.mark.slow
@pytest.mark.parametrize("program", [p for p in WHERE if p.values != ("nlme",)])
@pytest.mark.parametrize("name", GENERALIZED)
def test_same_estimates_of_another_family(
    name: str, program: str, estimates: dict[str, dict[str, dict]]
) -> None:
    """Differences of γ are measured in standard errors: glmer's own search leaves a thousandth."""
    theirs, ours = estimates[f"{name}-{program}"], expected_generalized(name, level="{}{}")
    fit = own_generalized_fit(name)
    canonical = fit.model.family.link in ("logit", "log") and fit.shape is None
    # glmmTMB has neither quadrature nor, in other links, the expected curvature of ours and glmer's
    rough = program == "glmmtmb" and (fit.points > 1 or not canonical)
    if program == "lme4" and fit.points == 1:  # with more, logLik() leaves constants out
        assert theirs["criterion"] == pytest.approx(ours["criterion"], abs=2e-3)
    if program == "glmmtmb":
        assert theirs["criterion"] == pytest.approx(ours["criterion"], abs=6.0 if rough else 2e-3)
    assert theirs["gamma"].keys() == ours["gamma"].keys()
    for term, value in ours["gamma"].items():
        error = ours["se"][term]
        assert theirs["gamma"][term] == pytest.approx(value, abs=(0.5 if rough else 5e-3) * error)
    largest = max(ours["tau"].values())
    near = 0.1 if rough else 5e-3
    assert theirs["se"] == pytest.approx(ours["se"], rel=near)
    assert theirs["tau"] == pytest.approx(ours["tau"], rel=near, abs=near * largest)


@needs_r
@pytest.mark.slow
def test_r_reads_the_rows_of_the_fit(tmp_path: Path) -> None:
    frame = awkward()
    frame.to_csv(tmp_path / "data.csv", index=False)
    shown = 'cat("@", {}, nobs(model), {}, fixef(model), "\\n")'
    lines = []
    fits = [Model.from_formula(text, data=frame).fit(frame) for text in FORMULAS]
    for fit in fits:
        groups = f'length(unique(data[["{fit.model.group.replace(" ", "_")}"]]))'
        lme4 = shown.format("REMLcrit(model)", "ngrps(model)")
        nlme = shown.format("-2 * as.numeric(logLik(model))", groups)
        lines += [str(fit.model.code("lme4")), lme4, str(fit.model.code("nlme")), nlme]
    (tmp_path / "all.R").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [str(RSCRIPT), "--vanilla", "all.R"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("@")]
    for k, numbers in enumerate(found):
        fit = fits[k // 2]
        criterion, rows, groups, *gamma = map(float, numbers)
        assert (rows, groups) == (len(fit.frame), fit.frame[fit.model.group].nunique())
        assert criterion == pytest.approx(fit.criterion, abs=2e-3)
        assert gamma == pytest.approx(list(fit.params), abs=1e-4)
    assert len(found) == 2 * len(fits)
