"""The shop's web site, as a company that uses the house would have it: its own look, with the widget in it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.channels import connections
from rondpoint.demo import catalogue, person
from rondpoint.demo.guard import demo_only

LANGUAGES = ("fr", "en")


@demo_only
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Six things to look at."""
    return _page(request, "home", products=catalogue.PRODUCTS)


@demo_only
@require_GET
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One of them."""
    found = catalogue.find(slug)
    if found is None:
        raise Http404
    others = [other for other in catalogue.PRODUCTS if other.slug != slug][:3]
    return _page(request, "product", product=found, others=others)


@demo_only
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Orders, deliveries, returns, and how to reach somebody."""
    mail, sms = connections.first("email", None), connections.first("sms", None)
    return _page(
        request,
        "help",
        address=connections.info(mail).get("address") if mail else "",
        number=connections.info(sms).get("number") if sms else "",
    )


@demo_only
@csrf_protect
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Signing in as one of three people, and out. No password: nobody real has an account here."""
    if request.method == "GET":
        return _page(request, "account", people=person.PEOPLE.values())
    slug = request.POST.get("account", "")
    response = HttpResponseRedirect(reverse("demo:account"))
    if slug in person.PEOPLE:
        response.set_cookie("demo_account", slug, path="/demo", samesite="Lax", httponly=True)
    else:
        response.delete_cookie("demo_account", path="/demo", samesite="Lax")
    return response


@demo_only
@csrf_protect
@require_http_methods(["POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Another language for the shop; the desk's stays."""
    back = request.POST.get("back", "")
    shop = reverse("demo:home")
    response = HttpResponseRedirect(back if back == shop or back.startswith(f"{shop}/") else shop)
    wanted = request.POST.get("language", "")
    if wanted in LANGUAGES:
        response.set_cookie("demo_language", wanted, path="/demo", samesite="Lax", httponly=True)
    return response


def _page(request: HttpRequest, name: str, **context) -> HttpResponse:
    visitor = person.PEOPLE.get(request.COOKIES.get("demo_account", ""))
    with translation.override(_language(request, visitor)):
        chat = connections.first("chat", None)
        context |= {
            "visitor": visitor,
            "visitor_number": person.account_number(visitor) if visitor else "",
            "token": person.site_token(visitor) if visitor else "",
            "chat_key": str(chat.public_id) if chat else "",
            "language": translation.get_language(),
            "languages": LANGUAGES,
            "here": request.path,
            "name": name,
        }
        response = render(request, f"demo/shop/{name}.html", context)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    # The widget styles itself inside its own shadow tree, as it does on any company's site.
    response.csp_overrides = {"style-src": "'self' 'unsafe-inline'", "img-src": "'self' data: blob:"}
    return response


def _language(request: HttpRequest, visitor: person.Person | None) -> str:
    chosen = request.COOKIES.get("demo_language", "")
    if chosen in LANGUAGES:
        return chosen
    if visitor is not None:
        return visitor.language
    asked = translation.get_language_from_request(request)[:2]
    return asked if asked in LANGUAGES else "fr"
