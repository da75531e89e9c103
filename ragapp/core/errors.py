"""Every error the product raises on purpose: a stable code and a message a person can act on.

Edges translate: HTTP status in `api/problems.py`, words and language in `ui/feedback.py`. `code` is the message
catalogue key and never changes; `details` holds ids and numbers only, never text of a document or a question.
"""

from collections.abc import Mapping
from typing import ClassVar

Details = Mapping[str, str | int | float | None]


class RagAppError(Exception):
    """Root of everything raised on purpose."""

    code: ClassVar[str] = "error"
    default_message: ClassVar[str] = "The request could not be completed."

    def __init__(self, message: str | None = None, *, details: Details | None = None) -> None:
        self.user_message = message or self.default_message
        self.details: Details = dict(details or {})
        super().__init__(self.user_message)


class ConfigurationError(Exception):
    """Start-up only: a setting is missing or impossible; the message names it and the fix."""


class NotAuthenticated(RagAppError):
    code = "not_authenticated"
    default_message = "Sign in to continue."


class InvalidCredentials(NotAuthenticated):
    code = "invalid_credentials"
    default_message = "E-mail or password is not right."


class SignInExpired(NotAuthenticated):
    """The code of the second factor came too late after the password."""

    code = "sign_in_expired"
    default_message = "This took too long. Sign in again."


class SecondFactorRequired(NotAuthenticated):
    """The password was right; the code of the authenticator app is still to come."""

    code = "second_factor_required"
    default_message = "Enter the code of your authenticator app."


class InvalidSecondFactor(NotAuthenticated):
    code = "invalid_second_factor"
    default_message = "This code is not right or was used already. Wait for the next one and try again."


class TenantSuspended(NotAuthenticated):
    """A valid credential of somebody whose organisation may not work at the moment."""

    code = "tenant_suspended"
    default_message = "Your organisation is suspended. Nothing is lost; ask whoever runs this service."


class SignInNotAllowed(NotAuthenticated):
    code = "sign_in_not_allowed"
    default_message = "Your organisation signs in another way. Use its sign-in button."


class ExternalSignInFailed(NotAuthenticated):
    code = "external_sign_in_failed"
    default_message = "The sign-in service of your organisation did not confirm who you are. Start again."


class ExternalAccountUnknown(NotAuthenticated):
    code = "external_account_unknown"
    default_message = "This sign-in has no active account here. Ask an administrator of your organisation to invite you."


class ExternalAccountNotLinked(NotAuthenticated):
    """Somebody has that address here already; an address alone never opens an account."""

    code = "external_account_not_linked"
    default_message = "You have an account here already. Sign in with your password once and link this in your settings."


class PermissionDenied(RagAppError):
    code = "permission_denied"
    default_message = "Your role does not allow this. Ask an administrator of your organisation."


class ReauthenticationRequired(PermissionDenied):
    code = "reauthentication_required"
    default_message = "Confirm your password to go on."


class SecondFactorSetupRequired(PermissionDenied):
    code = "second_factor_setup_required"
    default_message = "Your organisation asks for a second factor. Set it up in your settings first."


class FeatureDisabled(PermissionDenied):
    code = "feature_disabled"
    default_message = "This feature is switched off for your organisation. An administrator can switch it on."


class NotFound(RagAppError):
    """Absent, or another tenant's: the same answer."""

    code = "not_found"
    default_message = "There is nothing here, or it has been deleted."


class Conflict(RagAppError):
    code = "conflict"
    default_message = "This was changed in the meantime. Reload and try again."


class InvalidTransition(Conflict):
    code = "invalid_transition"
    default_message = "This is not possible in the current state."


class NameTaken(Conflict):
    code = "name_taken"
    default_message = "This name is already in use."


class AlreadySetUp(Conflict):
    code = "already_set_up"
    default_message = "This installation already has an owner. Sign in instead."


class DuplicateDocument(Conflict):
    code = "duplicate_document"
    default_message = "Another document of this knowledge base has exactly this content. Open that one instead."


class LeaseLost(Conflict):
    """Another run owns this task now: stop quietly, change nothing."""

    code = "lease_lost"
    default_message = "This work was taken over and goes on elsewhere."


class LastOwner(Conflict):
    code = "last_owner"
    default_message = "An organisation needs an owner. Make somebody else an owner first."


class AlreadyMember(Conflict):
    code = "already_member"
    default_message = "This person is a member already."


class IdentityTaken(Conflict):
    code = "identity_taken"
    default_message = "This sign-in belongs to another account already. Unlink it there first."


class LastSignInWay(Conflict):
    code = "last_sign_in_way"
    default_message = "Without this nobody could sign in any more. Set up another way to sign in first."


class ProviderProofNeeded(Conflict):
    """Passwords go only after an owner has come in through the service that is to replace them."""

    code = "provider_proof_needed"
    default_message = "Sign in through one of your sign-in services yourself first. Then passwords can be switched off."


class LinkNotUsable(Conflict):
    """An invitation or reset link that is used up, withdrawn or too old: one answer for all."""

    code = "link_not_usable"
    default_message = "This link has been used, has expired or was withdrawn. Ask for a new one."


class AnswerInProgress(Conflict):
    code = "answer_in_progress"
    default_message = "An answer is still being written in this chat. Wait for it or stop it."


class InvalidInput(RagAppError):
    code = "invalid_input"
    default_message = "Something in the request is not valid."


class UnsupportedFileType(InvalidInput):
    code = "unsupported_file_type"
    default_message = "This type of file is not supported. Use PDF, Word, Excel, PowerPoint, ODT, HTML or text."


class FileTypeMismatch(UnsupportedFileType):
    code = "file_type_mismatch"
    default_message = "The content of this file does not match its name. Save it again in the right format."


class FileTooLarge(InvalidInput):
    code = "file_too_large"
    default_message = "The file is over the size limit."


class EmptyFile(InvalidInput):
    code = "empty_file"
    default_message = "The file is empty."


class InvalidFileName(InvalidInput):
    code = "invalid_file_name"
    default_message = "The file needs a usable name."


class InvalidAddress(InvalidInput):
    code = "invalid_address"
    default_message = "This is not a web address that can be read. Use one that starts with http:// or https://."


class InvalidIssuer(InvalidInput):
    code = "invalid_issuer"
    default_message = "The address of a sign-in service starts with https:// and has no ? or # in it."


class DomainNotProven(InvalidInput):
    code = "domain_not_proven"
    default_message = "List only domains where an owner of your organisation has an address; public mailboxes do not count."


class EmptyQuestion(InvalidInput):
    code = "empty_question"
    default_message = "Type a question first."


class QuestionTooLong(InvalidInput):
    code = "question_too_long"
    default_message = "The question is too long. Shorten it and ask again."


class WeakPassword(InvalidInput):
    code = "weak_password"
    default_message = "Use at least 10 characters that are not a common password."


class InvalidEmail(InvalidInput):
    code = "invalid_email"
    default_message = "This is not a valid e-mail address."


class InvalidSetupToken(InvalidInput):
    code = "invalid_setup_token"
    default_message = "The set-up token is not right. It is printed on the console where ragapp was started."


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"
    default_message = "This Idempotency-Key was already used with another request."


class LimitReached(RagAppError):
    code = "limit_reached"
    default_message = "A limit of your organisation has been reached."


class QuotaExceeded(LimitReached):
    code = "quota_exceeded"
    default_message = "Your organisation's quota is used up."


class RateLimited(LimitReached):
    code = "rate_limited"
    default_message = "Too many requests. Wait a moment and try again."

    def __init__(self, message: str | None = None, *, retry_after_s: int, details: Details | None = None) -> None:
        super().__init__(message, details={**(details or {}), "retry_after_s": retry_after_s})
        self.retry_after_s = retry_after_s


class IngestionFailed(RagAppError):
    """A document cannot be read: terminal, and the person can act."""

    code = "ingestion_failed"
    default_message = "The document could not be processed."


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


class FetchFailed(IngestionFailed):
    """What is at a web address cannot be read."""

    code = "fetch_failed"
    default_message = "The page could not be read. Open the address in a browser and check it."


class AddressRefused(FetchFailed):
    code = "address_refused"
    default_message = "This address leads into a private network and is not read. Use a public web address."


class SiteNotFound(FetchFailed):
    code = "site_not_found"
    default_message = "There is no site with this name. Check the address."


class SiteUnreachable(FetchFailed):
    code = "site_unreachable"
    default_message = "The site does not answer properly or in time. Try again later."


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
    default_message = "Cancelled."


class Unavailable(RagAppError):
    """Something we depend on is down; trying again later can help."""

    code = "unavailable"
    default_message = "A part of the service is not available right now. Try again in a moment."


class GeneratorUnavailable(Unavailable):
    code = "generator_unavailable"
    default_message = "The language model does not answer. Try again, or ask the administrator to check it."


class ModelMissing(GeneratorUnavailable):
    code = "model_missing"
    default_message = "The language model is not installed on the model server."


class EmbedderUnavailable(Unavailable):
    code = "embedder_unavailable"
    default_message = "The embedding model does not answer. Try again in a moment."


class IndexUnavailable(Unavailable):
    code = "index_unavailable"
    default_message = "The search index is not available right now. Try again in a moment."


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"
    default_message = "The file storage is not available right now. Try again in a moment."


class FetchBusy(Unavailable):
    code = "fetch_busy"
    default_message = "Many pages are being read for your organisation. This one follows in a moment."


class MailUnavailable(Unavailable):
    code = "mail_unavailable"
    default_message = "The mail server does not take messages right now. It will be tried again."


class Defect(RagAppError):
    """A bug of ours: logged and alarmed, never the caller's fault."""

    code = "defect"
    default_message = "Something went wrong on our side. It has been recorded."


class InvariantBroken(Defect):
    code = "invariant_broken"


class DimensionMismatch(Defect):
    code = "dimension_mismatch"
