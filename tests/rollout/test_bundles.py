"""Bundles from the promotion's step to the zip, and back: withdrawn at once, never offered before a gate."""

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cspon_node import formats
from portal.audit import publicity
from portal.audit.actions import accept_loss
from portal.audit.models import AlarmKind, AuditAlarm
from portal.cli import main
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.certification.changes import CHANGED
from registry.promotion.actions import moving
from registry.promotion.actions.moving import GateUnmet
from registry.promotion.models import Stage
from registry.rollout import ceremony, tasks
from registry.rollout.actions import bundles
from registry.rollout.metadata import add_signature
from registry.rollout.models import BundleState, Channel, RolloutBundle
from registry.rollout.queries import bundles as queries
from registry.rollout.serving import composed
from registry.versions import queries as versions
from tests.promotion.conftest import REASON
from tests.rollout.conftest import Road, certified, signed


def opened(bundle: RolloutBundle) -> zipfile.ZipFile:
    assert bundle.sha256
    with get_store().open(bundle.sha256) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def withdrawn() -> list[dict[str, Any]]:
    there = ceremony.repository()
    digest = there.targets("notices")[formats.WITHDRAWN_TARGET]
    value = json.loads((there.folder / "targets" / f"{digest}.json").read_bytes())
    return list(value["withdrawn"])


def test_no_bundle_before_pilot_and_one_when_it_is_entered(road: Road) -> None:
    road.to(Stage.reviewed)
    assert road.bundles() == []
    road.to(Stage.pilot)
    (bundle,) = road.bundles()
    assert (bundle.state, bundle.channel, bundle.stage) == (BundleState.building, Channel.pilot, "pilot")
    bundle = road.built()
    assert bundle.state is BundleState.ready, bundle.state_reason
    with opened(bundle) as zipped:
        names = zipped.namelist()
        manifest = formats.read_manifest(
            json.loads(zipped.read(next(name for name in names if name.startswith("targets/pilot/"))))
        )
        assert manifest.channel == "pilot"
        assert manifest.subject.digest == road.desk.version.tree_digest
        assert manifest.certificate is not None
        assert manifest.certificate.number == road.certificate.number
        assert {each.role for each in manifest.files} >= {
            "file",
            "certificate",
            "promotion",
            "event",
            "checkpoint",
        }
        assert [name for name in names if name.startswith("metadata/")] == [
            f"metadata/{each}.json"
            for each in ("1.root", "timestamp", "snapshot", "targets", "pilot", "notices")
        ]


def test_no_gate_no_bundle(road: Road) -> None:
    """A gate that blocks the promotion blocks its bundle; there is no other way to order one."""
    road.to(Stage.reviewed)
    road.desk.rules(road.promotion, {"pilot": [{"code": "b", "kind": "benchmarks"}]})
    with pytest.raises(GateUnmet):
        road.desk.advance(road.promotion, Stage.pilot)
    with transaction() as db, pytest.raises(Conflict):
        bundles.order(db, SYSTEM, promotion_id=road.promotion)
    assert road.bundles() == []
    road.desk.rules(road.promotion, {})
    road.to(Stage.pilot)
    with transaction() as db, pytest.raises(Conflict):
        bundles.order(db, SYSTEM, promotion_id=road.promotion, channel=Channel.national)
    assert [each.channel for each in road.bundles()] == [Channel.pilot]


def test_it_waits_until_the_log_has_signed_for_the_step(road: Road) -> None:
    road.to(Stage.pilot)
    tasks.build(str(road.bundles()[0].id))
    assert road.bundles()[0].state is BundleState.building
    assert road.built().state is BundleState.ready


def test_nothing_is_signed_for_while_the_log_contradicts_what_was_seen(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    with transaction() as db:
        db.add(AuditAlarm(kind=AlarmKind.differs, witness="甲", note="另一检查点"))
    tasks.build(str(road.bundles()[0].id))
    assert road.bundles()[0].state is BundleState.building
    assert ceremony.repository().targets("pilot") == {}
    with transaction() as db:
        accept_loss(db, reason="已核实为恢复演练。")
    assert road.built().state is BundleState.ready


def test_every_channel_on_the_way_with_growing_sequences(road: Road) -> None:
    for stage in (Stage.pilot, Stage.regional, Stage.national):
        road.to(stage)
        assert road.built().state is BundleState.ready
    assert [each.channel.value for each in road.bundles()] == ["pilot", "regional", "national"]
    assert [each.sequence for each in road.bundles()] == sorted({each.sequence for each in road.bundles()})
    with transaction() as db:
        assert len(queries.offered(db)) == 3


def test_suspended_is_withdrawn_at_once_and_signed_for_next(road: Road) -> None:
    road.to(Stage.pilot)
    road.built()
    assert withdrawn() == []
    target = f"pilot/{bundle_name(road)}/1.0.0.json"
    assert target in ceremony.repository().targets("pilot")
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    assert road.bundles()[0].state is BundleState.withdrawn
    with transaction() as db:
        assert queries.offered(db) == []
    tasks.notices()
    assert [(row["why"], row["digest"], row["reason"]) for row in withdrawn()] == [
        ("suspended", road.desk.version.tree_digest, REASON)
    ]
    assert target not in ceremony.repository().targets("pilot")


def bundle_name(road: Road) -> str:
    space = road.db.get_one(type(road.desk.owner.namespace), road.desk.asset.namespace_id).slug
    return f"{space}/landcover"


def test_back_from_a_suspension_a_new_bundle_and_off_the_list(road: Road) -> None:
    road.to(Stage.pilot)
    road.built()
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    tasks.notices()
    road.desk.advance(road.promotion, Stage.pilot, road.desk.committee[0])
    bundle = road.built()
    assert (bundle.state, bundle.sequence) == (BundleState.ready, 2)
    assert withdrawn() == []


@pytest.mark.parametrize(("target", "why"), [(Stage.rolled_back, "rolled_back"), (Stage.retired, "retired")])
def test_rolled_back_and_retired(road: Road, target: Stage, why: str) -> None:
    road.to(Stage.national)
    road.built()
    road.desk.do(
        moving.stop, road.desk.committee[0], promotion_id=road.promotion, target=target, reason=REASON
    )
    tasks.notices()
    assert [row["why"] for row in withdrawn()] == [why]
    assert {each.state for each in road.bundles()} == {BundleState.withdrawn}


def test_a_revoked_certificate_withdraws_and_says_so(road: Road) -> None:
    road.desk.rules(road.promotion, {"pilot": [{"code": "c", "kind": "certified"}]})
    road.to(Stage.pilot)
    road.built()
    road.revoke()
    assert road.desk.stage(road.promotion) is Stage.suspended
    assert road.bundles()[0].state is BundleState.withdrawn
    tasks.notices()
    assert [row["why"] for row in withdrawn()] == ["revoked"]
    (reason,) = (row["reason"] for row in withdrawn())
    assert reason == "其安全评估认证证书已不再有效。 Its certificate is not valid any more.", (
        "a node reads either"
    )


def test_a_stop_while_it_is_being_built_leaves_nothing_offered(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    road.desk.do(
        moving.stop, road.desk.secretary, promotion_id=road.promotion, target=Stage.suspended, reason=REASON
    )
    bundle = road.built()
    assert (bundle.state, bundle.sha256) == (BundleState.withdrawn, None)
    assert ceremony.repository().targets("pilot") == {}


def test_without_a_ceremony_nothing_is_built_and_it_is_made_up_for(road: Road, own_home: Any) -> None:
    shutil.rmtree(own_home / "rollout")
    road.to(Stage.pilot)
    assert road.built().state is BundleState.building
    ceremony.hold_demo(now())
    assert road.built().state is BundleState.ready


def test_the_national_channel_waits_for_people(road: Road, own_home: Any) -> None:
    people = ceremony.demo_folder().rename(own_home / "elsewhere")
    road.to(Stage.national)
    bundle = road.built()
    assert bundle.state is BundleState.signing
    there = ceremony.repository()
    for name in ("national-1", "national-3"):
        key = ceremony.read_key(people / f"{name}.pem")
        there.take_back(add_signature(there.waiting("national"), key), ceremony.signers(), bundle.created_at)
    tasks.settle(str(bundle.id))
    assert road.bundles()[-1].state is BundleState.ready


def test_a_file_missing_in_the_store_fails_with_words(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    store = get_store()
    with transaction() as db:
        lost = versions.stored_files(db, road.desk.version.id)[0].sha256
    held = b"".join(store.span(lost, 0, store.size(lost)))
    store.remove(lost)
    try:
        bundle = road.built()
        assert bundle.state is BundleState.failed
        assert lost in bundle.state_reason
    finally:
        store.put([held])
    road.desk.do(bundles.order, road.desk.secretary, promotion_id=road.promotion)
    assert road.built().state is BundleState.ready


def test_watch_orders_what_is_lacking_and_ends_what_is_late(road: Road) -> None:
    road.desk.put(road.promotion, Stage.regional)
    tasks.watch(0)
    (bundle,) = road.bundles()
    assert bundle.channel is Channel.regional
    bundle.deadline_at = bundle.created_at
    road.db.add(bundle)
    road.db.commit()
    tasks.watch(0)
    assert road.bundles()[0].state is BundleState.failed


def test_sent_under_fresh_metadata(road: Road, tmp_path: Path) -> None:
    """What was packed before stays taken in by a node that has seen newer metadata; the stored zip stays as it is."""
    road.to(Stage.pilot)
    packed = road.built().sha256
    bundle = road.bundles()[0]
    before = composed(queries.one(road.db, bundle.id))
    (tmp_path / "same.zip").write_bytes(b"".join(before.span(0, before.size)))
    with get_store().open(packed or "") as file:
        assert (tmp_path / "same.zip").read_bytes() == file.read()  # nothing was signed since
    tasks.refresh(0)
    after = composed(queries.one(road.db, bundle.id))
    assert after.etag != before.etag
    data = b"".join(after.span(0, after.size))
    assert len(data) == after.size
    for start, end in (
        (0, 10),
        (5, len(after.head) + 7),
        (len(after.head) - 3, after.size - 2),
        (after.size - 9, after.size),
    ):
        assert b"".join(after.span(start, end)) == data[start:end]
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        old = zipfile.ZipFile(tmp_path / "same.zip")
        assert zipped.namelist() == old.namelist()
        fresh = [name for name in old.namelist() if zipped.read(name) != old.read(name)]
    assert fresh == ["metadata/timestamp.json", "metadata/snapshot.json"] or fresh == [
        "metadata/timestamp.json"
    ]
    assert road.bundles()[0].sha256 == packed


def cspon(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def machine(road: Road, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Road:
    """The same road, for an operator at the machine."""
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url)
    get_settings.cache_clear()
    return road


def test_the_operators_command_goes_round_no_gate(machine: Road) -> None:
    name = f"{bundle_name(machine)}@1.0.0"
    machine.to(Stage.reviewed)
    done = cspon("rollout", "bundle", name)
    assert (done.exit_code, "is not promoted" in done.output) == (1, True)
    machine.to(Stage.pilot)
    done = cspon("rollout", "bundle", name, "--channel", "national")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert [each.channel for each in machine.bundles()] == [Channel.pilot]


def test_a_bundle_with_wheels_takes_the_place_of_the_one_before(machine: Road, tmp_path: Path) -> None:
    machine.to(Stage.pilot)
    machine.built()
    (tmp_path / "wheels").mkdir()
    name = f"{bundle_name(machine)}@1.0.0"
    assert cspon("rollout", "bundle", name, "--wheels", tmp_path / "wheels").exit_code == 1
    (tmp_path / "wheels" / "a-1.0-py3-none-any.whl").write_bytes(b"wheel")
    done = cspon("rollout", "bundle", name, "--wheels", tmp_path / "wheels")
    assert done.exit_code == 0, done.output
    bundle = machine.built()
    assert [each.state for each in machine.bundles()] == [BundleState.replaced, BundleState.ready]
    with opened(bundle) as zipped:
        assert zipped.read("runtime/wheels/a-1.0-py3-none-any.whl") == b"wheel"
    assert withdrawn() == []


def test_a_new_certificate_has_bundles_made_anew(road: Road) -> None:
    road.to(Stage.pilot)
    first = road.built()
    made = certified(road.desk)
    with transaction() as db:
        for changed in CHANGED.values():
            changed(db, road.desk.version.id)
    assert made.number
    assert [each.state for each in road.bundles()] == [BundleState.replaced, BundleState.building]
    assert road.built().sequence > first.sequence


def test_what_of_a_bundle_the_public_log_shows(road: Road) -> None:
    road.to(Stage.pilot)
    bundle = road.built()
    with transaction() as db:
        found = publicity.shown(
            db,
            [
                ("bundle.ready", str(bundle.id)),
                ("promotion.pilot", str(road.promotion)),
                ("certificate.granted", str(road.certificate.id)),
                ("node.registered", str(bundle.id)),
            ],
        )
    assert {verb for verb, _key in found} == {"bundle.ready", "promotion.pilot", "certificate.granted"}
    assert all(each.evidence for each in found.values())
