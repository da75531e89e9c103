"""The named steps of upload, ingestion and deletion, and at which moment of a run each one is.

A step is the moment right after what its name says. Passages are stored with their first vectors (I6), later vectors in
batches of their own (I9).
"""

from dataclasses import dataclass

from tests.fakes.mortal import Moment

UPLOAD, INGEST, DELETE = "upload", "ingest", "delete"


@dataclass(frozen=True)
class Step:
    """Where in a run a step is; a transaction is known by what it does."""

    meaning: str
    phase: str
    when: str
    call: str
    does: str = ""
    does_not: str = "nothing"

    def is_at(self, moment: Moment) -> bool:
        is_there = (moment.phase, moment.when, moment.call) == (self.phase, self.when, self.call)
        does = self.does in moment.does if self.does else True
        return is_there and does and self.does_not not in moment.does


STEPS = {
    "U1": Step("admitted", UPLOAD, "before", "stage"),
    "U2": Step("streaming to a temporary file", UPLOAD, "after", "append"),
    "U3": Step("temporary file on disk", UPLOAD, "after", "fsync of the file"),
    "U4": Step("digest taken and content identified", UPLOAD, "after", "identify"),
    "U5": Step("renamed", UPLOAD, "after", "rename"),
    "U6": Step("folder on disk", UPLOAD, "after", "fsync of the folder"),
    "U7": Step("inside the transaction", UPLOAD, "before", "commit", "documents.add"),
    "U8": Step("committed", UPLOAD, "after", "commit", "documents.add"),
    "U9": Step("answer sent", UPLOAD, "after", "answer"),
    "I1": Step("claimed", INGEST, "after", "commit", "queue.claim"),
    "I2": Step("bytes opened", INGEST, "after", "open_path"),
    "I3": Step("parser at work", INGEST, "during", "parse"),
    "I4": Step("parser's output read", INGEST, "after", "parse"),
    "I5": Step("split into passages", INGEST, "after", "read", "chunks.find_vectors"),
    "I6": Step("passages committed", INGEST, "after", "commit", "chunks.add_many"),
    "I7": Step("embedding asked for", INGEST, "during", "embed_passages"),
    "I8": Step("embedding returned", INGEST, "after", "embed_passages"),
    "I9": Step("vectors committed", INGEST, "after", "commit", "chunks.add_vectors", does_not="chunks.add_many"),
    "I10": Step("vectors sent to the index, half of them there", INGEST, "during", "add"),
    "I11": Step("index has answered", INGEST, "after", "add"),
    "I12": Step("index verified", INGEST, "after", "fetch"),
    "I13": Step("version flipped", INGEST, "after", "commit", "knowledge_bases.bump_revision"),
    "I14": Step("old version out of the index", INGEST, "after", "remove"),
    "I15": Step("old rows removed", INGEST, "before", "commit", "chunks.remove_versions_except"),
    "I16": Step("task closed", INGEST, "after", "commit", "tasks.finish"),
    "D1": Step("tombstone committed", DELETE, "after", "commit", "documents.bury"),
    "D2": Step("out of the index", DELETE, "after", "remove"),
    "D3": Step("absence verified", DELETE, "after", "fetch"),
    "D4": Step("bytes removed", DELETE, "after", "delete"),
    "D5": Step("rows purged", DELETE, "before", "commit", "documents.purge"),
    "D6": Step("finished task left as certificate", DELETE, "after", "commit", "documents.purge"),
}
