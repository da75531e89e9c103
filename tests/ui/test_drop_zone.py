from ragapp.adapters.parsers.formats import FORMATS
from ragapp.ui.components import drop_zone


def test_the_file_dialog_offers_exactly_what_the_parsers_read() -> None:
    offered = drop_zone._ACCEPTED.split(",")
    assert sorted(offered) == sorted({extension for known in FORMATS for extension in known.extensions})
