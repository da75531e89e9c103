"""What one document may cost."""

import os
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds of one child process and of what it may produce; `idle_s` is how long an unused sandbox stays warm.

    `memory_bytes` is address space over what the process holds before it sees the document. The archive limits count
    real inflated bytes; sizes that an archive states about itself are not believed. Each page whose text is recognised
    has a child of its own and with it `recognition_page_s`; the other times hold for everything else.
    """

    wall_clock_s: float = 60.0
    cpu_s: int = 30
    memory_bytes: int = 1024 * MEBIBYTE
    open_file_count: int = 64
    concurrent_count: int = min(2, os.cpu_count() or 1)
    idle_s: float = 60.0
    input_bytes: int = 256 * MEBIBYTE
    text_bytes: int = 20 * MEBIBYTE
    picture_bytes: int = 20 * MEBIBYTE
    page_count: int = 2_000
    archive_entry_count: int = 2_000
    archive_total_bytes: int = 200 * MEBIBYTE
    archive_entry_bytes: int = 50 * MEBIBYTE
    archive_ratio: int = 200
    recognition_page_s: float = 30.0
    recognised_page_count: int = 500
    recognised_pixel_count: int = 16_000_000
    picture_pixel_count: int = 60_000_000
