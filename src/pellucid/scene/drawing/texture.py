"""Matrices of numbers as a tiny picture, one pixel per cell: a PNG with a palette, small enough to stand in the SVG.

PNG is a signature and chunks, each with its length, its name and a check sum (W3C, Portable Network Graphics).
"""

import base64
import struct
import zlib

import numpy as np

from pellucid.scene.drawing.palette import EXPONENT, Palette

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, INDEXED = 0, 3
NONE, UP = 0, 2
BRIGHTEST, WHITE = 254, 255
"""The grey of the strongest positive level, such that zero is a whole number too; and what is seen through."""
MOST_MEMORY = 9
"""The largest of the nine sizes that zlib's tables can have."""
EMPTY = -128
"""The level of a pixel that is seen through."""


def strengths(matrix: np.ndarray, scale: float) -> np.ndarray:
    """How far along the colours each number lies, from -1 to 1; what is not a finite number lies at 0."""
    finite = np.where(np.isfinite(matrix), matrix, 0).astype(np.float64) / scale
    strength: np.ndarray = np.sign(finite) * np.minimum(np.abs(finite), 1) ** EXPONENT
    return strength


def colour_scale(array: np.ndarray) -> float:
    """The magnitude at which a tensor's colours are strongest, that of its largest finite number."""
    finite = np.abs(array[np.isfinite(array)].astype(np.float64))
    return float(finite.max(initial=0)) or 1.0


def summary(strength: np.ndarray, factor: int) -> np.ndarray:
    """A matrix of one cell for `factor` x `factor`: the strongest of them, as on the page when one stands far away."""
    rows, columns = (-(-size // factor) for size in strength.shape)
    padded = np.zeros((rows * factor, columns * factor))
    padded[: strength.shape[0], : strength.shape[1]] = strength
    blocks = padded.reshape(rows, factor, columns, factor).swapaxes(1, 2).reshape(rows, columns, -1)
    strongest = np.abs(blocks).argmax(axis=2)
    summarised: np.ndarray = np.take_along_axis(blocks, strongest[..., None], axis=2)[..., 0]
    return summarised


def levels(strength: np.ndarray, steps: int) -> np.ndarray:
    """Strengths as whole numbers: each sign comes in so many steps."""
    leveled: np.ndarray = np.rint(strength * steps).astype(np.int8)
    return leveled


def picture(leveled: np.ndarray, steps: int, palette: Palette | None, enlarged: int = 1) -> str:
    """Levels as a data URI, EMPTY ones seen through: in the palette's colours, or in greys, which a filter is to colour
    (filters.py), black for the strongest negative level.

    In colours a cell is `enlarged` pixels wide and high, since many programs blend pixels into each other.
    """
    if palette is None:
        greys = np.rint((leveled.astype(np.float64) + steps) * (BRIGHTEST / (2 * steps)))
        return data_uri(
            png(np.where(leveled == EMPTY, WHITE, greys).astype(np.uint8), transparent=struct.pack(">H", WHITE))
        )
    found, pixels = np.unique(leveled, return_inverse=True)
    colours = bytes(round(channel) for level in found.tolist() for channel in palette.colour(level / steps))
    transparent = b"\0" if found[0] == EMPTY else b""
    shaped = pixels.reshape(leveled.shape).astype(np.uint8)
    return data_uri(png(shaped.repeat(enlarged, axis=0).repeat(enlarged, axis=1), colours, transparent))


def data_uri(image: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(image).decode()


def png(pixels: np.ndarray, colours: bytes = b"", transparent: bytes = b"") -> bytes:
    """`pixels` are greys, or indices into `colours`, of three bytes each. `transparent` is the grey that is seen
    through, or the opacity of the first colour."""
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, INDEXED if colours else GREY, 0, 0, 0)
    # Each line begins with the number of its filter: none, or what a line differs from the one above by, if in nothing.
    again = np.zeros(height, bool)
    again[1:] = (pixels[1:] == pixels[:-1]).all(axis=1)
    lines = np.hstack([np.where(again, UP, NONE).astype(np.uint8)[:, None], np.where(again[:, None], 0, pixels)])
    chunks = [
        (b"IHDR", header),
        (b"PLTE", colours),
        (b"tRNS", transparent),
        (b"IDAT", packed(lines.astype(np.uint8).tobytes())),
    ]
    return SIGNATURE + b"".join(chunk(name, content) for name, content in chunks if content) + chunk(b"IEND", b"")


def packed(content: bytes) -> bytes:
    """Deflated for data that repeat little, as trained numbers do: matches that save nothing are not looked for."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, MOST_MEMORY, zlib.Z_FILTERED)
    return packer.compress(content) + packer.flush()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
