"""The example.py of an exported model: a program of some twenty lines that runs it.

It shows how latents follow from seeds, and draws what `lsgan sample --seeds 0-15` does.
"""

from lsgan.config import Config
from lsgan.tasks import task_of

NAME, GRID = "example.py", "grid.png"
SEEDS, COLUMNS = range(16), 8

_IMPORTS = {
    "onnx": "import onnxruntime",
    "paddle": "import paddle",
    "safetensors": "import lsgan",
}
_RUN = {
    "onnx": """\
session = onnxruntime.InferenceSession(HERE / "model.onnx", providers=["CPUExecutionProvider"])
made = session.run(None, inputs)[0]
""",
    "paddle": """\
network = paddle.jit.load(str(HERE / "inference"))
made = network(*map(paddle.to_tensor, inputs.values())).numpy()
""",
    "safetensors": """\
settings = json.loads((HERE / "config.json").read_text())["model"]
network = lsgan.networks.build_generator(**settings)
network.set_state_dict(load_file(HERE / "model.safetensors"))
network.eval()
made = network(*map(paddle.to_tensor, inputs.values())).numpy()
""",
}
_LATENT = '''\
def latent(seed):
    """The latent of a seed, float32 ({size},)."""
    key = np.array([seed, zlib.crc32(b"picture")], np.uint64)
    numbers = np.random.Generator(np.random.Philox(key=key))
    return {drawn}
'''
_LATENT_AND_LABEL = '''\
# How many images of each class there were: a seed's class is as likely.
IMAGES = np.array({images})


def latent_and_label(seed):
    """The latent of a seed, float32 ({size},), and its class."""
    key = np.array([seed, zlib.crc32(b"picture")], np.uint64)
    numbers = np.random.Generator(np.random.Philox(key=key))
    drawn = {drawn}
    return drawn, numbers.choice(len(IMAGES), p=IMAGES / IMAGES.sum())
'''
_DRAWN = {
    "normal": "numbers.standard_normal({size}, np.float32)",
    "uniform": "2 * numbers.random({size}, np.float32) - 1",
}
_FROM_SEEDS = """\
inputs = {"latents": np.stack([latent(seed) for seed in range(16)])}
"""
_WITH_LABELS = """\
latents, labels = zip(*map(latent_and_label, range(16)))
inputs = {"latents": np.stack(latents), "labels": np.array(labels, np.int64)}
"""
_ONE_HOT = """\
# The network itself is given both in one.
one_hot = np.eye(len(IMAGES), dtype=np.float32)[inputs.pop("labels")]
inputs["latents"] = np.concatenate([inputs["latents"], one_hot], 1)
"""
_FROM_FILES = """\
files = [Image.open(path).convert("{mode}") for path in sys.argv[1:]]
given = [np.asarray(ImageOps.fit(image, ({size}, {size}))) for image in files]
given = np.stack(given).reshape(-1, {size}, {size}, {channels}).transpose(0, 3, 1, 2)
inputs = {{"input_images": (given / 127.5 - 1).astype(np.float32)}}
"""
_BESIDE = """\
# Each image, and beside it what is made of it.
made = np.stack([inputs["input_images"], made[:, -{channels}:]], 1).reshape(-1, *given.shape[1:])
"""
_IMAGES = """\
# From -1 ... 1 to 0 ... 255, and channels last.
pixels = ((made + 1) * 127.5).round().clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
count, size, _, channels = pixels.shape
across, down = min(8, count), -(-count // 8)
sheet = np.full((down * (size + 2) - 2, across * (size + 2) - 2, channels), 255, np.uint8)
for place, image in enumerate(pixels):
    top, left = (number * (size + 2) for number in divmod(place, 8))
    sheet[top : top + size, left : left + size] = image
Image.fromarray(sheet.squeeze()).save("grid.png")
"""
_CURVES = """\
# From -0.5 at the bottom to 3.5 at the top.
plot = Image.new("RGB", (640, 400), "white")
across, down = np.linspace(0, 639, made.shape[1]), 399 * (1 - (made + 0.5) / 4)
for heights in down:
    ImageDraw.Draw(plot).line(list(zip(across, heights)), fill="navy")
plot.save("grid.png")
"""


def example(config: Config, kind: str, packages: tuple[str, ...]) -> str:
    """The text of the program.

    Args:
        config: says what the model generates, and from what.
        kind: the format's name.
        packages: what the program needs, as pip calls that.
    """
    task, model = task_of(config), config.model
    head, run = _head(config, kind, packages), _RUN[kind]
    shown = _IMAGES if task.makes_images else _CURVES
    if task.is_conditional:
        mode = "RGB" if model.channels == 3 else "L"
        given = _FROM_FILES.format(mode=mode, size=model.size, channels=model.channels)
        return f"{head}\n{given}{run}{_BESIDE.format(channels=model.channels)}{shown}"
    given = _WITH_LABELS if model.classes else _FROM_SEEDS
    if model.classes and kind == "safetensors":
        given += _ONE_HOT
    return f"{head}\n\n{latent_function(config)}\n\n{given}{run}{shown}"


def latent_function(config: Config) -> str:
    """The function, in Python with NumPy alone, from a seed to its latent, and to its class."""
    model = config.model
    template = _LATENT_AND_LABEL if model.classes else _LATENT
    drawn = _DRAWN[model.latent_distribution].format(size=model.latent_dim)
    return template.format(size=model.latent_dim, drawn=drawn, images=list(model.classes.values()))


def _head(config: Config, kind: str, packages: tuple[str, ...]) -> str:
    """The docstring, the imports and the folder of the files."""
    task = task_of(config)
    if task.is_conditional:
        does, words = "the images that are named, and what the model makes of them", " IMAGE..."
    else:
        does, words = "seeds 0 to 15, as `lsgan sample --seeds 0-15` does", ""
    standard = ["json"] if kind == "safetensors" else []
    standard += ["sys"] if task.is_conditional else ["zlib"]
    drawing = "Image" if task.makes_images else "Image, ImageDraw"
    others = ["import numpy as np", _IMPORTS[kind]]
    if kind == "safetensors":
        others.append("import paddle")
    others.append(f"from PIL import {'Image, ImageOps' if task.is_conditional else drawing}")
    if kind == "safetensors":
        others.append("from safetensors.numpy import load_file")
    imports = [*(f"import {name}" for name in standard), "from pathlib import Path"]
    return (
        f'"""Draw {does}, into {GRID}.\n\n'
        f"Install: pip install {' '.join(packages)}\nRun: python {NAME}{words}\n"
        '"""\n\n' + "\n".join([*imports, "", *others]) + "\n\nHERE = Path(__file__).parent\n"
    )
