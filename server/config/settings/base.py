"""What every environment shares. Nothing secret has a default here (X-12)."""

from pathlib import Path
from typing import Any

import environ

from server.config import lean  # noqa: F401 - before anything else is imported

env = environ.Env()
ROOT = Path(__file__).resolve().parents[3]
DATA_DIR = Path(env.str("ERP_DATA_DIR", default=str(ROOT / ".data")))

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ERP_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "server.core",
    "server.organizations",
    "server.accounts",
    "server.audit",
    "server.jobs",
    "server.listings",
    "server.system",
    "server.imports",
    "server.annotations",
    "server.partners",
    "server.inventory",
    "server.purchasing",
    "server.sales",
    "server.hr",
    "server.demo",
]

MIDDLEWARE = [
    "server.core.http.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
]

ROOT_URLCONF = "server.config.urls"
WSGI_APPLICATION = "server.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français")]
LOCALE_PATHS = [ROOT / "server" / "locale"]

SQLITE_OPTIONS = {
    # Writers queue instead of failing: a deferred transaction that turns into a writer is refused at once.
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536",
}


def database() -> dict[str, Any]:
    """The database of `DATABASE_URL`, else SQLite in the data folder (E-001)."""
    if env.str("DATABASE_URL", default=""):
        settings: dict[str, Any] = dict(env.db("DATABASE_URL"))
        if "postgresql" in str(settings["ENGINE"]):
            # The pool replaces persistent connections; its size must reach the number of request threads.
            settings["CONN_MAX_AGE"] = 0
            settings["OPTIONS"] = {
                "pool": {"min_size": 2, "max_size": env.int("ERP_DB_POOL", default=16), "timeout": 10}
            }
        return settings
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "erp.sqlite3",
        "OPTIONS": SQLITE_OPTIONS,
        "CONN_MAX_AGE": None,
    }


DATABASES = {"default": database()}

# scrypt first; the others only so that an imported hash can be read once and rehashed.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["server.accounts.authentication.ContextAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["server.core.http.permissions.HasContext"],
    "DEFAULT_RENDERER_CLASSES": ["server.core.http.json.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["server.core.http.json.OrjsonParser"],
    "DEFAULT_SCHEMA_CLASS": "server.core.http.schema.PlainSchema",
    "EXCEPTION_HANDLER": "server.core.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "erp-tui",
    "DESCRIPTION": "The business server behind the terminal client. See docs/api.md.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["server.core.http.schema.load_descriptions"],
    # Choices stand where they are used: names for shared ones would collide, as every document has a state.
    "POSTPROCESSING_HOOKS": [],
}

# Tokens: a short access token, a rotating refresh session.
ACCESS_TOKEN_SECONDS = env.int("ERP_ACCESS_TOKEN_SECONDS", default=600)
REFRESH_TOKEN_DAYS = env.int("ERP_REFRESH_TOKEN_DAYS", default=30)
REFRESH_GRACE_SECONDS = 60
# A session that a PIN opened at a shared terminal ends with the shift, however much it is used.
PIN_SESSION_HOURS = env.int("ERP_PIN_SESSION_HOURS", default=10)
# How many proxies of ours stand in front: so many entries of X-Forwarded-For are not a client's invention.
TRUSTED_PROXIES = env.int("ERP_TRUSTED_PROXIES", default=0)
IDEMPOTENCY_DAYS = 30
IDEMPOTENCY_LEASE_SECONDS = 60
UPLOAD_LIMIT_BYTES = env.int("ERP_UPLOAD_LIMIT_BYTES", default=200 * 1024 * 1024)
ATTACHMENT_LIMIT_BYTES = env.int("ERP_ATTACHMENT_LIMIT_BYTES", default=25 * 1024 * 1024)
# What one file may hold that is taken in, and what reading it may cost; past these it is refused by name.
IMPORT_MOST_ROWS = env.int("ERP_IMPORT_MOST_ROWS", default=1_000_000)
IMPORT_MOST_COLUMNS = env.int("ERP_IMPORT_MOST_COLUMNS", default=1_000)
IMPORT_UNPACKED_LIMIT_BYTES = env.int("ERP_IMPORT_UNPACKED_LIMIT_BYTES", default=1024 * 1024 * 1024)
# Workbooks and JSON are read by a child process with these caps, so many at a time.
IMPORT_READING_MEMORY_BYTES = env.int("ERP_IMPORT_READING_MEMORY_BYTES", default=768 * 1024 * 1024)
IMPORT_READING_SECONDS = env.int("ERP_IMPORT_READING_SECONDS", default=50)
IMPORT_READINGS_AT_ONCE = env.int("ERP_IMPORT_READINGS_AT_ONCE", default=2)
# A file in the making holds a thread of `erp serve`, of which there are 8, until its reader has it.
EXPORTS_AT_ONCE = env.int("ERP_EXPORTS_AT_ONCE", default=3)
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

# Jobs: a worker that is silent for a lease loses its job; a stopping one lets it finish for the drain time.
JOB_LEASE_SECONDS = env.float("ERP_JOB_LEASE_SECONDS", default=30.0)
JOB_POLL_SECONDS = env.float("ERP_JOB_POLL_SECONDS", default=5.0)
JOB_DRAIN_SECONDS = env.float("ERP_JOB_DRAIN_SECONDS", default=10.0)
# Set by the launcher for the process that serves: where the embedded worker listens to be woken.
WAKE_PORT = env.int("ERP_WAKE_PORT", default=0)
WAKE_TOKEN = env.str("ERP_WAKE_TOKEN", default="")

# Mail: nothing is sent unless the operator names a server, as in smtp+tls://user:password@mail.example.com:587.
_EMAIL = env.email_url("ERP_EMAIL_URL", default="dummymail://")
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _EMAIL.get("EMAIL_HOST") or "localhost", _EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
    _EMAIL.get("EMAIL_HOST_USER") or "",
    _EMAIL.get("EMAIL_HOST_PASSWORD") or "",
)
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_TLS", False), _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("ERP_EMAIL_FROM", default="erp@localhost")

# structlog writes every line; see server.core.logs.
LOGGING_CONFIG = "server.core.logs.configure"
LOGGING = {"level": env.str("ERP_LOG_LEVEL", default="INFO"), "file": env.str("ERP_LOG_FILE", default="")}
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
