"""Why something was not taken, in a sentence that says what to do."""

from django.utils.translation import gettext as _


def explain(reason: str) -> str:
    """The sentence for a reason of ``codes.Refused``."""
    sentences = {
        "address": _("This is neither an e-mail address nor a phone number. Write it like name@example.com or "
                     "01 99 00 12 34."),
        "wrong_code": _("This code is not the right one. Look for the newest message from us and try again."),
        "used": _("This code was used already. Ask for a new one."),
        "expired": _("The ten minutes of this code are over. Ask for a new one."),
        "too_many_tries": _("Too many tries. Wait ten minutes, then ask for a new code."),
        "empty": _("There is nothing to send yet. Write a few words first."),
        "too_long": _("Your message is too long: 20,000 characters is the most. Send it in two parts."),
        "too_fast": _("That was many messages in one minute. Wait a moment, then send it again."),
        "no_time": _("This time is over. Choose another one."),
        "no_number": _("We need a phone number to call you, like 01 99 00 12 34."),
        "nothing_open": _("Nothing is open at the moment. Write to us first, then take it to your phone."),
        "no_chat": _("Our page is closed at the moment. Please answer the last message we sent you."),
    }  # fmt: skip
    return sentences.get(reason, reason.replace("_", " "))
