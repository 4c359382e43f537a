# Built in two steps, so that what runs has no compiler, no package cache and no tests.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /build/
RUN /opt/venv/bin/pip install --require-hashes -r /build/requirements.txt
COPY . /app
WORKDIR /app
# Files only, no database: the demo's settings need no secrets. They stay in this step.
RUN DAYLILY_ENV=demo VAR_DIR=/build /opt/venv/bin/python manage.py messages --compile \
    && DAYLILY_ENV=demo VAR_DIR=/build STATIC_ROOT=/app/static /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 daylily \
    && useradd --uid 10001 --no-create-home --gid daylily --home-dir /var/daylily --shell /usr/sbin/nologin daylily \
    && install -d -o daylily -g daylily /var/daylily
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DAYLILY_ENV=production \
    VAR_DIR=/var/daylily \
    STATIC_ROOT=/app/static
WORKDIR /app
USER daylily
VOLUME /var/daylily
EXPOSE 8000
# The site answers to its own names alone, so the check asks by the first of them.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import os, urllib.request as u; \
u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0].lstrip('.')}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--respawn-failed-workers", "shop.wsgi:application"]
