"""The hashes of a draw: what is published before it. Without numerical libraries, so that web processes may promise."""

import hashlib

from portal.kit.i18n import _

SHORTEST_SEED, LONGEST_SEED = 32, 256


class ProblemError(ValueError):
    """The problem contradicts itself or is not one; the message says where."""


def commitment_to(seed: str) -> str:
    """The commitment to a seed of 32 to 256 printable ASCII characters: SHA-256 of a label and the seed.

    Raises ``ProblemError`` for another seed. A seed of at least 128 random bits cannot be guessed from it.
    """
    if not (SHORTEST_SEED <= len(seed) <= LONGEST_SEED and seed.isascii() and seed.isprintable()):
        raise ProblemError(
            _(
                "A seed has %(least)s to %(most)s printable ASCII characters.",
                least=SHORTEST_SEED,
                most=LONGEST_SEED,
            )
        )
    return labelled("commitment", seed).hex()


def seal(commitment: str, problem_digest: str) -> str:
    """What binds a commitment to the problem that is drawn for."""
    return labelled("seal", commitment, problem_digest).hex()


def labelled(purpose: str, *parts: str) -> bytes:
    """SHA-256 of a line that says what for, and of each part after its length in 8 bytes: no two inputs look alike."""
    data = [part.encode() for part in parts]
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in data)
    return hashlib.sha256(f"cspon draw {purpose} 1\n".encode() + framed).digest()
