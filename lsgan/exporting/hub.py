"""Publishing an exported model on the Hugging Face hub, by the hub's own client."""

import importlib.util
from pathlib import Path

from lsgan.errors import ConfigError, OutputError


def check() -> None:
    """Refuse if the client is not there.

    Raises:
        ConfigError: naming what to install.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise ConfigError(
            "--push needs huggingface_hub, which is not installed",
            'Install it with pip install "lsgan[hub]".',
        )


def push(folder: Path, repository: str) -> str:
    """Upload the files in `folder` to a model repository, which is made if there is none.

    Args:
        folder: the exported model.
        repository: such as "me/kanas".

    Returns:
        The address of the repository.

    Raises:
        OutputError: if the hub refuses or cannot be reached; the folder stays as it is.
    """
    from huggingface_hub import HfApi

    client = HfApi()
    try:
        address = client.create_repo(repository, repo_type="model", exist_ok=True)
        client.upload_folder(repo_id=repository, folder_path=str(folder), repo_type="model")
    except Exception as error:  # of many kinds, its own, its HTTP library's and the system's
        lines = str(error).split("\n")
        reason = next((line.strip() for line in lines if line.strip()), type(error).__name__)
        raise OutputError(
            f"{folder} was written, but could not be pushed to {repository}: {reason}",
            "Log in with hf auth login, check the name, and push the folder again with hf upload.",
        ) from error
    return str(address)
