"""What every template knows."""

from django.http import HttpRequest


def page(request: HttpRequest) -> dict:
    """The path of the page, to mark where one is."""
    return {"page_path": request.path}
