"""Light Croatian stemming on words without diacritics: inflection off, derivation mostly kept."""

_INFLECTIONS = """
a e i o u
om em og eg oj im ih ama ima ega oga emu omu ome ijeg ijem ijih ijim ijima ijoj ija ije iji iju
ovi ove ova ovima ovama evi eve eva evima evama ju
ti iti ati eti jeti uti nuti
am as amo ate aju is imo ite es emo ete uju ujem ujes uje ujemo ujete
ao ala alo ali ale io ila ilo ili ile eo ela elo eli ele uo ula ulo uli ule
an ana ano ani ane anu anog anoga anom anoj anim anih anima
en ena eno eni ene enu enog enoga enom enoj enim enih enima
jen jena jeno jeni jene jenu jenog jenoga jenom jenoj jenim jenih jenima
anje anja anju anjem anjima enje enja enju enjem enjima
ost osti oscu ostima
ajuci ujuci eci uci avsi ivsi
ava avaju avam avati avan avana avano avani avane avanje avanja avanju avanjem
iva ivaju ivam ivati ivan ivana ivano ivani ivane ivanje ivanja ivanju ivanjem
ira iraju iram irati iran irana irano irani irane iranje iranja iranju iranjem
"""
_ADJECTIVE = ("ck", "sk", "n")
_MIN_STEM = 3
_ENDINGS = frozenset(_INFLECTIONS.split())
_LONGEST = max(map(len, _ENDINGS))


def stem(word: str) -> str:
    """Return the stem of a lowercase Croatian word typed without diacritics; at least three letters are kept."""
    stripped = _strip_inflection(word)
    for suffix in _ADJECTIVE:
        if stripped.endswith(suffix) and len(stripped) - len(suffix) >= _MIN_STEM + 1:
            return stripped[: -len(suffix)]
    return stripped


def _strip_inflection(word: str) -> str:
    for length in range(min(_LONGEST, len(word) - _MIN_STEM), 0, -1):
        if word[-length:] in _ENDINGS:
            return word[:-length]
    return word
