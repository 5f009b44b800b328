"""Single sign-on with OpenID Connect: one identity provider for the house."""
