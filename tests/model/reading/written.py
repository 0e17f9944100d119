"""Models, and their equations as they should be written."""

import pandas as pd

import mlmteach as mlm
from mlmteach import Model
from mlmteach.model.estimates import Estimates

COVARIATES = "mathach ~ ses + minority + female"
LEVEL2 = {"intercept": "size + sector + U", "ses": "size + U"}
BOOK = mlm.load("hsb").attrs["codebook"]
CROSS = Model(COVARIATES, group="school", level2=LEVEL2, codebook=BOOK)
LINE1 = "mathach_ij = β_0j + β_1j SES_ij + β_2j minority_ij + β_3j female_ij + ε_ij"
LINES2 = """β_0j = γ_00 + γ_01 size_j + γ_02 sector_j + U_0j
β_1j = γ_10 + γ_11 size_j + U_1j
β_2j = γ_20
β_3j = γ_30"""
FULL = (
    "mathach_ij = γ_00 + γ_01 size_j + γ_02 sector_j + γ_10 SES_ij + γ_11 size_j*SES_ij "
    "+ γ_20 minority_ij + γ_30 female_ij + U_0j + U_1j SES_ij + ε_ij"
)
ESTIMATES = Estimates(
    params=pd.Series(
        {"Intercept": 11.43, "size": 0.00041, "sector": 2.4, "SES": 0, "ses": 2.1,
         "size:ses": -0.32, "minority": -2.9, "female": -1.2}
    ),
    cov_re=pd.DataFrame([[2.0, 0.1], [0.1, 0.3]], ["Intercept", "ses"], ["Intercept", "ses"]),
    scale=36.1,
)  # fmt: skip
THREE = Model(
    "math ~ year",
    group="school/child",
    level2={"intercept": "female + U", "year": "female + U"},
    level3={"intercept": "size + V", "year": "size + V", "female": "V"},
)
LINES3 = """math_ijk = β_0jk + β_1jk year_ijk + ε_ijk
β_0jk = δ_00k + δ_01k female_jk + U_0jk
β_1jk = δ_10k + δ_11k female_jk + U_1jk
δ_00k = γ_000 + γ_001 size_k + V_00k
δ_01k = γ_010 + V_01k
δ_10k = γ_100 + γ_101 size_k + V_10k
δ_11k = γ_110"""
FULL3 = (
    "math_ijk = γ_000 + γ_001 size_k + γ_010 female_jk + γ_100 year_ijk + γ_101 size_k*year_ijk "
    "+ γ_110 female_jk*year_ijk + V_00k + V_01k female_jk + V_10k year_ijk + U_0jk "
    "+ U_1jk year_ijk + ε_ijk"
)
BOTH = Model(
    "attain ~ verbal",
    group="primary * second",
    level2={"intercept": "churchp + U", "verbal": "U"},
    level3={"intercept": "size + V", "verbal": "size + V"},
)
ROWS = """attain_i(jk) = β_0jk + β_1jk verbal_i(jk) + ε_i(jk)
β_0jk = γ_00 + γ_01 churchp_j + γ_02 size_k + U_0j + V_0k
β_1jk = γ_10 + γ_11 size_k + U_1j + V_1k"""


def kinds(text: str, model: Model = CROSS, **options: object) -> list[str]:
    return [difference.kind for difference in mlm.check_equations(text, model, **options)]
