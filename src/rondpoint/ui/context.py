"""What every template knows."""

from django.http import HttpRequest


def page(request: HttpRequest) -> dict:
    """The path of the page, to mark where one is, and which doors the signed-in role may open."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "page_path": request.path,
        "page_operates": signed_in and user.may("operate"),
        "page_administers": signed_in and user.may("administer"),
        "page_replies": signed_in and user.may("reply"),
        "page_links": signed_in and user.may("link"),
    }
