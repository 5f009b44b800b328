"""The choices of the house: their names, what holds until somebody chooses, and what may be chosen."""

Value = str | int | bool | dict

SECOND_FACTOR = ("nobody", "administrators", "everybody")  # who must prove more than a password

DEFAULTS: dict[str, Value] = {
    "second_factor": "nobody",
    "sign_on": {},  # the identity provider of single sign-on: accounts/sso
    "sending": {},  # what spares customers promotions: sending/house.py
    "import_days": 30,  # for which imports keep their files and refused rows: hub/imports/keeping
    "setup": {},  # which steps of the first start are done or left out: {"brand": "done", …}
}


def must_prove(required: str, administers: bool) -> bool:
    """Whether the house asks somebody for a second factor."""
    return required == "everybody" or (required == "administrators" and administers)
