"""The language of a terminal."""

import os

from portal.kit.i18n import DEFAULT, set_locale


def speak_by_environment() -> None:
    """Chinese where the environment asks for Chinese, English otherwise."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            set_locale(DEFAULT if value.lower().startswith("zh") else "en")
            return
    set_locale("en")
