import gzip
import re
from pathlib import Path

import pytest
from reflex.utils import prerequisites
from reflex_base.utils import log

from ragapp.ui.build_plugin import SameOriginPlugin, same_origin
from ragapp.ui.routes import PAGES
from ragapp.ui.states.confirm_identity import ConfirmIdentityState
from ragapp.ui.states.dialogs import OPENED_BY
from ragapp.ui.theme import SCRIPTS, STYLESHEETS

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.mark.slow
def test_every_page_compiles_without_what_the_framework_is_about_to_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[str] = []
    monkeypatch.setattr(log, "deprecate", lambda **told: dropped.append(f"{told['feature_name']} {told['reason']}"))
    app = prerequisites.get_and_validate_app().app
    app._compile(dry_run=True, use_rich=False)
    expected = {page.route.strip("/") or "index" for page in PAGES}
    assert expected <= set(app._unevaluated_pages)
    assert not dropped


@pytest.mark.sweep
def test_every_dialog_of_every_page_is_closed_when_a_page_is_opened() -> None:
    """Read from the pages: whatever opens a dialog is put back when the tab shows another page, or this one again."""
    known = {**OPENED_BY, ConfirmIdentityState: ("is_open",)}
    closing = {f"{kind.get_full_name().replace('.', '__')}.{name}" for kind, names in known.items() for name in names}
    left: set[str] = set()
    count = 0
    for page in PAGES:
        for opened in re.findall(r"""(?<=')open:(.*?)'[,\]]|(?<=")open:(.*?)"[,\]]""", str(page.page().render())):
            count += 1
            by = set(re.findall(r"(reflex___state____state__\w+)\.(\w+?)_rx_state_", "".join(opened)))
            left |= {"".join(opened)} if not {f"{state}.{name}" for state, name in by} & closing else set()
    assert count > 100
    assert not left


@pytest.mark.parametrize("path", [*STYLESHEETS, *(f"/js/{name}.js" for name in SCRIPTS), "/js/answer_text.jsx"])
def test_what_the_pages_load_is_there(path: str) -> None:
    assert (ASSETS / path.lstrip("/")).is_file()


def test_stylesheets_load_nothing_from_other_hosts() -> None:
    for sheet in STYLESHEETS:
        text = (ASSETS / sheet.lstrip("/")).read_text(encoding="utf-8")
        assert "url(http" not in text.replace('"', "").replace("'", "")
        assert "url(//" not in text.replace('"', "").replace("'", "")


def test_the_baked_address_becomes_the_address_of_the_page() -> None:
    script = (
        'var e={PING:`http://localhost:8000/ping`,EVENT:"ws://localhost:8000/_event",OTHER:`https://example.hr/x`};'
    )
    assert same_origin(script) == (
        "var e={PING:`${location.origin}/ping`,"
        'EVENT:`${location.origin.replace(/^http/,"ws")}/_event`,'
        "OTHER:`https://example.hr/x`};"
    )


def test_the_compressed_twin_is_rewritten_too(tmp_path: Path) -> None:
    chunk = tmp_path / "assets" / "reflex-env-abc.js"
    chunk.parent.mkdir()
    chunk.write_text("`http://localhost:8000/ping`")
    twin = chunk.with_name("reflex-env-abc.js.gz")
    twin.write_bytes(gzip.compress(b"`http://localhost:8000/ping`"))
    SameOriginPlugin().post_build(static_dir=tmp_path)
    assert chunk.read_text() == gzip.decompress(twin.read_bytes()).decode() == "`${location.origin}/ping`"


def test_a_build_without_the_address_chunk_fails_loudly(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SameOriginPlugin().post_build(static_dir=tmp_path)
