"""`mlmteach fit`, run as people run it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmteach as mlm
from mlmteach.cli import main

SLOPE = "mathach ~ ses + minority + female + (1 + ses | school)"


def test_the_four_parts_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "hsb", SLOPE]) == 0
    printed = capsys.readouterr().out
    assert "mathachᵢⱼ = β₀ⱼ + β₁ⱼ SESᵢⱼ + β₂ⱼ minorityᵢⱼ + β₃ⱼ femaleᵢⱼ + εᵢⱼ" in printed
    assert "β₁ⱼ = γ₁₀ + U₁ⱼ" in printed
    assert "U₀ⱼ + U₁ⱼ SESᵢⱼ + εᵢⱼ" in printed
    assert "7,185 rows in 160 groups" in printed
    meanings = printed.split("What each symbol means")[1]
    for symbol in ("γ₀₀", "γ₁₀", "γ₂₀", "γ₃₀", "U₀ⱼ", "U₁ⱼ", "τ₀²", "τ₁²", "σ²"):
        assert f"\n{symbol} " in meanings


def test_levels_are_read_off_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "hsb", "mathach ~ size*ses + (1 + ses | school)", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result["fixed"]) == ["Intercept", "size", "ses", "size:ses"]
    assert "β₁ⱼ = γ₁₀ + γ₁₁ sizeⱼ + U₁ⱼ" in result["equations"]["text"]


def test_json_holds_the_numbers_of_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "hsb", SLOPE, "--json", "--ml"]) == 0
    result = json.loads(capsys.readouterr().out)
    fit = mlm.Model.from_formula(SLOPE, data=mlm.load("hsb")).fit(mlm.load("hsb"), reml=False)
    assert result["method"] == "ML"
    assert result["criterion"] == pytest.approx(fit.criterion)
    assert result["fixed"]["ses"]["se"] == pytest.approx(fit.bse["ses"])
    assert result["tau"]["ses"]["Intercept"] == pytest.approx(fit.cov_re.loc["ses", "Intercept"])
    assert list(result["meaning"])[:2] == ["γ₀₀", "γ₁₀"]


def test_another_notation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "hsb", SLOPE, "--notation", "raudenbush-bryk"]) == 0
    assert "u₁ⱼ SESᵢⱼ + rᵢⱼ" in capsys.readouterr().out


def test_a_csv_file_with_a_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sleep.csv"
    mlm.load("sleepstudy").to_csv(path, index=False)
    assert main(["fit", str(path), "Reaction ~ Days", "--group", "Subject"]) == 0
    assert "180 rows in 18 groups (Subject)" in capsys.readouterr().out


def test_a_report_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.html"
    path.write_text("mine", encoding="utf-8")
    assert main(["fit", "hsb", SLOPE, "--output", str(path)]) == 1
    assert path.read_text(encoding="utf-8") == "mine"
    assert "Choose another name." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["hsv", "y ~ x + (1 | g)"], "hsb"),
        (["missing.csv", "y ~ x + (1 | g)"], "There is no file 'missing.csv'."),
        (["hsb", "mathach ~ sess + (1 | school)"], "Did you mean 'ses'?"),
        (["hsb", "mathach ~ ses"], "names no group"),
        (["hsb", "mathach ~ ses + (1 | school/sector)"], "a single 'sector'"),
        (["hsb", "mathach ~ (ses"], "bracket"),
        (["hsb", "mathach ~ ses", "--group", "schol"], "Did you mean 'school'?"),
        (["hsb", SLOPE, "--output", "report.pdf"], "End its name in .html."),
        (["hsb", SLOPE, "--output", "no/such/folder/report.html"], "There is no folder"),
    ],
)
def test_mistakes_end_in_a_remedy(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert printed.err.strip().endswith((".", "?"))


def test_a_singular_fit_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "dyestuff2", "Yield ~ 1 + (1 | Batch)"]) == 0
    assert "zero" in capsys.readouterr().err


def test_missing_values_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(mlm.load("sleepstudy"))
    frame.loc[[1, 5], "Reaction"] = None
    frame.to_csv(tmp_path / "gaps.csv", index=False)
    arguments = ["fit", str(tmp_path / "gaps.csv"), "Reaction ~ Days", "--group", "Subject"]
    assert main(arguments) == 0
    assert "2 rows with missing values left out" in capsys.readouterr().out


def test_robust_standard_errors(capsys: pytest.CaptureFixture[str]) -> None:
    formula = "Reaction ~ Days + (1 | Subject)"
    assert main(["fit", "sleepstudy", formula, "--robust", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["standard_errors"] == "CR2"
    assert result["fixed"]["Days"]["se"] == pytest.approx(1.546, abs=1e-3)
    assert main(["fit", "sleepstudy", formula, "--robust", "CR0"]) == 0
    printed = capsys.readouterr()
    assert "robust (CR0, by Subject)" in printed.out
    assert "18 groups, and CR0 standard errors need about 50" in printed.err


CHOICE = ["fit", "contraception", "use ~ age + urban + (1 | district)", "--family", "binomial"]


def test_a_yes_no_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CHOICE) == 0
    printed = capsys.readouterr().out
    assert "logit(" in printed
    assert "1,934 rows in 60 groups" in printed
    assert "εᵢⱼ" not in printed.split("With estimates")[1].split("What each symbol means")[0]
    meanings = printed.split("What each symbol means")[1]
    for symbol in ("γ₀₀", "γ₁₀", "γ₂₀", "U₀ⱼ", "τ₀²"):
        assert f"\n{symbol} " in meanings
    assert "\nσ² " not in meanings


def test_json_of_a_yes_no_outcome_has_odds_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHOICE, "--json", "--points", "5"]) == 0
    result = json.loads(capsys.readouterr().out)
    frame = mlm.load("contraception")
    model = mlm.Model("use ~ age + urban", group="district", family="binomial")
    fit = model.fit(frame, points=5)
    assert (result["method"], result["points"]) == ("ML", 5)
    assert result["family"] == {"name": "binomial", "link": "logit", "event": "1"}
    assert "sigma2" not in result
    assert result["criterion"] == pytest.approx(fit.criterion)
    urban, ends = result["fixed"]["urban"], fit.conf_int().loc["urban"]
    assert list(urban)[:4] == ["estimate", "se", "z", "p"]
    assert urban["ratio"] == pytest.approx(np.exp(fit.params["urban"]))
    assert urban["ratio_lower"] == pytest.approx(np.exp(ends["lower"]))
    assert urban["p"] == pytest.approx(fit.pvalues["urban"])


def test_successes_of_trials_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    probit = ["--family", "binomial", "--link", "probit"]
    assert main(["fit", "cbpp", formula, *probit, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["family"] == {"name": "binomial", "link": "probit", "trials": "size"}
    assert "ratio" not in result["fixed"]["Intercept"]
    command = "menbreg TICKS HEIGHT || BROOD:, intpoints(3)"
    assert main(["fit", "grouseticks", command, "--points", "3", "--json"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert result["family"] == {"name": "negbin", "link": "log"}
    ticks = mlm.load("grouseticks")
    fit = mlm.Model.from_formula("TICKS ~ HEIGHT + (1 | BROOD)", data=ticks, family="negbin").fit(
        ticks, points=3
    )
    assert result["shape"] == pytest.approx(fit.shape)
    assert "model.fit(data, points=3)" in printed.err


def test_the_event_and_the_exposure_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame(mlm.load("contraception"))
    frame["answer"] = frame["use"].map({0: "no", 1: "yes"})
    frame["months"] = 1 + frame.index % 3
    frame.to_csv(tmp_path / "women.csv", index=False)
    arguments = [
        "fit",
        str(tmp_path / "women.csv"),
        "answer ~ age",
        "--group",
        "district",
        "--json",
    ]
    assert main([*arguments, "--family", "binomial", "--event", "no"]) == 0
    assert json.loads(capsys.readouterr().out)["family"]["event"] == "no"
    arguments[2] = "use ~ age"
    assert main([*arguments, "--family", "poisson", "--exposure", "months"]) == 0
    assert json.loads(capsys.readouterr().out)["family"]["exposure"] == "months"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--robust"], "Leave out --robust."),
        (["--trials", "wom"], "Did you mean 'woman'?"),
        (["--exposure", "age"], "`exposure` does not go with the family 'binomial'"),
        (["--event", "perhaps"], "never 'perhaps'"),
        (["--points", "0"], "points"),
    ],
)
def test_mistakes_with_a_family_end_in_a_remedy(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CHOICE, *options]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert main(["fit", "hsb", SLOPE, "--points", "7"]) == 1
    assert "needs no quadrature" in capsys.readouterr().err


def test_help_tells_of_the_families(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    printed = capsys.readouterr().out
    assert "outcomes that are not normal:" in printed
    for option in ("--family", "--link", "--trials", "--event", "--exposure", "--points"):
        assert f"{option} " in printed


def test_three_levels_and_crossed_groups(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = ["fit", "pastes", "strength ~ 1 + (1 | batch/cask)"]
    assert main([*nested, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["tau"]["cask"]["Intercept"]["Intercept"] == pytest.approx(8.4337, abs=1e-3)
    assert result["n_groups"] == {"cask": 30, "batch": 10}
    assert result["icc"]["cask"] == pytest.approx(0.937041, abs=1e-5)
    assert "δ₀₀ₖ = γ₀₀₀ + V₀₀ₖ" in result["equations"]["text"]
    page = tmp_path / "report.html"
    assert main([*nested, "--output", str(page)]) == 0
    assert "<title>Three-level model of strength</title>" in page.read_text(encoding="utf-8")
    assert "Intercept | batch" in page.read_text(encoding="utf-8")
    assert main(["fit", "penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"]) == 0
    assert "144 rows in 24 groups (plate) and 6 groups (sample)" in capsys.readouterr().out
    assert main([*nested, "--robust"]) != 0
    assert "Leave out --robust" in capsys.readouterr().err


def test_counts_at_three_levels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON and page of one and the same fit; tests are z tests."""
    formula, page = "TICKS ~ HEIGHT + YEAR + (1 | LOCATION/BROOD)", tmp_path / "ticks.html"
    call = ["fit", "grouseticks", formula, "--family", "poisson"]
    assert main(call) == 0
    assert "comparing locations with the same V" in " ".join(capsys.readouterr().out.split())
    assert main([*call, "--json", "--output", str(page)]) == 0
    result = json.loads(capsys.readouterr().out)
    fit = mlm.Model.from_formula(
        formula, data=mlm.load("grouseticks"), family="poisson"
    ).fit(mlm.load("grouseticks"))  # fmt: skip
    assert result["fixed"]["HEIGHT"]["z"] == pytest.approx(fit.tvalues["HEIGHT"])
    assert result["fixed"]["HEIGHT"]["ratio"] == pytest.approx(np.exp(fit.params["HEIGHT"]))
    assert result["icc"] == pytest.approx(fit.icc.to_dict())
    assert result["n_groups"] == {"BROOD": 118, "LOCATION": 63}
    assert list(result["meaning"])[-2:] == ["τ₀²", "φ₀²"]
    assert "<title>Three-level model of TICKS</title>" in page.read_text(encoding="utf-8")
