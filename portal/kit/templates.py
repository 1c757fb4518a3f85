"""The Jinja environment: autoescape, gettext, filters, fragments."""

import base64
import functools
import hashlib
import json
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from portal.kit import i18n, readonly
from portal.kit.actor import Actor
from portal.kit.formats import FILTERS
from portal.kit.markdown import markdown
from portal.settings import ROOT, get_settings

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
VERSION = "0.1.0"


@functools.lru_cache(maxsize=512)
def static(name: str) -> str:
    """The address of a static file, with the digest of its content so that browsers may keep it for ever."""
    path = STATIC / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"
    return f"/static/{name}?v={digest}"


def _bytecode() -> FileSystemBytecodeCache | None:
    folder = get_settings().home / "cache" / "jinja"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


@functools.lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of this process."""
    env = Environment(
        loader=FileSystemLoader(str(TEMPLATES)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_bytecode(),
        auto_reload=False,
        cache_size=-1,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: i18n.translations(i18n.get_locale()).gettext(message),
        ngettext=lambda one, many, n: i18n.translations(i18n.get_locale()).ngettext(one, many, n),
        newstyle=True,
    )
    env.filters.update(FILTERS)
    env.filters["markdown"] = markdown
    env.filters["said"] = said
    env.globals["static"] = static
    env.globals["label"] = i18n.label
    return env


def said(text: str) -> str:
    """A message id that is not written in the template, in the reader's language; whatever else it is stays as it is.

    Columns of reasons hold either. ``_()`` in a template takes its text for markup and for a format, so that a person's
    "30 %" or "<b>" must never come to it.
    """
    return i18n._(text) if text else ""


def site_values() -> dict[str, Any]:
    """What every page says of the site itself."""
    settings = get_settings()
    name = settings.site_name or i18n._("CSPON Commons")
    return {"name": name, "demo": settings.demo, "version": VERSION}


def read_flash(request: Request) -> dict[str, str] | None:
    """The message left for this page by the one before; nonsense in the cookie is no message."""
    packed = request.cookies.get("flash")
    if not packed:
        return None
    try:
        level, text = json.loads(base64.urlsafe_b64decode(packed))
    except ValueError:
        return None
    levels = {"good", "info", "warn", "bad"}
    return {"level": level, "text": str(text)[:500]} if level in levels else None


def render(request: Request, template: str, block: str | None, actor: Actor, values: dict[str, Any]) -> str:
    """The page (or one block of it) for this request."""
    from portal.kit.pages import url_with

    locale = i18n.get_locale()
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    context = {
        "actor": actor,
        "locale": locale,
        "lang": i18n.LANG[locale],
        "nonce": getattr(request.state, "nonce", ""),
        "here": here,
        "flash": read_flash(request),
        "site": site_values(),
        "read_only": readonly.words() if readonly.known() else "",
        "url_with": functools.partial(url_with, request),
        "request_id": getattr(request.state, "request_id", ""),
        **values,
    }
    env = environment()
    if block:
        return render_block(env, template, block, **context)
    return env.get_template(template).render(context)
