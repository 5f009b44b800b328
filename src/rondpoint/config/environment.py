"""What the installation is told from outside. A wrong value stops the start with a sentence naming it."""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct


class BadEnvironment(SystemExit):
    """Ends the program with the sentence as its message."""


class Environment(Struct, frozen=True):
    home: Path
    port: int
    url: str
    database_url: str
    secret: str
    lmtp_port: int
    host: str
    trusted_proxies: tuple[str, ...]
    allow_private: bool  # addresses inside, for what goes to addresses of others
    undo_seconds: int  # an answer by mail or SMS may be taken back so long
    llm_url: str  # a language model behind an OpenAI-compatible address; "" for none: nothing is sent anywhere
    llm_key: str
    llm_model: str
    metrics_token: str = ""  # opens /metrics to others than loopback and trusted proxies
    access_log: bool = False
    otlp_url: str = ""  # a collector of traces (OTLP over HTTP); "" for none
    otlp_headers: tuple[tuple[str, str], ...] = ()
    lake: str = ""  # the folder of the lake, or s3://bucket/prefix
    lines_inside: bool = True  # mail servers and the like that an administrator names may stand inside


# Each may come from a file instead, named by the same name with _FILE, or as a credential of systemd of the same name.
SECRETS = (
    "RONDPOINT_SECRET",
    "DATABASE_URL",
    "RONDPOINT_LLM_KEY",
    "RONDPOINT_METRICS_TOKEN",
    "OTEL_EXPORTER_OTLP_HEADERS",
)
STORE_OPTIONS = frozenset({"endpoint_override", "region", "scheme"})  # of the address of a lake


def read(environ: os._Environ | dict | None = None) -> Environment:
    """Reads and checks the environment; makes the home and the secret on the first start."""
    environ = _with_files(os.environ if environ is None else environ)
    home = Path(environ.get("RONDPOINT_HOME") or "var").absolute()
    try:
        for folder in (home, home / "files", home / "outbox", home / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
    except OSError as error:
        raise BadEnvironment(f"RONDPOINT_HOME={home}: the folder cannot be used ({error.strerror})") from error
    port = _port(environ, "RONDPOINT_PORT", 8000)
    url = (environ.get("RONDPOINT_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadEnvironment(f"RONDPOINT_URL={url!r} is not a web address; expected https://desk.example.com")
    database_url = environ.get("DATABASE_URL", "")
    if database_url and urlsplit(database_url).scheme not in ("postgres", "postgresql"):
        raise BadEnvironment(
            "DATABASE_URL: only postgresql://user:password@host:port/name is understood; leave it out for SQLite"
        )
    if environ.get("RONDPOINT_LOG", "") not in ("", "json", "text"):
        raise BadEnvironment(f"RONDPOINT_LOG={environ['RONDPOINT_LOG']!r}: expected json or text")
    return Environment(
        home=home,
        port=port,
        url=url,
        database_url=database_url,
        secret=environ.get("RONDPOINT_SECRET") or _stored_secret(home),
        lmtp_port=_port(environ, "RONDPOINT_LMTP_PORT", 8024),
        host=environ.get("RONDPOINT_HOST") or "127.0.0.1",
        trusted_proxies=tuple(p.strip() for p in environ.get("RONDPOINT_TRUSTED_PROXIES", "").split(",") if p.strip()),
        allow_private=environ.get("RONDPOINT_ALLOW_PRIVATE", "") == "1",
        lines_inside=environ.get("RONDPOINT_ALLOW_PRIVATE", "") != "0",
        undo_seconds=_seconds(environ, "RONDPOINT_UNDO_SECONDS", 8, 60),
        llm_url=_llm(environ),
        llm_key=environ.get("RONDPOINT_LLM_KEY", ""),
        llm_model=environ.get("RONDPOINT_LLM_MODEL", ""),
        metrics_token=environ.get("RONDPOINT_METRICS_TOKEN", ""),
        access_log=environ.get("RONDPOINT_ACCESS_LOG", "") == "1",
        lake=_lake(environ, home),
        otlp_url=_web_address(environ, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        otlp_headers=_headers(environ, "OTEL_EXPORTER_OTLP_HEADERS"),
    )


def _lake(environ, home: Path) -> str:
    """The folder of the lake, made when it is not there, or an address in an object store, which is not asked now."""
    given = environ.get("RONDPOINT_LAKE") or str(home / "lake")
    if "://" in given:
        return _store(given)
    folder = Path(given)
    if not folder.is_absolute():
        raise BadEnvironment(f"RONDPOINT_LAKE={folder}: expected a folder named from the root, such as /srv/lake")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadEnvironment(f"RONDPOINT_LAKE={folder}: the folder cannot be used ({error.strerror})") from error
    return str(folder)


def _store(address: str) -> str:
    """An address as pyarrow's S3 client reads it."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.username or parts.password:
        raise BadEnvironment("RONDPOINT_LAKE: credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if parts.scheme != "s3" or not parts.netloc or parts.fragment:
        raise BadEnvironment(f"RONDPOINT_LAKE={address}: expected a folder, or s3://bucket/prefix?region=eu-west-3")
    if wrong := sorted(options.keys() - STORE_OPTIONS) + sorted(name for name, value in options.items() if not value):
        known = ", ".join(sorted(STORE_OPTIONS))
        raise BadEnvironment(f"RONDPOINT_LAKE={address}: {wrong[0]} is unknown or empty; expected {known}")
    return address


def _with_files(environ) -> dict[str, str]:
    """The environment with the secrets that come from files or from systemd's credentials. Two sources are a mistake:
    nobody could say which of them counts."""
    read = dict(environ)
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    for name in SECRETS:
        sources = {}
        if environ.get(name):
            sources[name] = None
        if environ.get(f"{name}_FILE"):
            sources[f"{name}_FILE"] = Path(environ[f"{name}_FILE"])
        if credentials and (Path(credentials) / name).is_file():
            sources[f"systemd's credential {name}"] = Path(credentials) / name
        if len(sources) > 1:
            raise BadEnvironment(f"{' and '.join(sources)} are both given; leave one of them out")
        for source, path in sources.items():
            if path is not None:
                read[name] = _content(source, path)
    return read


def _content(source: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadEnvironment(f"{source}={path}: the file cannot be read ({why})") from error
    if not text:
        raise BadEnvironment(f"{source}={path}: the file is empty")
    return text


def _web_address(environ, name: str, example: str = "http://host:port") -> str:
    url = environ.get(name, "").rstrip("/")
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise BadEnvironment(f"{name}={url!r} is not a web address; expected {example}")
    return url


def _headers(environ, name: str) -> tuple[tuple[str, str], ...]:
    """``name=value,name=value`` with values percent-encoded, as OpenTelemetry's specification of exporters has it."""
    pairs = [pair.partition("=") for pair in environ.get(name, "").split(",") if pair.strip()]
    if any(not key.strip() or not equals for key, equals, _ in pairs):
        raise BadEnvironment(f"{name}: expected name=value, several separated by commas")
    return tuple((key.strip(), unquote(value.strip())) for key, _, value in pairs)


def database(environment: Environment, pragmas: str) -> dict:
    """Django's DATABASES entry."""
    if not environment.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": environment.home / "rondpoint.sqlite3",
            "CONN_MAX_AGE": None,  # opening one costs more than most questions
            "OPTIONS": {"init_command": pragmas},
        }
    parts = urlsplit(environment.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _llm(environ) -> str:
    url = _web_address(environ, "RONDPOINT_LLM_URL", "https://host/v1")
    if url and not environ.get("RONDPOINT_LLM_MODEL"):
        raise BadEnvironment("RONDPOINT_LLM_MODEL is missing: RONDPOINT_LLM_URL needs the name of a model")
    return url


def _port(environ, name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise BadEnvironment(f"{name}={text!r} is not a port; expected a number from 1 to 65535")
    return int(text)


def _seconds(environ, name: str, default: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or int(text) > most:
        raise BadEnvironment(f"{name}={text!r} is not a time; expected whole seconds from 0 to {most}")
    return int(text)


def _stored_secret(home: Path) -> str:
    """The secret of the home, made on the first start; whole or not there at all, also when the machine dies."""
    path = home / "secret"
    if not path.exists():
        aside = home / f".secret-{secrets.token_hex(8)}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)  # who was faster has made it
        aside.unlink()
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
    return path.read_text().strip()
