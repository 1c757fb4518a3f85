"""What an administrator may set."""

from pydantic import BaseModel, ConfigDict, Field


class RuleForm(BaseModel):
    """Figures of the queue. Seconds for times; bounds keep the rule meaningful."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    half_life_s: float = Field(ge=60, le=2_592_000)
    ageing_s: float = Field(ge=60, le=604_800)
    user_running: int = Field(ge=1, le=10_000)
    user_waiting: int = Field(ge=1, le=1_000_000)
