"""Colleagues as one chooses them."""

from ragapp.core.ids import UserId
from ragapp.core.scope import Role
from ragapp.services.tenancy.share_views import PersonView
from ragapp.store.people import Person


def person_view(person: Person) -> PersonView:
    """Return one colleague as a view."""
    return PersonView(UserId(person.id), person.name, person.email, Role(person.role))
