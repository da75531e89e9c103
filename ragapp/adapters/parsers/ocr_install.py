"""Whether Tesseract is on this machine, told by its files alone: the serving process never loads it."""

from dataclasses import dataclass
from pathlib import Path

INSTALL_COMMAND = "apt install tesseract-ocr tesseract-ocr-hrv tesseract-ocr-eng"
WANTED_LANGUAGES = ("hrv", "eng")

_LIBRARY_FOLDERS = (
    *sorted(Path("/usr/lib").glob("*-linux-*")),
    *map(Path, ("/usr/lib64", "/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")),
)
_LIBRARY_NAMES = ("lib{}.so.*", "lib{}.*.dylib")
_DATA_FOLDERS = (
    *sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True),
    *map(Path, ("/usr/share/tessdata", "/usr/share/tesseract/tessdata", "/usr/local/share/tessdata")),
    Path("/opt/homebrew/share/tessdata"),
)


@dataclass(frozen=True, slots=True)
class OcrInstallation:
    """Where the two libraries and the language files are; `languages` are those of ours that are there."""

    tesseract: Path
    leptonica: Path
    data_folder: Path
    languages: tuple[str, ...]


def find_ocr() -> OcrInstallation | None:
    """Return what is installed, or None where text in pictures cannot be recognised."""
    tesseract, leptonica = _find_library("tesseract"), _find_library("lept") or _find_library("leptonica")
    if tesseract is None or leptonica is None:
        return None
    for folder in _DATA_FOLDERS:
        languages = tuple(name for name in WANTED_LANGUAGES if (folder / f"{name}.traineddata").is_file())
        if languages:
            return OcrInstallation(tesseract, leptonica, folder, languages)
    return None


def _find_library(name: str) -> Path | None:
    patterns = [pattern.format(name) for pattern in _LIBRARY_NAMES]
    found = (path for folder in _LIBRARY_FOLDERS for pattern in patterns for path in sorted(folder.glob(pattern)))
    return next(found, None)
