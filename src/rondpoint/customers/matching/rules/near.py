"""How near two words are, as DuckDB measures it: the same numbers, so that one record scores alike in both. Pure."""


def slip(left: str, right: str) -> bool:
    """Whether one letter at most is wrong, missing, too many or swapped with its neighbour: a Damerau-Levenshtein
    distance (F. Damerau, 1964) of one."""
    if left == right:
        return True
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1:
        return False
    begin = 0
    while begin < len(short) and short[begin] == long[begin]:
        begin += 1
    a, b = short[begin:], long[begin:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
    return a == b[1:]


def alike(left: str, right: str) -> float:
    """The similarity of Jaro and Winkler (W. Winkler, 1990), 0 to 1; a common beginning of up to four letters counts
    where the similarity of Jaro is above 0.7."""
    jaro = _jaro(left, right)
    if jaro <= 0.7:
        return jaro
    common = 0
    for a, b in zip(left[:4], right[:4], strict=False):
        if a != b:
            break
        common += 1
    return jaro + common * 0.1 * (1.0 - jaro)


def _jaro(left: str, right: str) -> float:
    if not left or not right:
        return 1.0 if left == right else 0.0
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    found: list[str] = []
    for place, letter in enumerate(left):
        for other in range(max(0, place - reach), min(len(right), place + reach + 1)):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                found.append(letter)
                break
    if not found:
        return 0.0
    met = [letter for letter, was in zip(right, taken, strict=True) if was]
    turned = sum(a != b for a, b in zip(found, met, strict=True)) // 2
    number = len(found)
    return (number / len(left) + number / len(right) + (number - turned) / number) / 3.0
