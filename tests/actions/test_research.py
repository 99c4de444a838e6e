"""/kpi and /calibrate ask; the answer comes by its own event, so nobody waits behind them."""

from typing import Any

from pawang.model.event import Audit, Consult


def test_T1_kpi_is_asked_for_the_chat_and_topic_it_was_typed_in(crew: Any, names: Any) -> None:
    acted = crew.says(names.viewer, "/kpi", chat=names.group, thread_id=5)
    wanted = Consult(question="kpi", chat_id=names.group, ref_id="re_1", thread_id=5)
    assert acted.effects == (wanted,)


def test_T9_calibrate_is_an_admins_in_private_and_stands_in_the_audit(
    crew: Any, names: Any
) -> None:
    crew.says(names.admin, "/calibrate")
    assert crew.of(Consult) == [
        Consult(question="calibrate", chat_id=names.admin, ref_id="re_1", thread_id=None)
    ]
    assert crew.of(Audit) == [Audit(actor=names.admin, action="calibrate", detail="asked for now")]
    for user, chat in ((names.trader, None), (names.viewer, None), (names.admin, names.group)):
        crew.says(user, "/calibrate", chat=chat)
        assert crew.of(Consult) == []
