"""What runs inside a warm jail before its job: bound into it as /warm, and imported by nothing of the portal."""

from pathlib import Path

LAUNCHER = Path(__file__).with_name("sitecustomize.py")
PLACE = "/warm"
MARK = b"\0cspon-warm "
