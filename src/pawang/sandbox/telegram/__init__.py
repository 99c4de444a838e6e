"""A Bot API server on loopback with the people's side and the phone's page in the same box.

- `core.py` the life of one call: fault, limit, method, log; `state.py` chats, messages, presses.
- `sends.py`, `edits.py`, `settings.py` the methods by what they do; `users.py` the people.
- `server.py` sockets, long poll, webhook; `page/` the chat as a phone shows it.

Sans I/O below `server.py`: the simulator drives `core.TelegramCore` in memory.
"""
