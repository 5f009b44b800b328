"""What Python frees by looking for it: rings of objects that only hold each other."""

import gc


def settle() -> None:
    """All that is loaded by now stays: it is looked through no more, and what comes after it less often. Who makes many
    small objects and no rings of them would else spend a sixth of the time looking."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
