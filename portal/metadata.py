"""All tables, for Alembic: importing this module imports every domain's models."""

from sqlmodel import SQLModel

import portal.accounts.models
import portal.audit.models
import portal.notices.models
import portal.organisations.models
import registry.assets.models
import registry.benchmarks.models
import registry.evaluation.models
import registry.scanning.models
import registry.versions.models  # noqa: F401

metadata = SQLModel.metadata
