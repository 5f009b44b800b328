"""Signing in and out, one's own page, and the settings of staff, brands, keys and the audit log."""

from django.urls import path

from rondpoint.accounts import views
from rondpoint.accounts.desk import audit, brands, house, keys, own, people, sessions, teams
from rondpoint.accounts.factors import entering, own_factors
from rondpoint.accounts.sso import views as sign_on

urlpatterns = [
    path("login", views.sign_in, name="sign_in"),
    path("logout", views.sign_out, name="sign_out"),
    path("login/factor", entering.factor, name="sign_in_factor"),
    path("login/passkey/options", entering.options),
    path("login/passkey", entering.passkey),
    path("login/sign-on", sign_on.begin),
    path("login/sign-on/back", sign_on.back),
    path("join/<str:token>", own.join),
    path("brand/logo", brands.logo),
    path("settings/factors", own_factors.factors, name="factors"),
    path("settings/factors/proof", own_factors.proof, name="proof"),
    path("settings/factors/proof/passkey/options", own_factors.proof_options),
    path("settings/factors/proof/passkey", own_factors.proof_passkey),
    path("settings/factors/totp", own_factors.totp_app, name="totp_app"),
    path("settings/factors/passkey/options", own_factors.passkey_options),
    path("settings/factors/passkey", own_factors.passkey),
    path("settings/factors/recovery", own_factors.recovery_codes),
    path("settings/factors/<uuid:public_id>/label", own_factors.label),
    path("settings/factors/<uuid:public_id>/removal", own_factors.removal),
    path("settings/sign-on", sign_on.settings_page, name="sign_on"),
    path("settings/house", house.rules, name="house"),
    path("settings/people/<int:number>/factors", house.reset),
    path("settings/me", own.me, name="me"),
    path("settings/me/password", own.password),
    path("settings/me/sessions", sessions.end),
    path("settings/people", people.people, name="people"),
    path("settings/people/new", people.person),
    path("settings/people/<int:number>", people.person, name="person"),
    path("settings/people/<int:number>/activity", people.activity),
    path("settings/people/<int:number>/link", people.link),
    path("settings/people/<int:number>/sessions", sessions.end_of),
    path("settings/teams", teams.teams, name="teams"),
    path("settings/teams/new", teams.team),
    path("settings/teams/<int:number>", teams.team),
    path("settings/brands", brands.brands, name="brands"),
    path("settings/brands/new", brands.brand),
    path("settings/brands/<int:number>", brands.brand),
    path("settings/keys", keys.keys, name="keys"),
    path("settings/keys/<int:number>/revocation", keys.revocation),
    path("settings/audit", audit.audit, name="audit"),
]
