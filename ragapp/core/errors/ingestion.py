"""Documents that cannot be read: terminal, and the person can act."""

from ragapp.core.errors.base import RagAppError


class IngestionFailed(RagAppError):
    """A document cannot be read: terminal, and the person can act."""

    code = "ingestion_failed"
    default_message = "The document could not be processed. Try again; if it fails again, upload another copy."


class ParseFailed(IngestionFailed):
    code = "parse_failed"
    default_message = "The file is damaged and could not be read. Open it, save it again and upload the new copy."


class NoTextFound(IngestionFailed):
    code = "no_text_found"
    default_message = "No text was found in this file. If it is a scan, make a sharper one and upload that."


class TextRecognitionMissing(NoTextFound):
    """A scan, on a machine without Tesseract."""

    code = "text_recognition_missing"
    default_message = (
        "This file is a scan, and text recognition is not installed here. Ask the administrator to install it "
        "(Debian: apt install tesseract-ocr tesseract-ocr-hrv tesseract-ocr-eng), then try again."
    )


class EmptyArchive(IngestionFailed):
    code = "empty_archive"
    default_message = "No file in this archive can be read. Unpack it and upload the files you need."


class EncryptedFile(IngestionFailed):
    code = "encrypted_file"
    default_message = "This file is password-protected. Remove the password and upload it again."


class DocumentTooComplex(IngestionFailed):
    code = "document_too_complex"
    default_message = "The file needs more time, memory or pages than allowed. Split it and upload the parts."


class TooManyPassages(IngestionFailed):
    """A file whose meaning would keep the encoder busy for longer than others can be asked to wait."""

    code = "too_many_passages"
    default_message = "The file has more text than one document may have here. Split it and upload the parts."


class FetchFailed(IngestionFailed):
    """What is at a web address cannot be read."""

    code = "fetch_failed"
    default_message = "The page could not be read. Open the address in a browser and check it."


class AddressRefused(FetchFailed):
    code = "address_refused"
    default_message = "This address leads into a private network and is not read. Use a public web address."


class SiteUnreachable(FetchFailed):
    """There is no such site, it lies in a private network, or it does not answer: the same, whoever asks."""

    code = "site_unreachable"
    default_message = "No public site answers at this address. Check the address, or try again later."


class PageNotFound(FetchFailed):
    code = "page_not_found"
    default_message = "The site has no page at this address. Check the address."


class SignInNeeded(FetchFailed):
    code = "sign_in_needed"
    default_message = "The site shows this page only after signing in. Download it and upload the file."


class RedirectRefused(FetchFailed):
    code = "redirect_refused"
    default_message = "The address leads on too often or to an unprotected page. Use the address it ends at."


class PageTooLarge(FetchFailed):
    code = "page_too_large"
    default_message = "What is at this address is over the size limit. Download it, split it and upload the parts."


class PageTypeRefused(FetchFailed):
    code = "page_type_refused"
    default_message = "There is no readable document at this address. Use a page, a PDF or an office document."


class Cancelled(RagAppError):
    """Somebody asked for this work to stop."""

    code = "cancelled"
    default_message = "Cancelled. Try again to have it read after all."
