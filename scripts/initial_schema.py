"""Write the DDL of the first migration from the models. Only before the first release; afterwards: new migrations."""

from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from portal.metadata import metadata

TARGET = Path(__file__).resolve().parent.parent / "portal/migrations/versions/r0001_initial.sql"


def main() -> None:
    """Replace the file whole, so that a reader never sees half of it."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    parts: list[str] = []
    for table in metadata.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=dialect)).strip() + ";")
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            parts.append(str(CreateIndex(index).compile(dialect=dialect)).strip() + ";")
    fresh = TARGET.with_suffix(".new")
    fresh.write_text("\n\n".join(parts).replace("\t", "    ") + "\n", encoding="utf-8")
    fresh.replace(TARGET)


if __name__ == "__main__":
    main()
