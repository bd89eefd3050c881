"""The model card: a README.md that says what a model is, what it was made of and how good it is.

Its metadata are those of the Hugging Face hub (https://huggingface.co/docs/hub/model-cards).
"""

from typing import Any

import yaml

from lsgan.exporting import card_sections as sections
from lsgan.exporting.facts import Facts
from lsgan.tasks import task_of

_PIPELINES = {"images": "unconditional-image-generation", "pairs": "image-to-image"}


def card(facts: Facts) -> str:
    """The text of the model card."""
    front = yaml.safe_dump(_metadata(facts), allow_unicode=True, sort_keys=False)
    parts = [
        sections.introduction(facts),
        sections.usage(facts),
        sections.training_data(facts),
        sections.training(facts),
        sections.evaluation(facts),
        sections.limits(facts),
        sections.model_license(facts),
    ]
    return f"---\n{front}---\n\n" + "\n".join("\n".join(lines) + "\n" for lines in parts)


def _metadata(facts: Facts) -> dict[str, Any]:
    """The front matter; what does not apply is left out."""
    config = facts.config
    task, generator = task_of(config), config.model.generator
    method = "vae" if generator == "vae" else "gan"
    tags = [method, generator, "lsgan", facts.kind, "paddlepaddle"]
    if task.makes_images:
        tags.append("image-generation")
    found: dict[str, Any] = {
        "license": facts.license,
        "library_name": facts.library,
        "pipeline_tag": _PIPELINES.get(config.data.kind),
        "tags": list(dict.fromkeys(tags)),
        "datasets": [facts.data_name] if facts.data_name and not task.is_synthetic else None,
    }
    return {name: value for name, value in found.items() if value}
