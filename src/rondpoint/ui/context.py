"""What every template knows."""

from django.http import HttpRequest

from rondpoint.ui import navigation, roles
from rondpoint.ui.theme import chosen


def page(request: HttpRequest) -> dict:
    """The path of the page, who looks at it, how it looks, whose house it is (a brand), and which doors the signed-in
    role may open."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    known = {"page_path": request.path, "page_theme": chosen(request), "page_house": getattr(request, "house", None)}
    if not signed_in:
        return known
    return known | {
        "page_user": user,
        "page_role": roles.named(user.role),
        "page_doors": navigation.shown("main", user.may, request.path),
        "page_settings": navigation.grouped("settings", user.may, request.path),
        "page_own": navigation.shown("own", user.may, request.path),
        "page_in_settings": navigation.within("settings", request.path),
        "page_companions": navigation.companions(),
        "page_operates": user.may("operate"),
        "page_administers": user.may("administer"),
        "page_replies": user.may("reply"),
        "page_links": user.may("link"),
    }
