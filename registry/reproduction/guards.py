"""Whose pack may be given: of a result one may see, made of two versions whose files one may have."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.guards import readable
from registry.evaluation.models import Result
from registry.evaluation.queries import lists
from registry.reproduction.standing import Standing, standing
from registry.versions import queries as versions
from registry.versions.guards import opened, shows_hidden


@dataclass(frozen=True)
class Reproducible:
    """A result with the two versions it was made of, as this reader may see them."""

    row: Any
    """The evaluation with its names (``evaluation.queries.lists.one``)."""
    result: Result
    benchmark: BenchmarkVersion
    submission: Any
    base: Any
    """The version of the benchmark (``versions.queries.detail``), as ``submission`` is that of the submission."""
    standing: Standing
    owner: bool
    """Whether the reader may see the hidden part of the benchmark."""


def described_result(req: Context) -> Reproducible:
    """The result of the evaluation in the address, if the actor may see it. For what gives no content of files."""
    seen = readable(req)
    result = lists.result(req.db, seen.row.id)
    if result is None:
        raise NotFound(_("This evaluation has no result."))
    row = seen.row
    submission = versions.detail(req.db, req.actor, row.namespace, row.name, row.number)
    base = versions.detail(req.db, req.actor, row.bench_namespace, row.bench_name, row.bench_number)
    if submission is None or base is None:
        raise NotFound(_("There is no such evaluation."))
    hidden = [file.path for file in versions.files_of(req.db, base.id, hidden=True) if file.hidden]
    return Reproducible(
        row=row,
        result=result,
        benchmark=req.db.get_one(BenchmarkVersion, row.benchmark_id),
        submission=submission,
        base=base,
        standing=standing(submission.submission, hidden),
        owner=shows_hidden(req, base),
    )


def reproducible(req: Context) -> Reproducible:
    """The same, if the actor may have the files of both versions, and those files are enough to run something."""
    found = _content(req)
    if found.standing.extent is None:
        raise Conflict(_(found.standing.why), hint=_(found.standing.instead))
    return found


def reproducible_by_owner(req: Context) -> Reproducible:
    """The same with the hidden part, for publishers of the benchmark's namespace alone."""
    signed_in(req)
    found = _content(req)
    if not found.owner:
        raise Forbidden(_("Only the benchmark's owner may have its labels."))
    return found


def _content(req: Context) -> Reproducible:
    found = described_result(req)
    opened(found.submission)
    opened(found.base)
    return found
