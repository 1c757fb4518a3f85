"""What events of the log are called: the noun of a verb and what happened to it, in the reader's language."""

from portal.kit.i18n import N_, _

NOUNS = {
    "access": N_("request for access"), "account": N_("account"), "advice_request": N_("question to experts"),
    "advice_routing": N_("routing of a question"), "advisories": N_("database of vulnerabilities"),
    "affiliation": N_("affiliation"), "asset": N_("asset"), "benchmark": N_("benchmark"),
    "browser_session": N_("session"), "bundle": N_("rollout bundle"), "certificate": N_("certificate"),
    "certification_profile": N_("assessment profile"), "data_export": N_("export of one's data"),
    "declared_relation": N_("declared relation"), "discipline": N_("discipline"),
    "discussion": N_("topic of a discussion"), "dry-run": N_("dry run"), "dry_run_case": N_("case of a dry run"),
    "evaluation": N_("evaluation"), "expert": N_("place in the expert pool"), "factors": N_("second factors"),
    "invitation": N_("invitation to an organisation"), "log": N_("audit log"), "membership": N_("membership"),
    "node": N_("node"), "organisation": N_("organisation"),
    "organisation_link": N_("place in the tree of organisations"), "panel_item": N_("item of a panel"),
    "panel_member": N_("member of a panel"), "panel_motion": N_("motion of a panel"),
    "panel_session": N_("panel session"), "post": N_("post"), "preview": N_("preview"), "promotion": N_("promotion"),
    "promotion_profile": N_("rules of promotion"), "promotion_site": N_("pilot site"),
    "public_notice": N_("public notice"), "public_notice_objection": N_("objection"),
    "queue": N_("queue of evaluations"), "receipt": N_("receipt of a node"), "recovery_code": N_("recovery code"),
    "recovery_codes": N_("recovery codes"), "report": N_("report of misuse"), "review_appeal": N_("appeal"),
    "review_approach": N_("report of an approach"), "review_conflict": N_("conflict of interest"),
    "review_invitation": N_("invitation to review"), "review_letter": N_("letter of an outcome"),
    "review_message": N_("message of a discussion"), "review_rebuttal": N_("answer of applicants"),
    "review_round": N_("round of review"), "review_score_run": N_("computing of scores"),
    "review_seat": N_("seat of a reviewer"), "review_staffing": N_("assignment or draw"),
    "review_submission": N_("submission under review"), "review_template": N_("template of rounds"),
    "role": N_("platform role"), "session": N_("session"), "sign_up": N_("sign-up"),
    "station": N_("worker's lasting name"), "store": N_("file store"), "token": N_("access token"),
    "totp": N_("authenticator app"), "transfer": N_("transfer of an asset"), "trial": N_("trial"),
    "upload": N_("unpacking of an archive"), "upload-session": N_("upload in parts"), "version": N_("version"),
    "webauthn_key": N_("security key"), "worker": N_("worker"),
}  # fmt: skip
"""What a verb begins with, and some kinds of objects -> message ids of their names."""
ACTIONS = {
    "accepted": N_("accepted"), "active": N_("entered the pool"), "added": N_("added"),
    "admitting": N_("waits for admission"), "answered": N_("answered"), "appealed": N_("appealed"),
    "archive-received": N_("archive received"), "approved": N_("approved"), "arrived": N_("arrived"),
    "asked": N_("was asked"), "asked-again": N_("asked for again"), "assembling": N_("being put together"),
    "assessed": N_("assessed"), "assessing": N_("under assessment"), "begun": N_("begun"),
    "building": N_("being built"), "cancelled": N_("cancelled"), "capacity_set": N_("capacity set"),
    "changed": N_("changed"), "changed_by_hand": N_("changed by hand"), "claimed": N_("claimed"),
    "closed": N_("closed"), "closing_asked": N_("closing asked for"), "closing_refused": N_("closing refused"),
    "closing_undone": N_("closing undone"), "committed": N_("seed committed to"), "concluded": N_("concluded"),
    "conclusion": N_("in the phase of conclusion"), "confirmed": N_("confirmed"),
    "confirming": N_("waits for confirmation"), "conflict_declared": N_("conflict declared"),
    "conflicts_looked_for": N_("conflicts looked for"), "created": N_("created"), "decided": N_("decided"),
    "declared": N_("declared"), "declined": N_("declined"), "described": N_("described"),
    "described-by-card": N_("described by its card"), "discussion": N_("in the phase of discussion"),
    "dismissed": N_("was dismissed"), "done": N_("done"), "draft": N_("draft"), "drafted": N_("drafted"),
    "drained": N_("drained"), "edited": N_("edited"), "email_change_begun": N_("change of address begun"),
    "email_changed": N_("address changed"), "ended": N_("ended"), "entered": N_("entered"),
    "escalated": N_("passed on to a higher place"), "evidence-added": N_("evidence added"),
    "examining": N_("under examination"), "exclusion_added": N_("exclusion added"), "expired": N_("expired"),
    "extension": N_("end moved"), "failed": N_("failed"), "failed_platform": N_("platform fault"),
    "failed_user": N_("fault of the submission"), "file-damaged": N_("file damaged"),
    "file-removed": N_("file removed"), "file-sound-again": N_("file sound again"), "filed": N_("filed"),
    "files-added": N_("files added"), "forgotten": N_("forgotten"), "frozen": N_("frozen"),
    "gated": N_("access rule set"), "given-back": N_("given back"), "gone": N_("gone"), "granted": N_("was granted"),
    "imported": N_("imported"), "in_force": N_("in force"), "invitation": N_("in the phase of invitations"),
    "inviting": N_("invitations begun"), "invited": N_("invited"), "labels_published": N_("labels published"),
    "lapsed": N_("lapsed"), "left": N_("left"), "left_for": N_("left for a conflict"), "loaded": N_("loaded"),
    "locked": N_("locked"), "loss_accepted": N_("loss accepted"), "made": N_("made"),
    "members": N_("members changed"), "merged": N_("merged"), "minutes": N_("minutes written"),
    "national": N_("national"), "nominated": N_("nominated"), "not_upheld": N_("not upheld"),
    "notice": N_("on public notice"), "notice-renewed": N_("notice renewed"), "offered": N_("was offered"),
    "open": N_("open"), "opened": N_("opened"), "ordered": N_("ordered"), "outage": N_("outage entered"),
    "outcome": N_("outcome set"), "over": N_("over"), "overdue": N_("overdue"),
    "panel": N_("in the phase of the panel"), "passed": N_("passed"), "passed-on": N_("passed on to the auditors"),
    "password_changed": N_("password changed"), "password_reset": N_("password reset"), "paused": N_("paused"),
    "pending": N_("waiting"), "person_named": N_("person named"), "pilot": N_("on pilot"),
    "pilot_assessed": N_("pilot assessed"), "piloting": N_("piloting"), "planned": N_("was planned"),
    "pledged": N_("pledge signed"), "predicting": N_("predicting"), "preparation": N_("in preparation"),
    "printed": N_("document made"), "profile_changed": N_("profile changed"), "profile_saved": N_("profile saved"),
    "proposed": N_("proposed"), "published": N_("published"), "qualified": N_("qualified"),
    "quarantined": N_("quarantined"), "queued": N_("queued"), "re-evaluated": N_("evaluated anew"),
    "ready": N_("ready"), "reason_erased": N_("reason erased"), "rebuttal": N_("in the phase of answers"),
    "recheck": N_("re-check due"), "recused": N_("recused"), "refused": N_("refused"), "regional": N_("regional"),
    "registered": N_("registered"), "rejected": N_("was rejected"), "released": N_("released"),
    "reminded": N_("reminded"), "removed": N_("removed"), "renewed": N_("renewed"), "reopened": N_("reopened"),
    "replaced": N_("replaced"), "reported": N_("reported"), "requested": N_("requested"), "resent": N_("sent again"),
    "reset": N_("reset"), "reset_requested": N_("reset asked for"), "resumed": N_("resumed"),
    "retired": N_("retired"), "returned": N_("returned"), "revealed": N_("revealed"),
    "review": N_("in the phase of review"), "reviewed": N_("reviewed"), "revised": N_("revised"),
    "revoked": N_("revoked"), "role_changed": N_("role changed"), "rolled_back": N_("rolled back"),
    "routed": N_("routed"), "rule_changed": N_("rule changed"), "running": N_("running"), "said": N_("said"),
    "saved": N_("saved"), "scanned": N_("scanned"), "scanning": N_("scanning"), "scoring": N_("scoring"),
    "sealed": N_("sealed"), "senior_set": N_("senior title set"), "sent": N_("sent"), "settled": N_("settled"),
    "shaped": N_("rules written"), "signed_on": N_("signed on"), "signing": N_("waits for signatures"),
    "site-added": N_("site recorded"), "site-assessed": N_("site assessed"), "started": N_("started"),
    "stated": N_("stated"), "submitted": N_("submitted"), "superseded": N_("superseded"),
    "suspended": N_("suspended"), "swept": N_("swept"), "taken": N_("taken in"), "taken_back": N_("taken back"),
    "token_made": N_("token made"), "traces_erased": N_("traces erased"), "transferred": N_("transferred"),
    "unanswered": N_("unanswered"), "unlocked": N_("unlocked"), "unpacked": N_("unpacked"), "upheld": N_("upheld"),
    "used": N_("used"), "verified": N_("verified"), "voted": N_("voted"), "withdrawn": N_("was withdrawn"),
    "withheld": N_("was withheld"), "witness_added": N_("witness added"), "witness_removed": N_("witness removed"),
    "written": N_("written"), "yanked": N_("withdrawn from publication"),
    "adjourned": N_("adjourned"), "adopted": N_("adopted"), "broken": N_("broken off"),
    "carried": N_("carried"), "clearing": N_("room being cleared"), "deleted": N_("was deleted"),
    "discussing": N_("under discussion"), "draining": N_("draining"), "hidden": N_("hidden"),
    "kept": N_("kept in the outbox"), "leased": N_("leased"), "lost": N_("lost"),
    "not_accepted": N_("not accepted"), "raised": N_("raised"), "received": N_("received"),
    "shown": N_("shown again"), "skipped": N_("skipped"), "succeeded": N_("succeeded"),
    "undecided": N_("undecided"), "unsupported": N_("not supported"), "unverified": N_("not verified"),
    "void": N_("void"), "waiting": N_("was put into the queue"),
}  # fmt: skip
"""What a verb ends with -> message ids. A test asks that every verb of the program is among them."""


def noun(word: str) -> str:
    """What an object of this kind is called; empty where it has no name."""
    return _(NOUNS[word]) if word in NOUNS else ""


def event_words(verb: str) -> str:
    """Noun and action of a verb; empty where either has no name, so that the verb itself is shown."""
    what, _dot, happened = verb.partition(".")
    if what not in NOUNS or happened not in ACTIONS:
        return ""
    between = _(": ")
    return noun(what) + between + _(ACTIONS[happened])
