"""The R scripts run, and estimate what we estimate."""

import shutil
import subprocess
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from mlmteach import Model
from tests.translate.awkward import FORMULAS, awkward
from tests.translate.cases import CASES, expected, read_name

PROGRAMS = ("lme4", "nlme")
RUN = Path(__file__).with_name("run.R")
RSCRIPT = shutil.which("Rscript")


def r_has_packages() -> bool:
    if RSCRIPT is None:
        return False
    check = "quit(status = !all(c('lme4', 'nlme') %in% rownames(installed.packages())))"
    return subprocess.run([RSCRIPT, "-e", check], capture_output=True).returncode == 0


needs_r = pytest.mark.skipif(
    not r_has_packages(),
    reason="needs R with lme4 and nlme: apt-get install r-cran-lme4 r-cran-nlme",
)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_script(name: str, program: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script(program) == snapshot


@pytest.fixture(scope="module")
def estimates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict]]:
    """Run all scripts in one process of R."""
    folder = tmp_path_factory.mktemp("r")
    for name, case in CASES.items():
        case.frame.to_csv(folder / f"{name}.csv", index=False)
        for program in PROGRAMS:
            script = case.model.code(program, reml=case.reml, data=name)
            (folder / f"{name}-{program}.R").write_text(f"{script}\n", encoding="utf-8")
    done = subprocess.run(
        [str(RSCRIPT), "--vanilla", str(RUN)], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, dict]] = {}
    for line in done.stdout.splitlines():
        script, kind, a, b, value = line.split("|")
        names = frozenset({read_name(a), read_name(b)}) if kind != "sigma2" else frozenset()
        found.setdefault(script.removesuffix(".R"), {}).setdefault(kind, {})[names] = float(value)
    return found


@needs_r
@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_same_estimates(name: str, program: str, estimates: dict[str, dict[str, dict]]) -> None:
    theirs, ours = estimates[f"{name}-{program}"], expected(name, level="{}{}")
    largest = max(ours["tau"].values())
    assert theirs["gamma"] == pytest.approx(ours["gamma"], rel=2e-4, abs=1e-6)
    assert theirs["se"] == pytest.approx(ours["se"], rel=1e-3)
    assert theirs["tau"] == pytest.approx(ours["tau"], rel=2e-3, abs=2e-3 * largest)
    assert theirs["sigma2"] == pytest.approx(ours["sigma2"], rel=1e-4)


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
