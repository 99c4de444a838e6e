"""TOML and environment into typed params, once."""
