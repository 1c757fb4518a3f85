"""What a browser without scripts would send of a page's form."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    """The fields of every form, without buttons and files."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._name = ""
        """Of the textarea or select that is open."""
        self._in_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif tag == "input" and name:
            kind = given.get("type") or "text"
            if kind in ("radio", "checkbox") and "checked" not in given:
                return
            if kind not in ("file", "submit", "button"):
                self.forms[-1][name] = value
        elif tag == "textarea":
            self._name, self._in_text = name, True
            self.forms[-1][name] = ""
        elif tag == "select":
            self._name = name
        elif tag == "option" and self._name and ("selected" in given or self._name not in self.forms[-1]):
            self.forms[-1][self._name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.forms[-1][self._name] = self.forms[-1][self._name].removeprefix("\n")
        if tag in ("textarea", "select"):
            self._name, self._in_text = "", False

    def handle_data(self, data: str) -> None:
        if self._in_text:
            self.forms[-1][self._name] += data


def fields_of(page: str) -> dict[str, str]:
    """The fields of the largest form of a page as they stand in it."""
    parser = _Forms()
    parser.feed(page)
    return max(parser.forms, key=len)
