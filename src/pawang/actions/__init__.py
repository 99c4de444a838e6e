"""One file per verb a human may use: its record, parsing, permission, effect."""
