"""PROC MIXED of SAS, by its documented syntax."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

import mlmteach as mlm
from tests.translate.awkward import FORMULAS, awkward
from tests.translate.cases import CASES, GENERALIZED, GROUPED, grouped_scripts


@pytest.mark.parametrize("name", CASES)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    assert CASES[name].script("sas") == snapshot


@pytest.mark.parametrize("name", grouped_scripts("sas"))
def test_script_with_two_groupings(name: str, snapshot: SnapshotAssertion) -> None:
    assert GROUPED[name].script("sas") == snapshot


def test_methods() -> None:
    model = CASES["slope"].model
    assert "proc mixed data=hsb method=reml covtest" in str(model.code("sas", reml=True))
    assert "proc mixed data=hsb method=ml covtest" in str(model.code("sas", reml=False))


@pytest.mark.parametrize(
    ("name", "random"),
    [
        ("null", ["random intercept / subject=school;"]),
        ("slope", ["random intercept ses / subject=school type=un;"]),
        ("diagonal", ["random intercept Days / subject=Subject type=vc;"]),
        ("slope_only", ["random Days / subject=Subject;"]),
        (
            "blocks",
            [
                "random intercept minority / subject=school type=un;",
                "random ses / subject=school;",
            ],
        ),
    ],
)
def test_random_statements(name: str, random: list[str]) -> None:
    """SAS/STAT User's Guide: TYPE=UN lets the effects correlate, TYPE=VC does not."""
    lines = [line.strip() for line in CASES[name].script("sas").splitlines()]
    assert [line for line in lines if line.startswith("random ")] == random


def test_without_an_intercept() -> None:
    assert "/ noint solution ddfm=satterthwaite;" in CASES["no_intercept"].script("sas")
    assert "noint" not in CASES["slope"].script("sas")
    assert "model mathach = / solution" in CASES["null"].script("sas")


def test_every_step_and_statement_ends() -> None:
    for name in CASES:
        source = CASES[name].script("sas")
        code = [line for line in source.splitlines() if not line.startswith("/*")]
        statements = "\n".join(code).split(";")
        assert statements[-1] == "", name
        opened = sum(s.split()[:1] in (["data"], ["proc"]) for s in statements)
        ended = sum(s.split() in (["run"], ["quit"]) for s in statements)
        assert opened == ended, name


def test_sql_reads_another_table_than_it_writes() -> None:
    for name in ("centred", "missing"):
        source = CASES[name].script("sas")
        pairs = re.findall(r"create table (\w+) as select.*?from (\w+)", source, re.DOTALL)
        assert pairs, name
        assert all(made != read for made, read in pairs)


def test_labels_that_look_like_numbers_are_spoken_of() -> None:
    """PROC IMPORT takes a column for numbers where all of its values are."""
    notes = [str(mlm.Model.from_formula(t, data=awkward()).code("sas")) for t in FORMULAS]
    assert ["/* my_id: put a letter" in note for note in notes] == [True] * 3 + [False] * 3
    assert ["/* digits: put a letter" in note for note in notes] == [False] * 5 + [True]
    assert "/* reg:" not in notes[0]
    assert "flag_True = (flag = 'True');" in notes[1]


@pytest.mark.parametrize("name", GENERALIZED)
def test_script_of_another_family(name: str, snapshot: SnapshotAssertion) -> None:
    assert GENERALIZED[name].script("sas") == snapshot


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        # SAS/STAT User's Guide, The GLIMMIX Procedure: METHOD=QUAD(QPOINTS=n); events/trials syntax
        (
            "trials",
            ("method=quad(qpoints=7)", "model incidence/size =", "dist=binomial link=logit"),
        ),
        ("zero_one", ("method=laplace", "model use(event='1') =", "dist=binary link=logit")),
        ("event", ("answer_does = (answer = 'does');", "model answer_does(event='1')")),
        # offset=, a variable; its sample program of lip cancer takes log(expCount) and ddfm=none
        ("exposure", ("log_area = log(area);", "dist=poisson link=log offset=log_area")),
        ("shape", ("dist=negbinomial link=log offset=log_area", "solution ddfm=none;")),
    ],
)
def test_glimmix(name: str, parts: tuple[str, ...]) -> None:
    source = " ".join(GENERALIZED[name].script("sas").split())
    for part in parts:
        assert part in source


def test_classes_lie_within_schools_whatever_their_numbers() -> None:
    """The MIXED Procedure, RANDOM: "SUBJECT=B(A)" has a subject for each B within each A."""
    source = GROUPED["levels"].script("sas")
    assert "  class school class;" in source
    assert "  random intercept z / subject=school type=un;" in source
    assert "  random intercept x_within / subject=class(school) type=un;" in source
    assert "group by school, class" in source
    crossed = GROUPED["crossed"].script("sas")
    assert "  random intercept / subject=primary;\n  random intercept / subject=school;" in crossed


def test_quadrature_needs_subjects_within_subjects() -> None:
    """The GLIMMIX Procedure, METHOD=QUAD: subjects of RANDOM statements must be nested."""
    model = mlm.Model("y ~ x", group="a * b", family="poisson")
    source = str(model.code("sas", points=7))
    assert "method=laplace" in source
    assert "/* There is no quadrature where groupings cross" in source
    nested = mlm.Model("y ~ x", group="a/b", family="poisson")
    assert "method=quad(qpoints=7)" in str(nested.code("sas", points=7))


def test_robust_standard_errors_are_clustered_by_the_uppermost_groups() -> None:
    """The MIXED Procedure, EMPIRICAL: subjects are those that all RANDOM statements lie within."""
    source = str(GROUPED["nested"].model.code("sas", robust="CR2"))
    assert " empirical;" in source
    assert source.index("subject=school;") < source.index("subject=class(school);")
