"""Images that are uploaded: read once by the program's own decoder, then deleted."""

from pathlib import Path

from lsgan.arrays import Pixels
from lsgan.errors import DataError
from lsgan.inference.generator import Generator
from lsgan.latent_space.photographs import read_photographs


def read_upload(path: Path, generator: Generator) -> tuple[Pixels, str]:
    """The image in an uploaded file, which is deleted, and its name.

    Args:
        path: the file.
        generator: says how large the image is to be.

    Returns:
        uint8 (1, channels, size, size), and the file's name without its ending.

    Raises:
        DataError: if it holds no image, or one of too many pixels.
    """
    try:
        images, names = read_photographs([path], generator, 1, lambda _: None)
    except DataError as error:
        problem = error.message.removeprefix("there is no image to take: ")
        raise DataError(problem, "Choose an image file, such as a JPEG or PNG.") from error
    finally:
        path.unlink(missing_ok=True)
    return images, names[0]
