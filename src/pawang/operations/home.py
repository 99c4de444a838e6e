"""PAWANG_HOME: everything a desk keeps, and its own keys (product.md 8).

config.toml · ledger.sqlite3 · tape/ · reports/ · drop/ · keys and api.token (0600) · sandbox.json
(demo)
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import msgspec

from pawang.config import ProvidersConfig
from pawang.guards.secret import Secret
from pawang.model.codec import Record
from pawang.model.errors import BadConfig
from pawang.venues.okx.signing import Credentials


class Keys(Record):
    """Made once per home. `buttons` makes callback ids, `audit` the chain, `codes` the one-time
    codes, `pairing` is what the first person types after /start."""

    buttons: str
    audit: str
    codes: str
    pairing: str


class Home:
    """One directory. Reading never creates anything; `prepare` does."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()

    @classmethod
    def at(cls, given: Path | None, default: str = ".pawang") -> "Home":
        """`--home`, else PAWANG_HOME, else the default below the current folder."""
        return cls(given or Path(os.environ.get("PAWANG_HOME") or default))

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    @property
    def ledger(self) -> Path:
        return self.directory / "ledger.sqlite3"

    @property
    def tape(self) -> Path:
        return self.directory / "tape"

    @property
    def drop(self) -> Path:
        return self.directory / "drop"

    @property
    def reports(self) -> Path:
        return self.directory / "reports"

    @property
    def instruments(self) -> Path:
        return self.directory / "instruments.json"

    @property
    def sandbox(self) -> Path:
        return self.directory / "sandbox.json"

    @property
    def lock(self) -> Path:
        return self.directory / "desk.lock"

    @property
    def api_token(self) -> Path:
        return self.directory / "api.token"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One desk a home (D14). BadConfig when another has it."""
        with open(self.lock, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadConfig(f"another desk is running in {self.directory}") from None
            yield

    def make_api_token(self) -> str:
        """The token of the desk's own API; made once, for the owner's eyes."""
        if not self.api_token.exists():
            write_private(self.api_token, f"{secrets.token_urlsafe(32)}\n".encode())
        return self.api_token.read_text(encoding="utf8").strip()

    def prepare(self) -> Keys:
        """Make the directory and its keys if they are not there; the keys."""
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "keys"
        if not path.exists():
            made = Keys(
                buttons=secrets.token_hex(32),
                audit=secrets.token_hex(32),
                codes=secrets.token_hex(32),
                pairing=f"{secrets.randbelow(10**8):08d}",
            )
            write_private(path, msgspec.json.encode(made))
        return self.keys()

    def set_aside(self) -> Path | None:
        """Move ledger and tape, with their keys, to `before/N`: a home of its own, in which its
        refs still replay. The folder, or None when there is no ledger.

        A simulated world that is gone took its prices, chats and message ids along: a desk that
        remembered them would edit strangers' messages, take new commands for old ones, and be
        silent until the new market had caught up with its slots.
        """
        if not self.ledger.exists():
            return None
        number = next(n for n in count(1) if not (self.directory / "before" / f"{n}").exists())
        kept = self.directory / "before" / f"{number}"
        kept.mkdir(parents=True)
        write_private(kept / "keys", (self.directory / "keys").read_bytes())
        # What a killed desk left beside its ledger belongs to it; the ledger itself moves last.
        beside = (self.tape.name, f"{self.ledger.name}-shm", f"{self.ledger.name}-wal")
        for name in (*beside, self.ledger.name):
            with suppress(FileNotFoundError):
                os.replace(self.directory / name, kept / name)
        return kept

    def keys(self) -> Keys:
        """The home's keys. BadConfig when there are none or others may read them."""
        path = self.directory / "keys"
        if not path.exists():
            raise BadConfig(f"{self.directory} is no home of a desk: it has no keys")
        if path.stat().st_mode & 0o077:
            raise BadConfig(f"{path} may be read by others: chmod 600 {path}")
        return msgspec.json.decode(path.read_bytes(), type=Keys)


def write_private(path: Path, data: bytes) -> None:
    """Write for the owner's eyes, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def telegram_token(
    token_file: str, home: Path = Path(), environment: Mapping[str, str] = os.environ
) -> Secret | None:
    """PAWANG_TELEGRAM_TOKEN, else the file the config names; None when there is neither."""
    return _secret("PAWANG_TELEGRAM_TOKEN", token_file, home, environment)


def provider_keys(
    providers: ProvidersConfig, home: Path = Path(), environment: Mapping[str, str] = os.environ
) -> dict[str, Secret]:
    """The keys of the sources that are switched on. BadConfig when one is missing."""
    keyed = {"coinglass": providers.coinglass, "sosovalue": providers.sosovalue}
    found = {}
    for name, config in keyed.items():
        if not config.on:
            continue
        variable = f"PAWANG_{name.upper()}_KEY"
        key = _secret(variable, config.key_file, home, environment)
        if key is None:
            raise BadConfig(
                f"providers.{name} is on and has no key: give it as {variable}, or in a file of "
                f"yours (chmod 600) that providers.{name}.key_file names"
            )
        found[name] = key
    return found


def _secret(variable: str, file: str, home: Path, environment: Mapping[str, str]) -> Secret | None:
    """From the environment, else from a file for the owner's eyes; a relative name is looked for
    beside the config. None when neither is given. BadConfig when the file cannot be used."""
    given = environment.get(variable, "").strip()
    if given:
        return Secret(given)
    if not file:
        return None
    path = home / file
    if not path.is_file():
        raise BadConfig(f"there is no file {path}: make it (chmod 600), or set {variable}")
    if path.stat().st_mode & 0o077:
        raise BadConfig(f"{path} may be read by others: chmod 600 {path}")
    read = path.read_text(encoding="utf8").strip()
    if not read:
        raise BadConfig(f"{path} is empty: put the secret into it, or set {variable}")
    return Secret(read)


def okx_credentials(
    key_file: str, environment: Mapping[str, str] = os.environ
) -> Credentials | None:
    """PAWANG_OKX_KEY, _SECRET and _PASSPHRASE, else the file the config names; None when there is
    neither. BadConfig when one of the three is missing, or others may read the file."""
    words = ("KEY", "SECRET", "PASSPHRASE")
    given = [environment.get(f"PAWANG_OKX_{word}", "") for word in words]
    where = "PAWANG_OKX_KEY, PAWANG_OKX_SECRET and PAWANG_OKX_PASSPHRASE"
    if not any(given):
        if not key_file:
            return None
        path = Path(key_file)
        where = key_file
        if path.stat().st_mode & 0o077:
            raise BadConfig(f"{path} may be read by others: chmod 600 {path}")
        given = path.read_text(encoding="utf8").split("\n")[:3]
    parts = [Secret(part.strip()) for part in given]
    if len(parts) != 3 or not all(parts):
        raise BadConfig(f"{where}: key, secret and passphrase are wanted, all three")
    return Credentials(key=parts[0], secret=parts[1], passphrase=parts[2])
