"""Requests that cannot be served as they are: nothing there, in conflict, or not valid."""

from ragapp.core.errors.base import RagAppError
from ragapp.core.file_types import list_labels


class NotFound(RagAppError):
    """Absent, or another tenant's: the same answer."""

    code = "not_found"
    default_message = "There is nothing here, or it has been deleted. Go back and choose something else."


class Conflict(RagAppError):
    code = "conflict"
    default_message = "This was changed in the meantime. Reload and try again."


class InvalidTransition(Conflict):
    code = "invalid_transition"
    default_message = "This is not possible in the current state. Reload to see how things stand now."


class NameTaken(Conflict):
    code = "name_taken"
    default_message = "This name is already in use. Choose another one."


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
    default_message = "An organisation needs an owner. Make someone else an owner first."


class AlreadyMember(Conflict):
    code = "already_member"
    default_message = "This person is already a member. Look for them in the list of members."


class IdentityTaken(Conflict):
    code = "identity_taken"
    default_message = "This sign-in belongs to another account already. Unlink it there first."


class LastSignInWay(Conflict):
    code = "last_sign_in_way"
    default_message = "Without this, no one could sign in any more. Set up another way to sign in first."


class ProviderProofNeeded(Conflict):
    """Passwords go only after an owner has come in through the service that is to replace them."""

    code = "provider_proof_needed"
    default_message = "Sign in through one of your sign-in services yourself first. Then passwords can be turned off."


class LinkNotUsable(Conflict):
    """An invitation or reset link that is used up, withdrawn or too old: one answer for all."""

    code = "link_not_usable"
    default_message = "This link has been used, has expired or was withdrawn. Ask for a new one."


class AnswerInProgress(Conflict):
    code = "answer_in_progress"
    default_message = "An answer is still being written in this chat. Wait for it or stop it."


class QuestionTaken(Conflict):
    code = "question_taken"
    default_message = "This knowledge base already has this test question. Change that one instead."


class RunInProgress(Conflict):
    code = "run_in_progress"
    default_message = "The test questions of this knowledge base are being asked right now. Wait until that is done."


class NothingToMeasure(Conflict):
    code = "nothing_to_measure"
    default_message = "No test question here says what the right answer is. Add one, or complete one."


class TooManyQuestions(Conflict):
    code = "too_many_questions"
    default_message = "A knowledge base has at most 200 test questions. Delete some first."


class InvalidInput(RagAppError):
    code = "invalid_input"
    default_message = "Something in the request is not valid. Check what you entered."


class UnsupportedFileType(InvalidInput):
    code = "unsupported_file_type"
    default_message = f"This type of file is not supported. Use {list_labels()}."


class FileTypeMismatch(UnsupportedFileType):
    code = "file_type_mismatch"
    default_message = (
        f"The content of this file does not match its name. Save it again in the right format: {list_labels()}."
    )


class FileTooLarge(InvalidInput):
    code = "file_too_large"
    default_message = "The file is over the size limit. Split it and upload the parts."


class EmptyFile(InvalidInput):
    code = "empty_file"
    default_message = "The file is empty. Choose another one."


class InvalidFileName(InvalidInput):
    code = "invalid_file_name"
    default_message = "The file needs a usable name. Rename it and upload it again."


class InvalidAddress(InvalidInput):
    code = "invalid_address"
    default_message = "This is not a web address that can be read. Use one that starts with http:// or https://."


class InvalidIssuer(InvalidInput):
    code = "invalid_issuer"
    default_message = "The address of a sign-in service starts with https:// and has no ? or # in it."


class DomainNotProven(InvalidInput):
    code = "domain_not_proven"
    default_message = (
        "List only domains where an owner of your organisation has an address; public mailboxes do not count."
    )


class ExpectationMissing(InvalidInput):
    code = "expectation_missing"
    default_message = "Say what the right answer is: a document, words of the answer, or that it is not there."


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
    default_message = "This is not a valid e-mail address. Check it for typing mistakes."


class InvalidSetupToken(InvalidInput):
    code = "invalid_setup_token"
    default_message = "The set-up token is not right. It is printed on the console where ragapp was started."


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"
    default_message = "This Idempotency-Key was already used with another request. Use a new key for a new request."
