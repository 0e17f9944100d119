"""How the exercises did: difficulty, discrimination, and the mistakes that were made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mlmteach.grade.homework import Homework
from mlmteach.grade.record import Record

__all__ = ["Item", "analyse"]


@dataclass(frozen=True)
class Item:
    """What the marks say about one exercise.

    Parameters
    ----------
    id, title : str
    difficulty : float
        The mean share of its points that was earned, from 0 to 1: high is easy.
    discrimination : float or None
        The correlation of its points with the points of all other exercises; None where one of
        the two does not vary.
    mistakes : tuple of (str, int)
        Messages of the usual mistakes and how often each was made, most common first.
    """

    id: str
    title: str
    difficulty: float
    discrimination: float | None
    mistakes: tuple[tuple[str, int], ...]


def analyse(homework: Homework, records: dict[str, Record]) -> list[Item]:
    """Analyse each exercise over all students who handed something in.

    Parameters
    ----------
    homework : Homework
    records : dict of str to Record

    Returns
    -------
    list of Item
        Exercises without points are left out.

    References
    ----------
    Crocker & Algina (1986), *Introduction to Classical and Modern Test Theory*, chapter 14.
    """
    used = [record for record in records.values() if record.status != "nothing handed in"]
    items = []
    for position, exercise in enumerate(homework.exercises):
        if not exercise.points or not used:
            continue
        marks = [record.marks[position] for record in used]
        own = np.array([mark.points for mark in marks])
        rest = np.array([sum(m.points for m in record.marks) for record in used]) - own
        varies = len(used) > 2 and own.std() > 0 and rest.std() > 0
        counted = Counter(mark.mistake for mark in marks if mark.mistake)
        items.append(
            Item(
                exercise.id,
                exercise.title,
                float(own.mean() / exercise.points),
                float(np.corrcoef(own, rest)[0, 1]) if varies else None,
                tuple(counted.most_common()),
            )
        )
    return items
