"""The nouns: frozen records that cross rooms, and the protocols ("ports") of the doors.

Layout: `codec` (one codec for all), `instrument` (the only rounding), `market` (what venues
tell), `tape` (what is kept of it), `view` (what signals may see), `decision` and `sizing` (what the
desk decides), `order` (what became of it), `chat` (people and messages), `desk` (the desk's own
state), `event` (the envelope, its bodies and effects), `ports` (the doors' protocols), `errors`,
`refs`.
"""
