"""Who is named in a note: ``@`` and the name of a colleague."""


def mentioned(text: str, names: dict[int, str]) -> list[int]:
    """The ids of those named in a text, in the order of ``names``. ``names``: {id: name}.

    A name counts where ``@`` stands at the start of a word; the longest name at a place wins, so that "@Inès Martin"
    is not "@Inès". Upper and lower case are the same.
    """
    lowered = text.casefold()
    longest = sorted(names.items(), key=lambda entry: -len(entry[1]))
    found: set[int] = set()
    for at in (index for index, char in enumerate(lowered) if char == "@"):
        if at and lowered[at - 1].isalnum():
            continue  # an e-mail address
        rest = lowered[at + 1 :]
        for number, name in longest:
            wanted = name.casefold().strip()
            if wanted and rest.startswith(wanted) and not rest[len(wanted) : len(wanted) + 1].isalnum():
                found.add(number)
                break
    return [number for number in names if number in found]
