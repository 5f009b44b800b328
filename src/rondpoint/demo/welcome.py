"""What ``rondpoint up --demo`` prints once it runs."""

from rondpoint.demo.seed.company import PASSWORD, STAFF


def words(url: str) -> str:
    """The address, the logins and three things to try."""
    logins = "\n".join(f"  {member.email:<22} {member.role.replace('_', ' ')}" for member in STAFF)
    return f"""
The desk of Maison Hirondelle   {url}/login
A customer's phone              {url}/demo/phone
The shop's web site             {url}/demo/shop

Sign in with the password {PASSWORD} as
{logins}

Three things to try, with the phone and the desk side by side:
  1. On the phone, open the shop and write in its chat. The message is on the desk at once.
  2. On the desk, answer by SMS instead. It arrives on the phone; answer there.
  3. On the desk, answer by e-mail, and answer that on the phone. It is still one conversation.
"""
