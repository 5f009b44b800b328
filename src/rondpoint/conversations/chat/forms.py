"""A form that came without any script: a message of a new chat session, and a link on which it goes on."""

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.actions import continuations
from rondpoint.conversations.actions.receive import Said
from rondpoint.conversations.chat import messages, sessions
from rondpoint.conversations.chat.claims import MAX_NAME, claim
from rondpoint.conversations.chat.wire import plain
from rondpoint.conversations.rules.forms import Form
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write


def take(form: Form, info: ConnectionInfo, page: str, locale: str) -> str:
    """Opens a conversation with what a form says; the address of the page where it goes on."""
    now = clock.now()
    name = plain(" ".join(form.claims.get("name", "").split()), MAX_NAME)
    typed = {kind: text for kind, text in form.claims.items() if kind != "name"}
    with write():
        session, _ = sessions.open_session(info, None, None, page, locale, now)
        claim(session, info, name, typed)
        [message] = messages.store([Said(session, str(ids.uuid7()), form.text, [], now)])
        return continuations.issue(message.conversation, "link", by="form", now=now).url
