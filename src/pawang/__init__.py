"""pawang: a Telegram-first command centre for trading crypto perpetuals."""

__version__ = "0.1.0"
