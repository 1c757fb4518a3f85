"""Factories of rows, committed at once so that the application's own transactions see them."""

import hashlib
import itertools
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from portal.accounts.models import Account, AccountRole, Namespace, Role
from portal.accounts.passwords import hash_password
from portal.kit.clock import now
from portal.kit.storage import get_store
from portal.organisations.models import MemberRole, Membership, Organisation, OrganisationKind, Verification
from registry.assets.models import Asset, AssetKind
from registry.versions.models import (
    NamespaceBlob,
    StoredBlob,
    SubmissionKind,
    Version,
    VersionFile,
    VersionState,
)

PASSWORD = "correct horse 电池 staple"
_hashes: dict[str, str] = {}
_count = itertools.count(1)
SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def password_hash() -> str:
    """The hash of ``PASSWORD``, made once per process."""
    if "hash" not in _hashes:
        _hashes["hash"] = hash_password(PASSWORD)
    return _hashes["hash"]


def credit_code(n: int) -> str:
    """A well-formed unified social credit code (GB 32100-2015) with both check digits right."""
    body = f"{n:08d}"
    weights9 = (3, 7, 9, 10, 5, 8, 4, 2)
    check9 = (11 - sum(w * int(c) for w, c in zip(weights9, body, strict=True)) % 11) % 11
    first = "91" + "110000" + body + ("X" if check9 == 10 else str(check9))
    total = sum(SYMBOLS.index(c) * pow(3, i, 31) for i, c in enumerate(first))
    return first + SYMBOLS[(31 - total % 31) % 31]


@dataclass
class Person:
    """An account with its namespace."""

    account: Account
    namespace: Namespace

    @property
    def id(self) -> Any:
        return self.account.id


@dataclass
class Unit:
    """An organisation with its namespace."""

    organisation: Organisation
    namespace: Namespace

    @property
    def id(self) -> Any:
        return self.organisation.id


class Make:
    """See ``tests.conftest.make``."""

    def __init__(self, db: Session) -> None:
        self.db = db

    def account(self, name: str = "测试用户", *, roles: tuple[str, ...] = (), **values: Any) -> Person:
        n = next(_count)
        account = Account(
            **{
                "email": f"user{n}@example.org",
                "name": name,
                "sort_key": f"user{n:05d}",
                "password_hash": password_hash(),
                **values,
            }
        )
        self.db.add(account)
        self.db.flush()
        namespace = Namespace(slug=f"user{n}", display_name=name, account_id=account.id)
        self.db.add(namespace)
        for role in roles:
            self.db.add(AccountRole(account_id=account.id, role=Role(role)))
        self.db.commit()
        return Person(account, namespace)

    def organisation(
        self,
        name: str = "示例规划院",
        *,
        admin: Person | None = None,
        publishers: tuple[Person, ...] = (),
        **values: Any,
    ) -> Unit:
        n = next(_count)
        organisation = Organisation(
            **{
                "name": name,
                "sort_key": f"org{n:05d}",
                "kind": OrganisationKind.institute,
                "credit_code": credit_code(10_000_000 + n),
                "verification": Verification.verified,
                **values,
            }
        )
        self.db.add(organisation)
        self.db.flush()
        namespace = Namespace(slug=f"unit{n}", display_name=name, organisation_id=organisation.id)
        self.db.add(namespace)
        people = [(admin, MemberRole.admin)] if admin else []
        people += [(person, MemberRole.publisher) for person in publishers]
        for person, role in people:
            self.db.add(Membership(organisation_id=organisation.id, account_id=person.id, role=role))
        self.db.commit()
        return Unit(organisation, namespace)

    def asset(self, owner: Person, *, namespace: Namespace | None = None, **values: Any) -> Asset:
        n = next(_count)
        asset = Asset(
            **{
                "namespace_id": (namespace or owner.namespace).id,
                "name": f"asset-{n}",
                "kind": AssetKind.algorithm,
                "title": f"成果{n}",
                "sort_key": f"chengguo{n:05d}",
                "licence": "Apache-2.0",
                "created_by": owner.id,
                **values,
            }
        )
        self.db.add(asset)
        self.db.commit()
        return asset

    def blob(self, content: bytes) -> StoredBlob:
        stored = get_store().put([content])
        row = self.db.get(StoredBlob, stored.sha256)
        if row is None:
            row = StoredBlob(sha256=stored.sha256, size=stored.size)
            self.db.add(row)
            self.db.commit()
        return row

    def version(
        self,
        asset: Asset,
        files: dict[str, bytes] | None = None,
        *,
        state: VersionState = VersionState.published,
        submission: SubmissionKind = SubmissionKind.program,
        hidden: tuple[str, ...] = (),
        **values: Any,
    ) -> Version:
        """A version with files; a published one also makes its asset public."""
        number = values.pop("number", "1.0.0")
        content = files if files is not None else {"README.md": b"# demo\n"}
        blobs = {path: self.blob(data) for path, data in content.items()}
        lines = "".join(f"{blob.sha256}  {path}\n" for path, blob in sorted(blobs.items()))
        version = Version(
            asset_id=asset.id,
            number=number,
            sort_key=number,
            state=state,
            submission=submission,
            tree_digest=hashlib.sha256(lines.encode()).hexdigest(),
            size=sum(blob.size for blob in blobs.values()),
            file_count=len(blobs),
            created_by=asset.created_by,
            published_at=now() if state is VersionState.published else None,
            **values,
        )
        self.db.add(version)
        self.db.flush()
        for blob in {blob.sha256: blob for blob in blobs.values()}.values():
            self.db.merge(NamespaceBlob(namespace_id=asset.namespace_id, sha256=blob.sha256, size=blob.size))
        for path, blob in blobs.items():
            is_hidden = any(path.startswith(prefix) for prefix in hidden)
            self.db.add(
                VersionFile(
                    version_id=version.id, path=path, sha256=blob.sha256, size=blob.size, hidden=is_hidden
                )
            )
        if state is VersionState.published:
            asset.is_public = True
            asset.latest_version = number
            asset.touch()
            self.db.add(asset)
        self.db.commit()
        return version
