"""What Pillow makes of images, for `npm run compare-pillow`. Reads one path per line (JSON strings) and answers one JSON line each:
`{"sha256", "format", "mode", "size"}` of Image.open(f).convert("RGB").resize((224, 224)), or `{"refused": sentence}`. For grey images
of 16 bits also `high`: the digest of their high bytes; for GIFs of grey `grey`: the same without a colour table; for AVIFs `pixels`, base64;
for TIFFs `associated`: whether colours are stored multiplied with their alpha (ExtraSamples 1). `--version` prints Pillow's version. Needs Pillow and numpy."""

import base64
import hashlib
import io
import json
import sys
import warnings

import numpy
import PIL
from PIL import Image

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = 2**27  # warned of; twice as many, the most of --max-pixels, are refused
SIDE = (224, 224)


def digest(image):
    return hashlib.sha256(image.convert("RGB").resize(SIDE).tobytes()).hexdigest()


def high_bytes(image):
    values = numpy.asarray(image).astype(numpy.int64)
    return Image.fromarray((values >> 8).clip(0, 255).astype(numpy.uint8))


def without_palette(data):
    """A GIF of grey whose global table Pillow would take for its grey values."""
    image = Image.open(io.BytesIO(data))
    image.palette = None
    return image


def look(path):
    with open(path, "rb") as file:
        data = file.read()
    answer = {}
    try:
        image = Image.open(io.BytesIO(data))
        answer = {"format": image.format, "mode": image.mode, "size": image.size}
        answer["sha256"] = digest(image)
        if image.format == "AVIF":
            answer["pixels"] = base64.b64encode(image.convert("RGB").resize(SIDE).tobytes()).decode()
        if image.format == "GIF" and image.mode == "L":
            answer["grey"] = digest(without_palette(data))
        if image.format == "TIFF":
            answer["associated"] = image.tag_v2.get(338) == (1,)
        if image.mode.startswith("I"):
            answer["high"] = digest(high_bytes(image))
    except Exception as error:  # whatever it raises is how it refuses
        answer["refused"] = f"{type(error).__name__}: {error}"[:200]
        answer.pop("sha256", None)
    return answer


def main():
    if sys.argv[1:] == ["--version"]:
        print(PIL.__version__)
        return
    for line in sys.stdin:
        print(json.dumps(look(json.loads(line))), flush=True)


main()
