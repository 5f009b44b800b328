"""django-helpdesk with the same mails: ``python bench/peers/helpdesk.py FOLDER`` prints one JSON line.

It is installed from the package index, with its dependencies, into an environment of its own (``.peers/`` of the
repository, kept for the next time), and works off a copy of FOLDER (one raw mail a file) by its own local mailbox, on
SQLite in its usual settings. What it would send is thrown away, so that no mail server slows it down.

Answer: ``{"peer", "value" (mails a second), "unit", "n", "tickets", "answers", "failed", "cpu_ms" (a mail)}``.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

VERSION = "2.6.1"
PACKAGES = (f"django-helpdesk=={VERSION}", "django-bootstrap4-form", "packaging", "setuptools<80")
PLACE = Path(__file__).parents[2] / ".peers" / f"helpdesk-{VERSION}"
ADDRESSES = "helpdesk_addresses"  # a module made on the way: the peer wants to be included
APPS = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "bootstrap4form",
    "rest_framework",
    "helpdesk",
)


def measure(folder: Path) -> dict:
    """What :func:`inside` found out, in the peer's own environment, which is made when it is not there."""
    python = PLACE / "bin" / "python"
    if not (PLACE / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", PLACE], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (PLACE / "ready").touch()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "PYTHON"))}
    done = subprocess.run(
        [python, "-P", __file__, "--inside", folder], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def inside(folder: Path) -> dict:
    """Runs in the peer's environment: a fresh house of its own, one queue, all mails."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as name:
        mails = Path(name) / "mails"
        shutil.copytree(folder, mails)
        number = len(list(mails.iterdir()))
        _set_up(Path(name))
        from helpdesk.email import process_queue
        from helpdesk.models import FollowUp, Queue, Ticket

        queue = Queue.objects.create(
            title="Help", slug="help", email_address="help@example.com", email_box_type="local",
            email_box_local_dir=str(mails), allow_email_submission=True,
        )  # fmt: skip
        quiet = logging.getLogger("helpdesk-bench")
        quiet.setLevel(logging.CRITICAL)
        began, worked = time.perf_counter(), time.process_time()
        process_queue(queue, quiet)
        taken, worked = time.perf_counter() - began, time.process_time() - worked
        failed = len(list(mails.iterdir()))  # it deletes those it has taken
        return {
            "peer": f"django-helpdesk {VERSION}",
            "value": round((number - failed) / taken, 1),
            "unit": "/s",
            "n": number,
            "tickets": Ticket.objects.count(),
            "answers": FollowUp.objects.count(),
            "failed": failed,
            "cpu_ms": round(worked / number * 1000, 2),
        }


def _set_up(folder: Path) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        SECRET_KEY="bench",
        INSTALLED_APPS=APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "helpdesk.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        MEDIA_ROOT=str(folder / "media"),
        MEDIA_URL="/media/",
        STATIC_URL="/static/",
        ROOT_URLCONF=ADDRESSES,
        SITE_ID=1,
        USE_TZ=True,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_ACTIVATE_API_ENDPOINT=False,
        SILENCED_SYSTEM_CHECKS=["admin.E403", "admin.E408", "admin.E409", "admin.E410"],
        LOGGING_CONFIG=None,
    )
    django.setup()
    from django.urls import include, path

    sys.modules[ADDRESSES] = module = types.ModuleType(ADDRESSES)
    module.urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    if len(words) == 2 and words[0] == "--inside":
        print(json.dumps(inside(Path(words[1]))))
    elif len(words) == 1:
        print(json.dumps(measure(Path(words[0]))))
    else:
        raise SystemExit("python bench/peers/helpdesk.py FOLDER")
