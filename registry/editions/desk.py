"""The desk where the next edition is written: a form, a look at what it would change, and the door for JSON.

Nothing is made before what would change was shown: ``seen`` is the digest of what was shown last.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from fastapi.responses import Response
from pydantic import ValidationError

from portal.kit.db import Session
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import explain
from portal.kit.i18n import _, named
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, Guard, public
from portal.kit.rows import Draft, Section
from registry.editions import differences, queries
from registry.editions.actions import too_early
from registry.editions.differences import Change, Outline
from registry.editions.forms import EditionInput
from registry.editions.models import EditionTable

E = TypeVar("E", bound=EditionTable)
G = TypeVar("G", bound=EditionInput)
G_co = TypeVar("G_co", bound=EditionInput, covariant=True)
HEAD = ("effective_from", "reason", "based_on", "seen", "json")
SHOWN_ERRORS = 5


class Form(Protocol[G_co]):
    """What differs between one kind of edition and another: a module with these functions. Content is as in JSON."""

    def drafted(self, content: Mapping[str, Any], /) -> Draft:
        """The form of some content."""

    def read(self, form: Mapping[str, Any], names: tuple[str, ...], /) -> Draft:
        """What a browser sent; besides, the fields of these names."""

    def redrawn(self, draft: Draft, /) -> None:
        """Fill in what a value that was chosen brings with it."""

    def checked(self, draft: Draft, /) -> G_co | None:
        """What was typed where it holds; else None, with ``errors`` at their fields."""

    def sections(self, draft: Draft, /) -> list[Section]:
        """The form as it is drawn."""

    def outline(self, content: Mapping[str, Any], locale: str, /) -> Outline:
        """The content in words."""

    def bare(self, data: Any, /) -> Any:
        """JSON that is one part of the content only, as content."""


@dataclass(frozen=True)
class Preview:
    """What an edition would change, and what another one changed while it was written."""

    changes: list[Change]
    meanwhile: list[Change]
    seen: str


@dataclass(frozen=True)
class Desk(Generic[E, G]):
    """One kind of edition. ``content`` names its columns that the form is about; as JSON they are the same."""

    table: type[E]
    at: str
    """Address of the pages, without the code."""
    crumbs: Callable[[], list[tuple[str, str]]]
    keeps: Callable[[], str]
    """What is said of what was made under the editions before."""
    file: str
    """Name of the file for download, at the address of the edition."""
    content: tuple[str, ...]
    input: type[G]
    in_force: Callable[[Session], Any]
    revise: Callable[..., E]
    form: Form[G]

    def doors(self, router: Doors, editor: Guard) -> None:
        """The addresses of the desk: the file for everybody, the form for who passes ``editor``."""
        router.page(f"{self.at}/{{code}}/{self.file}", guard=public)(self.exported)
        router.page(f"{self.at}/{{code}}/edit", guard=editor)(self.edit)
        router.act(f"{self.at}/{{code}}/edit", guard=editor)(self.save)

    def found(self, req: Context) -> list[E]:
        """The editions of the address, the newest first."""
        self.in_force(req.db)
        found = queries.versions_of(req.db, self.table, req.path["code"][:40].replace("\x00", ""))
        if not found:
            raise NotFound(_("There is nothing at this address."))
        return found

    def chosen(self, req: Context, found: list[E]) -> tuple[E, list[Change]]:
        """The edition of ``?number=`` (without it the newest), with what differs from the one before it."""
        wanted = req.query.get("number", "")
        at = next((n for n, each in enumerate(found) if str(each.number) == wanted), 0)
        before = found[at + 1] if at + 1 < len(found) else None
        return found[at], self._between(req, before, self._of(found[at])) if before is not None else []

    def exported(self, req: Req) -> Response:
        """The edition of ``?number=`` as a file of data, such as come with the program."""
        one, _changes = self.chosen(req, self.found(req))
        data = one.model_dump(mode="json", exclude={"id", "number", "reason", "created_at", "created_by"})
        name = f"{one.code}-{one.number}.json"
        return Response(
            json.dumps(data, ensure_ascii=False, indent=1), media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    def edit(self, req: Req) -> Response:
        """The form of the next edition, beginning with the newest."""
        last = self.found(req)[0]
        draft = self.form.drafted(self._of(last))
        draft.fields |= {"effective_from": queries.today().isoformat(), "based_on": str(last.number)}
        return self._page(req, last, draft)

    def save(self, req: Req) -> Response:
        """Change rows, take JSON, show what would change; and once that was seen, make the next edition."""
        found, draft = self.found(req), self.form.read(req.form, HEAD)
        do = str(req.form.get("do", "preview"))
        if draft.act(do):
            return self._page(req, found[0], draft)
        if do.startswith("draw:"):
            draft.touched = do.removeprefix("draw:")
            self.form.redrawn(draft)
            return self._page(req, found[0], draft)
        if do == "import":
            draft = self._imported(draft)
            return self._page(req, found[0], draft, status=422 if draft.errors else 200)
        given = self.form.checked(draft)
        if given is None:
            return self._page(req, found[0], draft, status=422)
        return self._look(req, found, draft, given, make=do == "publish")

    def _look(self, req: Context, found: list[E], draft: Draft, given: G, *, make: bool) -> Response:
        """Show what would change; with ``make`` and if exactly this was shown before, make it."""
        last, status = found[0], 200
        if why := too_early(given, last):
            draft.blame("effective_from", why)
            status = 409
        meanwhile: list[Change] = []
        if given.based_on != last.number:
            began = next((each for each in found if each.number == given.based_on), None)
            meanwhile = self._between(req, began, self._of(last)) if began is not None else []
            why = _("Version %(number)s was made meanwhile.", number=last.number)
            draft.blame("based_on", why)
            given.based_on, draft.fields["based_on"], status = last.number, str(last.number), 409
        changes = self._between(req, last, self._of(given))
        seen = hashlib.sha256(given.model_dump_json().encode()).hexdigest()
        if make and status == 200 and changes and draft.fields["seen"] == seen:
            try:
                made = self.revise(req.db, req.actor, code=last.code, given=given)
            except Invalid as refusal:
                if "based_on" in refusal.fields and (newer := self.found(req))[0].number != last.number:
                    given.based_on = last.number
                    return self._look(req, newer, draft, given, make=False)
                draft.errors.update(refusal.fields)
                status = refusal.status
            else:
                return req.redirect(f"{self.at}/{made.code}", flash=_("The next version was made."))
        draft.fields["seen"] = seen
        return self._page(req, last, draft, status=status, preview=Preview(changes, meanwhile, seen))

    def _of(self, edition: E | G) -> dict[str, Any]:
        return edition.model_dump(mode="json", include=set(self.content))

    def _between(self, req: Context, old: E, new: Mapping[str, Any]) -> list[Change]:
        return differences.between(
            self.form.outline(self._of(old), req.locale), self.form.outline(new, req.locale)
        )

    def _imported(self, draft: Draft) -> Draft:
        """The form of JSON that was pasted; where it does not hold, the form as it was and what is wrong."""
        try:
            data = self.form.bare(json.loads(draft.fields["json"]))
            if not isinstance(data, dict):
                raise TypeError
            given = {name: data[name] for name in self.content if name in data}
            head = {"effective_from": queries.today(), "reason": "JSON", "based_on": 1}
            kept = {name: value for name, value in draft.fields.items() if name in self.input.model_fields}
            content = self._of(self.input.model_validate(kept | given | head))
        except ValidationError as error:
            said = explain(error.errors(include_url=False))
            lines = [named(name, text) for name, text in list(said.items())[:SHOWN_ERRORS]]
            draft.blame("json", " ".join(lines))
            return draft
        except (ValueError, TypeError, RecursionError):
            draft.blame("json", _("This is not JSON of the form that the file for download has."))
            return draft
        made = self.form.drafted(content)
        made.fields |= {name: draft.fields[name] for name in HEAD if name != "json"}
        return made

    def _page(
        self, req: Context, last: E, draft: Draft, *, status: int = 200, preview: Preview | None = None
    ) -> Response:
        sections = self.form.sections(draft)
        return req.page(
            "editions/edit.html",
            block="editor",
            status=status,
            last=last,
            at=f"{self.at}/{last.code}",
            crumbs=[*self.crumbs(), (last.title(req.locale), f"{self.at}/{last.code}")],
            keeps=self.keeps(),
            file=self.file,
            draft=draft,
            sections=sections,
            labels=labels_of(sections),
            preview=preview,
        )


def labels_of(sections: list[Section]) -> dict[str, str]:
    """What the fields with errors are called above the form, in its order."""
    found = {}
    for section in sections:
        if section.error:
            found[section.part] = section.title
        found |= {cell.name: cell.label for cell in section.cells if cell.error}
        for place, row in enumerate(section.rows, 1):
            for cell in (cell for group in row.groups for cell in group if cell.error):
                found[cell.name] = _(
                    "%(part)s, row %(n)s, %(column)s", part=section.title, n=place, column=cell.label
                )
    return found
