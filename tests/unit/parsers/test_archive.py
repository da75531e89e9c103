import struct

import pytest

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import ParseFailed
from tests.fakes.office_files import make_archive


def test_members_that_would_start_before_the_file_are_damage() -> None:
    data = bytearray(make_archive({"a": "text"}))
    directory_at = len(data) - 6
    (offset,) = struct.unpack_from("<I", data, directory_at)
    struct.pack_into("<I", data, directory_at, offset + 5000)
    archive = BoundedArchive(bytes(data), ParseLimits())
    with pytest.raises(ParseFailed):
        list(archive.stream("a"))
