"""Names of women and men in free text, by a list of common names and how people write them.

One name alone is usually a place, a group or a word; two in a row, a name after a title, or a
cell that holds nothing but a given name is a person. The list is ours
(``data/reference/personal_names.csv``): common given and family names of Mali, its neighbours,
France and England.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from analytics.geography import places
from analytics.settings import PROJECT

NAMES = PROJECT / "data" / "reference" / "personal_names.csv"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: letters of Bambara, Songhay and Fula that have no decomposition of their own
LETTERS = str.maketrans("ɔɛŋɲɓɗƴƁƊƆƐŊƝ", "oennbdyBDOENN")
#: a word of letters, apostrophes inside (N'Diaye), or an initial with its point
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: what may stand between two names of one person
_BETWEEN = re.compile(r"[\s.,;:/_\-]{1,3}|\s?\([^\W\d_]{0,3}|\d{0,2}[\s_]")
_TITLES = _words(
    "mme madame mmes mlle mademoiselle mr mrs ms miss monsieur messieurs hadja hadia elhadj "
    "elhadji dr docteur doctor pr imam marabout soeur"
)
#: a title only with its point or before a capital: "M. Koné", "El Hadj"
_SHORT_TITLES = _words("m el")
_PARTICLES = _words("ag walet oult ould mint ben ibn bint wld")
#: what is called after a person is public: a school, a street, a foundation
_NAMED_AFTER = _words(
    "lycee ecole fondation foundation stade stadium avenue rue street hopital hospital centre "
    "center universite university aeroport airport pont bridge cscom csref marche dispensaire "
    "quartier village commune cercle hameau ville"
)
#: what follows a title without being a name
_OFFICES = _words(
    "la le les l the de du des d a et and ou in of our son sa leur ministre minister maire mayor "
    "presidente president presidents presidentes directrice directeur director secretaire "
    "tresoriere tresorier prefet gouverneur governor deputee depute conseillere conseiller "
    "representante representant chef cheffe commissaire coordinatrice coordinateur animatrice "
    "animateur formatrice membre membres responsable agente agent sous chair chairwoman"
)
#: capitalised beside a name without being part of it
_NOT_NAMES = _words(
    "groupe group groupes association associations union federation reseau network cooperative "
    "projet project programme program ong ngo care mali contact contacts tel telephone region "
    "famille family chez avec pour par sur dans les des une aux leurs femmes women hommes men "
    "awards prix prize route axe axis loi law rapport report source institut institute plan stop "
    "republique republic nord sud est ouest north south east west janvier fevrier mars avril mai "
    "juin juillet aout septembre octobre novembre decembre january february march april may june "
    "july august september october november december lundi mardi mercredi jeudi vendredi samedi "
    "dimanche monday tuesday wednesday thursday friday saturday sunday appelez call voir reunion "
    "savings epargne caisse credit banque bank millet mil riz rice"
)


@dataclass(frozen=True)
class Name:
    """One entry of the list; ``weak`` when it is also a word, a place or a very short one."""

    given: bool
    family: bool
    weak: bool


def plain(text: str) -> str:
    """ASCII, lower case, letters only: ``N'Diaye`` and ``Ndiaye`` are one name."""
    decomposed = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return re.sub(r"[^a-z]", "", decomposed.encode("ascii", "ignore").decode().lower())


@cache
def names() -> dict[str, Name]:
    """The list by plain spelling; a name that is a region or cercle too counts as weak."""
    found = {}
    for row in _rows():
        kind, name = row["kind"], row["name"]
        if kind != "place":
            weak = bool(row["also_a_word"]) or _is_place(name)
            found[name] = Name(kind != "family", kind != "given", weak)
    return found


@cache
def _communes() -> dict[str, list[tuple[str, ...]]]:
    """Communes that are called as a person would be (Madiga Sacko), by their first word."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in _rows():
        if row["kind"] == "place":
            commune = tuple(row["name"].split())
            found.setdefault(commune[0], []).append(commune)
    return found


def _rows() -> list[dict[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def _is_place(name: str) -> bool:
    try:
        places.resolve(name, level=None)
    except places.PlaceError:
        return False
    return True


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    name: Name | None
    key: str

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


def find_names(text: str, *, alone: bool = False) -> list[tuple[int, int]]:
    """Where persons are named, as ``(start, end)`` in ``text``.

    Args:
        alone: a single name that fills the whole text counts, a family name as well. Without it
            only a given name that can be nothing else does.
    """
    words = _words_of(text)
    found = [*_titled(words, text), *_in_a_row(words, text), *_with_particle(words, text)]
    if not found and len(words) == 1 and (name := words[0].name) and len(words[0].key) > 2:
        letters = words[0].end - words[0].start
        nothing_else = letters >= len(re.sub(r"[\W\d_]", "", text))
        if nothing_else and (alone or (name.given and not name.weak and not name.family)):
            found.append((words[0].start, words[0].end))
    return _merged(found)


def _words_of(text: str) -> list[_Word]:
    """The words of a text; those of a commune's name are nobody's."""
    known, communes = names(), _communes()
    matches = list(_WORD.finditer(text))
    keys = [plain(match[0]) for match in matches]
    of_place: set[int] = set()
    for start, key in enumerate(keys):
        for commune in communes.get(key, ()):
            if tuple(keys[start : start + len(commune)]) == commune:
                of_place.update(range(start, start + len(commune)))
    return [
        _Word(match[0], match.start(), match.end(), known.get(key), key)
        for place, (match, key) in enumerate(zip(matches, keys, strict=True))
        if place not in of_place
    ]


def _titled(words: list[_Word], text: str) -> list[tuple[int, int]]:
    found = []
    for first, second in pairwise(words):
        gap = text[first.end : second.start]
        if len(gap) > 2 or gap.strip(" .'’-\u00a0"):
            continue
        title = first.key in _TITLES
        if first.key in _SHORT_TITLES:
            # "M. Koné" is a man; "m koné" is not written.
            title = first.capital and (
                second.key in ("hadj", "hadji") or ("." in gap and _may_be_name(second))
            )
        unknown = second.capital and second.key not in _OFFICES | _TITLES
        if title and (unknown or (second.name and not second.name.weak)):
            found.append((first.start, second.end))
    return found


def _in_a_row(words: list[_Word], text: str) -> list[tuple[int, int]]:
    found = []
    for place, (first, second) in enumerate(pairwise(words)):
        if not _BETWEEN.fullmatch(text[first.end : second.start]):
            continue
        before = words[place - 1].key if place else ""
        if before in _NAMED_AFTER or (before in ("de", "du", "d") and place > 1
                                      and words[place - 2].key in _NAMED_AFTER):  # fmt: skip
            continue
        if _two_names(first, second) or _with_initial(first, second, text):
            found.append((first.start, second.end))
    return found


def _two_names(first: _Word, second: _Word) -> bool:
    one, other = first.name, second.name
    if first.key == second.key or not (one or other):
        return False
    if one is None or other is None:
        # Half of a name is not in any list; the other half, and capitals, tell.
        known, word = (one, second) if one else (other, first)
        assert known is not None
        return not known.weak and first.capital and second.capital and _may_be_name(word)
    if one.weak and other.weak:
        # "Sali Ba": both are words too, so case and kinds must speak.
        complementary = (one.given and other.family) or (one.family and other.given)
        return complementary and first.capital and second.capital
    if not (one.weak or other.weak) or (first.capital and second.capital):
        return True
    # "awa togo": a given name that is nothing else makes the word beside it a name.
    return one.given and not one.weak and other.family and len(second.key) > 2


def _may_be_name(word: _Word) -> bool:
    common = word.key in _OFFICES | _NAMED_AFTER | _TITLES | _NOT_NAMES
    return len(word.key) >= 3 and not common and not _is_place(word.key)


def _with_initial(first: _Word, second: _Word, text: str) -> bool:
    """``A. Traoré``, ``Traoré A.``: an initial with its point beside a family name."""
    for initial, word in ((first, second), (second, first)):
        dotted = text[initial.end : initial.end + 1] == "."
        if len(initial.text) <= 2 and initial.capital and dotted and word.capital:
            return bool(word.name and word.name.family and len(word.key) > 2)
    return False


def _with_particle(words: list[_Word], text: str) -> list[tuple[int, int]]:
    """``Fadimata Walet Oumar``, ``Attaher Ag Iknane``: one of the two names is enough."""
    found = []
    for first, middle, last in zip(words, words[1:], words[2:], strict=False):
        capitals = first.capital and last.capital
        if capitals and middle.key in _PARTICLES and (first.name or last.name):
            found.append((first.start, last.end))
    return found


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
