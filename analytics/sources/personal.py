"""Personal identifiers: recognised by header and by content, dropped before anything is written.

A list of names or telephone numbers of women who keep a cash box is a list of targets. We keep
none of it, not even in a rejects file.

``find`` is the one judge of a text. Over a large table it is asked about distinct cells only, and
about identifiers only where ``SUSPICIOUS`` (a pattern the database evaluates) or the letters of
the identifier call for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from analytics.geography.places import normalise
from analytics.sources.names import LETTERS, find_names

# --- Headers -------------------------------------------------------------------------------------

#: a column with one of these words is personal whatever stands beside it
_PERSONAL_WORDS = re.compile(
    r"(^|-)(prenoms?|surname|first-?name|last-?name|full-?name|nom-?(et-?)?prenoms?|nom-complet|"
    r"nom-famille|nom-de-famille|togo|jamu|"
    r"tele?phones?|tel|phone-?numbers?|phones?|portables?|mobile|gsm|cellulaire|whatsapp|telefoni|"
    r"contacts?|numeros?-(de-)?tel|orange-money|mobile-money|"
    r"e-?mails?|courriels?|mail|nina|cni|passeports?|passports?|carte-(nationale-)?(d-)?identite|"
    r"carte-biometrique|biometri(c|que)(-id)?|national-id|id-card|id-number|iban|rib|"
    r"compte-bancaire|bank-account|"
    r"gps|geo-?points?|geo-?location|geoloc|latitude|longitude|lat|lon|lng|long|coordonnees|"
    r"coordinates|altitude|photos?|foto|audio|enregistrement|recording|voice|voix|signature|selfie|"
    r"presidente?s?|secretaire|tresori(er|ere|ers)|enquete(ur|uses?|urs)|enumerators?|interviewer|"
    r"detentrices?|key-?holders?|submitted-by|username|device-?id|imei|sim-?serial|"
    r"date-(de-)?naissance|ne-le|nee-le|birth|birthday|birth-?date|dob|wolo-don)\d*(-|$)"
)
#: these are personal unless the rest of the header says that a place or a body is meant
_NAMING_WORDS = re.compile(
    r"(^|-)(noms?|names?|adresses?|address|images?|responsables?|videos?|medias?)\d*(-|$)"
)
_PLACE_OR_BODY = re.compile(
    r"(^|-)(commune|cercle|region|localite|village|ville|groupes?|groups?|avec|vsla|projet|project|"
    r"programme|agence|agency|partenaire|partner|organisation|organization|ong|ngo|structure|"
    r"feuille|indicateur|indicator|source|solde|crise|crisis|activite|activity|axe|produit)(-|$)"
)


def personal_header(header: str) -> bool:
    """Whether a column of this name would hold personal data."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).translate(LETTERS)
    # Kobo numbers the questions of a repeated group: tel_1, tel_2.
    key = re.sub(r"(-\d+)+$", "", normalise(spaced))
    if _PERSONAL_WORDS.search(key):
        return True
    return bool(_NAMING_WORDS.search(key)) and not _PLACE_OR_BODY.search(key)


# --- Contents ------------------------------------------------------------------------------------

_GAP = r"[ .\-/_\u00a0\u202f\u2009\u2011\u2013]"
#: Mali, its seven neighbours and the coast: the national number's digits after each code
_COUNTRIES = {
    "223": 8, "213": 9, "227": 8, "226": 8, "225": 10, "224": 9, "221": 9, "222": 8,
    "220": 7, "228": 8, "229": (8, 10), "230": 8, "231": (8, 9), "232": 8, "233": 9, "234": 10,
    "235": 8, "237": 9, "238": 7, "240": 9, "241": 8, "245": 9,
}  # fmt: skip
_INTERNATIONAL = re.compile(
    rf"(?<![\w.,])(?:\(?\+|\(?\b00)\s?[1-9](?:{_GAP}?\(?\)?{_GAP}?\d){{8,14}}(?![\w])"
)
_RUN = re.compile(
    rf"(?<![\w+.,])(?<!\d[ \u00a0\u202f])\(?\d(?:\)?{_GAP}{{0,2}}\d){{7,13}}\)?(?![\w°])"
)
_SCIENTIFIC = re.compile(r"(?<![\w.,])(\d)[.,](\d{1,14})E\+?(\d{1,2})(?!\w)", re.IGNORECASE)
_FLOAT = re.compile(r"(?<![\w.,])(\d{8}|\d{10,13})[.,]0+(?!\d)")
_MONEY_AFTER = re.compile(
    r"\s*(f\b|fr\b|f\.?\s?cfa|xof|cfa|francs?|eur|euros?|€|\$|usd|dollars?|%|kg|tonnes?|"
    r"personnes|people|habitants|menages|ménages)", re.IGNORECASE
)  # fmt: skip
_MONEY_BEFORE = re.compile(
    r"(montant|somme|budget|epargne|épargne|savings|amount|total|credit|crédit|valeur|value|prêts?|"
    r"xof|cfa|usd|eur|€|\$)\W{0,6}(de|of|d’|d')?\W{0,3}$", re.IGNORECASE
)  # fmt: skip
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .\u00a0\u202f\u2009']\d{3})+")
_CALL = re.compile(
    r"(t[eé]l\w*|phone|contact\w*|whatsapp|appel\w*|call\w*|joindre|mobile|portable|wave|momo|"
    r"orange|moov|malitel|telecel|n°|num[eé]ros?|telefoni)\W{0,12}(au|le|the|:|at|est|is)?\W{0,5}$",
    re.IGNORECASE,
)

# A pattern that begins with any run of letters begins where the run does: tried from each of them,
# a cell of thirty thousand would take minutes.
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]+\s?(?:@|\(at\)|\[at\]|\(arobase\)|\[arobase\])\s?[\w\-]+(?:\.[\w\-]+)+",
    re.IGNORECASE,
)
_MEDIA = re.compile(
    r"(?<![^\s\"'<>])[^\s\"'<>]*\.(?:jpe?g|png|gif|heic|heif|webp|bmp|tiff?|mp3|m4a|ogg|oga|"
    r"opus|wav|aac|amr|3gpp?|mp4|mov|avi|mkv|webm)(?![a-z0-9])[^\s]*"
    r"|https?://(?:(?!https?://)\S)*?(?:attachment|media_file|/media/|kobo\S{0,300}?/original)\S*"
    r"|(?:IMG|VID|AUD|PTT|PHOTO|WA)[-_]\d{4,8}(?:[-_]\w+)*", re.IGNORECASE
)  # fmt: skip
_PROFILE = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:wa\.me|t\.me|facebook\.com|fb\.com|instagram\.com|tiktok\.com|"
    r"api\.whatsapp\.com|chat\.whatsapp\.com)/[^\s]+", re.IGNORECASE
)  # fmt: skip
_ID = re.compile(
    r"(?<![\w])[1-9](?:[ .\-]?\d){13}[ .\-]?[A-Z](?!\w)"
    r"|(?<![\w.,+])[12](?:\d{12,14}|(?: \d{1,3}){4,7}(?= ?[A-Z]?\b))(?![\w.,])"
    r"|\b(?:nina|cnib?|carte (?:nationale |biom[ée]trique )?(?:d.identit[ée])?|passe?ports?|"
    r"national id|id card|identity card|biom[ée]tri(?:que|c)(?: id)?)"
    r"[\s:.#°nNoO\-]{0,8}(?:num[ée]ro|number|n°)?[\s:.#\-]{0,4}[A-Z]{0,3}[ \-]?\d[\dA-Z/ \-]{4,}",
    re.IGNORECASE,
)
_DECIMAL_PAIR = re.compile(
    r"(?<![\w.,])(?P<ns>[NS]\s?)?(?P<lat>[+\-−]?\d{1,2}[.,]\d{3,})\s?°?\s?(?P<ns2>[NS])?"
    r"(?:\s*[,;/|]\s*|\s+|_)"
    r"(?P<ew>[EWO]\s?)?(?P<lon>[+\-−]?\d{1,3}[.,]\d{3,})\s?°?\s?(?P<ew2>[EWO])?(?![\w])"
)
_DEGREES = re.compile(
    r"\d{1,3}\s?[°º]\s?\d{1,2}(?:[.,]\d+)?\s?['′’´]?\s?(?:\d{1,2}(?:[.,]\d+)?\s?(?:[\"″”]|''|’’|′′))?"
    r"\s?(?:[NSEWO]\b|nord|sud|est|ouest|north|south|east|west)"
    r"|[NSEWO]\s?\d{1,3}\s?[°º]\s?\d{1,2}"
    r"|\d{1,3}[.,]\d{2,}\s?[°º]\s?[NSEWO]?"
    r"|(?:https?://)?(?:maps\.|goo\.gl/maps|maps\.app|www\.google\.[a-z.]+/maps)[^\s]*|geo:[\d.,\-]+"
    r"|(?<![\w])[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)"
    r"|\blat(?:itude)?\W{1,3}[+\-]?\d{1,2}[.,]\d{2,}", re.IGNORECASE
)  # fmt: skip

#: (RE2) an identifier the database should ask Python about: eight digits together, a sign of an
#: address or a link, or a fraction; everything ``find`` finds but names
SUSPICIOUS = r"\pN([^\pL\pN]{0,4}\pN){7}|[@°º]|://|\pN[.,]\pN+[eE]|\(at\)|\[|\.[a-zA-Z]|(IMG|WA|PTT)"
#: the same for cells in ASCII: Unicode classes make the database eighty times slower
SUSPICIOUS_ASCII = (
    r"[0-9]([^a-zA-Z0-9]{0,4}[0-9]){7}|[@\[]|://|[0-9][.,][0-9]+[eE]|\(at\)|\.[a-zA-Z]|(IMG|WA|PTT)"
)
#: (RE2 and Python) a code that a machine made, whatever its digits look like
MACHINE_MADE = r"(?i:(?:uuid:)?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})"
_ADDRESS = re.compile(rf"https?://[^\s]+|\b{MACHINE_MADE}\b", re.IGNORECASE)
#: identifiers of eight digits are a numbering, not telephones, from this many on if all begin alike
_NUMBERING = 20


@dataclass(frozen=True)
class Found:
    """One personal identifier in a text: what it is and where."""

    kind: str
    start: int
    end: int


def find(text: str, *, alone: bool = False) -> list[Found]:
    """Every personal identifier in ``text``, by kind: ``email, media, location, national_id,
    phone, name``.

    Args:
        alone: a single name that fills the text counts as a person (see ``find_names``).
    """
    found, rest = _numbers_and_addresses(_western_digits(text))
    found += [Found("name", start, end) for start, end in find_names(rest, alone=alone)]
    return sorted(found, key=lambda f: f.start)


def _numbers_and_addresses(text: str) -> tuple[list[Found], str]:
    """All that ``find`` finds but names, and the text without addresses."""
    found: list[Found] = []
    for kind, pattern in (("email", _EMAIL), ("phone", _PROFILE), ("media", _MEDIA)):
        found += [Found(kind, m.start(), m.end()) for m in pattern.finditer(text)]
    found += [Found("location", start, end) for start, end in _locations(text)]
    # A web address or a machine's code is no telephone number, whatever digits it holds.
    rest = text
    for known in [*((f.start, f.end) for f in found), *(m.span() for m in _ADDRESS.finditer(text))]:
        rest = rest[: known[0]] + "\n" * (known[1] - known[0]) + rest[known[1] :]
    found += [Found("national_id", m.start(), m.end()) for m in _ID.finditer(rest)]
    found += [Found("phone", start, end) for start, end in _phones(rest)]
    return found, rest


def personal_text(text: str) -> bool:
    """Whether a cell holds a name, a telephone or identity number, coordinates or a link."""
    return bool(find(text))


def personal_identifiers(cells: Iterable[str]) -> list[str]:
    """Those codes of groups, businesses or respondents that are a person's number or address, or
    hold a name beside an address; names in codes of any other form are ``personal_cells``'s to
    find."""
    hits: list[str] = []
    numbered: dict[str, list[str]] = {}
    for cell in cells:
        text = _western_digits(cell)
        kinds, rest = _numbers_and_addresses(text)
        if rest != text and find_names(rest):
            hits.append(cell)
            continue
        if not kinds:
            continue
        bare = re.search(r"(?<!\d)\d{8}(?!\d)", cell)
        telephones = {f.kind for f in kinds} == {"phone"}
        if telephones and bare and not re.search(r"[+() ]|\b00", cell):
            numbered.setdefault(bare[0][:2], []).append(cell)
        else:
            hits.append(cell)
    numbering = len(numbered) == 1 and len(next(iter(numbered.values()))) >= _NUMBERING
    if not numbering:
        hits += [cell for cells in numbered.values() for cell in cells]
    return hits


def personal_cells(
    con: duckdb.DuckDBPyConnection, cells: str, identifier: bool
) -> list[str]:
    """Those of the distinct cells of a column that identify a person.

    Free text is read cell by cell. Identifiers may be many: the database sorts out the few that
    need a closer look, and names are looked for once in each pattern of letters (``SEG-0123`` and
    ``SEG-0124`` have one).
    """
    if not identifier:
        return [cell for (cell,) in con.execute(cells).fetchall() if personal_text(cell)]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE cell AS "
        f"SELECT cell FROM ({cells}) WHERE NOT regexp_full_match(cell, ?)",
        [MACHINE_MADE],
    )
    # Working out the pattern for all alphabets costs more than reading a small file.
    sought = [("=", SUSPICIOUS_ASCII)]
    if con.execute("SELECT 1 FROM cell WHERE strlen(cell) > length(cell) LIMIT 1").fetchall():
        sought.append((">", SUSPICIOUS))
    suspicious = [
        row
        for compared, pattern in sought
        for row in con.execute(
            f"""SELECT cell FROM cell WHERE CASE WHEN strlen(cell) {compared} length(cell)
                THEN regexp_matches(cell, ?) ELSE FALSE END""",
            [pattern],
        ).fetchall()
    ]
    letters = "regexp_replace(cell, '[0-9]+', '0', 'g')"
    patterns = con.execute(f"SELECT DISTINCT {letters} FROM cell").fetchall()
    hits: set[str] = set()
    if named := [pattern for (pattern,) in patterns if find_names(pattern)]:
        by_name = f"SELECT cell FROM cell WHERE list_contains(?, {letters})"
        hits.update(cell for (cell,) in con.execute(by_name, [named]).fetchall())
    # A code with a name is no part of a numbering, nor does it tell against one.
    hits.update(personal_identifiers(cell for (cell,) in suspicious if cell not in hits))
    return sorted(hits)


def mask(text: str) -> str:
    """Text fit for a report, a rejects file or a log: personal parts replaced by ``***``."""
    masked, end = "", 0
    for found in find(text, alone=True):
        if found.start >= end:
            masked += text[end : found.start] + "***"
        end = max(end, found.end)
    return masked + text[end:]


def _western_digits(text: str) -> str:
    """``٧٦١٢`` → ``7612``, one character for one, so that places in the text stay."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() and c.isdecimal() else c
        for c in text
    )


def _locations(text: str) -> Iterator[tuple[int, int]]:
    for match in _DECIMAL_PAIR.finditer(text):
        parts = [match["lat"], match["lon"]]
        latitude, longitude = (float(p.replace(",", ".").replace("−", "-")) for p in parts)
        decimals = min(len(re.split("[.,]", part)[1]) for part in parts)
        marked = match["ns"] or match["ns2"] or match["ew"] or match["ew2"] or "-" in parts[1]
        if abs(latitude) <= 90 and abs(longitude) <= 180 and (decimals >= 4 or marked):
            yield match.span()
    for match in _DEGREES.finditer(text):
        yield match.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _INTERNATIONAL.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 10 <= len(digits.lstrip("0")) <= 15 and not _MONEY_AFTER.match(text, match.end()):
            yield match.span()
    for match in _SCIENTIFIC.finditer(text):
        whole, fraction, power = match[1], match[2], int(match[3])
        if len(fraction) <= power <= 13 and _number_of_a_phone(
            whole + fraction.ljust(power, "0"), grouped=False
        ):
            yield match.span()
    for match in _FLOAT.finditer(text):
        if _number_of_a_phone(match[1], grouped=False) and not _amount(text, match):
            yield match.span()
    for match in _RUN.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        gaps = set(re.sub(r"[\d()]", "", re.sub(r"[\u00a0\u202f]", " ", match[0])))
        grouped = bool(gaps)
        if len(gaps) > (1 if len(digits) < 11 else 2):
            continue  # "6.110 58.54" are two numbers
        if _number_of_a_phone(digits, grouped) and not _amount(text, match):
            yield match.span()


def _number_of_a_phone(digits: str, grouped: bool) -> bool:
    """Whether so many digits, so begun, are a telephone number of the region."""
    length = len(digits)
    if length == 8:
        # Mali, Niger, Burkina, Togo, Mauritania; fixed lines begin with 2 or 4 and only their
        # grouping tells them from a date or a code.
        return digits[0] in "56789" or (grouped and digits[:2] in ("20", "21", "44"))
    if length == 9:
        return digits[:2] in ("70", "75", "76", "77", "78", "61", "62", "65", "66")
    if length == 10:
        return digits[0] == "0" and digits[1] in "1256789"
    for code, national in _COUNTRIES.items():
        lengths = national if isinstance(national, tuple) else (national,)
        if digits.startswith(code) and length - 3 in lengths:
            return True
    return length == 11 and digits.startswith("0") and digits[1] in "789"


def _amount(text: str, match: re.Match[str]) -> bool:
    """Whether digits that could be a number to call are an amount, a date or a code."""
    shown = match[0].strip()
    before = text[max(0, match.start() - 30) : match.start()]
    if _CALL.search(before):
        return False
    if _MONEY_AFTER.match(text, match.end()) or _MONEY_BEFORE.search(before):
        return True
    digits = re.sub(r"\D", "", shown)
    pairs = re.fullmatch(r"\d\d(\D+\d\d)+", shown)
    if len(digits) == 8 and digits[0] in "24" and not pairs:
        return True
    if digits.endswith("000") and not pairs:
        return True
    if re.match(r"(?:20|19)\d\d[-/.]\d\d?[-/.]\d", shown) or re.fullmatch(
        r"\d\d?[-/. ]\d\d?[-/. ](?:20|19)\d\d", shown
    ):
        return True
    if re.fullmatch(r"(?:19|20)\d\d\W+\d{4}|\d{4}\W+(?:19|20)\d\d", shown):
        return True
    # 76 500 000 is money; 76 12 34 56 is a telephone.
    return bool(_THOUSANDS.fullmatch(shown)) and digits.endswith("00")
