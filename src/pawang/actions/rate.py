"""👍 and 👎: one rating per user and ref, the last wins (row T3)."""

from pawang import learning
from pawang.actions.base import Acted, Call
from pawang.model.event import Rate


def run(call: Call) -> Acted:
    value = int(call.words[0])
    rating = learning.rate(
        call.desk,
        call.ref_id,
        call.person.user_id,
        call.heard.chat_id,
        value,
        call.now,
        call.recalled.ts_delivered,
    )
    said = call.answer(call.say("rated", thumb="👍" if value > 0 else "👎"))
    return Acted(desk=call.desk, effects=(*said, Rate(rating=rating)))
