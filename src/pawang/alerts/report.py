"""The weekly report in words: what stands under the picture, and the pages after it (row L2).

Short lines for a phone. What nobody measured is said to be so; a number without its n is not told.
"""

from collections.abc import Callable, Iterator

from pawang.alerts.answers import SAID, shown
from pawang.alerts.text import MINUS, local, signed_amount
from pawang.alerts.words import say
from pawang.model.kpi import Interval, Kpi
from pawang.model.report import (
    DayReport,
    GateWorth,
    RateBar,
    Report,
    ReportScene,
    SetupRate,
    SideBySide,
    Tally,
)

CAPTION_MAX = 1024  # UTF-16 units under a picture
TEXT_MAX = 4096
ENDED_MAX = 12  # plans of a day told one by one
SETUPS_MAX = 12
BARS_MAX = 4  # setups in the picture, beside TP1 and TP2


class Teller:
    """A report in one language."""

    def __init__(self, report: Report, language: str) -> None:
        self._report = report
        self._language = language

    def _say(self, key: str, **values: object) -> str:
        return say(self._language, key, **values)

    # Under the picture.

    def caption(self) -> str:
        """The promises and what is new; the rest is in `pages`."""
        report = self._report
        shadow = report.week["shadow"]
        lines = [
            self.title(),
            self._say("report_week", sent=shadow.sent, filled=shadow.filled, net=_r(shadow.net_r)),
            *(self._target(name) for name in ("tp1_30d", "tp2_30d")),
            self._net("shadow"),
        ]
        lines += [self._net(book) for book in ("ghost", "live") if report.kpi("filled", book).n]
        lines += [self.gap(), self.calibration(), *map(self._rated, report.rated)]
        lines += [self._delivery()]
        return "\n".join(lines)

    def title(self) -> str:
        report = self._report
        first, last = (
            f"{local(ts, report.timezone):%d.%m.}" for ts in (report.ts_from, report.ts_to - 1)
        )
        if not report.name:
            return self._say("report_title_now", since=first, until=last)
        return self._say("report_title", week=report.name[-2:], since=first, until=last)

    def _target(self, name: str) -> str:
        """TP1 or TP2 of every plan sent, against each plan's own chance by luck."""
        kpi = self._report.kpi(name, "shadow")
        label = self._say(f"kpi_{name}")
        if kpi.value is None:
            return self._unknown(label)
        luck = self._say("report_luck", null=f"{kpi.null:.0%}", e=f"{kpi.e_value:.3g}")
        verdict = self._say(SAID[kpi.verdict])
        return f"{label} {shown(kpi)}{_span(kpi)} n={kpi.n} · {luck} · {verdict}"

    def _net(self, book: str) -> str:
        kpi, slope = (self._report.kpi(name, book) for name in ("net_per_100", "net_slope"))
        label = f"{self._say('kpi_net_per_100')} ({self._say(f'book_{book}')})"
        if kpi.value is None:
            return self._unknown(label)
        verdict = self._say(SAID[kpi.verdict])
        rising = "" if slope.value is None else f" · {shown(slope)}{self._say('report_a_week')}"
        return f"{label} {shown(kpi)}{_span(kpi)} n={kpi.n}{rising} · {verdict}"

    def gap(self) -> str:
        kpi, label = self._report.kpi("ghost_live_gap"), self._say("report_gap")
        if kpi.value is None:
            return self._unknown(label)
        return f"{label} {shown(kpi)}{_span(kpi)} n={kpi.n}"

    def calibration(self) -> str:
        found = self._report.calibration
        if found is None:
            return self._unknown(self._say("report_calibration"))
        verdict = self._say("report_crooked" if found.crooked else "report_straight")
        values = {"ece": f"{found.ece:.1%}", "luck": f"{found.ece_null_95:.1%}", "n": found.n}
        return self._say("report_ece", verdict=verdict, **values)

    def _rated(self, sides: SideBySide) -> str:
        kind = self._say(f"report_rated_{sides.kind}")
        return self._say(
            "report_rated", kind=kind, rated=_of(sides.rated), unrated=_of(sides.unrated)
        )

    def _delivery(self) -> str:
        report = self._report
        lag, rated, click = (
            report.kpi(name)
            for name in ("delivery_lag_p95", "feedback_coverage", "latency_to_click_p50")
        )
        values = {"lag": self._or_unknown(lag), "rated": self._or_unknown(rated)}
        return self._say("report_delivery", click=self._or_unknown(click), **values)

    def _or_unknown(self, kpi: Kpi) -> str:
        if kpi.value is None and kpi.verdict != "MISSED":
            return self._say("kpi_unknown")
        return f"{shown(kpi)} (n={kpi.n})"

    def _unknown(self, label: str) -> str:
        return f"{label}: {self._say('kpi_unknown')}"

    # After the picture.

    def pages(self) -> str:
        """Everything that a caption cannot hold."""
        parts = (
            (self._say("report_books"), self._books()),
            (self._say("report_setups"), self._setups()),
            (self._say("report_gates"), self._gates()),
            (self._say("report_choices"), self._choices()),
            (self._say("report_sizings"), self._sizings()),
            (self._say("report_curve"), self._bins()),
            (self._say("report_messages"), self._messages()),
        )
        lines = [self.title()]
        for heading, said in parts:
            lines += ["", heading, *(list(said) or [f"· {self._say('kpi_unknown')}"])]
        return "\n".join(lines)

    def _books(self) -> Iterator[str]:
        for book, week in self._report.week.items():
            yield f"· {tally_line(week, book, self._language)}"
            sent, slope = (
                self._report.kpi(name, book) for name in ("net_per_100_sent", "net_slope")
            )
            if sent.value is not None:
                values = {
                    "sent": shown(sent),
                    "n": sent.n,
                    "slope": f"{shown(slope)}{_span(slope)}",
                }
                yield f"  {self._say('report_per_100', **values)}"

    def _setups(self) -> Iterator[str]:
        table = self._report.setups["shadow"]
        for one in table.shown[:SETUPS_MAX]:
            yield (
                f"· {self.setup(one)} {one.hits}/{one.n} {one.rate:.0%}{_around(one.interval)}"
                + (f" → {one.shrunk:.0%}")
            )
        rest = len(table.shown) - SETUPS_MAX
        if table.hidden or rest > 0:
            yield f"· {self._say('report_hidden', kinds=table.hidden, plans=table.hidden_plans)}"

    def setup(self, one: SetupRate) -> str:
        words = [one.coin, self._say(f"setup_{one.setup.replace(' ', '_')}")]
        if one.regime:
            words.append(self._say(f"regime_{one.regime}"))
        return " ".join(words)

    def _gates(self) -> Iterator[str]:
        for one in sorted(self._report.gates, key=lambda gate: -gate.n):
            yield f"· {one.code} {one.week}/{one.n}{self._worth(one)}"

    def _worth(self, one: GateWorth) -> str:
        if one.saved_r is None:
            return ""
        key = "report_saved" if one.saved_r >= 0 else "report_cost"
        return f" · {self._say(key, r=f'{abs(one.saved_r):.1f}', n=one.filled)}"

    def _choices(self) -> Iterator[str]:
        for one in self._report.choices:
            if one.mean_r is not None:
                name = self._say(f"choice_{one.name}")
                mean = f"{_r(one.mean_r, 2)}R{_around(one.interval, _signed)}"
                yield f"· {name}: n={one.n} · {_r(one.net_r)}R · ø {mean}"

    def _sizings(self) -> Iterator[str]:
        for one in self._report.sizings:
            name = self._say("sizing_in_force") if one.name == "in force" else one.name
            drawdown = self._say("report_drawdown", pct=f"{one.drawdown_pct:.1f}")
            yield f"· {name}: {_r(one.net_pct)}% · {drawdown} · n={one.n}"

    def _bins(self) -> Iterator[str]:
        found = self._report.calibration
        if found is None:
            return
        for one in found.bins:
            rate = f"{one.rate:.0%}{_around(one.interval)}"
            yield f"· {one.forecast:.0%} → {rate} n={one.n}"
        skill = "–" if found.skill_base_rate is None else _r(found.skill_base_rate, 3)
        values = {"slope": f"{found.slope:.2f}", "intercept": _r(found.intercept, 2)}
        yield f"· {self._say('report_skill', skill=skill, **values)}"

    def _messages(self) -> Iterator[str]:
        report = self._report
        told = ", ".join(f"{state} {n}" for state, n in report.deliveries.items())
        if told:
            yield f"· {told}"
        for one in report.held:
            yield f"· {self._say(f'held_{one.why}', category=one.category, n=one.n)}"

    # The picture.

    def scene(self) -> ReportScene:
        """What is drawn, in these words."""
        report, found = self._report, self._report.calibration
        gap = report.kpi("ghost_live_gap")
        zone = report.timezone
        return ReportScene(
            title=self.title(),
            when=f"{local(report.as_of, zone):%d %b %H:%M} {zone}",
            nothing=self._say("kpi_unknown"),
            calibration=self._say("report_calibration"),
            calibration_note="" if found is None else self.calibration(),
            told=self._say("report_told"),
            came=self._say("report_came"),
            bins=() if found is None else found.bins,
            rates=self._say("report_rates"),
            rates_note=self._say("report_rates_note"),
            bars=self._bars(),
            net=self._say("report_net"),
            net_note=self._net("shadow").rpartition(" · ")[0],  # without the verdict: it is wide
            curves={
                self._say(f"book_{book}"): one.days for book, one in report.curves.items() if one.n
            },
            gap=self._say("report_gap"),
            gap_note="" if gap.value is None else self.gap(),
            gap_mean=gap.value,
            gap_interval=gap.interval,
        )

    def _bars(self) -> tuple[RateBar, ...]:
        bars: list[RateBar] = []
        for name in ("tp1_30d", "tp2_30d"):
            kpi = self._report.kpi(name, "shadow")
            if kpi.value is not None and kpi.interval is not None:
                label = self._say(f"kpi_{name}")
                bars.append(
                    RateBar(
                        label=label, n=kpi.n, rate=kpi.value, interval=kpi.interval, null=kpi.null
                    )
                )
        for one in self._report.setups["shadow"].shown[:BARS_MAX]:
            bars.append(
                RateBar(label=self.setup(one), n=one.n, rate=one.rate, interval=one.interval)
            )
        return tuple(bars)


def tally_line(week: Tally, book: str, language: str) -> str:
    """One book of a week or a day."""
    name = say(language, f"book_{book}")
    if not week.sent:
        return f"{name}: {say(language, 'none')}"
    usd = signed_amount(week.net_usd)
    values = {"sent": week.sent, "filled": week.filled, "tp1": week.tp1, "tp2": week.tp2}
    return say(language, "report_book", book=name, net=_r(week.net_r), usd=usd, **values)


def day_text(day: DayReport, open_plans: int, language: str) -> str:
    """Today's PnL, book by book, and each plan that ended."""
    here = local(day.as_of, day.timezone)
    lines = [say(language, "report_day", day=f"{here:%d.%m.}", time=f"{here:%H:%M}")]
    lines += [tally_line(one, book, language) for book, one in day.books.items()]
    lines.append(say(language, "report_open", n=open_plans))
    if day.ended:
        lines.append("")
    for one in day.ended[-ENDED_MAX:]:
        usd = signed_amount(one.net_usd)
        lines.append(f"· {one.ref_id} {one.book} {one.label} {_r(one.net_r, 2)}R {usd} USD")
    more = len(day.ended) - ENDED_MAX
    return "\n".join([*lines, f"+{more}"] if more > 0 else lines)


def _r(value: float, places: int = 1) -> str:
    """
    >>> _r(-1.25, 2), _r(0.0)
    ('−1.25', '+0.0')
    """
    return signed_amount(value, places)


def _signed(value: float) -> str:
    return _r(value, 2)


def _percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _around(interval: Interval | None, told: Callable[[float], str] = _percent) -> str:
    """The interval in brackets, nothing where there is none."""
    if interval is None:
        return ""
    return f" ({told(interval.low)}–{told(interval.high)})"


def _span(kpi: Kpi) -> str:
    """The 95 % interval in the KPI's own unit, short."""
    if kpi.unit == "share":
        return _around(kpi.interval)
    return _around(kpi.interval, _signed if kpi.unit == "R" else _whole)


def _whole(value: float) -> str:
    return f"{value:+.0f}".replace("-", MINUS)


def _of(kpi: Kpi) -> str:
    """The rate and its n, or a dash where nobody rated any."""
    return "–" if kpi.value is None else f"{kpi.value:.0%} ({kpi.n})"
