"""Streamlit's scripts, styles and fonts, made small once and kept beside the project.

``python -m pages.shared.assets`` compresses scripts and styles at the highest level and cuts
two fonts down to what the application shows: the icon font to the icons Streamlit and our
pages name (375 kB to some 50), the text font to Latin letters, numbers and signs (170 kB to
70). The result lives in a git-ignored folder named after Streamlit's version; ``server.py``
serves from it. Without it everything still works, about half a megabyte heavier.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import streamlit

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

PROJECT = Path(__file__).parents[2]
STATIC_DIR = Path(streamlit.__file__).parent / "static"
CACHE_DIR = PROJECT / ".cache" / f"static-{streamlit.__version__}"

#: Below this a response fits one packet and compressing it gains nothing.
MIN_BYTES = 1_000
COMPRESSIBLE = {".js", ".css", ".json", ".svg", ".html", ".txt", ".map"}
ICON_FONT = "media/MaterialSymbols-Rounded."
TEXT_FONT = "media/SourceSansVF-Upright."

#: Latin with Bambara's and Fulfulde's letters, marks, punctuation, currency, arrows, signs.
TEXT_RANGES = (
    *((0x0020, 0x02AF), (0x02B0, 0x036F), (0x1E00, 0x1EFF), (0x2000, 0x206F)),
    *((0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF)),
    *((0x2200, 0x22FF), (0x25A0, 0x25FF)),
)


def compress(body: bytes, coding: str) -> bytes:
    """``body`` in ``coding`` (``"br"`` or ``"gzip"``), well and in little time."""
    return brotli.compress(body, quality=9) if coding == "br" else gzip.compress(body, 9, mtime=0)


def compressible(assets: Path) -> Iterable[tuple[str, Path]]:
    """Name under ``/static/`` and file of every asset worth compressing, largest first."""
    files = [file for file in assets.rglob("*") if file.suffix in COMPRESSIBLE]
    for file in sorted(files, key=lambda file: file.stat().st_size, reverse=True):
        if file.stat().st_size >= MIN_BYTES:
            yield file.relative_to(assets).as_posix(), file


def prepare(static_dir: Path = STATIC_DIR, cache_dir: Path = CACHE_DIR) -> int:
    """Fill the cache; returns how many files were written.

    Compressed files are kept from one run to the next, so an interrupted run is simply run
    again; the icon font is cut anew each time, because our pages may have learnt an icon.
    """
    assets = static_dir / "static"
    waiting = [
        (file, cache_dir / f"{name}.br")
        for name, file in compressible(assets)
        if not (cache_dir / f"{name}.br").is_file()
    ]
    with ThreadPoolExecutor() as pool:
        written = list(pool.map(lambda pair: _compress_file(*pair), waiting))
    return len(written) + _cut_fonts(assets, cache_dir)


def _compress_file(source: Path, target: Path) -> None:
    _write(target, brotli.compress(source.read_bytes(), quality=11, lgwin=24))


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(target)


def _cut_fonts(assets: Path, cache_dir: Path) -> int:
    """Write the two smaller fonts; 0 where this Streamlit names its fonts otherwise."""
    written = 0
    for font in sorted((assets / "media").glob("*.woff2")):
        name = font.relative_to(assets).as_posix()
        if name.startswith(ICON_FONT):
            _write(cache_dir / name, icon_subset(font, icons_in_use(assets, PROJECT / "pages")))
            written += 1
        elif name.startswith(TEXT_FONT):
            _write(cache_dir / name, text_subset(font))
            written += 1
    return written


def icons_in_use(assets: Path, pages: Path) -> set[str]:
    """Icons that Streamlit's scripts or our pages may name.

    Generous on purpose: a word of the scripts that is also an icon's name is kept, because an
    icon left out shows as its name.
    """
    from streamlit.material_icon_names import ALL_MATERIAL_ICONS

    quoted = re.compile(r"[`\"':/]([a-z0-9_]+)[`\"':]")
    words: set[str] = set()
    for source in [*(assets / "js").glob("*.js"), *pages.rglob("*.py")]:
        words.update(quoted.findall(source.read_text(encoding="utf-8", errors="replace")))
    return words & set(ALL_MATERIAL_ICONS)


def icon_subset(font: Path, icons: Iterable[str]) -> bytes:
    """The icon font with these icons only (WOFF2).

    An icon is a ligature of its name's letters, so the letters stay and every ligature whose
    glyph is not kept goes.
    """
    from fontTools.ttLib import TTFont

    source = TTFont(font)
    glyph_of = icon_glyphs(source)
    glyphs = [glyph_of[name] for name in icons if name in glyph_of]
    letters = [ord(letter) for letter in "abcdefghijklmnopqrstuvwxyz0123456789_ "]
    return _subset(source, glyphs=glyphs, unicodes=letters, follow_ligatures=False)


def icon_glyphs(font: TTFont) -> dict[str, str]:
    """Glyph of every icon of an open icon font, by the name that is its ligature."""
    letter_of = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    tables = [
        getattr(table, "ExtSubTable", table)
        for lookup in font["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
    ]
    return {
        "".join(letter_of.get(glyph, "?") for glyph in (first, *ligature.Component)): (
            ligature.LigGlyph
        )
        for table in tables
        for first, starting_so in getattr(table, "ligatures", {}).items()
        for ligature in starting_so
    }


def text_subset(font: Path) -> bytes:
    """The text font with the letters and signs of ``TEXT_RANGES``, all weights (WOFF2)."""
    from fontTools.ttLib import TTFont

    unicodes = [code for first, last in TEXT_RANGES for code in range(first, last + 1)]
    return _subset(TTFont(font), glyphs=[], unicodes=unicodes, follow_ligatures=True)


def _subset(
    font: TTFont, *, glyphs: list[str], unicodes: list[int], follow_ligatures: bool
) -> bytes:
    from io import BytesIO

    from fontTools import subset

    options = subset.Options()
    options.flavor = "woff2"
    options.layout_closure = follow_ligatures
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "rlig", "tnum"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(glyphs=glyphs, unicodes=unicodes)
    subsetter.subset(font)
    written = BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()


if __name__ == "__main__":
    print(f"{prepare()} of Streamlit's files made smaller in .cache/{CACHE_DIR.name}")
