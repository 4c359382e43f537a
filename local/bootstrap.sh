#!/bin/sh
# Makes .venv with the locked packages, unless it is there already. Finds a Python that is new enough; bootstrap.py does the rest.
cd "$(dirname "$0")/.." || exit 1
if cmp -s requirements-local.txt .venv/locked.txt && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi
for name in "${DAYLILY_PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$name" -m local.bootstrap
    fi
done
echo "Daylily needs Python 3.11 or newer, and there is none here. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
exit 1
