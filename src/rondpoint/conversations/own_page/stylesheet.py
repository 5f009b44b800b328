"""A brand's colours as a style sheet, because the policy of our pages allows no style inside them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rondpoint.accounts.models import Brand
from rondpoint.conversations.own_page.colours import painted


@require_safe
def colours(request: HttpRequest, slug: str) -> HttpResponse:
    """The colours of a brand, readable by day and by night."""
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Http404
    found = painted(brand.colour)
    response = HttpResponse(
        f":root {{ --brand: light-dark({found.light}, {found.dark}); "
        f"--on-brand: light-dark({found.on_light}, {found.on_dark}); }}\n",
        content_type="text/css",
    )
    response["Cache-Control"] = "public, max-age=300"
    return response
