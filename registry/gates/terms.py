"""What exactly was accepted: the digest of terms in both languages."""

import hashlib
import json


def digest(terms: str, terms_en: str) -> str:
    """SHA-256 of the JSON array ``[terms, terms_en]`` in UTF-8 without spaces: both texts, and where one ends."""
    text = json.dumps([terms, terms_en], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
