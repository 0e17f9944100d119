"""MixedModels.jl, by its documented syntax."""

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from mlmteach.errors import ModelError
from tests.translate.awkward import FORMULAS, TEXTS, awkward
from tests.translate.cases import CASES, GENERALIZED, GROUPED, grouped_scripts


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("mixedmodels.jl") == snapshot


@pytest.mark.parametrize("name", grouped_scripts("mixedmodels.jl"))
def test_script_with_two_groupings(name: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script("mixedmodels.jl") == snapshot


def test_methods() -> None:
    model = CASES["slope"].model
    assert "    REML = true,\n" in str(model.code("mixedmodels.jl", reml=True))
    assert "    REML = false,\n" in str(model.code("mixedmodels.jl", reml=False))


@pytest.mark.parametrize(
    ("name", "random"),
    [
        ("null", "+ (1 | school)"),
        ("slope", "+ (1 + ses | school)"),
        ("diagonal", "+ zerocorr(1 + Days | Subject)"),
        ("slope_only", "+ (0 + Days | Subject)"),
        ("blocks", "+ (1 + minority | school) + (0 + ses | school)"),
        # Model constructors, "Nesting": (1 | g/h) is (1 | g) + (1 | g & h)
        ("nested", "+ (1 | school/class)"),
        ("levels", "+ (1 + x_within | school & class) + (1 + z | school)"),
        ("apart", "+ zerocorr(1 + x | school & class) + zerocorr(1 + x | school)"),
        ("crossed", "+ (1 | primary) + (1 | school)"),
    ],
)
def test_random_terms(name: str, random: str) -> None:
    case = (CASES | GROUPED)[name]
    assert random in " ".join(case.script("mixedmodels.jl").split())


def test_means_are_taken_within_classes_of_a_school() -> None:
    source = GROUPED["levels"].script("mixedmodels.jl")
    assert "transform!(groupby(pupils, [:school, :class]), :x => mean => :x_mean)" in source
    assert ":school => Grouping(), :class => Grouping()" in source


def test_a_sum_that_goes_on_ends_in_a_plus() -> None:
    """Julia takes a line that could end a statement for its end."""
    for name in CASES:
        source = CASES[name].script("mixedmodels.jl")
        formula = source.split("@formula(\n")[1].split("\n    ),")[0].splitlines()
        assert all(line.endswith(" +") for line in formula[:-1]), name


def test_categories_have_our_reference() -> None:
    source = CASES["categories"].script("mixedmodels.jl")
    assert ':sex => DummyCoding(base = "M")' in source
    assert ':schgend => DummyCoding(base = "girls")' in source
    assert ":school => Grouping()" in source


def test_functions_run_row_by_row() -> None:
    source = CASES["functions"].script("mixedmodels.jl")
    assert "hsb.ses_sq = hsb.ses .^ 2" in source
    assert "hsb.log_size = log.(hsb.size)" in source


def test_what_means_need_is_loaded() -> None:
    assert "MixedModels, Statistics\n" in CASES["centred"].script("mixedmodels.jl")
    assert "Statistics" not in CASES["slope"].script("mixedmodels.jl")


@pytest.mark.parametrize("text", FORMULAS)
def test_texts_are_read_as_they_are_written(text: str) -> None:
    """CSV.jl takes "T" for true and "01" for 1 unless it is told the type of the column."""
    model = mlm.Model.from_formula(text, data=awkward())
    source = " ".join(str(model.code("mixedmodels.jl")).split())
    types = source.split("types = Dict(")[1].split("), missingstring")[0].split(", ")
    assert set(types) == {f'"{name}" => String' for name in TEXTS & set(model.variables)}
    assert ".== true" not in source
    assert source.index("CSV.read") < source.index("rename!") if "rename!" in source else True


@pytest.mark.parametrize("name", [name for name in GENERALIZED if name != "shape"])
def test_script_of_another_family(name: str, snapshot: SnapshotAssertion) -> None:
    assert GENERALIZED[name].script("mixedmodels.jl") == snapshot


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        # MixedModels.jl documentation, Model constructors: "The Binomial distribution is only used
        # when the response is the fraction of trials returning a positive, in which case the number
        # of trials must be specified as the case weights."
        (
            "trials",
            (
                "cbpp.incidence_share = cbpp.incidence ./ cbpp.size",
                "Binomial();",
                "weights = float.(cbpp.size),",
                "nAGQ = 7,",
            ),
        ),
        ("zero_one", ("Bernoulli();", "nAGQ = 1,")),
        ("event", ("Bernoulli(), ProbitLink();", "nAGQ = 11,")),
        ("cloglog", ("using GLM: CloglogLink", "Binomial(), CloglogLink();")),
        ("truth", ('.uses_True = Float64.(contraception.uses .== "True")',)),
        ("exposure", ("Poisson();", "offset = log.(grouseticks.area),")),
    ],
)
def test_distributions(name: str, parts: tuple[str, ...]) -> None:
    source = GENERALIZED[name].script("mixedmodels.jl")
    assert "REML" not in source
    for part in parts:
        assert part in source


def test_quadrature_for_one_coefficient_alone() -> None:
    source = str(GENERALIZED["zero_one"].model.code("mixedmodels.jl", points=7))
    assert "quadrature for a single U alone" in source
    assert "nAGQ = 1," in source


def test_a_dispersion_parameter_is_refused() -> None:
    """Its documentation, Limitations: no support for models with a dispersion parameter."""
    with pytest.raises(ModelError, match="dispersion parameter"):
        GENERALIZED["shape"].model.code("mixedmodels.jl")
