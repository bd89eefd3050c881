"""Whether Paddle computes on the device: computes.py gpu|cpu."""

import sys

from figures import figure

from lsgan.errors import DeviceError
from lsgan.system import runtime

try:
    device = runtime.start(sys.argv[1])
except DeviceError as error:
    sys.exit(str(error))

import paddle

figure(what="Paddle", value=f"{paddle.__version__} on {device}")
if device != "cpu":
    versions = paddle.version
    figure(what="CUDA, cuDNN of this build", value=f"{versions.cuda()}, {versions.cudnn()}")
    name, (major, minor) = (
        paddle.device.cuda.get_device_name(),
        paddle.device.cuda.get_device_capability(),
    )
    figure(what="GPU as Paddle sees it", value=f"{name}, compute capability {major}.{minor}")
figure(what="float32 matrix product", value=f"{runtime.matrix_speed() / 1e3:.2f} TFLOP/s")
