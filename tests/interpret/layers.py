"""Models of three levels and of crossed groupings, each with its data and one fit."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import mlmteach as mlm
from mlmteach.api import LayeredFit, Model

LANGUAGES = ("en", "de")


def _category(value: object, english: dict[str, str], german: dict[str, str]) -> dict[str, Any]:
    return {"value": value, **english, "de": german}


def _with(kind: str, english: str, german: str, value: object) -> dict[str, Any]:
    return _category(
        value,
        {
            "label": kind,
            "predicate": f"has {english}",
            "predicate_plural": f"have {english}",
            "singular": f"a class with {english}",
            "plural": f"classes with {english}",
            "within": f"in a class with {english}",
        },
        {
            "label": kind,
            "predicate": f"{german} hat",
            "predicate_plural": f"{german} haben",
            "singular": f"eine Klasse, die {german} hat",
            "plural": f"Klassen, die {german} haben",
            "dative_plural": f"Klassen, die {german} haben",
        },
    )


WORDS: Mapping[str, Any] = {
    "level1": {
        "singular": "pupil",
        "pronoun": "who",
        "de": {"singular": "Schüler", "gender": "m", "genitive": "Schülers",
               "plural": "Schüler", "dative_plural": "Schülern"},
    },
    "units": {
        "class": {"singular": "class", "plural": "classes",
                  "de": {"singular": "Klasse", "plural": "Klassen", "gender": "f"}},
        "school": {"singular": "school",
                   "de": {"singular": "Schule", "plural": "Schulen", "gender": "f",
                          "preposition": "an"}},
        "area": {"singular": "area", "preposition": "from",
                 "de": {"singular": "Stadtteil", "plural": "Stadtteile", "gender": "m",
                        "genitive": "Stadtteils", "dative_plural": "Stadtteilen",
                        "preposition": "aus"}},
    },
    "math": {"label": "mathematics score", "definite": "the mathematics score", "unit": "point",
             "de": {"label": "Mathematikleistung", "gender": "f", "unit": {"singular": "Punkt",
                    "plural": "Punkte"}, "definite": "die Mathematikleistung"}},
    "ses": {"label": "SES", "at": "with an SES of {value}",
            "per_unit": "for each additional unit of SES",
            "de": {"label": "SES", "gender": "m", "definite": "der SES",
                   "at": "mit einem SES von {value}",
                   "per_unit": "je zusätzliche Einheit des SES"}},
    "size": {"label": "school size", "unit": "pupil", "at": "with {value} pupils",
             "per_unit": "for each additional pupil of the school", "definite": "the school size",
             "de": {"label": "Schulgröße", "gender": "f", "definite": "die Schulgröße",
                    "at": "mit {value} Schülern", "unit": {"singular": "Schüler",
                    "plural": "Schüler"}, "per_unit": "je zusätzlichen Schüler der Schule"}},
    "pupils": {"label": "class size", "unit": "pupil", "at": "with {value} pupils",
               "per_unit": "for each additional pupil of the class", "definite": "the class size",
               "de": {"label": "Klassengröße", "gender": "f", "definite": "die Klassengröße",
                      "at": "mit {value} Schülern", "unit": {"singular": "Schüler",
                      "plural": "Schüler"}, "per_unit": "je zusätzlichen Schüler der Klasse"}},
    "teacher": {"label": "experience of the teacher", "definite": "the experience of the teacher",
                "categories": [_with("new", "a new teacher", "eine neue Lehrkraft", 0),
                               _with("experienced", "an experienced teacher",
                                     "eine erfahrene Lehrkraft", 1)],
                "de": {"label": "Erfahrung der Lehrkraft", "gender": "f",
                       "definite": "die Erfahrung der Lehrkraft"}},
    "girl": {"label": "sex", "categories": [
                _category(0, {"label": "boys", "singular": "a boy", "plural": "boys"},
                          {"label": "Jungen", "singular": "ein Junge", "plural": "Jungen",
                           "dative_plural": "Jungen"}),
                _category(1, {"label": "girls", "singular": "a girl", "plural": "girls"},
                          {"label": "Mädchen", "singular": "ein Mädchen", "plural": "Mädchen",
                           "dative_plural": "Mädchen"})],
             "de": {"label": "Geschlecht", "gender": "n", "genitive": "Geschlechts",
                    "definite": "das Geschlecht"}},
    "income": {"label": "income of the area", "definite": "the income of the area",
               "unit": {"singular": "thousand pounds", "plural": "thousand pounds"},
               "at": "with an income of {value}",
               "per_unit": "for each additional thousand pounds of income",
               "de": {"label": "Einkommen im Stadtteil", "gender": "n",
                      "genitive": "Einkommens im Stadtteil",
                      "at": "mit einem Einkommen von {value}",
                      "definite": "das Einkommen im Stadtteil",
                      "unit": {"singular": "Tausender", "plural": "Tausender"},
                      "per_unit": "je zusätzlichen Tausender Einkommen"}},
}  # fmt: skip


def _words(frame: pd.DataFrame) -> dict[str, Any]:
    whole = {"level1", "units"}
    return {key: entry for key, entry in WORDS.items() if key in whole or key in frame}


@cache
def classes() -> pd.DataFrame:
    """Pupils in classes that are counted within their schools, with predictors of each level."""
    rng = np.random.default_rng(3)
    rows = []
    for school in range(1, 31):
        size, v = int(rng.integers(200, 900)), rng.normal(0.0, (2.0, 0.6))
        for number in range(1, int(rng.integers(3, 7))):
            pupils, teacher = int(rng.integers(15, 30)), int(rng.random() < 0.5)
            u = rng.normal(0.0, (1.5, 0.7))
            for _ in range(int(rng.integers(8, 16))):
                ses, girl = rng.normal(0.15 * v[0]), int(rng.random() < 0.5)
                mean = 50.0 + v[0] + u[0] + 0.004 * size - 0.1 * pupils + 1.2 * teacher - girl
                slope = 2.0 + v[1] + u[1] - 0.06 * (pupils - 22) + 0.001 * (size - 500)
                math = mean + slope * ses + rng.normal(0.0, 4.0)
                rows.append((school, number, size, pupils, teacher, ses, girl, math))
    names = ["school", "class", "size", "pupils", "teacher", "ses", "girl", "math"]
    return pd.DataFrame(rows, columns=names)


@cache
def areas() -> pd.DataFrame:
    """Pupils of a school and of an area, which are crossed."""
    rng = np.random.default_rng(5)
    n, schools, places = 900, 25, 40
    school, area = rng.integers(schools, size=n), rng.integers(places, size=n)
    size, income = rng.integers(200, 900, schools), rng.normal(30.0, 5.0, places).round(1)
    u, v = rng.normal(0.0, 2.0, schools), rng.normal(0.0, 1.2, places)
    ses = rng.normal(size=n)
    math = 40.0 + u[school] + v[area] + 0.005 * size[school] + 0.2 * income[area]
    math += (2.0 + rng.normal(0.0, 0.7, schools)[school]) * ses + rng.normal(0.0, 3.0, n)
    return pd.DataFrame(
        {"school": school + 1, "area": area + 1, "size": size[school], "income": income[area],
         "ses": ses, "math": math}
    )  # fmt: skip


def _of_classes(level2: dict[str, str], level3: dict[str, str], formula: str) -> Model:
    frame = classes()
    return Model(
        formula, group="school/class", level2=level2, level3=level3, codebook=_words(frame)
    )


MODELS: Mapping[str, tuple[Any, Any]] = {
    "casks": (lambda: Model("strength ~ 1", group="batch/cask"), lambda: mlm.load("pastes")),
    "plates": (lambda: Model("diameter ~ 1", group="plate * sample"),
               lambda: mlm.load("penicillin")),
    "classes": (
        lambda: _of_classes(
            {"intercept": "pupils + teacher + U", "ses": "pupils + U"},
            {"intercept": "size + V", "ses": "size + V"},
            "math ~ ses + girl",
        ),
        classes,
    ),
    "teachers": (
        lambda: _of_classes(
            {"intercept": "teacher + U"}, {"intercept": "1 + V", "teacher": "size + V"},
            "math ~ ses",
        ),
        classes,
    ),
    "areas": (
        lambda: Model(
            "math ~ ses", group="school * area", codebook=_words(areas()),
            level2={"intercept": "size + U", "ses": "size + U"},
            level3={"intercept": "income + V"},
        ),
        areas,
    ),
    "growth": (
        lambda: Model(
            "math ~ year", group="schoolid/childid",
            level2={"intercept": "female + U", "year": "U"},
            level3={"intercept": "lowinc + V", "year": "V"},
        ),
        lambda: mlm.load("egsingle"),
    ),
}  # fmt: skip


@cache
def layered(name: str) -> LayeredFit:
    """Fit one of the models, once."""
    model, data = MODELS[name]
    fit = model().fit(data())
    assert isinstance(fit, LayeredFit)
    return fit
