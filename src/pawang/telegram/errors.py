"""What can become of one delivery, as the outbox must tell them apart (telegram.md, Errors).

DeliveryError
  +- NotSent       surely not delivered (connect, DNS, TLS, pool): try again
  +- Ambiguous     it may have been delivered (timeout, 5xx, reset): normal once, critical twice
  +- Flooded       429: the whole bot waits `retry_after_s`
  +- Blocked       403: this chat is out of reach; others go on
  +- Migrated      the group became a supergroup with a new id
  +- Unparsable    400: the entities were refused; plain text once
  +- NotModified   400: the message says that already; success
  +- Gone          400: the message to edit is not there any more
  +- Unauthorised  401: the token is dead; hold everything
  +- Rejected      any other refusal: final
       +- Conflict     409: another poller holds this bot
"""

from pawang.model.errors import PawangError


class DeliveryError(PawangError):
    """One delivery did not simply succeed. The text never holds the bot's token."""


class NotSent(DeliveryError):
    pass


class Ambiguous(DeliveryError):
    pass


class Flooded(DeliveryError):
    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"flood control, again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class Blocked(DeliveryError):
    pass


class Migrated(DeliveryError):
    def __init__(self, new_chat_id: int) -> None:
        super().__init__(f"the chat is now {new_chat_id}")
        self.new_chat_id = new_chat_id


class Unparsable(DeliveryError):
    pass


class NotModified(DeliveryError):
    pass


class Gone(DeliveryError):
    pass


class Unauthorised(DeliveryError):
    pass


class Rejected(DeliveryError):
    pass


class Conflict(Rejected):
    pass
