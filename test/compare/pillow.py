"""What Pillow makes of images, for `npm run compare-pillow`. Reads one path per line (JSON strings) and answers one JSON line each:
`{"sha256", "format", "mode", "size"}` of Image.open(f).convert("RGB").resize((224, 224)), or `{"refused": sentence}`. For grey images
of 16 bits also `high`: the digest of their high bytes; for GIFs of grey `grey`: the same without a colour table; for AVIFs, TIFFs of
YCbCr and those of colours that are stored multiplied with their alpha (ExtraSamples 1) `pixels`, base64, of the latter `alpha` as well; for
TIFFs `tiff`, some tags, and `complained`, where libtiff did; for JPEGs `filled`; for small
ones `rewritten`: the largest change when they are written once more with their own tables. `--version` prints Pillow's version. Needs Pillow and numpy."""

import base64
import hashlib
import io
import json
import os
import sys
import tempfile
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


def tiff_of(image):
    def several(tag, default):
        value = image.tag_v2.get(tag, default)
        return [int(one) for one in (value if isinstance(value, tuple) else (value,))]

    return {
        "compression": several(259, 1)[0],
        "photometric": several(262, 0)[0],
        "planes": several(284, 1)[0],
        "isTiled": 322 in image.tag_v2,
        "bits": several(258, 1),
        "sampleFormats": several(339, 1),
        "subsampling": several(530, (2, 2)),
    }


def alpha_of(image):
    return base64.b64encode(image.getchannel("A").resize(SIDE).tobytes()).decode()


def rewritten_of(image):
    again = io.BytesIO()
    image.save(again, "JPEG", quality="keep")
    before, after = (numpy.asarray(one).astype(numpy.int64) for one in (image, Image.open(again)))
    return int(abs(before - after).max())


def filled_of(image):
    """Share of the picture, from its last pixel on, that is libjpeg's fill: mid-grey, 127 of inverted ink."""
    samples = numpy.asarray(image).reshape(-1)
    if samples[-1] not in (127, 128):
        return 0
    others = numpy.flatnonzero(samples != samples[-1])
    return 1 - (int(others[-1]) + 1 if others.size else 0) / samples.size


def unless_it_fails(make, *given):
    """What a rule wants to know: that Pillow does not say it is no refusal of the image."""
    try:
        return {make.__name__.replace("_of", ""): make(*given)}
    except Exception:
        return {}


def look(path):
    with open(path, "rb") as file:
        data = file.read()
    answer = {}
    said_before = os.fstat(2).st_size
    try:
        image = Image.open(io.BytesIO(data))
        answer = {"format": image.format, "mode": image.mode, "size": image.size}
        if image.format == "TIFF":
            answer |= unless_it_fails(tiff_of, image)
        answer["sha256"] = digest(image)
        is_associated = image.format == "TIFF" and image.tag_v2.get(338) == (1,)
        if image.format == "AVIF" or is_associated or (image.format == "TIFF" and image.tag_v2.get(262) == 6):
            answer["pixels"] = base64.b64encode(image.convert("RGB").resize(SIDE).tobytes()).decode()
        if image.format == "GIF" and image.mode == "L":
            answer["grey"] = digest(without_palette(data))
        if is_associated:
            answer |= unless_it_fails(alpha_of, image)
        if image.format in ("JPEG", "MPO"):
            answer |= unless_it_fails(filled_of, image)
        if image.format == "JPEG" and image.mode == "RGB" and image.width * image.height <= 256 * 256:
            answer |= unless_it_fails(rewritten_of, image)
        if image.mode.startswith("I"):
            answer["high"] = digest(high_bytes(image))
        if image.format == "TIFF":
            answer["complained"] = os.fstat(2).st_size > said_before
    except Exception as error:  # whatever it raises is how it refuses
        answer["refused"] = f"{type(error).__name__}: {error}"[:200]
        answer.pop("sha256", None)
    return answer


def main():
    if sys.argv[1:] == ["--version"]:
        print(PIL.__version__)
        return
    with tempfile.TemporaryFile() as complaints:  # libtiff writes of what it passes over
        os.dup2(complaints.fileno(), 2)
    for line in sys.stdin:
        print(json.dumps(look(json.loads(line))), flush=True)


main()
