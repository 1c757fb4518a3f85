"""Templates of rounds and the editor of shapes, for the secretariat."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import N_, _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.desk import guards, shaping
from portal.reviews.rounds.actions import templates
from portal.reviews.rounds.forms import TemplateForm
from portal.reviews.rounds.models import Blind, Phase, RoundTemplate
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape

router = Doors()
LIST = "/admin/round-templates"
WORDS = {
    "blind": N_("Blind mode"),
    "threshold": N_("Threshold"),
    "places": N_("Places"),
    "appeal_days": N_("Working days to appeal"),
    "reveal_experts_days": N_("Days until the list of experts is public"),
    "pledge_zh": N_("Pledge (Chinese)"),
    "pledge_en": N_("Pledge (English)"),
    "criteria": N_("Criteria"),
    "questions": N_("Questions"),
    "outcomes": N_("Outcomes"),
    "key": N_("Key"),
    "title_zh": N_("Title (Chinese)"),
    "title_en": N_("Title (English)"),
    "help_zh": N_("Help (Chinese)"),
    "help_en": N_("Help (English)"),
    "weight": N_("Weight of the criterion"),
    "levels": N_("Levels"),
    "veto": N_("Veto at or below"),
    "least": N_("Characters at least"),
    "most": N_("Characters at most"),
    "kind": N_("Kind"),
    "letter_zh": N_("Letter (Chinese)"),
    "letter_en": N_("Letter (English)"),
    "conflicts.former_years": N_("Years a former employer counts"),
    "conflicts.work_years": N_("Years common work counts"),
    "conflicts.reviewed_years": N_("Years an earlier review counts"),
    "conflicts.tree_steps": N_("Steps in the tree of organisations"),
    "conflicts.applicants_may_review": N_("Applicants of the round may review in it"),
    "staffing.method": N_("How experts are chosen"),
    "staffing.reviews": N_("Reviews of each submission"),
    "staffing.seniors": N_("Senior reviewers of each, at least"),
    "staffing.of_one_organisation": N_("Reviewers of one organisation, at most"),
    "staffing.crossing_percent": N_("Reviews across panels, in percent"),
    "staffing.cap_permille": N_("Highest probability of a pair, in thousandths"),
    "staffing.most": N_("Reviews of one expert, at most"),
    "panel.quorum_percent": N_("Quorum, in percent"),
    "panel.majority_percent": N_("Majority above, in percent"),
    "panel.secret": N_("Secret ballot"),
}
METHODS = (("affinity", N_("By affinity")), ("lot", N_("By lot, with expertise")))
KINDS = (("in", N_("Taken in")), ("reserve", N_("On reserve")), ("out", N_("Not taken in")))


def word(name: str) -> str:
    """What a field of the editor is called."""
    if name.startswith("periods."):
        return _("Days of “%(phase)s”", phase=label(Phase(name.partition(".")[2])))
    if name in WORDS:
        return _(WORDS[name])
    part, _dot, rest = name.partition(".")
    place, _dot, column = rest.partition(".")
    if part in shaping.PARTS and place.isdigit() and column in WORDS:
        return _(
            "%(part)s, row %(n)s, %(column)s", part=_(WORDS[part]), n=int(place) + 1, column=_(WORDS[column])
        )
    return ""


def editor(
    req: Context,
    draft: shaping.Draft,
    *,
    title: str,
    back: str,
    preview: Shape | None = None,
    status: int = 200,
) -> Response:
    """The editor of a shape, as it was typed, with errors at their fields and perhaps the reviewers' form below."""
    return req.page(
        "rounds/shape.html",
        status=status,
        draft=draft,
        title=title,
        back=back,
        preview=preview,
        labels={name: word(name) for name in draft.errors if word(name)},
        word=word,
        column_word=lambda column: _(WORDS[column]),
        most={name: part.most for name, part in shaping.PARTS.items()},
        blinds=[(item.value, label(item)) for item in Blind],
        methods=[(key, _(text)) for key, text in METHODS],
        kinds=[(key, _(text)) for key, text in KINDS],
    )


def edited(req: Context) -> tuple[shaping.Draft, Shape | None, str]:
    """What was typed, the shape where it holds, and what was asked for: ``save``, ``preview`` or a change of rows."""
    draft, do = shaping.from_form(req.form), str(req.form.get("do", "save"))
    if draft.act(do):
        return draft, None, "rows"
    return draft, draft.shape(), "preview" if do == "preview" else "save"


@router.page(LIST, guard=guards.secretariat)
def overview(req: Req) -> Response:
    """All templates, those that are no longer offered among them."""
    return req.page("rounds/templates.html", rows=basic.templates(req.db, every=True))


def _new(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    rows = basic.templates(req.db, every=True)
    return req.page(
        "rounds/template_new.html",
        status=status,
        parsed=parsed,
        sources=[(row.key, row.title(req.locale)) for row in rows],
    )


@router.page(f"{LIST}/new", guard=guards.secretariat)
def new_page(req: Req) -> Response:
    """A new template begins as the copy of another."""
    return _new(req, Parsed(values={"copy_of": req.query.get("of", "")}))


@router.act(f"{LIST}/new", guard=guards.secretariat)
def new(req: Req) -> Response:
    """Copy a template under another name."""
    parsed = parse(TemplateForm, req.form)
    parsed.values["copy_of"] = copied = str(req.form.get("copy_of", ""))
    made = None
    if basic.template(req.db, copied) is None:
        parsed.errors["copy_of"] = _("Please choose one of the offered values.")
    elif parsed.model is not None:
        with filling(req.db, parsed):
            made = templates.copy(req.db, req.actor, key=copied, given=parsed.model)
    if made is None:
        return _new(req, parsed, 422)
    return req.redirect(f"{LIST}/{made.key}", flash=_("The template is copied; now change what differs."))


def _title(req: Context) -> str:
    row: RoundTemplate = req.subject
    return row.title(req.locale)


@router.page(f"{LIST}/{{key}}", guard=guards.template)
def shape_page(req: Req) -> Response:
    """The shape of a template, to be edited."""
    draft = shaping.from_shape(Shape.model_validate(req.subject.shape))
    return editor(req, draft, title=_title(req), back=LIST)


@router.act(f"{LIST}/{{key}}", guard=guards.template)
def save_shape(req: Req) -> Response:
    """Keep the shape, show the reviewers' form, or change rows."""
    draft, shape, asked = edited(req)
    if asked != "save" or shape is None:
        return editor(
            req, draft, title=_title(req), back=LIST,
            preview=shape if asked == "preview" else None, status=422 if draft.errors else 200,
        )  # fmt: skip
    templates.change(req.db, req.actor, key=req.subject.key, shape=shape)
    return req.redirect(f"{LIST}/{req.subject.key}", flash=_("Saved."))


def _names(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page("rounds/template_names.html", status=status, parsed=parsed, row=req.subject)


@router.page(f"{LIST}/{{key}}/names", guard=guards.template)
def names_page(req: Req) -> Response:
    """Names and source of a template."""
    row: RoundTemplate = req.subject
    return _names(req, Parsed(values={name: getattr(row, name) for name in TemplateForm.model_fields}))


@router.act(f"{LIST}/{{key}}/{{verb}}", guard=guards.template)
def act(req: Req) -> Response:
    """``names``: keep names and source; ``offer`` it for new rounds, or ``withdraw`` it."""
    key, verb = req.subject.key, req.path["verb"]
    if verb == "names":
        parsed = parse(TemplateForm, {**dict(req.form), "key": key})
        if parsed.model is None:
            return _names(req, parsed, 422)
        templates.change(req.db, req.actor, key=key, given=parsed.model)
    elif verb in ("offer", "withdraw"):
        templates.set_active(req.db, req.actor, key=key, active=verb == "offer")
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(LIST, flash=_("Saved."))
