"""What a drawn PDF says of itself: its title, language, and the figure's alternative text.

A browser prints a tagged file under a title of its own. The objects that say so are written again
at its end, as an incremental update (ISO 32000-1 §7.5.6); nothing of the drawing is touched.
"""

from __future__ import annotations

import re

_OBJECT = rb"(?m)^(\d+) 0 obj\n(<<%s.*?>>)\nendobj$"
_LANG = re.compile(rb"/Lang \([^)]*\)")


def described(pdf: bytes, *, title: str, alt: str, lang: str) -> bytes:
    """The PDF with the words of its figure; as it was where it is not built as expected."""
    last = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)
    trailer = re.search(rb"trailer\s*<<(.*?)>>\s*startxref", pdf[-600:], re.S)
    found = {
        name: re.search(_OBJECT % start, pdf, re.S)
        for name, start in (("about", rb"/Title \("), ("root", rb"/Type /Catalog"),
                            ("figure", rb"/Type /StructElem\n/S /Figure"))
    }  # fmt: skip
    if last is None or trailer is None or None in found.values():
        return pdf
    spoken = b"/Lang " + _text(lang)
    body = {name: match[2] for name, match in found.items() if match}
    body["about"] = re.sub(rb"/Title \((?:\\.|[^\\)])*\)", lambda _: b"/Title " + _text(title),
                           body["about"], count=1)  # fmt: skip
    body["root"] = _LANG.sub(lambda _: spoken, body["root"])
    body["figure"] = b"<</Alt " + _text(alt) + b"\n" + body["figure"][2:]
    content = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    table = b"xref\n"
    for name, match in found.items():
        assert match is not None
        table += b"%d 1\n%010d 00000 n \n" % (int(match[1]), len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (int(match[1]), body[name])
    start = len(content)
    return content + table + b"trailer\n<<%s\n/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        trailer[1].strip(), int(last[1]), start)  # fmt: skip


def _text(text: str) -> bytes:
    """A text string: UTF-16 with its mark, in hexadecimal."""
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"
