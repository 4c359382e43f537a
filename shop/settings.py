"""Daylily's settings: one file, everything from the environment, safe where nothing is said.

DAYLILY_ENV names the place: `production` (the default), `demo` (`make start`) or `test` (`make test`). Production refuses to start
without a secret key, hosts, a database, Redis and Stripe's keys (here), and against the Stripe stand-in (shop/checks.py).
"""

import os
import re
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from shop.postgres import database_from

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DAYLILY_ENV = os.environ.get("DAYLILY_ENV", "production")
if DAYLILY_ENV not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"DAYLILY_ENV is {DAYLILY_ENV!r}: it must be production, demo or test.")
PRODUCTION = DAYLILY_ENV == "production"
DEMO = DAYLILY_ENV == "demo"
TESTING = DAYLILY_ENV == "test"
DEBUG = False


def required(name: str, *, elsewhere: str) -> str:
    """The environment's value of `name`; in the demo and in tests `elsewhere` stands in for a missing one.

    Raises ImproperlyConfigured in production when the variable is missing or empty.
    """
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. Daylily does not start in production without it (see .env.example)."
            ' On a developer\'s machine: `make start`, or eval "$(make -s shell-env)".'
        )
    return elsewhere


VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
SECRET_KEY = required("SECRET_KEY", elsewhere="daylily-demo-key-that-production-never-sees-0123456789")
SITE_URL = required("SITE_URL", elsewhere="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = required("ALLOWED_HOSTS", elsewhere="127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

DATABASES = {"default": database_from(required("DATABASE_URL", elsewhere="postgresql://postgres@127.0.0.1/daylily"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = required("REDIS_URL", elsewhere="redis://127.0.0.1:6379/0")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": os.environ.get("CACHE_PREFIX", "daylily"),
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 2},
    },
}

# The secret and publishable keys of Stripe, and the secret that signs its webhooks. STRIPE_API_BASE points to the stand-in in
# demo/stripe/; production refuses it (shop/checks.py).
STRIPE_SECRET_KEY = required("STRIPE_SECRET_KEY", elsewhere="sk_test_daylily_demo")
STRIPE_WEBHOOK_SECRET = required("STRIPE_WEBHOOK_SECRET", elsewhere="whsec_daylily_demo")
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
STRIPE_TIMEOUT_SECONDS = 20


def keys_from(text: str) -> dict[str, str]:
    """The keys of "id:hex64,id2:hex64" by their ids, in that order. Raises ImproperlyConfigured for anything else."""
    pairs = [part.strip().partition(":") for part in text.split(",")]
    keys = {name: key for name, _colon, key in pairs}
    if len(keys) < len(pairs) or not all(
        KEY_ID.fullmatch(name) and KEY_HEX.fullmatch(key) for name, key in keys.items()
    ):
        raise ImproperlyConfigured(
            "PERSONAL_DATA_KEYS must read id:key,id:key, each id once, each key 64 random hex digits"
            " (python -c 'import secrets; print(secrets.token_hex(32))')."
        )
    return keys


KEY_ID = re.compile(r"[a-z0-9-]{1,20}")
KEY_HEX = re.compile(r"[0-9a-f]{64}")
DEMO_KEY = "d1" * 32
# The keys of sealed personal data, the first of which seals, and the key of the index that finds duplicates (accounts/sealing.py).
PERSONAL_DATA_KEYS = keys_from(required("PERSONAL_DATA_KEYS", elsewhere=f"k1:{DEMO_KEY}"))
PERSONAL_DATA_INDEX_KEY = required("PERSONAL_DATA_INDEX_KEY", elsewhere=DEMO_KEY)

# Who runs this site, as the privacy notice names them, and where they are written to.
OPERATOR_NAME = required("OPERATOR_NAME", elsewhere="Daylily 演示站 (demo)")
OPERATOR_CONTACT = required("OPERATOR_CONTACT", elsewhere="privacy@daylily.example")

if PRODUCTION:  # refuse what would start, but unsafely
    if STRIPE_API_BASE or STRIPE_SECRET_KEY.startswith("sk_test_daylily"):
        raise ImproperlyConfigured(
            "The Stripe stand-in is for the demo and the tests: unset STRIPE_API_BASE and use Stripe's own key."
        )
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters.")
    if DEMO_KEY in {*PERSONAL_DATA_KEYS.values(), PERSONAL_DATA_INDEX_KEY}:
        raise ImproperlyConfigured(
            "PERSONAL_DATA_KEYS or PERSONAL_DATA_INDEX_KEY is the demo's key, which is published."
        )
    if not KEY_HEX.fullmatch(PERSONAL_DATA_INDEX_KEY):
        raise ImproperlyConfigured(
            "PERSONAL_DATA_INDEX_KEY must be 64 random hex digits (python -c 'import secrets; print(secrets.token_hex(32))')."
        )
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; * lets any host header through.")
    if not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured("SITE_URL must begin with https:// in production.")

INSTALLED_APPS = [
    "shop",
    "cms",
    "reports",
    "aftersales",
    "orders",
    "catalog",
    "delivery",
    "sellers",
    "stations",
    "payments",
    "accounts",
    "pictures",
    "wagtail.locales",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "pghistory",
    "pgtrigger",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

# Visitors (no session, no cart) are answered before session and sign-in are touched: they are 40 % of the cost of a page.
MIDDLEWARE = [
    "shop.methods.known_methods",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "shop.middleware.office_policy",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "shop.middleware.visitor_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shop.second_factor.second_factor",
    "shop.history.HistoryMiddleware",
    "shop.methods.opened_forms",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "shop" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "shop.templatetags.daylily",
                "shop.templatetags.frame",
                "shop.templatetags.goods",
                "shop.templatetags.structured",
                "shop.templatetags.stories",
                "shop.templatetags.texts",
            ],
        },
    },
]
FORM_RENDERER = "shop.forms.DaylilyRenderer"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:  # Argon2 is slow on purpose; the suite signs in hundreds of times.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm", "signup": "accounts.forms.SignUpForm"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Signing in by phone is ours (accounts/phone_accounts.py), with the same text and work for every number.
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Whoever signs up proves the address first: anything else tells strangers who has an account (accounts/stages.py for the others).
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    # One station's staff and farmers may share an address; each number has limits of its own (accounts/messages.py).
    "request_login_code": "10/m/ip,60/h/ip",
    "verify_phone": "20/m/ip",
    # Codes of coupons that nobody knows; a market hall may share an address (orders/guessing.py). Buyers looked up to be given one.
    "coupon_code": "10/h/key,60/h/ip",
    "coupon_given": "60/h/user",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if os.environ.get("BEHIND_PROXY") == "on" else 0
MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_FORMS = {"add_webauthn": "accounts.forms.NewPasskeyForm", "edit_webauthn": "accounts.forms.RenamePasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever signed up has proved theirs; the others were given one by an office
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Staff and officials must have a second factor before they act; only the demo and the tests waive it.
SECOND_FACTOR_REQUIRED = PRODUCTION

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", VAR_DIR / "static"))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "media"))
# Papers and originals of photographs: never under a public URL.
PRIVATE_ROOT = Path(os.environ.get("PRIVATE_ROOT", VAR_DIR / "private"))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# How long a visitor's page may be kept whole, in seconds; 0 keeps none.
VISITOR_PAGE_SECONDS = int(os.environ.get("VISITOR_PAGE_SECONDS", "0" if TESTING else "60"))

WAGTAIL_SITE_NAME = _("Daylily")
# One country, one time; the system's whole list holds names that no browser knows.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_I18N_ENABLED = True
WAGTAILIMAGES_IMAGE_MODEL = "pictures.Picture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "pictures.forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "heic", "avif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# The site's own account pages do this, with the second factor.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

EMAIL_HOST = required("EMAIL_HOST", elsewhere="localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "on") == "on"
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if not PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
# Where text messages go by HTTP, and how (accounts/text_gateway.py); .env.example says what each SMS_HTTP_* is.
SMS_HTTP = {
    name: os.environ.get(f"SMS_HTTP_{name}") or usual
    for name, usual in {
        "URL": "", "FORMAT": "json", "PHONE_FIELD": "phone", "PHONE_PREFIX": "", "TEXT_FIELD": "text", "EXTRA": "{}",
        "TOKEN": "", "TOKEN_HEADER": "Authorization", "SUCCESS": "", "TIMEOUT_SECONDS": "8",
    }.items()
}  # fmt: skip
# The dotted path of a function (phone, text) that sends a text message; empty: none can be sent.
SMS_BACKEND = os.environ.get("SMS_BACKEND", "accounts.text_gateway.send_by_http" if SMS_HTTP["URL"] else "")
if not PRODUCTION:
    SMS_BACKEND = os.environ.get("SMS_BACKEND", "accounts.messages.keep_for_demo")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Daylily <no-reply@daylily.example>")

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_SSL_REDIRECT = PRODUCTION and os.environ.get("TLS_REDIRECT", "on") != "off"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") == "on" else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_ENGINE = "shop.sessions"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "shop.views.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # it asks for DENY; Wagtail's preview is a frame of our own pages
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [
            SELF,
            "https://checkout.stripe.com",
            *([STRIPE_API_BASE] if STRIPE_API_BASE else []),
        ],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
    },
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "shop.logs.Masked", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"daylily": {"level": "INFO"}, "procrastinate": {"level": "WARNING"}},
}
