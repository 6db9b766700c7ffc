#!/usr/bin/env python3
"""Makes the panel's type: one outline font, and strikes of it at native sizes.

    pip install fonttools==4.68.0 freetype-py==2.5.1
    apt-get install fonts-noto-core
    ./make.py [FOLDER WITH THE NOTO FONTS]

Sources: Noto Sans Bold, Noto Sans Hebrew Bold, Noto Sans Arabic Bold (SIL Open Font License
1.1, OFL.txt), from Debian's fonts-noto-core 20201225-1.

A strike is a font at one size in one bit a pixel, hinted for that size. Its file, numbers
little-endian: the height of the capitals, the highest ink above the baseline and the deepest
below it, 0 (a byte each); the number of glyphs (2 bytes); for each glyph, in the order of the
characters, the character (2), width, height, columns from the pen to the ink (signed), rows from
the baseline up to the ink's top (signed), the pen's advance (a byte each), where its bits begin
(3); then the bits, row after row from the left, the highest bit first, each glyph from a whole
byte on.
"""

import io
import struct
import sys
from pathlib import Path

import freetype
from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

HERE = Path(__file__).parent
NOTO = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/truetype/noto")

# Capitals of this size and everything in proportion.
UNITS_PER_EM = 1000
WORDS = [8, 10, 12, 14, 17, 20, 25]
DIGITS = [11, 14, 17, 20, 25, 30, 36, 43, 50, 60, 72, 88]


def span(first, last):
    return set(range(first, last + 1))


LATIN = (
    span(0x20, 0x7E) | span(0xA0, 0xFF) | span(0x100, 0x17F) | {0x218, 0x219, 0x21A, 0x21B}
    | {0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x20AC}
)
GREEK = {0x37E, 0x384, 0x385} | (span(0x386, 0x3CE) - {0x38B, 0x38D, 0x3A2})
CYRILLIC = span(0x400, 0x45F) | {0x490, 0x491}
HEBREW = span(0x5D0, 0x5EA) | {0x5BE, 0x5F3, 0x5F4, 0x20AA}
# What shaping makes of Arabic, Persian and Urdu letters, and the digits of both.
ARABIC = (
    span(0x660, 0x66C) | span(0x6F0, 0x6F9) | {0x60C, 0x61B, 0x61F, 0x640}
    | span(0xFE70, 0xFEFC) - {0xFE75} | span(0xFB56, 0xFB59) | span(0xFB7A, 0xFB7D)
    | span(0xFB88, 0xFB95) | span(0xFBFC, 0xFBFF) | span(0xFBA6, 0xFBAD) | {0xFBAE, 0xFBAF}
)
FIGURES = {ord(c) for c in "0123456789٠١٢٣٤٥٦٧٨٩+:%٪.,٫–- "}

# Each face, the letter that is as high as a capital, how high it is made in capitals, and its share.
FACES = [
    ("NotoSans-Bold.ttf", "H", 1.0, LATIN | GREEK | CYRILLIC),
    ("NotoSansHebrew-Bold.ttf", "ה", 0.96, HEBREW),
    ("NotoSansArabic-Bold.ttf", "\uFE8D", 1.1, ARABIC),
]


def units(font, letter):
    """The height of a letter."""
    glyph = font["glyf"][font.getBestCmap()[ord(letter)]]
    return glyph.yMax


def part(name, letter, height, characters, capital):
    """One face, without anything but its share, its letters as high as they should be."""
    font = TTFont(NOTO / name)
    missing = sorted(c for c in characters if c not in font.getBestCmap())
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 13, 14], notdef_outline=True)
    options.drop_tables += ["GDEF", "GSUB", "GPOS", "STAT", "gasp", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    enlarged = round(UNITS_PER_EM * height * capital / (units(font, letter) * UNITS_PER_EM / font["head"].unitsPerEm))
    scale_upem(font, enlarged)
    font["head"].unitsPerEm = UNITS_PER_EM
    if missing:
        print(f"{name} lacks {' '.join(f'U+{c:04X}' for c in missing)}")
    data = io.BytesIO()
    font.save(data)
    data.seek(0)
    return data


def even_digits(font):
    """A digit that changes moves nothing: all of a script are as wide as its widest, in the middle."""
    names, metrics = font.getBestCmap(), font["hmtx"].metrics
    for digits in ("0123456789", "٠١٢٣٤٥٦٧٨٩"):
        glyphs = [names[ord(digit)] for digit in digits]
        widest = max(metrics[name][0] for name in glyphs)
        for name in glyphs:
            advance, side = metrics[name]
            shift = (widest - advance) // 2
            font["glyf"][name].coordinates.translate((shift, 0))
            font["glyf"][name].recalcBounds(font["glyf"])
            metrics[name] = (widest, side + shift)


def outline():
    latin = TTFont(NOTO / FACES[0][0])
    capital = units(latin, FACES[0][1]) * UNITS_PER_EM / latin["head"].unitsPerEm
    merged = Merger().merge([part(*face, capital) for face in FACES])
    for table in ("GDEF", "GSUB", "GPOS", "prep", "fpgm", "cvt "):
        if table in merged:
            del merged[table]
    even_digits(merged)
    merged["post"].formatType = 3
    merged.save(HERE / "panel.ttf")
    print("capitals", capital, "of", UNITS_PER_EM)
    return capital


def strike(face, capital, height, characters):
    """The font at one size, as a file's bytes."""
    face.set_char_size(round(height * UNITS_PER_EM / capital * 64), 0, 72, 72)
    flags = freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO | freetype.FT_LOAD_FORCE_AUTOHINT
    drawn = {}
    for character in sorted(characters):
        if not face.get_char_index(character):
            continue
        face.load_char(chr(character), flags)
        slot, bitmap = face.glyph, face.glyph.bitmap
        bits = [
            bitmap.buffer[y * bitmap.pitch + x // 8] >> (7 - x % 8) & 1
            for y in range(bitmap.rows) for x in range(bitmap.width)
        ]
        drawn[character] = [bitmap.width, bitmap.rows, slot.bitmap_left, slot.bitmap_top, slot.advance.x // 64, bits]
    # Neighbours do not touch, but for letters that join.
    for character, glyph in drawn.items():
        if character < 0xFB50 and glyph[0] > 0:
            glyph[4] = max(glyph[4], glyph[2] + glyph[0] + (0 if glyph[2] > 0 else 1))
    for space in (0x20, 0xA0):
        if space in drawn:
            drawn[space][4] = max(drawn[space][4], height // 2)
    # A digit that changes moves nothing.
    for digits in ("0123456789", "٠١٢٣٤٥٦٧٨٩"):
        known = [drawn[ord(d)] for d in digits if ord(d) in drawn]
        widest = max(glyph[4] for glyph in known)
        for glyph in known:
            glyph[2] += (widest - glyph[4]) // 2
            glyph[4] = widest
    above = max(g[3] for g in drawn.values())
    below = max(g[1] - g[3] for g in drawn.values())
    table, bits = b"", b""
    for character, (w, h, left, top, advance, ink) in drawn.items():
        table += struct.pack("<HBBbbB", character, w, h, left, top, advance) + len(bits).to_bytes(3, "little")
        ink = ink + [0] * (-len(ink) % 8)
        bits += bytes(int("".join(map(str, ink[i : i + 8])), 2) for i in range(0, len(ink), 8))
    return struct.pack("<BBBBH", height, above, below, 0, len(drawn)) + table + bits


def main():
    capital = outline()
    face = freetype.Face(str(HERE / "panel.ttf"))
    everything = set().union(*(characters for *_, characters in FACES))
    for name, sizes, characters in (("words", WORDS, everything), ("digits", DIGITS, FIGURES)):
        for height in sizes:
            data = strike(face, capital, height, characters)
            (HERE / f"{name}-{height}.strike").write_bytes(data)
            print(f"{name}-{height}.strike: {len(data)} bytes, above {data[1]}, below {data[2]}")


main()
