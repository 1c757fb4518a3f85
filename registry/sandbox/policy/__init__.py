"""The system-call policy, as text for nsjail's compiler (kafel)."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def policy_text(*, metered: bool) -> str:
    """The deny list; without a memory cgroup (``metered`` false) it also refuses memory that nothing else
    bounds."""
    deny = (_FOLDER / "deny.kafel").read_text(encoding="utf-8")
    if metered:
        return f"{deny}USE deny DEFAULT ALLOW\n"
    unmetered = (_FOLDER / "unmetered.kafel").read_text(encoding="utf-8")
    return f"{deny}{unmetered}POLICY all {{ USE deny, USE unmetered }}\nUSE all DEFAULT ALLOW\n"
