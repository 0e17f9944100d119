"""From the facts on U, V, τ, φ and σ² to their sentences."""

from __future__ import annotations

from dataclasses import dataclass

from mlmteach.interpret.gamma_facts import Located
from mlmteach.interpret.interpretation import Told, told
from mlmteach.interpret.nouns import Nouns
from mlmteach.interpret.random_facts import (
    CovarianceFacts,
    EffectFacts,
    ResidualFacts,
    Stratum,
    VarianceFacts,
)
from mlmteach.interpret.words import Words
from mlmteach.model.places import Spot
from mlmteach.numbers import normal_width

__all__ = ["RandomText"]

_MOST_NAMES = 3


@dataclass(frozen=True)
class RandomText:
    """Short and full texts on the random part.

    Attributes
    ----------
    nouns : Nouns
    level : float
        Of the intervals.
    residual_symbol : str
        How σ² is written.
    intercepts : tuple of str
        Where there are two groupings, how the variances of the intercepts are written.
    """

    nouns: Nouns
    level: float
    residual_symbol: str = "σ²"
    intercepts: tuple[str, ...] = ()

    @property
    def words(self) -> Words:
        """The language."""
        return self.nouns.words

    @property
    def peers(self) -> dict[str, str]:
        """Say "classes of the same school" of groups that lie within others; else nothing."""
        if self.nouns.design != "nested" or self.words.level != 2:
            return {}
        keys = {"groups": "peers", "groups_dative": "peers_dative", "inside": "peers_inside"}
        return {gap: self.words.say(key) for gap, key in keys.items()}

    # U ---------------------------------------------------------------------------------------

    def effect_short(self, facts: EffectFacts) -> str:
        """Say what U_qj is, as briefly as a slide does."""
        topic = self.nouns.change(facts.factors)
        return self.words.brief("short_effect", topic=topic, **self._outcome())

    def effect(self, facts: EffectFacts, symbol: str) -> Told:
        """Say what U_qj is, and which groups stand out."""
        words = self.words
        gaps = {"symbol": symbol, "whom": self.whom(facts), **self._outcome(), **self.peers}
        gaps["topic"] = self.nouns.change(facts.factors)
        if facts.predictors:
            bases = [m.base for m in facts.predictors]
            gaps["predictors"] = words.list(dict.fromkeys(map(self.nouns.definite, bases)))
            gaps["alike"] = words.list(dict.fromkeys(map(self.nouns.alike, bases)))
        key = "effect" if not facts.factors else "effect_slope"
        if facts.predictors:
            key += "_left"
        elif not facts.coefficient.gammas and not facts.elsewhere:
            key += "_zero"
        shown = not facts.boundary and facts.lowest and facts.highest
        return told(
            words.sentence(key, **gaps),
            cautions=[words.sentence("effect_boundary")] if facts.boundary else [],
            more=[self._range(facts), self._clear(facts)] if shown else [],
            remarks=[words.sentence("effect_predicted", **gaps)],
        )

    def whom(self, facts: EffectFacts) -> str:
        """Say ", for students with an SES of 0, alike in sex"."""
        words, nouns = self.words, self.nouns
        text = ""
        if facts.conditions or facts.alike:
            key = "whom_alike" if not facts.conditions else "whom_both" if facts.alike else "whom"
            text = words.say(
                key,
                plural=nouns.such(facts.conditions, units=bool(facts.alike)),
                dative=nouns.such(facts.conditions, dative=True, units=bool(facts.alike)),
                names=words.list(map(nouns.known, facts.alike)) if facts.alike else "",
                alike=words.list(map(nouns.alike_in, facts.alike)) if facts.alike else "",
            )
        if nouns.design == "crossed":
            text += words.say("whom_crossed_too" if text else "whom_crossed")
        return text

    def _range(self, facts: EffectFacts) -> str:
        assert facts.lowest
        assert facts.highest
        return self.words.sentence(
            "effect_range",
            lowest=self.words.estimate(facts.lowest.value, facts.se),
            highest=self.words.estimate(facts.highest.value, facts.se),
            lowest_group=facts.lowest.label,
            highest_group=facts.highest.label,
        )

    def _clear(self, facts: EffectFacts) -> str:
        words = self.words
        gaps = {
            "level": words.grammar.number(f"{100 * self.level:g}"),
            "groups_count": words.value(facts.groups or 0),
            "count": words.value(len(facts.clear)),
        }
        if not facts.clear:
            return words.sentence("effect_none_clear", **gaps)
        strongest = sorted(facts.clear, key=lambda e: -abs(e.value))[:_MOST_NAMES]
        names = words.list(
            words.say(
                "group_with_noun" if self.peers else "group_with",
                label=e.label,
                number=words.estimate(e.value, facts.se),
            )
            for e in strongest
        )
        if len(facts.clear) == 1:
            return words.sentence("effect_one_clear", names=names, **gaps)
        key = "effect_clear" if len(facts.clear) <= _MOST_NAMES else "effect_clear_most"
        return words.sentence(key, names=names, **gaps)

    # τ² --------------------------------------------------------------------------------------

    def variance_short(self, facts: VarianceFacts) -> str:
        """Say what τ_q² is, as briefly as a slide does."""
        names = self.words.list(map(self.nouns.named, facts.given)) if facts.given else ""
        gaps = {"topic": self.nouns.change(facts.factors), "names": names, **self._outcome()}
        if self.peers:
            kind = "_left" if facts.predictors else "_given" if facts.given else ""
            return self.words.brief(f"short_variance_nested{kind}", **gaps, **self.peers)
        key = "short_variance" if not facts.factors else "short_variance_slope"
        key += "_left" if facts.predictors else ""
        key += "_given" if facts.given else ""
        return self.words.brief(key, **gaps)

    def variance(self, facts: VarianceFacts, symbol: str) -> Told:
        """Say what τ_q² is, in the range that it stands for and the share that it is."""
        words, nouns = self.words, self.nouns
        gaps = {
            "symbol": symbol,
            "topic": self.nouns.change(facts.factors),
            "where": self._where(facts),
            "units_at": self._units_at(facts),
            "inside": "",
            **self._outcome(),
            **self.peers,
        }
        key = "variance" if not facts.factors else "variance_slope"
        key += "_left" if facts.predictors else ""
        holds, origin = self._holds(facts), self._origin(facts)
        if facts.variance is None:
            share = ""
            if not facts.factors and not nouns.design:
                residual = "icc_residual_symbol" if facts.residual else "icc_symbol"
                share = words.sentence(residual, symbol=symbol, residual=self.residual_symbol)
            more = [share]
            if not facts.factors and not holds and len(self.intercepts) == 2:
                more = self._shares_symbol(facts, symbol)
            lead = words.sentence(f"{key}_symbol", **gaps)
            return told(f"{lead} {holds}".strip(), cautions=origin, more=more)
        if facts.boundary:
            alone = not facts.factors and not facts.conditions
            note = words.sentence("boundary_note" if alone else "boundary_note_of_several", **gaps)
            lead = words.sentence(f"{key}_boundary", **gaps)
            return told(f"{lead} {holds}".strip(), cautions=[note, *origin])
        assert facts.lower is not None
        assert facts.upper is not None
        sd = facts.variance**0.5
        gaps |= {
            "variance": words.estimate(facts.variance),
            "sd": nouns.spread(sd),
        }
        gaps["lower"], gaps["upper"] = nouns.limits(
            facts.lower, facts.upper, sd, level=not facts.factors
        )
        lead = words.sentence(f"{key}_estimate", **gaps)
        more = []
        if facts.icc is not None and nouns.design:
            more += self._shares(facts, facts.icc, there=bool(holds))
        elif facts.icc is not None:
            icc = "icc_residual" if facts.residual else "icc"
            icc = "icc_there" if holds else icc
            icc = "icc_averaged" if facts.averaged else icc
            gaps |= {
                "share": words.percent(facts.icc),
                "correlation": words.grammar.number(f"{facts.icc:.2f}"),
            }
            more.append(words.sentence(icc, **gaps))
        if not facts.elsewhere:
            more.append(self._ranges(facts, gaps))
        if facts.beyond:
            more.append(words.sentence(f"beyond_{nouns.kind}", definite=nouns.outcome.definite))
        if facts.empty:
            more.append(words.sentence("case_empty"))
        if facts.negative is not None:
            more.append(words.sentence("negative", share=words.percent(facts.negative), **gaps))
        return told(f"{lead} {holds}".strip(), cautions=origin, more=more)

    def _shares(self, facts: VarianceFacts, share: float, *, there: bool) -> list[str]:
        """Say which share of the variance lies between groups, and which correlation that is."""
        words, nested = self.words, self.nouns.design == "nested"
        assert facts.correlation is not None
        lead = "icc_lead_there" if there else "icc_lead"
        text = self.share_of_level(
            share,
            facts.correlation,
            lead=words.say("icc_lead_averaged" if facts.averaged else lead),
            of_what=self._of_what(residual=facts.residual),
            name=words.say("icc_name_residual" if facts.residual else "icc_name"),
            averaged=facts.averaged,
        )
        if facts.both is None or words.level == 2 or nested:
            return [text]
        return [text, words.sentence("icc_both", both=words.correlation(facts.both))]

    def share_of_level(
        self,
        share: float,
        correlation: float,
        *,
        lead: str,
        of_what: str,
        name: str,
        averaged: bool = False,
    ) -> str:
        """Say which share of a variance lies between the groups of one level of two."""
        key = "icc_within" if self.peers else "icc_apart"
        return self.words.sentence(
            f"{key}{'_averaged' * averaged}",
            lead=lead,
            of_what=of_what,
            name=name,
            upper=self.words.percent(correlation - share),
            share=self.words.percent(share),
            correlation=self.words.correlation(correlation),
        )

    def _shares_symbol(self, facts: VarianceFacts, symbol: str) -> list[str]:
        """Write which shares of the variance are which correlations."""
        of_what = self._of_what(residual=facts.residual).rstrip(",")
        name = self.words.say("icc_name_residual" if facts.residual else "icc_name")
        texts = [self.share_in_symbols(symbol, of_what=of_what, name=name)]
        if self.nouns.design == "crossed" and self.words.level == 3:
            texts.append(self.words.sentence("icc_both_symbol", **self._sums()))
        return texts

    def share_in_symbols(self, symbol: str, *, of_what: str, name: str) -> str:
        """Write which share of a variance lies between the groups of one level of two."""
        key = f"icc_{'within' if self.peers else 'apart'}_symbol"
        gaps = {"symbol": symbol, "of_what": of_what, "name": name, **self._sums()}
        return self.words.sentence(key, **gaps)

    def _sums(self) -> dict[str, str]:
        """Write the variance of both levels, and that of all three."""
        both = " + ".join(self.intercepts)
        return {"both": both, "all": f"{both} + {self.residual_symbol}"}

    def _of_what(self, *, residual: bool) -> str:
        """Say of which variance a share is."""
        key = "icc_of_residual" if residual else "icc_of_outcome"
        return self.words.say(key, of_outcome=self.nouns.outcome.of)

    def _ranges(self, facts: VarianceFacts, gaps: dict[str, str]) -> str:
        """Say between which limits 95 % of the groups lie, and in which group of the other kind."""
        words, nouns = self.words, self.nouns
        slope = "_slope" if facts.factors else ""
        if not nouns.design:
            return words.sentence(f"range{slope}", **gaps)
        own = facts.coefficient.level
        rest = [at for at in facts.where if at.meaning.level != own]
        if nouns.design == "nested" and own == 3:
            categories, values = nouns.placed(rest)
            gaps = gaps | {"rest": ""}
            if rest:
                unit = words.book.level2
                such = nouns.plural2(categories, values, 2)
                preposition = words.grammar.among(unit)
                gaps["rest"] = words.say("range_rest", preposition=preposition, such=such)
            return words.sentence(f"range{slope}_upper", **gaps)
        inside = nouns.design == "nested"
        gaps = gaps | {"typical": nouns.typical(rest, 5 - own, inside=inside)}
        text = words.sentence(f"range{slope}_typical", **gaps)
        if facts.every_lower is not None and facts.every_upper is not None:
            sd = (facts.every_upper - facts.every_lower) / (2 * normal_width())
            lower, upper = nouns.limits(
                facts.every_lower, facts.every_upper, sd, level=not facts.factors
            )
            text += " " + words.sentence(
                "range_every_such" if facts.where else "range_every", lower=lower, upper=upper
            )
        return text

    def _holds(self, facts: VarianceFacts) -> str:
        """Say where a variance holds, when other coefficients differ between groups too."""
        if not facts.conditions:
            return ""
        plural = self.nouns.such(facts.conditions)
        dative = self.nouns.such(facts.conditions, dative=True)
        return self.words.sentence("variance_origin", plural=plural, dative=dative)

    def _origin(self, facts: VarianceFacts) -> list[str]:
        """Say that the data have no such place, and how large the variance is at the mean."""
        nouns = self.nouns
        texts = nouns.outside(facts.outside)
        if facts.mean_sd is not None:
            places = self.words.list(map(nouns.mean, facts.at_mean))
            sd = nouns.spread(facts.mean_sd, nominative=True)
            texts.append(self.words.sentence("variance_at_mean", places=places, sd=sd))
        return texts

    def _units_at(self, facts: VarianceFacts) -> str:
        """Say for which units a slope lies in its range: ", for students not of a minority"."""
        if not facts.units:
            return ""
        plural = self.nouns.many(facts.units, 1)
        dative = self.nouns.many(facts.units, 1, dative=True)
        return self.words.say("whom", plural=plural, dative=dative)

    def _where(self, facts: VarianceFacts) -> str:
        """Say for which groups the range holds: "of the public schools with 1,098 students"."""
        if not facts.predictors:
            return self.words.say("where", plural=self.words.unit.plural)
        own = [at for at in facts.where if at.meaning.level == facts.coefficient.level]
        categories, values = self.nouns.placed(own)
        return self.words.say("where", plural=self.nouns.plural2(categories, values))

    # τ_qr --------------------------------------------------------------------------------------

    def covariance_short(self, facts: CovarianceFacts) -> str:
        """Say what τ_qr is, as briefly as a slide does."""
        return self.words.brief(
            "short_covariance",
            first=self.nouns.coefficient(facts.first_factors),
            second=self.nouns.coefficient(facts.second_factors),
        )

    def covariance(self, facts: CovarianceFacts, symbol: str) -> Told:
        """Say how intercepts and slopes go together, where the lines fan, and what it hangs on."""
        words, nouns = self.words, self.nouns
        gaps = {
            "symbol": symbol,
            "first": nouns.coefficient(facts.first_factors),
            "second": nouns.coefficient(facts.second_factors),
            **self.peers,
        }
        cautions, more = [], []
        if facts.covariance is None:
            lead = words.sentence("covariance_symbol", **gaps)
        elif facts.correlation is None:
            lead = words.sentence("covariance_boundary", **gaps)
        else:
            gaps |= {
                "covariance": words.estimate(facts.covariance),
                "correlation": words.correlation(facts.correlation),
            }
            kind = "positive" if facts.correlation > 0 else "negative"
            kind = f"perfect_{kind}" if facts.boundary else kind
            kind = "zero" if abs(facts.correlation) < 0.1 else kind
            lead = words.sentence(f"covariance_{kind}", **gaps)
            if facts.boundary:
                cautions.append(words.sentence("correlation_boundary"))
            elif facts.conditions:
                plural = nouns.such(facts.conditions)
                dative = nouns.such(facts.conditions, dative=True)
                place = words.sentence("correlation_origin", plural=plural, dative=dative)
                lead = f"{lead} {place}"
        if facts.fan and facts.narrowest is not None:
            more.append(self._fan(facts, facts.narrowest))
        if not facts.first_factors and len(facts.second_factors) == 1:
            (own,) = facts.second_factors
            if own.category is None:
                key = "origin_perfect" if facts.boundary and facts.correlation else "origin"
                more.append(words.sentence(key, symbol=symbol, of=nouns.of_variable(own)))
            if facts.centred is not None and own.spread is not None:
                spot = Spot(own.level, own.root, own.spread.mean, "mean")
                place, number = nouns.mean(Located(own, spot)), words.correlation(facts.centred)
                cautions += nouns.outside((own,))
                cautions.append(
                    words.sentence("correlation_at_mean", place=place, correlation=number)
                )
        remarks = [words.sentence("rank_boundary")] if facts.deficient else []
        return told(lead, cautions=cautions, more=more, remarks=remarks)

    def _fan(self, facts: CovarianceFacts, narrowest: float) -> str:
        """Say where the groups' lines lie closest, and where the other predictors are there."""
        words, nouns = self.words, self.nouns
        (own,) = facts.second_factors
        within = own.form == "within"
        sd = own.spread.sd if own.spread else None
        side = "distance_below" if narrowest < 0 else "distance_above"
        number = words.value(abs(narrowest), sd)
        return words.sentence(
            f"fan_{facts.fan}" + ("_within" if within else ""),
            definite=nouns.definite(own),
            others=nouns.elsewhere(facts.others),
            at="" if within else nouns.at(own, narrowest),
            distance=words.say(side, number=number, of=nouns.of(own)),
            units=words.book.unit(own.level).plural,
            units_dative=words.book.unit(own.level).dative_plural,
            **self.peers,
        )

    # σ² ----------------------------------------------------------------------------------------

    def residual_short(self, facts: ResidualFacts) -> str:
        """Say what σ² is, as briefly as a slide does."""
        key = "short_residual_left" if facts.predictors else "short_residual"
        if self.nouns.design == "crossed":
            return self.words.brief(f"{key}_crossed", **self._outcome())
        if facts.stratum is not None:
            among = self._among(facts.stratum, facts.stratum.value)
            return self.words.brief(f"{key}_by", among=among, **self._outcome())
        if facts.by:
            variable = self.nouns.named(facts.by)
            return self.words.brief(f"{key}_each", variable=variable, **self._outcome())
        return self.words.brief(key, **self._outcome())

    def _among(self, stratum: Stratum, value: object) -> str:
        """Say among which units a variance holds: "among male students", "in public schools"."""
        variable = self.words.book.get(stratum.variable)
        level, grammar = stratum.level, self.words.grammar
        for category in variable.categories if variable is not None else ():
            if str(category.value) == str(value) or category.value == value:
                book = self.words.book
                return self.words.say(
                    f"among_{level}",
                    preposition=grammar.among(book.unit(level)),
                    plural=grammar.closed(category.plural),
                    dative=grammar.closed(category.dative_plural),
                )
        name = self.nouns.named(stratum.variable)
        return self.words.say(f"stratum_{level}", variable=name, value=str(value))

    def residual(self, facts: ResidualFacts, symbol: str) -> Told:
        """Say what σ² is, and how far units lie from their group's line."""
        words, nouns = self.words, self.nouns
        key = "residual_left" if facts.predictors else "residual"
        gaps = {"symbol": symbol, "precision": facts.precision, **self._outcome()}
        if facts.stratum is not None:
            gaps["among"] = self._among(facts.stratum, facts.stratum.value)
        elif facts.by:
            gaps["variable"] = nouns.named(facts.by)
        key += "_by" if facts.stratum is not None else "_each" if facts.by else ""
        key += "_crossed" if nouns.design == "crossed" else ""
        cautions = [words.sentence("residual_precision", **gaps)] if facts.precision else []
        if facts.variance is None:
            return told(words.sentence(f"{key}_symbol", **gaps), cautions=cautions)
        sd, definite, more = facts.variance**0.5, nouns.outcome.definite, []
        if facts.stratum is not None and facts.stratum.ratio is not None:
            reference = self._among(facts.stratum, facts.stratum.reference)
            ratio = words.estimate(facts.stratum.ratio)
            more.append(words.sentence("residual_ratio", ratio=ratio, reference=reference))
        binary = nouns.kind == "binary" and facts.stratum is None
        if binary:
            cautions.append(
                words.sentence("residual_binary_note", symbol=symbol, definite=definite)
            )
        elif facts.beyond:
            share = words.percent(facts.beyond)
            note = f"residual_{nouns.kind}_note"
            cautions.append(words.sentence(note, share=share, definite=definite))
        if facts.share is not None:
            of_what = self._of_what(residual=facts.residual)
            share = words.percent(facts.share)
            more.append(words.sentence("residual_share", share=share, of_what=of_what))
        return told(
            words.sentence(
                "residual_binary" if binary else f"{key}_estimate",
                variance=words.estimate(facts.variance),
                sd=nouns.spread(sd),
                band=nouns.amount(normal_width() * sd),
                **gaps,
            ),
            cautions=cautions,
            more=more,
        )

    # pieces ------------------------------------------------------------------------------------

    def _outcome(self) -> dict[str, str]:
        outcome, words = self.nouns.outcome, self.words
        return {
            "outcome": outcome.noun,
            "of_outcome": outcome.of,
            "outcome_units": outcome.unit.plural,
            "group_j": words.grammar.at_group(words.unit, self._letter),
            "j": self._letter,
        }

    @property
    def _letter(self) -> str:
        """The index of a group; of one within another, those of both: "j of school k"."""
        notation, words = self.words.notation, self.words
        if words.level == 3:
            return notation.third
        if self.nouns.design != "nested":
            return notation.group
        own = notation.group.removesuffix(notation.third)
        return f"{own} {words.grammar.at_group(words.other, notation.third)}"
