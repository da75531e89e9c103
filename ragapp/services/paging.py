"""How many rows one may ask for at a time."""

from ragapp.core.errors import InvalidInput

MAX_PAGE = 200


def page_limit(limit: int) -> int:
    """Return a valid page size.

    Raises:
        InvalidInput: outside 1 to MAX_PAGE.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"Ask for 1 to {MAX_PAGE} items at a time.", details={"field": "limit"})
    return limit
