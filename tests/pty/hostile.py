"""Strings that a database may hold and no terminal may obey."""

from __future__ import annotations

from random import Random

ESC, CSI8, OSC8, DCS8, ST8 = "\x1b", "\x9b", "\x9d", "\x90", "\x9c"

STEERING = [
    # CSI, in both forms
    f"A{ESC}[2JB",
    f"A{ESC}[77;777HB",
    f"A{CSI8}2JB",
    f"A{CSI8}77;777HB",
    f"A{ESC}[1337mB",
    f"A{CSI8}1337mB",
    f"A{ESC}[?1049hB",
    f"A{ESC}[?25hB",
    f"A{ESC}[6nB",
    f"A{ESC}[cB",
    f"A{ESC}[21tB",
    f"A{ESC}[5iB",
    f"A{ESC}[!pB",
    f"A{ESC}[?9001hB",
    f"A{ESC}[200~rm -rf /{ESC}[201~B",
    # OSC: title, clipboard, links, colours, notifications
    f"A{ESC}]0;owned\x07B",
    f"A{ESC}]2;owned{ESC}\\B",
    f"A{OSC8}0;owned{ST8}B",
    f"A{ESC}]8;;http://evil.example\x07click{ESC}]8;;\x07B",
    f"A{ESC}]8;id=1;file:///etc/passwd{ESC}\\x{ESC}]8;;{ESC}\\B",
    f"A{ESC}]52;c;cm0gLXJmIC8=\x07B",
    f"A{OSC8}52;c;cm0gLXJmIC8={ST8}B",
    f"A{ESC}]4;1;rgb:ff/ff/ff\x07B",
    f"A{ESC}]9;message\x07B",
    f"A{ESC}]777;notify;a;b\x07B",
    f"A{ESC}]1337;File=inline=1:AAAA\x07B",
    f"A{ESC}]133;C\x07B",
    # DCS, APC, PM, SOS
    f'A{ESC}P$q"p{ESC}\\B',
    f'A{DCS8}$q"p{ST8}B',
    f"A{ESC}P+q544e{ESC}\\B",
    f"A{ESC}_Gf=32;AAAA{ESC}\\B",
    f"A{ESC}^pm{ESC}\\B",
    f"A{ESC}Xsos{ESC}\\B",
    # Two-byte escapes
    f"A{ESC}cB",
    f"A{ESC}7B{ESC}8",
    f"A{ESC}#8B",
    f"A{ESC}(0B",
    f"A{ESC}=B",
    f"A{ESC}MB",
    f"A{ESC}ZB",
    f"A{ESC}%@B",
    f"A{ESC}",
    f"{ESC}{ESC}[A",
    f"A{ESC}[",
    f"A{ESC}]",
    # C0, DEL and C1 on their own
    "A\x00B",
    "A\x05B",
    "A\x07B",
    "A\x08\x08\x08B",
    "A\tB",
    "A\nB",
    "A\x0bB",
    "A\x0cB",
    "A\rB",
    "A\x0e(B\x0f",
    "A\x11\x13B",
    "A\x18B\x1a",
    "A\x1cB\x1d\x1e\x1f",
    "A\x7f\x7fB",
    "A\x84B\x85C\x8d",
    "A\x9a\x9eB\x9f",
    "".join(chr(code) for code in range(0x20)),
    "".join(chr(code) for code in range(0x7F, 0xA0)),
    # Direction and hiding
    "A\u202etxt.exe\u202cB",
    "A\u2066x\u2069B\u2067y\u2069",
    "A\u200e\u200f\u061cB",
    "A\u200b\u200c\u200d\u2060\ufeffB",
    "A\u2028B\u2029C",
    "A\U000e0041\U000e0042B",
    "A\ufff9a\ufffab\ufffbB",
]

MARKUP = [
    "PN [/foo]",
    "[/]",
    "[",
    "]",
    "[[",
    "[bold",
    "[red]x",
    "[/red]",
    "[@click=app.boom]x[/]",
    "[@click='app.boom']x",
    "[link='file:///etc/passwd']x[/link]",
    "[$primary]x[/]",
    "[not a tag]",
    "[#zzzzzz]x[/]",
    "\\[x]",
    "x\\",
    "$variable {brace} %s %(a)s",
    ":smile:",
]

HOSTILE = STEERING + MARKUP


def thousand(seed: int = 12, count: int = 1000) -> list[str]:
    """So many different strings: those above, and mixtures of two or three of them with letters between."""
    rng = Random(seed)
    found = dict.fromkeys(HOSTILE)
    while len(found) < count:
        pieces = rng.sample(HOSTILE, rng.choice((2, 2, 3)))
        found.setdefault(rng.choice(("", " ", "x", "Zürich ")).join(pieces))
    return list(found)


def share(number: int, of: int) -> list[str]:
    """One of so many shares of the thousand, as `1/12` asks for the second of twelve."""
    return thousand()[number::of]
