"""The form of the next edition as a browser without scripts fills it, whatever the edition is of."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from registry.editions.models import EditionTable
from tests.support.browser import Client
from tests.support.forms import fields_of

WHY = "按年度评估结果调整"


@dataclass
class Form:
    """One kind of edition, and who looks at its form."""

    db: Session
    client: Client
    table: type[EditionTable]
    at: str
    good: dict[str, str] = field(default_factory=dict)
    """The form as it was opened, with a reason."""

    def open(self) -> "Form":
        """Open the form, or open it anew."""
        self.good = fields_of(self.client.get(f"{self.at}/edit").text) | {"reason": WHY}
        return self

    def send(self, do: str, *changes: dict[str, str], **headers: str) -> Any:
        """Send the form as it was opened with these changes; a later one counts."""
        data = self.good.copy()
        for each in changes:
            data |= each
        return self.client.post(f"{self.at}/edit", data=data | {"do": do}, headers=headers)

    def drawn(self, do: str, *changes: dict[str, str]) -> dict[str, str]:
        """The fields of the form that comes back."""
        answer = self.send(do, *changes)
        assert answer.status_code == 200, answer.text[:3000]
        return fields_of(answer.text)

    def publish(self, *changes: dict[str, str]) -> Any:
        """Look at what would change, then make it."""
        return self.send("publish", self.drawn("preview", *changes))

    def versions(self) -> list[Any]:
        """All of code ``base``, the first one first."""
        self.db.expire_all()
        table: Any = self.table
        return list(self.db.exec(select(table).where(table.code == "base").order_by(table.number)))

    def refuses(self, name: str, value: str, *, at: str = "", is_choice: bool = False) -> None:
        """A value is refused at its field (or ``at`` another), and all that was typed stays."""
        answer = self.send("preview", {name: value})
        assert answer.status_code == 422, (name, value)
        assert f'id="f-{at or name}-error"' in answer.text, (name, value)
        assert f'href="#f-{at or name}"' in answer.text, "and above, with a link to it"
        kept = fields_of(answer.text)
        rest = [key for key in kept if key in self.good and key != name and not key.endswith(".open")]
        assert [kept[key] for key in rest] == [self.good[key] for key in rest]
        assert is_choice or set(kept) == set(self.good)
        assert is_choice or kept[name] == value

    def refuses_json(self, text: str) -> None:
        """Pasted text is refused at its field, and stays with all the rest."""
        answer = self.send("import", {"json": text})
        assert (answer.status_code, 'id="f-json-error"' in answer.text) == (422, True), text[:80]
        kept = fields_of(answer.text)
        assert kept["json"] == text
        assert set(kept) == set(self.good)
