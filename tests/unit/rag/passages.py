"""Passages for the tests of retrieval, confidence and answers."""

from dataclasses import replace

from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.analysis import PassageFields, analyse
from ragapp.rag.language import detect_language
from ragapp.rag.lexical import LexicalIndex

TEXTS = (
    "The lighthouse on Cape Varda was built in 1871. Its keeper was Marta Silver, who lit the lamp for 40 years.",
    "The harbour of Varda exports salt and olive oil. In summer 12 ships leave it every day.",
    "Bees make honey from nectar. A hive holds up to 60000 bees in a good year.",
    "Stanar mora prijaviti kvar u roku od osam dana. Prijava se podnosi upravitelju zgrade.",
    "Upravitelj zgrade vodi evidenciju o popravcima i računima. Evidencija se čuva pet godina.",
)


def passage(number, text, **scores):
    return Passage(
        rank=number + 1,
        score=scores.pop("score", 0.0),
        document_id=DocumentId(f"d{number}"),
        document_title="",
        page=None,
        chunk_id=ChunkId(f"d{number}:1:0"),
        text=text,
        start=0,
        end=len(text),
        heading="",
        language=detect_language(text).value,
        **scores,
    )


PASSAGES = tuple(passage(number, text) for number, text in enumerate(TEXTS))


def lexical_index(passages=PASSAGES):
    return LexicalIndex((p.chunk_id, _terms(p.text)) for p in passages)


def _terms(text):
    language = detect_language(text)
    return replace(analyse(PassageFields(text), language), language=language.value)
