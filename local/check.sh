#!/bin/sh
# Every check, each with its name; all of them run, and the first line of the end says which failed.
cd "$(dirname "$0")/.." || exit 1
failed=""
# No check needs a server: no database answers here, and none is asked.
export DAYLILY_ENV=test DATABASE_URL="postgresql://nobody@/none?host=/nonexistent"
check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}
bin=.venv/bin
check ruff "$bin/ruff" check --quiet .
check format "$bin/ruff" format --check --quiet .
check mypy "$bin/python" -m mypy
check imports "$bin/lint-imports"
check templates "$bin/djlint" --lint --quiet .
check migrations "$bin/python" -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
check messages "$bin/python" manage.py messages --check
if [ -n "$failed" ]; then
    echo "FAILED:$failed"
    exit 1
fi
echo "All checks passed."
