"""The rules that hold everywhere, from catalog/content/rules.toml: taken in by slug, again and again."""

import tomllib
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "content" / "rules.toml"


def rules_of_the_file() -> list[dict[str, Any]]:
    """The file's rules as fields of GoodsRule; whether a source was checked stays in the file."""
    with FILE.open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["rules"]
    for row in rows:
        row.pop("checked")
        for name in ("words", "unless"):
            row[name] = row.get(name, "").strip()
    return rows


def load_rules(model: Any) -> tuple[int, int]:
    """Takes the file's rules into `model` (GoodsRule); how many are new, and how many there were. `active` stays as an office set it."""
    new = known = 0
    for row in rules_of_the_file():
        _rule, made = model.objects.update_or_create(slug=row["slug"], defaults=row)
        new, known = new + made, known + (not made)
    return new, known
