"""Text in the colours of the house can be read, and they are told apart without colour vision."""

from itertools import combinations

import numpy as np
import pytest

from mlmteach.palette import CYCLE, ROLES

COLOURS = sorted({*ROLES.values(), *CYCLE})


def linear(colour: str) -> np.ndarray:
    """Red, green and blue as amounts of light, (3,)."""
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("colour", COLOURS)
def test_contrast_on_white_is_that_of_text(colour: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


# Viénot, Brettel & Mollon (1999), Color Research & Application 24(4): what is left of light for
# an eye without the cones for long or for middle waves.
SEEN = {
    "protanopia": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deuteranopia": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}
XYZ = np.array(
    [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
)  # of linear sRGB
WHITE = XYZ.sum(axis=1)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, in which a distance of 1 is about the least that can be seen, (3,)."""
    ratio = XYZ @ np.clip(light, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", SEEN)
@pytest.mark.parametrize(
    "colours",
    [
        CYCLE[:4],
        tuple(ROLES[role] for role in ("outcome", "level1", "level2", "level3", "fixed", "random")),
    ],
    ids=["series", "roles"],
)
def test_colours_stay_apart_for_colour_blind_readers(eye: str, colours: tuple[str, ...]) -> None:
    """The first four of a series, and what stands in one equation; grey and the rest have signs."""
    seen = {colour: lab(np.array(SEEN[eye]) @ linear(colour)) for colour in colours}
    for (a, one), (b, other) in combinations(seen.items(), 2):
        assert np.linalg.norm(one - other) > 10, (a, b)
