"""`python -m torture`: a run on the database of DATABASE_URL, as its owner; `manage.py torture` starts it (torture.servers)."""

import argparse
import os
import sys
from pathlib import Path

import django
import psycopg

# A pack of each of two stores of one county.
_TWO_STORES = """
SELECT min(v.id) FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
WHERE p.county_code = (SELECT county_code FROM catalog_product ORDER BY id LIMIT 1) GROUP BY p.store_id ORDER BY 1 LIMIT 2
"""


def main() -> int:
    """0 where nothing was lost, doubled or unbalanced."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--site-database", required=True, help="as whom web server and worker connect")
    parser.add_argument("--folder", type=Path, required=True)
    wanted = parser.parse_args()
    django.setup()
    from torture.processes import Processes
    from torture.run import torture

    owner = os.environ["DATABASE_URL"]
    with psycopg.connect(owner) as database:
        variants = [row[0] for row in database.execute(_TWO_STORES).fetchall()]
    names = ("SITE_URL", "STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
    environment = {name: os.environ[name] for name in names} | {"DATABASE_URL": wanted.site_database}
    processes = Processes(environment, owner, wanted.folder)
    return 1 if torture(processes, variants, points=wanted.points, seed=wanted.seed, only=wanted.only) else 0


if __name__ == "__main__":
    sys.exit(main())
