"""Second factors: an authenticator app, passkeys, and recovery codes for when they are lost."""
