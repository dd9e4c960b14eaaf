"""What Pillow makes of images, for `npm run compare-pillow`. Reads one path per line (JSON strings) and answers one JSON line each:
`{"sha256", "format", "mode", "size"}` of Image.open(f).convert("RGB").resize((224, 224)), or `{"refused": sentence}`. For grey images
of 16 bits also `high`: the digest of their high bytes. `--version` prints Pillow's version. Needs Pillow and numpy."""

import hashlib
import io
import json
import sys
import warnings

import numpy
import PIL
from PIL import Image

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None
SIDE = (224, 224)


def digest(image):
    return hashlib.sha256(image.convert("RGB").resize(SIDE).tobytes()).hexdigest()


def high_bytes(image):
    values = numpy.asarray(image).astype(numpy.int64)
    return Image.fromarray((values >> 8).clip(0, 255).astype(numpy.uint8))


def look(path):
    with open(path, "rb") as file:
        data = file.read()
    answer = {}
    try:
        image = Image.open(io.BytesIO(data))
        answer = {"format": image.format, "mode": image.mode, "size": image.size}
        answer["sha256"] = digest(image)
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
