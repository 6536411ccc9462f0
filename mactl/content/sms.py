"""What a text message costs: how many parts it is sent in (3GPP TS 23.038 6.2, 23.040 9.2.3.24.1)."""

# TS 23.038 6.2.1: the default alphabet, seven bits a character.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# TS 23.038 6.2.1.1: its extension, each after an escape.
_EXTENSION = frozenset("\f^{}\\[~]|€")

_ALONE, _OF_SEVERAL = 160, 153
_ALONE_WIDE, _OF_SEVERAL_WIDE = 70, 67


def sms_parts(text: str) -> int:
    """How many parts `text` is sent in, and paid for: of 160 characters, or 153 where it takes several.

    With a character that GSM's alphabet lacks it is 70 or 67 UTF-16 units. A part breaks no character in two.
    An empty text takes one.
    """
    if beyond_gsm(text):
        widths = [len(character.encode("utf-16-be", "surrogatepass")) // 2 for character in text]
        return _count(widths, _ALONE_WIDE, _OF_SEVERAL_WIDE)
    return _count([2 if c in _EXTENSION else 1 for c in text], _ALONE, _OF_SEVERAL)


def beyond_gsm(text: str) -> str:
    """The characters of `text`, each once, that GSM's alphabet lacks: one of them makes every part shorter."""
    return "".join(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENSION))


def _count(widths: list[int], alone: int, of_several: int) -> int:
    if sum(widths) <= alone:
        return 1
    parts, left = 1, of_several
    for width in widths:
        if width > left:
            parts, left = parts + 1, of_several
        left -= width
    return parts
