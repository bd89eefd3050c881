"""What a checkpoint says of itself, from the JSON in its metadata to values of known types.

Anybody may have written it. Pydantic's parser of JSON bounds depth and digits, where Python's runs
out of stack or of time, and its models know the types.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import from_json

from lsgan.config import Config, flat
from lsgan.text import printable

# A configuration has 2 KB.
_LONGEST = 1 << 16
# The settings that are paths may be so long; other texts are names.
_PATHS = ("data.path", "model.feature_weights", "train.initial_weights")
_LONGEST_PATH, _LONGEST_NAME = 4096, 100
_Count = Annotated[int, Field(ge=0, lt=2**31)]
_Period = Annotated[int, Field(ge=1, lt=2**31)]
_Digest = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{0,128}$")]
_Network = Literal["generator", "discriminator"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Scaler(_Strict):
    """The state of Paddle's loss scaling."""

    scale: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1, max_length=1)]
    incr_ratio: float = Field(ge=1, le=1000)
    decr_ratio: float = Field(gt=0, le=1)
    incr_every_n_steps: _Period
    decr_every_n_nan_or_inf: _Period
    incr_count: _Count
    decr_count: _Count
    use_dynamic_loss_scaling: bool


class _Description(_Strict):
    step: int = Field(ge=0, lt=2**63)
    config: dict[str, dict[str, Any]]
    data: _Digest
    metrics: dict[str, float]
    scalers: dict[_Network, dict[str, Any]]
    rollbacks: _Count
    lr_factors: dict[_Network, Annotated[float, Field(ge=0, le=1)]]
    # Checkpoints that were written before there was any name neither.
    parent: _Digest = ""
    features: _Digest = ""

    @field_validator("scalers")
    @classmethod
    def _check_scalers(cls, scalers: dict[str, Any]) -> dict[str, Any]:
        # That of a device which needs no scaling is empty.
        for scaler in filter(None, scalers.values()):
            _Scaler.model_validate(scaler)
        return scalers


def parse(text: str) -> dict[str, Any]:
    """The JSON object `text`, its values as they may be.

    Raises:
        ValueError: if it is none, or too long, too deep or with too long numbers.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"it has {len(text)} characters")
    content = from_json(text)
    if not isinstance(content, dict):
        raise ValueError("it is not an object")
    return content


def check(content: dict[str, Any]) -> dict[str, Any]:
    """What of `content` a checkpoint is described by, each value of its type and in its range.

    Raises:
        ValueError: if one is missing or not; it says which.
    """
    try:
        return dict(_Description.model_validate(content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(printable(".".join(map(str, first["loc"])))) from error


def out_of_bounds(config: Config) -> str:
    """The first setting whose value nobody has chosen, "" if there is none.

    Of many numbers the settings have no upper bound, since they are their user's own.
    """
    for key, value in flat(config).items():
        longest = _LONGEST_PATH if key in _PATHS else _LONGEST_NAME
        is_long = isinstance(value, str) and len(value) > longest
        if is_long or (isinstance(value, int) and value.bit_length() > 63):
            return key
    return ""
