"""What all sections of a configuration have in common."""

from pydantic import BaseModel, ConfigDict, JsonValue, field_validator


def table(name: str) -> dict[str, JsonValue]:
    """What says that a setting is one of the names in a table, such as "losses:LOSSES".

    The table is loaded only when its names are printed.
    """
    return {"table": f"lsgan.{name}"}


class Section(BaseModel):
    """Base of the sections: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _integral(cls, value: object) -> object:
        """A float without a fraction as the integer that it is: 1e3 is 1000."""
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
            return int(value)
        return value
