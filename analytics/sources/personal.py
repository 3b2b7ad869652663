"""Personal identifiers: recognised by header and by content, dropped before anything is written.

A list of names or telephone numbers of women who keep a cash box is a list of targets. We keep
none of it, not even in a rejects file.
"""

from __future__ import annotations

import re

from analytics.geography.places import normalise

_HEADER_WORDS = re.compile(
    r"(^|-)(nom|noms|prenom|prenoms|name|names|surname|telephone|tel|phone|mobile|portable|"
    r"whatsapp|contact|contacts|email|e-mail|courriel|mail|adresse|address|nina|cni|passeport|"
    r"passport|carte-identite|national-id|id-card|gps|latitude|longitude|lat|lon|lng|"
    r"coordonnees|coordinates|altitude|geopoint|photo|image|audio|voice|voix|signature|"
    r"presidente|president|secretaire|tresoriere|responsable|enqueteur|enqueteuse|enumerator|"
    r"submitted-by|username|deviceid|imei|naissance|birth|birthday|dob)(-|$)"
)
#: headers of ours or of places that contain one of the words but name no person
_HARMLESS = re.compile(
    r"(^|-)(commune|cercle|region|localite|village|groupe|group|avec|projet|project|programme|"
    r"agence|agency|partenaire|organisation|structure|feuille|indicateur|source|solde)(-|$)"
)

# Mali +223 and its neighbours; separators as people type them. Bare digits only where no
# identifier can be meant (see ``in_identifier``).
_PREFIXED = r"(?:\+|00)\s?(?:22[0-9]|23[0-9]|213)[\s.\-]?(?:\d[\s.\-]?){7,9}"
_PAIRS = r"\b[25-9]\d[ .\-]\d{2}[ .\-]\d{2}[ .\-]\d{2}\b"
_BARE = r"\b[5-9]\d{7}\b"
_EMAIL = r"[\w.+\-]+@[\w\-]+\.[a-z]{2,}"
_GPS = r"-?\d{1,2}\.\d{4,}[\s,;]+-?\d{1,3}\.\d{4,}"
_MEDIA = r"https?://\S+\.(?:jpe?g|png|mp3|m4a|ogg|wav|mp4|amr)\b"

#: also used as a regular expression in SQL (RE2 reads the same syntax)
IDENTIFIER_PATTERN = "|".join((_PREFIXED, _PAIRS, _EMAIL, _GPS, _MEDIA))
TEXT_PATTERN = "|".join((IDENTIFIER_PATTERN, _BARE))
_TEXT = re.compile(TEXT_PATTERN, re.IGNORECASE)


def personal_header(header: str) -> bool:
    """Whether a column of this name would hold personal data."""
    key = normalise(header)
    return bool(_HEADER_WORDS.search(key)) and not _HARMLESS.search(key)


def personal_text(text: str) -> bool:
    """Whether a cell holds a telephone number, an address, coordinates or a media link."""
    return bool(_TEXT.search(text))


def mask(text: str) -> str:
    """A refused value fit for a rejects file or a log: personal parts replaced."""
    return _TEXT.sub("***", text)
