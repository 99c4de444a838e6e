"""The verbs of the command line. Each imports what it needs when it is called.

Errors a person can mend are one line on stderr and exit status 2.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from pawang import __version__
from pawang.model.errors import PawangError

if TYPE_CHECKING:
    from pawang.sandbox.tls import Certificate

app = App(name="pawang", version=__version__, help="A Telegram-first command centre for perps.")
sandbox = App(name="sandbox", help="The simulated OKX or Telegram, alone, on loopback.")
parse = App(name="parse", help="Read a venue's recorded payloads.")
backtest = App(name="backtest", help="Measures on recordings, and on luck alone.")
app.command(sandbox)
app.command(parse)
app.command(backtest)

Home = Annotated[Path | None, Parameter(name="--home", help="Where a desk keeps everything.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="")]

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def main() -> None:
    """Run the verb; the exit status says how it went."""
    try:
        result = app(result_action="return_value")
    except PawangError as refused:
        print(f"pawang: {refused}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(result if isinstance(result, int) else 0)


def span(text: str, option: str = "--for") -> int:
    """Nanoseconds of "90s", "2h", "0.5d".

    >>> span("2h") // 10**9
    7200
    """
    from pawang.model.errors import BadInput

    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if found is None:
        raise BadInput(
            f"{option} takes a number with s, m, h or d, such as 90s or 2h, not {text!r}"
        )
    return int(float(found[1]) * SPANS[found[2]] * 10**9)


@app.command
def demo(
    *,
    headless: Annotated[bool, Parameter(negative="")] = False,
    speed: float = 20.0,
    for_: Annotated[str | None, Parameter(name="--for", help="Market time: 90s, 30m, 2h.")] = None,
    seed: int = 7,
    json_: AsJson = False,
    home: Home = None,
    recording: Annotated[
        tuple[Path, ...], Parameter(consume_multiple=True, help="Parquet books and trades.")
    ] = (),
    drop: Annotated[Path | None, Parameter(help="ETF and Fear & Greed files.")] = None,
    port: Annotated[int, Parameter(help="Of the chat page; 0 takes a free one.")] = 0,
    webhook: Annotated[bool, Parameter(negative="", help="Push updates, do not poll.")] = False,
) -> int:
    """Everything, offline, no key.

    Example: pawang demo --headless --speed 60 --for 2h --seed 7 --json
    """
    from pawang.model.errors import BadInput
    from pawang.operations.demo import DemoOptions
    from pawang.operations.demo import demo as run_demo
    from pawang.operations.home import Home as HomeDirectory

    if not 0 < speed <= 1000:
        raise BadInput(f"--speed is above 0 and at most 1000, not {speed:g}")
    _quiet_logs()
    missing = [str(path) for path in recording if not path.exists()]
    if missing:
        raise BadInput(f"no such recording: {', '.join(missing)}")
    options = DemoOptions(
        home=HomeDirectory.at(home, ".pawang/demo").directory,
        headless=headless,
        json=json_,
        speed=speed,
        seed=seed,
        for_ns=None if for_ is None else span(for_),
        recordings=recording,
        drop=drop,
        port=port,
        webhook=webhook,
    )
    return asyncio.run(run_demo(options))


@app.command
def run(
    *,
    home: Home = None,
    wait: Annotated[str, Parameter(help="For OKX's first answer: 90s, 5m.")] = "60s",
    json_: AsJson = False,
) -> int:
    """A desk against the venue and the chat that HOME/config.toml names; orders are ghosts.

    It wants a Telegram token (PAWANG_TELEGRAM_TOKEN, or token_file under [telegram]) and ends with
    SIGTERM or Ctrl-C. Started again in the same home it takes up where it stopped.

    Example: pawang run --home ~/.pawang
    """
    from pawang.operations.home import Home as HomeDirectory
    from pawang.operations.run import RunOptions
    from pawang.operations.run import run as run_desk

    patience_s = span(wait, "--wait") / 10**9
    _quiet_logs()
    where = HomeDirectory.at(home).directory
    return asyncio.run(run_desk(RunOptions(home=where, json=json_, patience_s=patience_s)))


@sandbox.command(name="okx")
def sandbox_okx(
    *,
    port: int = 0,
    seed: int = 7,
    speed: float = 1.0,
    coin: Annotated[tuple[str, ...], Parameter(help="May be given several times.")] = (),
    recording: tuple[Path, ...] = (),
    wait_for_desk: Annotated[bool, Parameter(negative="")] = False,
    idle_exit: float | None = None,
    api_key: str = "k",
    api_secret: str = "s",  # noqa: S107 - opens nothing real
    passphrase: str = "p",  # noqa: S107
    balance: Annotated[str, Parameter(help="USDT.")] = "100000",
    environment: Annotated[Literal["any", "demo", "live"], Parameter(help="Of the key.")] = "any",
    start: Annotated[
        str | None, Parameter(help="now, or a UTC time: when the market begins.")
    ] = None,
    tls: Annotated[bool, Parameter(negative="", help="https and wss, with its own root.")] = False,
    tls_dir: Annotated[Path | None, Parameter(help="Where ca.pem is put.")] = None,
) -> int:
    """A simulated OKX: its market, and an account that trades on it.

    Example: pawang sandbox okx --port 9001 --seed 7 --api-key k --api-secret s --passphrase p
    """
    from tempfile import TemporaryDirectory

    from pawang.sandbox.okx import AccountParams, OkxOptions, run_okx
    from pawang.sandbox.seeded import START_MS

    account = AccountParams(
        key=api_key,
        secret=api_secret,
        passphrase=passphrase,
        balance=_usdt(balance),
        environment=environment,
    )
    options = OkxOptions(
        port=port,
        seed=seed,
        coins=coin or ("BTC", "ETH", "SOL", "AVAX"),
        speed=speed,
        recordings=recording,
        wait_for_desk=wait_for_desk,
        idle_exit_s=idle_exit,
        start_ms=START_MS if start is None else _minute(start),
        abreast=start == "now" and speed == 1.0 and not wait_for_desk,
        accounts=(account,),
    )
    with TemporaryDirectory(prefix="pawang-tls-") as temporary:
        certificate = _certificate(tls_dir or Path(temporary)) if tls or tls_dir else None
        context = certificate.context() if certificate else None
        ca = str(certificate.ca) if certificate else ""
        ready = partial(_announce, "okx", ca=ca)
        asyncio.run(run_okx(replace(options, tls=context, on_ready=ready)))
    return 0


def _certificate(directory: Path) -> "Certificate":
    from datetime import UTC, datetime

    from pawang.sandbox.tls import make_certificate

    directory.mkdir(parents=True, exist_ok=True)
    return make_certificate(directory, datetime.now(UTC))


def _minute(text: str) -> int:
    """ "now" or an ISO time in UTC, as ms on the minute before it."""
    from datetime import UTC, datetime

    from pawang.model.errors import BadInput

    try:
        at = datetime.now(UTC) if text == "now" else datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"--start takes now or a time such as 2025-09-15T00:00, not {text!r}"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) // 60 * 60_000


@sandbox.command(name="telegram")
def sandbox_telegram(
    *,
    port: int = 0,
    token: str = "1234567890:sandbox-token-for-loopback-only",  # noqa: S107 - opens nothing real
    owner: int = 1001,
    clock: Annotated[str | None, Parameter(help="URL of a sandbox OKX's /clock.")] = None,
    idle_exit: float | None = None,
) -> int:
    """A simulated Telegram Bot API with a chat page. The user's side: GET /openapi.json.

    Users: POST /user/message, /user/press, /user/react, /user/block; GET /transcript, /calls.

    Example: pawang sandbox telegram --port 9002 --token 123456:abc
    """
    from pawang.sandbox.telegram.server import TelegramOptions, run_telegram

    options = TelegramOptions(
        port=port,
        token=token,
        owner_id=owner,
        clock_url=clock or "",
        idle_exit_s=idle_exit,
        on_ready=lambda taken: _announce("telegram", taken),
    )
    asyncio.run(run_telegram(options))
    return 0


def _usdt(text: str) -> Decimal:
    from pawang.model.errors import BadInput

    if re.fullmatch(r"\d{1,12}(\.\d{1,8})?", text) is None:
        raise BadInput(f"--balance takes an amount of USDT such as 100000, not {text!r}")
    return Decimal(text)


def _announce(what: str, port: int, ca: str = "") -> None:
    scheme = "https" if ca else "http"
    ready = {"kind": what, "port": port, "url": f"{scheme}://127.0.0.1:{port}"}
    print(json.dumps(ready | ({"ca": ca} if ca else {})), flush=True)


@parse.command(name="okx")
def parse_okx(file: Path, *, json_: AsJson = False) -> int:
    """Read recorded OKX payloads: a JSON object a record, a `malformed` one a refusal.

    Example: pawang parse okx ws_trades.json --json
    """
    from pawang.model.errors import BadInput
    from pawang.venues.okx.parse import parse_file

    if not file.is_file():
        raise BadInput(f"no such file: {file}")
    refused = 0
    for made in parse_file(file):
        refused += made["kind"] == "malformed"
        print(json.dumps(made, ensure_ascii=False) if json_ else _plain(made))
    return 1 if refused else 0


def _plain(made: dict[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in made.items() if value not in ("", None))


@app.command
def replay(ref: str, *, home: Home = None, json_: AsJson = False) -> int:
    """Recompute what stands under a ref, a decision or any other message, byte for byte.

    Exit status: 0 equal, 1 different, 2 unknown, 3 made by a rule that is gone.

    Example: pawang replay ib_20250915_0733_BTC --home .pawang/demo
    """
    from pawang.journal import SqlLedger
    from pawang.operations.home import Home as HomeDirectory
    from pawang.replay import replay as recompute

    where = HomeDirectory.at(home)
    keys = where.keys()
    ledger = SqlLedger.reader(where.ledger, keys.audit.encode())
    try:
        found = recompute(ledger, ref, keys.codes)
    finally:
        ledger.close()
    if json_:
        body = {"ref_id": ref, "verdict": found.verdict, "differences": found.differences}
        print(json.dumps(body))
        return found.exit_status
    print(f"{ref}: {found.verdict}")
    for difference in found.differences:
        print(f"  {difference}")
    return found.exit_status


@app.command
def size(
    *,
    equity: str,
    risk: float,
    confidence: float,
    atr: float | None = None,
    coin: str,
    entry: str,
    stop: str,
    flow: float | None = None,
    rule: str = "table",
    book: str = "ghost",
    prior: Annotated[bool, Parameter(negative="", help="Confidence is not calibrated.")] = False,
    json_: AsJson = False,
    home: Home = None,
) -> int:
    """How big, with every factor: size %, contracts, notional, loss at the stop, caps.

    A stop above the entry means short. A no-trade exits 0, a refused value 2.

    Example: pawang size --equity 10000 --risk 1 --confidence 87 --atr 0.88 --coin SOL
    --entry 221.375 --stop 220.60
    """
    from pawang.operations.home import Home as HomeDirectory
    from pawang.operations.sizing import Asked, size_up

    asked = Asked(
        equity=equity,
        risk=risk,
        confidence=confidence,
        atr=atr,
        coin=coin,
        entry=entry,
        stop=stop,
        flow=flow,
        rule=rule,
        book=book,
        prior=prior,
    )
    report, lines = size_up(asked, HomeDirectory.at(home).instruments)
    if json_:
        print(json.dumps(report))
        return 0
    for name, value in lines:
        print(f"{name:>18}  {value}")
    return 0


@app.command
def kpi(*, json_: AsJson = False, home: Home = None) -> int:
    """What was promised, and is it kept: every KPI of a desk's ledger with its verdict.

    Example: pawang kpi --home .pawang/demo --json
    """
    from pawang.operations.home import Home as HomeDirectory
    from pawang.operations.kpis import as_json, as_lines, measured

    found = measured(HomeDirectory.at(home).ledger)
    print(json.dumps(as_json(found)) if json_ else "\n".join(as_lines(found)))
    return 0


@app.command
def report(
    *,
    week: Annotated[str, Parameter(help="Such as 2025-W38; else seven days up to now.")] = "",
    tz: Annotated[str, Parameter(help="Where the week begins and ends.")] = "UTC",
    lang: Annotated[Literal["en", "id"], Parameter(help="Of the words.")] = "en",
    picture: Annotated[Path | None, Parameter(help="Write the chat's PNG there.")] = None,
    html: Annotated[Path | None, Parameter(help="Write the page there.")] = None,
    json_: AsJson = False,
    home: Home = None,
) -> int:
    """The weekly report of a desk's ledger: the numbers that the chat gets on Monday morning.

    Example: pawang report --home .pawang/demo --week 2025-W38 --html report.html
    """
    import msgspec

    from pawang.model.errors import BadInput
    from pawang.model.weeks import known_zone
    from pawang.operations import report as told
    from pawang.operations.home import Home as HomeDirectory

    if not known_zone(tz):
        raise BadInput(f"--tz takes a time zone such as Asia/Jakarta, not {tz!r}")
    found = told.read_report(HomeDirectory.at(home).ledger, week, tz)
    if picture is not None:
        picture.write_bytes(told.picture(found, lang))
    if html is not None:
        told.write_page(found, lang, html)
    print(msgspec.json.encode(found).decode() if json_ else told.as_text(found, lang))
    return 0


@app.command
def simulate(
    *,
    seed: int = 7,
    days: Annotated[float | None, Parameter(help="0.25; of a month 30.")] = None,
    kills: Annotated[float, Parameter(help="kill -9 of the desk, per day.")] = 48.0,
    month: Annotated[bool, Parameter(negative="", help="A coarse market, for the report.")] = False,
    coin: Annotated[tuple[str, ...], Parameter(help="Of the month; may be given again.")] = (),
    home: Annotated[Path | None, Parameter(help="Where the month's ledger goes.")] = None,
    okx: Annotated[
        Literal["books", "orders"] | None,
        Parameter(help="Only that half of the OKX client, under a random fault script."),
    ] = None,
    json_: AsJson = False,
) -> int:
    """The whole desk on virtual time, without sockets: seeded market, faults, kills, invariants.

    The same seed prints the same lines; exit status 1 when an invariant broke. With --month thirty
    days on a coarse market are written into a ledger that `pawang report` reads.

    Example: pawang simulate --seed 7 --days 0.25 --json; pawang simulate --okx orders --seed 7;
    pawang simulate --month --coin BTC --home .pawang/month
    """
    from pawang.model.errors import BadInput
    from pawang.simulate import SimulateOptions
    from pawang.simulate import simulate as run_simulation

    days = days if days is not None else 30.0 if month else 0.25
    if not 0 < days <= 365 or kills < 0:
        raise BadInput("--days is above 0 and at most 365, --kills at least 0")
    _quiet_logs()

    def tell(line: dict[str, Any]) -> None:
        print(json.dumps(line, ensure_ascii=False) if json_ else _plain(line), flush=True)

    if okx is not None:
        return _simulate_okx(seed, okx, tell)
    if month:
        return _simulate_month(seed, days, coin, home, tell)
    story = run_simulation(SimulateOptions(seed=seed, days=days, kills_per_day=kills), tell)
    verdict = {"kind": "ended", "seed": seed, "days": days, "kills": story.kills}
    tell({**verdict, "trace": story.trace, "violations": story.violations})
    return 1 if story.violations else 0


def _simulate_month(
    seed: int,
    days: float,
    coins: tuple[str, ...],
    home: Path | None,
    tell: Callable[[dict[str, Any]], None],
) -> int:
    """A line a day, then what was counted; the ledger stays where it was asked for."""
    from pawang.model.errors import BadInput
    from pawang.operations.home import Home as HomeDirectory
    from pawang.sandbox.seeded.nature import NATURES
    from pawang.simulate.month import MonthOptions, simulate_month

    if set(coins) - set(NATURES):
        raise BadInput(f"--coin is one of {', '.join(NATURES)}")
    where = HomeDirectory.at(home, ".pawang/month")
    if where.ledger.exists():
        raise BadInput(f"{where.ledger} is there already: a month begins with none")
    where.directory.mkdir(parents=True, exist_ok=True)
    options = MonthOptions(seed, days)
    if coins:
        options = replace(options, coins=tuple(dict.fromkeys(coins)))
    story = simulate_month(options, where.ledger, tell)
    ended = {"kind": "ended", "seed": seed, "days": days, "wall_s": round(story.wall_s, 1)}
    tell({**ended, "ledger": str(where.ledger), "counts": story.counts})
    return 0


def _simulate_okx(
    seed: int, half: Literal["books", "orders"], tell: Callable[[dict[str, Any]], None]
) -> int:
    """One random fault script between the real client and the real simulated venue."""
    from pawang.simulate.okx import ChaosOptions, chaos

    verdict = chaos(ChaosOptions(seed, half))
    for strike in verdict.script:
        tell({"kind": "strike", "what": str(strike).strip()})
    told = {"compared": verdict.compared, "losses": verdict.losses, "healed_s": verdict.healed_s}
    ended = {"kind": "ended", "seed": seed, **told, "trace": verdict.trace}
    tell({**ended, "violations": verdict.violations})
    return 1 if verdict.violations else 0


@backtest.command(name="run")
def backtest_run(
    *files: Path,
    drop: Annotated[Path | None, Parameter(help="Folder of ETF and Fear & Greed files.")] = None,
    from_: Annotated[
        str | None, Parameter(name="--from", help="UTC; what is known before is the desk's past.")
    ] = None,
    to: Annotated[str | None, Parameter(help="UTC.")] = None,
    coins: Annotated[
        tuple[str, ...], Parameter(consume_multiple=True, help="Of those recorded; else all.")
    ] = (),
    tape: Annotated[
        Path | None, Parameter(help="Instead of files: the home of a desk that has recorded.")
    ] = None,
    report: Annotated[Path | None, Parameter(help="FILE.html or FILE.png.")] = None,
    json_: AsJson = False,
    home: Home = None,
) -> int:
    """The very same desk over recordings: books, trades, candles, funding, ETF, Fear & Greed.

    Reads only what was known at the time. Fees, sizes and rules are those of HOME/config.toml;
    with --home the run is kept in that home's registry of trials. Exits 0 when it ran whole.

    Example: pawang backtest run l2_venue_btcusdt_20240718.parquet
    trades_venue_btcusdt_20240718.parquet --drop drop --report run.html;
    pawang backtest run --tape .pawang/demo
    """
    from pawang.operations.backtest.show_run import Asked
    from pawang.operations.backtest.show_run import backtest_run as run

    asked = Asked(
        files=files,
        drop=drop,
        coins=coins,
        ts_from=None if from_ is None else _nanoseconds("--from", from_),
        ts_to=None if to is None else _nanoseconds("--to", to),
        home=home,
        report=report,
        tape=tape,
        as_json=json_,
    )
    return run(asked)


def _nanoseconds(option: str, text: str) -> int:
    """A UTC time such as 2024-07-19 or 2024-07-19T00:05."""
    from datetime import UTC, datetime

    from pawang.model.errors import BadInput

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{option} takes a UTC time such as 2024-07-19T00:05, not {text!r}"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(at.timestamp()) * 10**9


@backtest.command(name="bias")
def backtest_bias(
    *,
    data: Annotated[Path | None, Parameter(help="Recordings; else those of PAWANG_DATA.")] = None,
    train: Annotated[int, Parameter(help="Days to learn from.")] = 60,
    test: Annotated[int, Parameter(help="Days to judge.")] = 7,
    report: Annotated[Path | None, Parameter(help="FILE.html or FILE.png.")] = None,
    json_: AsJson = False,
    home: Home = None,
) -> int:
    """The bias on recorded hours, walked forward against base rate and momentum, as it is.

    Every hour of regime_btc_1h*.parquet goes through the engine with the ETF flows and Fear & Greed
    that were known; --home keeps the trials. Exits 0 when it ran whole, whatever it shows.

    Example: pawang backtest bias --json
    """
    from pawang.model.errors import BadInput
    from pawang.operations.backtest.show_bias import Asked
    from pawang.operations.backtest.show_bias import backtest_bias as run

    if not 1 <= test <= train <= 3650:
        raise BadInput("--test is at least 1 day, --train at least as long")
    asked = Asked(data=data, home=home, report=report, train_d=train, test_d=test, as_json=json_)
    return run(asked)


@backtest.command(name="candles")
def backtest_candles(
    *files: Path,
    rule: Annotated[str, Parameter(help="cross:20,50, ema:12,26, breakout:48 or every:12.")],
    stop: Annotated[float, Parameter(help="Percent of entry.")] = 0.35,
    targets: Annotated[tuple[float, float], Parameter(help="TP1 and TP2, percent.")] = (0.28, 0.60),
    stop_atr: Annotated[
        float, Parameter(help="The stop in ATR(14); the targets keep their proportion.")
    ] = 0.0,
    to_entry: Annotated[
        bool, Parameter(negative="", help="The stop moves to the entry after TP1.")
    ] = False,
    trail: Annotated[float, Parameter(help="Percent behind the best price after TP2.")] = 0.0,
    time_stop: Annotated[int, Parameter(help="Bars; 0 is none.")] = 0,
    side: Literal["both", "long", "short"] = "both",
    maker: Annotated[float, Parameter(help="Fee, percent.")] = 0.02,
    taker: Annotated[float, Parameter(help="Fee, percent.")] = 0.05,
    slippage: Annotated[float, Parameter(help="Percent, of what crosses the spread.")] = 0.01,
    trades: Annotated[Path | None, Parameter(help="Folder for a Parquet row a trade.")] = None,
    json_: AsJson = False,
    home: Home = None,
) -> int:
    """A rule on recorded bars, every signal a plan with stop, targets, clock and costs.

    Filled at the next bar's open; the stop first where a bar holds both. Prints hit rates beside
    what luck gives, net R after costs, and the trial; exits 0 when it ran whole.

    Example: pawang backtest candles candles_venue_btcusdt_5m.parquet --rule cross:20,50
    --stop-atr 1.5 --time-stop 48
    """
    from pawang.operations.backtest.candles import Costs, Plan, read_rule
    from pawang.operations.backtest.show_candles import Asked
    from pawang.operations.backtest.show_candles import backtest_candles as run

    plan = Plan(
        stop_pct=stop,
        target_pct=targets[0],
        target_next_pct=targets[1],
        stop_atr=stop_atr,
        to_entry=to_entry,
        trail_pct=trail,
        bars_max=time_stop,
    )
    asked = Asked(
        files=files,
        rule=read_rule(rule, side),
        plan=plan,
        costs=Costs(maker_pct=maker, taker_pct=taker, slippage_pct=slippage),
        trades=trades,
        home=home,
        as_json=json_,
    )
    return run(asked)


@backtest.command(name="ofi")
def backtest_ofi(
    *,
    data: Annotated[Path | None, Parameter(help="Recordings; else those of PAWANG_DATA.")] = None,
    session: Annotated[str | None, Parameter(help="Only recordings called like this.")] = None,
    seed: int = 7,
    json_: AsJson = False,
) -> int:
    """Does order flow explain price, and does it foretell it? On every recording of best quotes.

    Exit status: 0 every target met, 1 one is missed.

    Example: pawang backtest ofi --session ethusdt --json
    """
    from pawang.operations.backtest.show import backtest_ofi as run

    return run(data, session, seed, json_)


@backtest.command(name="parity")
def backtest_parity(
    *,
    plans: Annotated[int, Parameter(help="How many seeds, a plan each.")] = 500,
    first: Annotated[int, Parameter(help="The first; those below 501 are for tuning.")] = 501,
    json_: AsJson = False,
) -> int:
    """Is the ghost what the venue would have been? Each plan is played twice in the same market:
    by the ghost on the public feed, and by the live path at the simulated OKX.

    Exit status: 0 every target met, 1 one is missed.

    Example: pawang backtest parity --plans 50 --json
    """
    from pawang.model.errors import BadInput
    from pawang.operations.backtest.parity import backtest_parity as run

    if plans < 1 or first < 1:
        raise BadInput("--plans and --first are numbers from 1 on")
    return run(first, plans, json_)


@backtest.command(name="null")
def backtest_null(
    *,
    data: Annotated[Path | None, Parameter(help="Recordings; else those of PAWANG_DATA.")] = None,
    plans: Annotated[int, Parameter(help="Random walks for each policy.")] = 20_000,
    seed: int = 7,
    json_: AsJson = False,
) -> int:
    """What luck alone does: hit rates and PnL on random walks, and on recorded minutes.

    Exit status: 0 all is as the closed form says, 1 something is not.

    Example: pawang backtest null --plans 20000 --json
    """
    from pawang.model.errors import BadInput
    from pawang.operations.backtest.show import backtest_null as run

    if not 1_000 <= plans <= 1_000_000:
        raise BadInput("--plans is from 1000 to 1000000")
    return run(data, plans, seed, json_)


@backtest.command(name="magnets")
def backtest_magnets(
    *,
    data: Annotated[Path | None, Parameter(help="Recordings; else those of PAWANG_DATA.")] = None,
    seeds: Annotated[int, Parameter(help="Made markets.")] = 20,
    days: Annotated[int, Parameter(help="Of each of them.")] = 14,
    seed: Annotated[int, Parameter(help="Of intervals and matched levels.")] = 7,
    picture: Annotated[Path | None, Parameter(help="PNG of the map over the price.")] = None,
    json_: AsJson = False,
) -> int:
    """Does the map of liquidations know where? On made markets whose liquidations are known, and
    on what was recorded. Some ten minutes for 20 seeds.

    Exit status: 0 the targets on made markets are met, 1 one is missed. Recordings are a report.

    Example: pawang backtest magnets --seeds 4 --picture map.png
    """
    from pawang.model.errors import BadInput
    from pawang.operations.backtest.magnets import backtest_magnets as run

    if not (1 <= seeds <= 1_000 and 3 <= days <= 90):
        raise BadInput("--seeds is from 1 to 1000, --days from 3 to 90")
    return run(data, seeds, days, seed, json_, picture)


@app.command
def bench(
    *names: Literal[
        "river",
        "okx_books",
        "okx_ingest",
        "memory",
        "features",
        "candles",
        "tape",
        "heatmap",
    ],
    json_: AsJson = False,
) -> int:
    """Speed as medians and ratios in one run, and what a desk weighs; half an hour for all of it.

    Example: pawang bench okx_books
    """
    from pawang.operations.bench import bench as run_bench

    told = ""
    for figure in run_bench(names, lambda what: print(what, file=sys.stderr)):
        if json_:
            print(json.dumps(figure.figures))
            continue
        if figure.bench != told:
            print(figure.bench)
            told = figure.bench
        print(f"  {figure.words}")
    return 0


def _quiet_logs() -> None:
    """Logs go to stderr, redacted, from warnings on; URLs never (they hold the bot's token)."""
    import logging
    import warnings

    import structlog

    for name in ("httpx", "httpcore", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # The library would rather see its own wrapper used; ours keeps the raw updates.
    warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _redacted,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _redacted(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    from pawang.guards.secret import redact

    return {key: redact(str(value)) for key, value in event.items()}
