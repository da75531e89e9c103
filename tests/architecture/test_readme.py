"""What the README promises is there."""

import re

from ragapp.config import Settings
from tests.architecture.sources import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_is_in_the_readme_and_nothing_else() -> None:
    listed = set(re.findall(r"^\| `RAGAPP_(\w+)`", README, re.MULTILINE))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets
