"""`expand[]`: replace ids by the objects they name, along paths such as `payment_intent.latest_charge`."""

from . import lists
from .books import Books, public
from .errors import JSON, ParameterRefused

_KINDS = {
    "payment_intent": ("payment_intent",),
    "latest_charge": ("charge",),
    "charge": ("charge",),
    "balance_transaction": ("balance_transaction",),
    "failure_balance_transaction": ("balance_transaction",),
    "source": ("charge", "refund", "dispute", "payout", "transfer", "transfer_reversal"),
}
_DEEPEST = 4  # Stripe's limit


def expand(books: Books, item: JSON, paths: list[str]) -> JSON:
    """The object as the API shows it, with the paths expanded; a list's paths begin with `data.`.

    Raises ParameterRefused for a path that cannot be expanded or is more than four levels deep.
    """
    split = [path.split(".") for path in paths]
    for path in split:
        if len(path) > _DEEPEST:
            raise ParameterRefused(f"You cannot expand more than {_DEEPEST} levels: {'.'.join(path)}", param="expand")
    if item.get("object") != "list":
        return _expanded(books, item, split)
    for path in split:
        if path[0] != "data" or len(path) == 1:
            raise _cannot(path)
    inner = [path[1:] for path in split]
    return {**item, "data": [_expanded(books, each, inner) for each in item["data"]]}


def _expanded(books: Books, item: JSON, paths: list[list[str]]) -> JSON:
    shown = public(item)
    for field in dict.fromkeys(path[0] for path in paths):
        deeper = [path[1:] for path in paths if path[0] == field and len(path) > 1]
        if field == "line_items" and "_lines" in item:
            shown[field] = lists.of(item["_lines"], f"/v1/checkout/sessions/{item['id']}/line_items")
        elif field in _KINDS and field in shown:
            shown[field] = _object(books, shown[field], _KINDS[field], deeper)
        else:
            raise _cannot([field])
    return shown


def _object(books: Books, object_id: str | None, kinds: tuple[str, ...], deeper: list[list[str]]) -> JSON | None:
    if object_id is None:
        return None
    for kind in kinds:
        found = books.store.find(kind, object_id)
        if found is not None and found[0] == books.account:
            return _expanded(books, found[1], deeper)
    return None


def _cannot(path: list[str]) -> ParameterRefused:
    return ParameterRefused(f"This property cannot be expanded ({'.'.join(path)}).", param="expand")
