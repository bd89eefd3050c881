"""What was found of the machine and what was set for it, for `lsgan doctor`."""

import importlib.metadata
import platform
import sys

from lsgan import __version__
from lsgan.errors import DeviceError, RunError
from lsgan.system import runtime

_LIBRARIES = ("paddlepaddle", "paddlepaddle-gpu", "numpy", "Pillow", "safetensors", "pydantic")


def report() -> str:
    """Versions, processor, library settings and devices, one a line."""
    lines = [
        _line("lsgan", __version__),
        _line("Python", f"{platform.python_version()} ({sys.executable})"),
        _line("system", f"{platform.system()} {platform.machine()}"),
        _line("processor", f"{runtime.processor()}, {runtime.cores()} cores for this process"),
    ]
    installed = {name: _installed(name) for name in _LIBRARIES}
    lines += [_line(name, version) for name, version in installed.items() if version]
    lines += [
        _line(setting.name, f"{setting.value} ({setting.reason})") for setting in runtime.tune()
    ]
    if not runtime.has_paddle():
        return "\n".join([*lines, "", ". ".join(runtime.NO_PADDLE)])
    if installed["paddlepaddle"] and installed["paddlepaddle-gpu"]:
        lines.append("both builds of Paddle are installed and overwrite each other: remove one")
    try:
        device = runtime.start("auto")
    except DeviceError as error:
        lines.append(_line("GPU", str(error)))
        device = runtime.start("cpu")
    lines.append(_line("device", device))
    lines.append(_line("matrix product", f"{runtime.matrix_speed():.0f} GFLOP/s in float32"))
    lines.append(_kernels())
    lines += _feature_networks()
    return "\n".join(lines)


def _kernels() -> str:
    """Whose kernels compute convolutions on a CPU."""
    from lsgan.ops.cpu_arrays import own_kernels
    from lsgan.ops.onednn_library import has_amx

    if own_kernels():
        precision = "bfloat16, by AMX" if has_amx() else "float32"
        words = f"lsgan's own, training in {precision} (LSGAN_KERNELS=paddle turns them off)"
        return _line("CPU kernels", words)
    return _line("CPU kernels", "Paddle's, since LSGAN_KERNELS is paddle")


def _feature_networks() -> list[str]:
    """A line for each network of projected discriminators: its weights, or how to get them."""
    # Loads Paddle, which may not be here.
    from lsgan import pretrained

    lines = []
    for name, obtained in pretrained.OBTAINED.items():
        try:
            found = pretrained.find(name, keep=False)
            words = f"no weights here; {obtained}"
            if found:
                words = f"weights {found.digest[:12]} ({found.source}; licence: {found.licence})"
        except RunError as error:
            words = str(error)
        lines.append(_line(name, words))
    return lines


def _line(name: str, value: str) -> str:
    return f"{name:<20} {value}"


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
