"""What is told when the last file of a batch came to rest."""

import json

import reflex as rx
from reflex.event import EventSpec

from ragapp.ui import feedback
from ragapp.ui.i18n import translate, translate_plural
from ragapp.ui.states.tray import TrayState


def say_end(tray: TrayState, language: str) -> list[EventSpec]:
    """Return what tells that a batch is done, in the page and, where it was asked for, by the browser."""
    ended = tray._take_end()
    if ended is None or sum(ended) < 2:
        return []
    there, failed = ended
    ready = translate_plural(language, "{n} file is ready", "{n} files are ready", there)
    refused = translate_plural(language, "{n} failed", "{n} failed", failed)
    title = translate(language, "Uploads finished") if there else translate(language, "Uploads failed")
    text = ", ".join([*([ready] if there else []), *([refused] if failed else [])])
    # Inside a script: no character of a text may end a string or an element.
    told = ", ".join(json.dumps(each).replace("<", "\\u003c") for each in (title, text))
    shown = feedback.outcome(there, failed, done=ready, failed=refused)
    return [shown, rx.call_script(f"window.ragappUploads?.notify({told})")]
