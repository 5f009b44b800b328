"""Folds quoted history and signatures off a plain-text mail, in seven languages.

``fold`` answers what the person wrote and, apart, the rest. Nothing is thrown away: the two together hold
every line. RFC 3676 §4.3 (the "-- " line); everything else is what mail programs do.
"""

import re
from typing import Literal

from rondpoint.channels.email import phrases

Kind = Literal["text", "blank", "quote", "attribution"]
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u202a-\u202e]")
_SPACES = re.compile(r"[\xa0\u2000-\u200a\u202f\u205f\u3000\t]")
_MAX_LINES = 20_000
_LONGEST_SIGNATURE = 60


def fold(text: str) -> tuple[str, str]:
    """(what was written, quoted history and signature).

    The first is the whole text when nothing else is in it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    lines, rest = lines[:_MAX_LINES], lines[_MAX_LINES:]
    plain = [_plain(line) for line in lines]
    cut = _history_start(plain)
    if cut is not None and not _has_words(plain[:cut]):
        cut = None  # a forwarded message, or one written below the headers: it is the message
        if not any(_is_quote(line) for line in plain):
            return text.strip("\n").rstrip(), ""
    end = len(lines) if cut is None else cut
    kept = _drop_quotes(plain[:end])
    kept = _drop_signature(plain, kept)
    reply = _join(lines, kept)
    taken = set(kept)
    folded = [line for number, line in enumerate(lines) if number not in taken] + rest
    return reply, "\n".join(folded).strip("\n").rstrip()


def _plain(line: str) -> str:
    return _SPACES.sub(" ", _INVISIBLE.sub("", line[:1000])).strip()


def _is_quote(line: str) -> bool:
    return line.startswith((">", "|>")) and not line.startswith(">From ")


def _has_words(lines: list[str]) -> bool:
    """Is there a line of the person's own, beyond quotes, rules and "sent from" lines?"""
    return any(
        line
        and not _is_quote(line)
        and not phrases.RULE.fullmatch(line)
        and not phrases.is_device_signature(line)
        for line in lines
    )


def _history_start(lines: list[str]) -> int | None:
    """The line from which all is history.

    A header block, a separator, or an attribution without ``>`` below it.
    """
    for number, line in enumerate(lines):
        if not line or _is_quote(line):
            continue
        if phrases.REPLY_ABOVE.fullmatch(line) and number:
            return number
        if phrases.FORWARD_START.fullmatch(line) or phrases.SEPARATOR.fullmatch(line):
            return number
        if _is_header_block(lines, number):
            return _before_rule(lines, number)
        size = _attribution_size(lines, number)
        if size:
            following = _next_words(lines, number + size)
            if not _is_quote(following):
                return _before_rule(lines, number)
    return None


def _next_words(lines: list[str], number: int) -> str:
    """The first line with words at or soon after ``number``."""
    return next((line for line in lines[number : number + 6] if line), "")


def _before_rule(lines: list[str], number: int) -> int:
    """The number of the rule of underscores right above a header block, else the block's own."""
    above = number - 1
    while above >= 0 and not lines[above]:
        above -= 1
    return above if above >= 0 and phrases.RULE.fullmatch(lines[above]) else number


def _is_header_block(lines: list[str], number: int) -> bool:
    """ "De : … Envoyé : … Objet : …": a From line with a date or subject among the next lines."""
    if not phrases.HEADER_FROM.fullmatch(lines[number]):
        return False
    near = [line for line in lines[number + 1 : number + 12] if line][:7]
    dated = any(phrases.HEADER_DATE.fullmatch(line) for line in near)
    titled = any(phrases.HEADER_SUBJECT.fullmatch(line) for line in near)
    addressed = any(phrases.HEADER_OTHER.fullmatch(line) for line in near)
    return (dated + titled + addressed) >= 2


def _attribution_size(lines: list[str], number: int) -> int:
    """How many lines the "On … wrote:" that starts here takes; 0 when none does. Mail programs wrap it."""
    first = lines[number]
    if phrases.DATED_ATTRIBUTION.fullmatch(first):
        return 1
    if phrases.BARE_ATTRIBUTION.fullmatch(first) and _is_quote(_next_words(lines, number + 1)):
        return 1
    if not phrases.ATTRIBUTION_START.match(first):
        return 0
    joined = ""
    for size in range(1, 5):
        if number + size > len(lines) or not lines[number + size - 1]:
            return 0
        line = lines[number + size - 1]
        if _is_quote(line) and size > 1:
            return 0
        joined = f"{joined} {line}".strip()
        if phrases.ATTRIBUTION.fullmatch(joined):
            return size if phrases.DATE_OR_ADDRESS.search(joined) else 0
        if len(joined) > 500:
            return 0
    return 0


def _drop_quotes(lines: list[str]) -> list[int]:
    """The line numbers that stay.

    Quotes at the end go; quotes that are answered in between stay with the answers.
    """
    kinds = _kinds(lines)
    blocks = _blocks(kinds)
    own = [number for number, (kind, _, _) in enumerate(blocks) if kind == "text"]
    if not own:
        return []
    answered = [n for n, (kind, _, _) in enumerate(blocks) if kind == "quote" and own[0] < n < own[-1]]
    leading = [n for n, (kind, _, _) in enumerate(blocks) if kind == "quote" and n < own[0]]
    # One quote above one answer is bottom-posting: fold it. More than that is a dialogue: keep all of it.
    dialogue = bool(answered)
    kept: list[int] = []
    for number, (kind, start, end) in enumerate(blocks):
        keep = kind == "text" or (dialogue and kind == "quote" and number < own[-1])
        if keep and not (kind == "quote" and number in leading and not dialogue):
            kept.extend(range(start, end))
    return kept


def _kinds(lines: list[str]) -> list[Kind]:
    kinds: list[Kind] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        size = 1
        if not line:
            kinds.append("blank")
        elif _is_quote(line):
            kinds.append("quote")
        elif size := _attribution_size(lines, number):
            kinds.extend(["attribution"] * size)
        else:
            size = 1
            kinds.append("text")
        number += size
    return kinds


def _blocks(kinds: list[Kind]) -> list[tuple[str, int, int]]:
    """Runs of the same kind as (kind, start, end); blank lines belong to the run before them."""
    blocks: list[tuple[str, int, int]] = []
    for number, kind in enumerate(kinds):
        if blocks and (kind == "blank" or kind == blocks[-1][0]):
            blocks[-1] = (blocks[-1][0], blocks[-1][1], number + 1)
        elif kind != "blank":
            blocks.append((kind, number, number + 1))
    return blocks


def _drop_signature(lines: list[str], kept: list[int]) -> list[int]:
    """``kept`` without the signature, the "sent from" line and the disclaimer at its end."""
    start = _signature_start(lines, kept)
    if start is not None and _has_words([lines[number] for number in kept[:start]]):
        kept = kept[:start]
    without = [number for number in kept if not phrases.is_device_signature(lines[number])]
    return without if _has_words([lines[number] for number in without]) else kept


def _signature_start(lines: list[str], kept: list[int]) -> int | None:
    """The place in ``kept`` where the signature begins."""
    places: list[int] = []
    for place in range(max(0, len(kept) - _LONGEST_SIGNATURE), len(kept)):
        line = lines[kept[place]]
        if not line or _is_quote(line):
            continue
        tail = [lines[other] for other in kept[place + 1 :] if lines[other]]
        if line in ("--", "—", "– –", "__", "---") or phrases.RULE.fullmatch(line):
            opens = len(tail) <= 15 and not any(_is_quote(after) for after in tail)
        elif phrases.DISCLAIMER.match(" ".join([line, *tail[:3]])):
            opens = place > 0 and not lines[kept[place - 1]]
        elif phrases.SIGN_OFF.fullmatch(line):
            opens = _is_card(tail)
        elif phrases.THANKS.fullmatch(line):
            opens = _is_card(tail) and any(phrases.CONTACT.search(after) for after in tail)
        else:
            continue
        if opens:
            places.append(place)
    return places[0] if places else None


def _is_card(tail: list[str]) -> bool:
    """Do these lines look like name, title and address rather than like more of the letter?"""
    card: list[str] = []
    for line in tail:
        if line in ("--", "__") or phrases.RULE.fullmatch(line) or phrases.DISCLAIMER.match(line):
            break
        card.append(line)
    cards = [line for line in card if not phrases.is_device_signature(line)]
    return len(cards) <= 8 and all(len(line) <= 90 and not line.endswith(("?", ":")) for line in cards)


def _join(lines: list[str], kept: list[int]) -> str:
    """The kept lines, with at most two blank lines where something was taken out between them."""
    text = "\n".join(lines[number].rstrip() for number in kept)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")
