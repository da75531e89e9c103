"""What questions of a language have in common, so that it can be left out where they meet texts of another language.

An encoder of many languages puts the language itself into every vector. Across languages that part says nothing about
the subject: the mean of questions about everything is taken from the question, the mean of a library's passages from
its passages, before they are compared.
"""

import asyncio

import numpy as np

from ragapp.rag.ports import Embedder, Vectors
from ragapp.rag.types import Language

_CROATIAN = """\
Koliko dana godišnjeg odmora imam?
Tko odobrava putni nalog?
Kada ističe ugovor o najmu?
Koja je cijena artikla u cjeniku?
Kako prijaviti kvar na uređaju?
Gdje se predaje zahtjev za naknadu troškova?
Mogu li vratiti robu bez računa?
Što učiniti u slučaju požara?
Koji je rok za žalbu na rješenje?
Koliko iznosi kazna za kašnjenje?
Tko je odgovoran za zaštitu osobnih podataka?
Kolika je temperatura skladištenja?
U kojem gradu je sjedište društva?
Zašto je odbijena ponuda?
Koje dokumente treba priložiti prijavi?
Koliko dugo traje jamstvo?
Što znači oznaka na zaslonu?
Kada je održana sjednica i tko je bio prisutan?
Smije li se uređaj koristiti vani?
Kako se mijenja lozinka?
telefon službe za korisnike
radno vrijeme subotom
uvjeti za popust na količinu
popis potrebne opreme"""
_ENGLISH = """\
How many days of annual leave do I have?
Who approves a travel order?
When does the lease end?
What is the price of the item in the price list?
How do I report a faulty device?
Where do I hand in a claim for expenses?
Can I return goods without a receipt?
What should I do in case of fire?
What is the deadline for an appeal against a decision?
How high is the penalty for late delivery?
Who is responsible for data protection?
At what temperature is it stored?
In which city is the head office?
Why was the offer rejected?
Which documents have to be attached to the application?
How long is the warranty?
What does the sign on the display mean?
When was the meeting held and who was present?
May the device be used outdoors?
How is the password changed?
customer service phone number
opening hours on Saturday
conditions for a volume discount
list of required equipment"""
_QUESTIONS = {Language.CROATIAN: _CROATIAN.splitlines(), Language.ENGLISH: _ENGLISH.splitlines()}


class TypicalQuestions:
    """The mean vector of questions in each language, made by the embedder when it is first needed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._means: dict[Language, Vectors] = {}
        self._making = asyncio.Lock()

    async def mean(self, language: Language) -> Vectors | None:
        """Return the mean, shape (dimension,), float32; None for a language without typical questions.

        Raises:
            EmbedderUnavailable: the model cannot be reached or loaded.
        """
        if language not in _QUESTIONS:
            return None
        if language not in self._means:
            async with self._making:
                if language not in self._means:
                    self._means[language] = await self._make(language)
        return self._means[language]

    async def _make(self, language: Language) -> Vectors:
        vectors = [await self._embedder.embed_question(question) for question in _QUESTIONS[language]]
        mean: Vectors = np.mean(vectors, axis=0, dtype=np.float32)
        return mean
