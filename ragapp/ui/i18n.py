"""Words in the user's language.

`t` and `tn` give Vars that hold every language and follow `LanguageState.language` in the browser: a switch needs no
reload and no round trip. `translate` gives a plain string on the server, for toasts.
"""

from typing import cast

import reflex as rx
from reflex.vars import VarData

from ragapp.ui.catalogue import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    fill,
    find_plural_forms,
    find_text,
    plural_index,
    plural_rule,
)
from ragapp.ui.formatting import number
from ragapp.ui.states.language import LanguageState


def t(msgid: str, **params: object) -> rx.Var[str]:
    """Return a text that follows the user's language.

    Args:
        msgid: The English text, a literal (the catalogues are extracted from the calls); `{name}` marks a place.
        params: What goes into the places: Vars or plain values.

    Returns:
        A Var usable as a child or as an attribute (placeholder, aria-label, title).
    """
    return _by_language({language: rx.Var.create(fill(find_text(language, msgid), params)) for language in LANGUAGES})


def tn(singular: str, plural: str, n: rx.Var[int], **params: object) -> rx.Var[str]:
    """Return a text with a count in it that follows the user's language, in the right plural.

    Args:
        singular: The English text for one, with `{n}` for the formatted number.
        plural: The English text for any other number.
        n: The count.
        params: What goes into further places.
    """
    texts = {language: _forms(language, singular, plural, params) for language in LANGUAGES}
    shown = number(n)
    return _var(f"((n, shown) => {_by_language(texts)!s})({n!s}, {shown!s})", shown, *texts.values())


def translate(language: str, msgid: str, **params: object) -> str:
    """Return a text in one language, on the server."""
    return fill(find_text(language, msgid), params)


def translate_plural(language: str, singular: str, plural: str, n: int, **params: object) -> str:
    """Return a text with a count in one language, on the server."""
    form = find_plural_forms(language, singular, plural)[plural_index(language, n)]
    return fill(form, {**params, "n": n})


def _forms(language: str, singular: str, plural: str, params: dict[str, object]) -> rx.Var[str]:
    values = {**params, "n": rx.Var("shown", _var_type=str)}
    forms = [rx.Var.create(fill(form, values)) for form in find_plural_forms(language, singular, plural)]
    array = ", ".join(str(form) for form in forms)
    return _var(f"[{array}][Number({plural_rule(language)})]", *forms)


def _by_language(texts: dict[str, rx.Var[str]]) -> rx.Var[str]:
    language = cast("rx.Var[str]", LanguageState.language)
    expression = str(texts[SOURCE_LANGUAGE])
    for other in (name for name in LANGUAGES if name != SOURCE_LANGUAGE):
        expression = f'({language!s} === "{other}" ? {texts[other]!s} : {expression})'
    return _var(expression, language, *texts.values())


def _var(expression: str, *parts: rx.Var[str]) -> rx.Var[str]:
    data = VarData.merge(*(part._get_all_var_data() for part in parts))
    return rx.Var(expression, _var_type=str, _var_data=data).to(str)
