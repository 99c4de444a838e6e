"""What the difference between ghost and live says, in basis points of what was ordered."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import mean

from pawang.model.codec import Record
from pawang.model.order import Bound, Order, Outcome

FILL_SHARE_MIN = 0.95
GAP_MEAN_MAX_BP = 1.0
GAP_MAX_BP = 5.0
GAP_SHARE_MIN = 0.95
BRACKET_SHARE_MIN = 0.90


class Played(Record):
    """How the plan went on one side."""

    label: str
    filled: Decimal
    net_usd: Decimal
    net_bp: float  # of what was ordered, at the entry

    @classmethod
    def of(cls, order: Order, outcome: Outcome) -> "Played":
        net_bp = _bp(order, outcome.net_usd)
        return cls(
            label=outcome.label, filled=outcome.contracts, net_usd=outcome.net_usd, net_bp=net_bp
        )

    @classmethod
    def under(cls, order: Order, bound: Bound) -> "Played":
        """As one of the ghost's other models had it."""
        return cls(
            label=" ".join(bound.legs_hit) or "unfilled",
            filled=bound.contracts,
            net_usd=bound.net_usd,
            net_bp=_bp(order, bound.net_usd),
        )


def _bp(order: Order, net_usd: Decimal) -> float:
    """Of what was ordered: linear contracts of one coin each, at their limit."""
    return float(net_usd / (order.contracts * order.entry)) * 1e4


class Parity(Record):
    """One seed."""

    seed: int
    live: Played
    pessimistic: Played
    base: Played
    optimistic: Played

    @property
    def same_decision(self) -> bool:
        """Filled or not, on both sides."""
        return (self.live.filled > 0) is (self.base.filled > 0)

    @property
    def gap_bp(self) -> float:
        """Live less ghost: negative where the ghost flattered."""
        return self.live.net_bp - self.base.net_bp

    @property
    def bracketed(self) -> bool:
        models = (self.pessimistic.net_bp, self.base.net_bp, self.optimistic.net_bp)
        return min(models) <= self.live.net_bp <= max(models)


class Summary(Record):
    """Over many seeds. `both` = filled on both sides: the gaps are theirs."""

    plans: int
    filled_live: int
    filled_ghost: int
    same_decision: float
    both: int
    gap_mean_bp: float
    gap_quantiles_bp: dict[str, float]
    gap_within: float  # share of gaps of at most 5 bp
    bracketed: float
    met: bool


def summarise(found: Sequence[Parity]) -> Summary:
    """The shares and the gaps of all that was played."""
    assert found, "nothing was played"
    same = mean(one.same_decision for one in found)
    both = [one for one in found if one.live.filled > 0 and one.base.filled > 0]
    gaps = sorted(one.gap_bp for one in both)
    centre = mean(gaps) if gaps else 0.0
    within = mean(abs(gap) <= GAP_MAX_BP for gap in gaps) if gaps else 0.0
    bracketed = mean(one.bracketed for one in found)
    return Summary(
        plans=len(found),
        filled_live=sum(one.live.filled > 0 for one in found),
        filled_ghost=sum(one.base.filled > 0 for one in found),
        same_decision=same,
        both=len(both),
        gap_mean_bp=centre,
        gap_quantiles_bp={
            f"p{share}": _quantile(gaps, share / 100) for share in (1, 5, 25, 50, 75, 95, 99)
        },
        gap_within=within,
        bracketed=bracketed,
        met=same >= FILL_SHARE_MIN
        and abs(centre) <= GAP_MEAN_MAX_BP
        and within >= GAP_SHARE_MIN
        and bracketed >= BRACKET_SHARE_MIN,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank; 0 of nothing."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
