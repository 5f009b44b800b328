"""Which text may stand on which ground. Each pair is held to its contrast (WCAG 2.2, 1.4.3, 1.4.6 and 1.4.11) by a
test that reads ``tokens.css``, in light and in dark."""

BODY, TEXT, SIGN = 7.0, 4.5, 3.0  # body text; any other text; borders of controls and glyphs

GROUNDS = ("bg", "panel", "sunk", "float", "hover", "wash", "yellow-wash")
CHANNELS = (
    "chat", "email", "sms", "rcs", "voice", "video", "whatsapp", "messenger", "instagram", "telegram", "push", "shop",
    "kiosk", "print", "form",
)  # fmt: skip

PAIRS: tuple[tuple[str, str, float], ...] = (
    *(("ink", ground, BODY) for ground in (*GROUNDS, "red-wash", "green-wash")),
    *(("soft", ground, TEXT) for ground in (*GROUNDS, "red-wash", "green-wash")),
    *(("blue", ground, TEXT) for ground in GROUNDS),
    *(("red", ground, TEXT) for ground in (*GROUNDS, "red-wash")),
    *(("green", ground, TEXT) for ground in (*GROUNDS, "green-wash")),
    *((f"c-{channel}", ground, TEXT) for channel in CHANNELS for ground in GROUNDS),
    *(("edge", ground, SIGN) for ground in ("bg", "panel", "sunk", "float")),
    ("on-blue", "blue", TEXT),
    ("on-blue", "blue-deep", TEXT),
    ("blue-deep", "panel", TEXT),
    ("on-red", "red", TEXT),
    ("on-yellow", "yellow", BODY),
    ("on-tip", "tip", BODY),
)
