"""Signing in through the provider, and the page on which it is set up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import structs

from rondpoint.accounts import signed_in
from rondpoint.accounts.actions import audit
from rondpoint.accounts.decorators import require
from rondpoint.accounts.desk.people import role_names
from rondpoint.accounts.sso import actions, client, queries, rules
from rondpoint.accounts.views import sign_in_page, wanted
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write

STATE, LASTS = "sign_on", 10 * clock.MINUTE
FIELDS = ("issuer", "client_id", "secret", "label", "domains", "role")


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Sends somebody to the provider."""
    provider, target = queries.provider(), wanted(request)
    if provider is None:
        return redirect("sign_in")
    try:
        found = client.discover(provider.issuer)
    except rules.Refused as error:
        return _sorry(request, error)
    state, nonce, verifier = ids.secret_token(), ids.secret_token(), ids.secret_token(48)
    held = {"state": state, "nonce": nonce, "verifier": verifier, "next": target, "until": clock.now() + LASTS}
    with write():
        request.session[STATE] = held
        request.session.save()
    there = rules.question(found, provider, queries.back_address(), state, nonce, verifier)
    # A form may lead to this house only (form-action 'self'), and a redirect counts: the page goes on by itself.
    answer = render(request, "accounts/leaving.html", {"there": there, "label": queries.label()})
    answer["Refresh"] = f"0; url={there}"
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: the state opens once, for the browser that began."""
    held = request.session.get(STATE)
    if held is None:  # nobody began here: nothing to spend, nothing worth writing down
        return sign_in_page(request, wanted(request), 403, error=_words(rules.Refused("state")))
    with write():
        request.session.pop(STATE)
        request.session.save()
    provider, given = queries.provider(), request.GET.get("state", "")
    try:
        if provider is None or held["until"] < clock.now() or not signing.same(held["state"], given):
            raise rules.Refused("state")
        if "error" in request.GET:
            said = request.GET["error"][:100]
            raise rules.Refused("denied" if said == "access_denied" else "provider", said)
        found = client.discover(provider.issuer)
        code = request.GET.get("code", "")[:2000]
        token = client.exchange(found, provider, code, held["verifier"], queries.back_address())
        person = rules.person(token, client.key_of(found, token), provider, held["nonce"])
        user = actions.colleague(provider, person)
    except rules.Refused as error:
        return _sorry(request, error)
    signed_in.begin(request, user, "sign_on")
    return redirect(held["next"])


@require_http_methods(["GET", "POST"])
@require("administer")
def settings_page(request: HttpRequest) -> HttpResponse:
    """The provider of the house. Its secret is never shown; an empty field keeps it."""
    kept = queries.provider()
    said = _stored(kept)
    if request.method == "GET":
        return _page(request, kept, said)
    if "remove" in request.POST:
        actions.remove(request.user.email)
        return redirect("sign_on")
    said = {name: request.POST.get(name, "").strip()[:500] for name in FIELDS}
    # A kept secret is sent to the provider it belongs to, not to wherever the issuer is changed to.
    moved = kept is not None and not rules.same_house(kept.issuer, said["issuer"])
    provider = rules.Provider(
        issuer=said["issuer"],
        client_id=said["client_id"],
        secret=said["secret"] or (kept.secret if kept and not moved else ""),
        label=said["label"][:60],
        domains=tuple(part.lower().lstrip("@") for part in said["domains"].replace(",", " ").split()),
        create="create" in request.POST,
        role=said["role"],
        passwords_off="passwords_off" in request.POST,
    )
    said |= {"secret": "", "create": provider.create, "passwords_off": provider.passwords_off}
    problems = {name: _problem(word) for name, word in rules.problems(provider, moved).items()}
    if problems:
        return _page(request, kept, said, problems=problems)
    actions.keep(request.user.email, provider)
    client.forget()
    return _page(request, provider, _stored(provider), checked=_check(provider), tried=True)


def _check(provider: rules.Provider) -> str:
    try:
        found = client.discover(provider.issuer, fresh=True)
        client.keys(found, fresh=True)
        client.introduce(found, provider, queries.back_address())
    except rules.Refused as error:
        return _words(error)
    return ""


def _sorry(request: HttpRequest, error: rules.Refused) -> HttpResponse:
    audit("sign-on", "sign_on.refused", error.reason, {"why": str(error)[:300]})
    return sign_in_page(request, wanted(request), 403, error=_words(error))


def _words(error: rules.Refused) -> str:
    """Why it failed, and what mends it."""
    known = {
        "state": _("This sign-in took too long, or was begun in another browser. Begin again."),
        "provider": _("The identity provider said no (%(why)s)."),
        "denied": _("The identity provider did not let you in here. Begin again, or ask whoever runs it for access."),
        "slow": _("The identity provider did not answer within %(why)s seconds. Try again in a moment."),
        "client": _("The provider does not know this client id with this secret (%(why)s). Enter both anew."),
        "unreachable": _("The identity provider does not answer as it should: %(why)s."),
        "issuer": _("The provider calls itself something else: %(why)s. Enter its issuer exactly as it says."),
        "endpoint": _("The provider offers an address that is not encrypted: %(why)s."),
        "discovery": _("The provider’s discovery document cannot be read: %(why)s."),
        "keys": _("The provider’s keys cannot be used: %(why)s."),
        "exchange": _("The provider did not confirm the sign-in: %(why)s."),
        "token": _("The provider’s confirmation cannot be believed: %(why)s."),
        "unverified": _("The provider does not vouch for your e-mail address. Ask whoever runs it to verify it."),
        "domain": _("Addresses at %(why)s may not sign in here."),
        "unknown": _("%(why)s has no account here. Ask an administrator for an invitation."),
        "closed": _("The account of %(why)s is closed."),
    }
    return known[error.reason] % {"why": str(error)[:200]}


def _problem(word: str) -> str:
    return {
        "issuer": _("An issuer is an address such as https://login.example.com, without ? and #."),
        "needed": _("This is needed."),
        "moved": _("The secret kept here belongs to the provider before. Enter the one of this provider."),
        "role": _("There is no such role."),
        "domains": _("Name the domains whose people get an account: without any, whoever the provider knows would."),
        "domain": _("A domain is called example.com, for example."),
    }[word]


def _stored(provider: rules.Provider | None) -> dict:
    if provider is None:
        return {"role": "agent"}
    return {**structs.asdict(provider), "secret": "", "domains": " ".join(provider.domains)}


def _page(
    request: HttpRequest,
    kept: rules.Provider | None,
    said: dict,
    problems: dict | None = None,
    checked: str = "",
    tried: bool = False,
) -> HttpResponse:
    names = role_names()
    context = {
        "kept": kept,
        "said": said,
        "problems": problems or {},
        "trouble": checked,
        "works": tried and not checked,
        "back": queries.back_address(),
        "roles": [(role, names[role]) for role in rules.ROLES],
    }
    return render(request, "accounts/sign_on.html", context, status=422 if problems else 200)
