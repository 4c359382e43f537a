"""List endpoints: pages by cursor, `created` bounds, and equality filters."""

from .books import Call, public
from .errors import JSON
from .forms import Parameters
from .store import Cursor

_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def equal_to(params: Parameters, *fields: str) -> list[tuple[str, object]]:
    """Filters for parameters that compare one field of the object, such as `payment_intent`."""
    sent = ((field, params.text(field)) for field in fields)
    return [(f"json_extract(body, '$.{field}') = ?", value) for field, value in sent if value is not None]


def answer(call: Call, kind: str, url: str, filters: list[tuple[str, object]]) -> JSON:
    """A list object: `limit` 1 to 100 (10), `starting_after`, `ending_before`, `created`, newest first."""
    cursor = Cursor(
        limit=call.params.integer("limit", least=1, most=100) or 10,
        after=call.params.text("starting_after"),
        before=call.params.text("ending_before"),
    )
    filters = [*filters, *_created(call.params)]
    found, more = call.books.store.page(call.books.account, kind, cursor, filters)
    return {"object": "list", "data": found, "has_more": more, "url": url}


def of(items: list[JSON], url: str) -> JSON:
    """A list object that holds everything there is."""
    return {"object": "list", "data": [public(item) for item in items], "has_more": False, "url": url}


def _created(params: Parameters) -> list[tuple[str, object]]:
    """`created=N` or `created[gte]=N` and its kin, in Unix seconds."""
    if not params.is_hash("created"):
        moment = params.integer("created")
        return [] if moment is None else [("created = ?", moment)]
    bounds = params.required_inner("created")
    sent = ((sign, bounds.integer(word)) for word, sign in _BOUNDS.items())
    return [(f"created {sign} ?", moment) for sign, moment in sent if moment is not None]
