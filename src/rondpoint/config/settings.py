"""Django's settings, out of the environment."""

from pathlib import Path
from urllib.parse import urlsplit

from rondpoint.config import environment as _environment
from rondpoint.lib import db as _db

ENVIRONMENT = _environment.read()
RONDPOINT_HOME = ENVIRONMENT.home
RONDPOINT_URL = ENVIRONMENT.url
RONDPOINT_UNDO_SECONDS = ENVIRONMENT.undo_seconds
SECRET_KEY = ENVIRONMENT.secret
DATABASES = {"default": _environment.database(ENVIRONMENT, _db.connection_pragmas())}
_db.configure(None if ENVIRONMENT.database_url else RONDPOINT_HOME / "run" / "turnstile")

DEBUG = False
ALLOWED_HOSTS = ["*"]  # links are built from RONDPOINT_URL, never from the Host header
ROOT_URLCONF = "rondpoint.config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "rondpoint.jobs",
    "rondpoint.files",
    "rondpoint.ui",
    "rondpoint.accounts",
    "rondpoint.events",
    "rondpoint.customers",
    "rondpoint.consent",
    "rondpoint.channels",
    "rondpoint.tracking",
    "rondpoint.sending",
    "rondpoint.segments",
    "rondpoint.conversations",
    "rondpoint.hub",
    "rondpoint.demo",
    "rondpoint.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "rondpoint.ui.middleware.ContentSecurityPolicy",
    "rondpoint.ui.nul.NoNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rondpoint.accounts.middleware.StaffLanguage",
    "rondpoint.accounts.middleware.LastSeen",
    "rondpoint.accounts.middleware.SecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "rondpoint.ui.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "rondpoint.ui.templatetags.ui"],
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "rondpoint.accounts.sessions"
SESSION_COOKIE_NAME = "rondpoint_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = RONDPOINT_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [f"{urlsplit(RONDPOINT_URL).scheme}://{urlsplit(RONDPOINT_URL).netloc}"]
X_FRAME_OPTIONS = "SAMEORIGIN"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [Path(__file__).parent.parent / "ui" / "locale"]
STATIC_URL = "/static/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "rondpoint.lib.logs.formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"rondpoint": {"level": "INFO"}},
}
