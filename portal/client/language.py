"""The language of a terminal."""

from portal.kit.i18n import speak_by_environment

__all__ = ["speak_by_environment"]
