"""Data whose columns programs misread, and models that use each of them."""

import numpy as np
import pandas as pd

FORMULAS = (
    "y ~ reg + `x (cm)` + (1 | `my id`)",
    "y ~ tf + flag + (1 | `my id`)",
    "y ~ seen + seen:`x (cm)` + (1 | `my id`)",
    "y ~ flag * tf + (1 | big)",
    "y ~ maybe + sure + (1 | g)",
    "y ~ digits + `x (cm)` + (1 | g)",
)
TEXTS = {"reg", "tf", "flag", "seen", "maybe", "sure", "digits", "my id", "big"}
"""The columns that have to be read as they are written."""


def awkward() -> pd.DataFrame:
    """Blanks, quotes, commas, truth values, and labels that readers take for something else."""
    rng = np.random.default_rng(5)
    n, g = 450, np.arange(450) % 30
    ids = np.array([f"{k}" for k in range(27)] + ["01", "NA", 'a "q", b'], dtype=object)
    frame = pd.DataFrame(
        {
            "y": rng.normal(size=n) + rng.normal(size=30)[g],
            "my id": ids[g],
            "big": 2**60 + g,
            "g": g,
            "reg": rng.choice(["NA", "NaN", "T, x", 'say "hi"', "it's a  b"], n).astype(object),
            "tf": rng.choice(["T", "F"], n),
            "flag": rng.random(n) < 0.5,
            "seen": (rng.random(n) < 0.5).astype(object),
            "maybe": pd.array(rng.random(n) < 0.5, dtype="boolean"),
            "sure": pd.Categorical(rng.random(n) < 0.5),
            "digits": rng.choice(["1", "01", "2"], n),
            "x (cm)": rng.normal(size=n),
        }
    )
    frame["y"] += (frame["tf"] == "T") * 1.0 + frame["flag"] * 0.7 + (frame["digits"] == "01") * 0.5
    for column, rows in {"reg": 8, "my id": 5, "seen": 4, "x (cm)": 3, "maybe": 6}.items():
        frame.loc[rng.choice(n, rows, replace=False), column] = None
    return frame
