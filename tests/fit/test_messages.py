"""What a fit says in words."""

import numpy as np
import pytest

from mlmteach.errors import SingularFitWarning
from mlmteach.fit.engines import scale_messages, singular_messages
from mlmteach.fit.moments import cross_products
from tests.fit.handmade import design, fit_handmade

NAMES = ["Intercept", "ses", "female"]


def test_no_message_without_need():
    assert singular_messages(np.eye(3), NAMES) == ()


def test_zero_variances_are_named():
    first, second = singular_messages(np.diag([1.0, 0.0, 0.0]), NAMES)
    assert first.startswith("The variance of the random slope of ses is estimated as zero")
    assert second.startswith("The variance of the random slope of female is estimated as zero")


@pytest.mark.parametrize(("sign", "text"), [(1.0, "as 1:"), (-1.0, "as -1:")])
def test_perfect_correlations_are_named(sign, text):
    t = np.diag([4.0, 1.0, 1.0])
    t[0, 1] = t[1, 0] = 2.0 * sign
    (message,) = singular_messages(t, NAMES)
    assert "between the random intercept and the random slope of ses" in message
    assert text in message


def test_a_rank_without_a_perfect_correlation():
    v = np.array([[1.0, 0.5], [0.3, 1.0], [1.0, -0.4]])
    (message,) = singular_messages(v @ v.T, NAMES)
    assert message.startswith("T is estimated with rank 2 instead of 3")


def test_units():
    rng = np.random.default_rng(0)
    n = 60
    columns = {
        "Intercept": 1.0,
        "income": rng.normal(3e6, 2e6, n),
        "year": rng.normal(0.0, 1.0, n) + 1e6,
        "ses": rng.normal(size=n),
    }
    d = design(rng.normal(size=n), columns, {"Intercept": 1.0}, np.arange(n) % 7)
    messages = scale_messages(cross_products(d).scaling, d.x_names, d.z_names)
    assert len(messages) == 2
    assert "'income'" in messages[0]
    assert "Divide it by 1e6 " in messages[0]
    assert "'year'" in messages[1]
    assert "Subtract 1e+06" in messages[1]


def test_a_warning_points_to_the_line_of_the_user():
    import mlmteach as mlm

    model = mlm.Model("Yield ~ 1", group="Batch")
    with pytest.warns(SingularFitWarning) as caught:
        model.fit(mlm.load("dyestuff2"))
    assert caught[0].filename == __file__


def test_messages_are_kept_with_the_fit():
    rng = np.random.default_rng(2)
    codes = np.arange(40) % 8
    y = rng.normal(size=40)
    y -= np.bincount(codes, y)[codes] / 5  # the groups' means are equal
    with pytest.warns(SingularFitWarning):
        fit = fit_handmade(design(y, {"Intercept": 1.0}, {"Intercept": 1.0}, codes))
    assert fit.singular
    assert fit.messages[0] in fit.summary().text
    assert fit.messages[0] in fit.summary().markdown
