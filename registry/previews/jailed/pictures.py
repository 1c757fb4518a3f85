"""Pictures: what they are, and a small one encoded anew, so that nothing of the uploaded bytes reaches a browser."""

import io
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from .result import Output, UnsupportedError
from .words import clip

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 80_000_000
SIDE = 1200
MAX_PNG = 3 * 1024 * 1024
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """Format, size and frames; the picture itself is part `image`."""
    with source.open("rb") as file:
        facts, data = encoded(file, SIDE)
    output.png("image", data)
    return facts


def encoded(file: Any, side: int) -> tuple[dict[str, Any], bytes]:
    """The facts of a picture and a PNG of at most `side` pixels. More pixels than MAX_PIXELS are never unpacked."""
    try:
        picture = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnsupportedError("damaged") from error
    except Image.DecompressionBombError as error:
        raise UnsupportedError("pixels", limit=MAX_PIXELS // 1_000_000) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UnsupportedError("pixels", limit=MAX_PIXELS // 1_000_000)
    facts = {
        "format": clip(picture.format or "", 20),
        "mode": clip(picture.mode, 20),
        "width": width,
        "height": height,
        "frames": min(int(getattr(picture, "n_frames", 1)), 100_000),
    }
    picture.draft("RGB", (side, side))  # JPEG: decode at a fraction of the size
    return facts, _small(picture, side)


def _small(picture: Image.Image, side: int) -> bytes:
    """A plain PNG: no comment, no profile, no second frame; smaller until it has no more than MAX_PNG bytes."""
    plain = ImageOps.exif_transpose(picture)
    plain = plain.convert("RGBA" if "A" in plain.mode or "transparency" in plain.info else "RGB")
    plain.info.clear()
    while True:
        plain.thumbnail((side, side))
        out = io.BytesIO()
        plain.save(out, "PNG", optimize=False)
        if out.tell() <= MAX_PNG or side < 64:
            return out.getvalue()
        side = side * 3 // 4
