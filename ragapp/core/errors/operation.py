"""What is not the caller's fault: something is down, or we have a bug."""

from ragapp.core.errors.base import RagAppError


class Unavailable(RagAppError):
    """Something we depend on is down; trying again later can help."""

    code = "unavailable"
    default_message = "A part of the service is not available right now. Try again in a moment."


class GeneratorUnavailable(Unavailable):
    code = "generator_unavailable"
    default_message = "The language model does not answer. Try again, or ask the administrator to check it."


class ModelMissing(GeneratorUnavailable):
    code = "model_missing"
    default_message = "The language model is not installed on the model server. Ask the administrator to install it."


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
    default_message = (
        "Something went wrong on our side. It has been recorded. Try again; if it goes on, tell the operator of this"
        " service."
    )


class InvariantBroken(Defect):
    code = "invariant_broken"


class DimensionMismatch(Defect):
    code = "dimension_mismatch"
