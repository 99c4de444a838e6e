"""How many scripts run."""

import os

SCRIPTS = int(os.environ.get("PAWANG_SCRIPTS", "40"))
"""`PAWANG_SCRIPTS=1000 make test ARGS=tests/simulation/okx` runs the thousand."""


def pytest_generate_tests(metafunc):
    if "script_seed" in metafunc.fixturenames:
        metafunc.parametrize("script_seed", range(1, SCRIPTS + 1))
