"""A formula of lme4 spans in X what it spans in R, and fits as well there."""

import random
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlmteach import Model
from mlmteach.errors import ModelError
from mlmteach.fit.design import build_design

RSCRIPT = shutil.which("Rscript")
PREDICTORS = ("sex", "kind", "flag", "x", "time", "q", "arm", "type")  # three of them at level 2
PARTS = (
    "(1 | g)",
    "(1 | g)",
    "(x | g)",
    "(0 + x | g)",
    "(x || g)",
    "(sex | g)",
    "(0 + kind | g)",
    "(1 + kind || g)",
)
FITTED = 40
SCRIPT = """
suppressMessages(library(lme4))
options(digits = 12)
d <- read.csv("d.csv", stringsAsFactors = TRUE)
v <- as.matrix(d[paste0("v", 1:4)])
for (line in readLines("formulas.txt")) {
  part <- strsplit(line, "@")[[1]]
  f <- as.formula(part[1])
  x <- qr(model.matrix(nobars(f), d))
  crit <- if (part[2] == "fit") suppressWarnings(suppressMessages(deviance(
    lmer(f, d, REML = FALSE, control = lmerControl(calc.derivs = FALSE))))) else NA
  cat(x$rank, colSums(qr.fitted(x, v)^2), crit, "\\n", sep = " ")
}
"""


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(24), 14)
    n = len(g)
    d = pd.DataFrame(
        {
            "g": g,
            "sex": rng.choice(["f", "m"], n),
            "kind": pd.Categorical(rng.choice(["k1", "k2", "k3"], n)),
            "flag": rng.random(n) < 0.5,
            "x": rng.normal(size=n),
            "time": rng.integers(0, 4, n).astype(float),
            "q": rng.normal(size=24)[g],
            "arm": np.array(["a", "b", "c"])[g % 3],
            "type": pd.array(np.array(["u", "w"])[(g // 3) % 2], dtype="string"),
        }
    )
    u = rng.normal(size=(24, 5))
    d["y"] = u[g, 0] + u[g, 1] * d.x + (d.sex == "m") * (u[g, 2] + d.q) + rng.normal(size=n)
    d["y"] += (d.kind == "k2") * u[g, 3] + (d.kind == "k3") * u[g, 4]
    return d.join(pd.DataFrame(rng.normal(size=(n, 4)), columns=["v1", "v2", "v3", "v4"]))


def formulas(count: int) -> list[str]:
    """Draw fixed parts of up to three pieces, and a random part."""
    draw = random.Random(3)
    found: list[str] = []
    while len(found) < count:
        pieces = ["0"] if draw.random() < 0.2 else []
        for _ in range(draw.randint(1, 3)):
            names = draw.sample(PREDICTORS, draw.choice((1, 1, 2, 2, 2, 3)))
            sign = draw.choice((":", ":", "*", "/", " %in% "))
            pieces.append(sign.join(names if sign in ":*" else names[:2]))
        if draw.random() < 0.15:
            pieces[-1] += f" - {draw.choice(PREDICTORS)}"
        text = f"y ~ {' + '.join(pieces)} + {draw.choice(PARTS)}"
        once = {piece.replace(" %in% ", ":") for piece in pieces}
        if len(once) == len(pieces) and text not in found:
            found.append(text)
    return found


def r_takes_a_part_for_the_whole(model: Model) -> bool:
    """Tell whether R codes a product by contrasts though the rest of it is in no term.

    For ``a:q + a:b`` R looks for ``a`` and is content with ``a:q``, which holds it: it leaves out
    a part of ``a:b`` that no other term has (a flaw of its TermCode, known from patsy's manual).
    """
    products = [set((p * c.term).variables) for c in model.bare for p in c.predictors]
    for product in products:
        for name in product:
            rest = product - {name}
            if (
                rest
                and rest not in products
                and any(rest < other for other in products if other != product)
            ):
                return True
    return False


needs_lme4 = pytest.mark.skipif(
    RSCRIPT is None
    or subprocess.run([RSCRIPT, "-e", "library(lme4)"], capture_output=True).returncode != 0,
    reason="needs R with lme4: apt-get install r-cran-lme4",
)
APART = (
    "y ~ kind + (1 + kind || g)",
    "y ~ x + kind + (x + kind || g)",
    "y ~ x + kind + (0 + x + kind || g)",
    "y ~ x + sex + (0 + x + sex || g)",
    "y ~ x*kind + (x:kind || g)",
    "y ~ sex*kind + (0 + sex:kind || g)",
)


@needs_lme4
@pytest.mark.slow
def test_categories_under_two_bars(tmp_path: Path) -> None:
    data = frame()
    data.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "formulas.txt").write_text("".join(f"{text}@fit\n" for text in APART))
    search = SCRIPT.replace("lmerControl(", 'lmerControl(optimizer = "bobyqa", ')
    (tmp_path / "run.R").write_text(search)
    done = subprocess.run(
        [str(RSCRIPT), "--vanilla", "run.R"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for text, line in zip(APART, done.stdout.splitlines(), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = Model.from_formula(text, data=data).fit(data, reml=False)
        assert fit.criterion == pytest.approx(float(line.split()[-1]), abs=0.02), text


def test_two_categories_under_two_bars_share_what_they_have_in_common() -> None:
    with pytest.raises(ModelError, match=r"let them correlate, as in '\(1 \+ kind \+ sex \| g\)'"):
        Model.from_formula("y ~ kind + sex + (kind + sex || g)", data=frame()).fit(frame())


@needs_lme4
@pytest.mark.slow
def test_two_hundred_formulas(tmp_path: Path) -> None:
    data, texts = frame(), formulas(200)
    data.to_csv(tmp_path / "d.csv", index=False)
    lines = [f"{text}@{'fit' if k < FITTED else 'no'}" for k, text in enumerate(texts)]
    (tmp_path / "formulas.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "run.R").write_text(SCRIPT)
    done = subprocess.run(
        [str(RSCRIPT), "--vanilla", "run.R"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    compared = 0
    v = data[["v1", "v2", "v3", "v4"]].to_numpy()
    for text, line in zip(texts, done.stdout.splitlines(), strict=True):
        rank, *squares, criterion = line.split()
        model = Model.from_formula(text, data=data)
        if r_takes_a_part_for_the_whole(model):
            continue
        compared += 1
        x = build_design(model, data)[1].X
        assert x.shape[1] == int(rank), text
        own = (np.linalg.qr(x)[0].T @ v) ** 2
        np.testing.assert_allclose(own.sum(axis=0), np.array(squares, float), err_msg=text)
        if criterion != "NA":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit = model.fit(data, reml=False)
            assert fit.criterion == pytest.approx(float(criterion), abs=0.02), text
    assert compared > 120
