"""Seeded images of many kinds for `npm run compare-pillow -- --made N`: FOLDER COUNT SEED. Encoders are Pillow's; PNGs of every colour type,
depth and interlace, and GIFs of every shape of screen, frame and table, are written by hand. Needs Pillow and numpy."""

import random
import struct
import sys
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageFile

ImageFile.MAXBLOCK = 2**24  # else large progressive JPEGs cannot be written
SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 223, 224, 225, 257, 300, 449]


def size_of(rng):
    return rng.choice(SIZES), rng.choice(SIZES)


def samples(rng, width, height, channels):
    """Slopes with noise, as uint8 [height, width, channels]."""
    noise = numpy.random.default_rng(rng.getrandbits(32))
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [127 + 120 * numpy.sin((x * rng.uniform(0, 0.3)) + (y * rng.uniform(0, 0.3)) + at) for at in range(channels)]
    data = numpy.stack(waves, axis=2) + noise.normal(0, rng.choice([0, 4, 40]), (height, width, channels))
    return data.clip(0, 255).astype(numpy.uint8)


def picture(rng, mode):
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = samples(rng, *size_of(rng), channels)
    return Image.fromarray(data[:, :, 0] if channels == 1 else data, mode if channels > 1 else "L")


def jpeg(rng, path):
    image = picture(rng, rng.choice(["L", "RGB", "RGB", "RGB", "CMYK"]))
    options = {"quality": rng.choice([1, 10, 50, 75, 90, 100]), "progressive": rng.random() < 0.4, "optimize": rng.random() < 0.3}
    if image.mode == "RGB":
        options |= {"keep_rgb": True} if rng.random() < 0.1 else {"subsampling": rng.choice([0, 1, 2])}
    if rng.random() < 0.3:
        options["restart_marker_blocks"] = rng.randint(1, 9)
    if rng.random() < 0.2:
        options["comment"] = b"\xff\xd9" * rng.randint(1, 50)
    if rng.random() < 0.3:
        exif = Image.Exif()
        exif[0x0112] = rng.randint(1, 8)
        options["exif"] = exif
    image.save(path, "JPEG", **options)


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
DEPTHS = {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_rows(values, depth):
    """Rows [height, width * channels] of samples with a filter byte before each."""
    if depth == 16:
        rows = values.astype(">u2").view(numpy.uint8).reshape(values.shape[0], -1)
    elif depth == 8:
        rows = values.astype(numpy.uint8)
    else:
        bits = (values[:, :, None] >> numpy.arange(depth - 1, -1, -1)) & 1
        rows = numpy.packbits(bits.reshape(values.shape[0], -1).astype(numpy.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in rows)


def png(rng, path):
    colour = rng.choice(list(DEPTHS))
    depth, channels = rng.choice(DEPTHS[colour]), CHANNELS[colour]
    width, height = size_of(rng)
    noise = numpy.random.default_rng(rng.getrandbits(32))
    most = 2 ** depth if depth < 16 or rng.random() < 0.5 else rng.choice([2, 200, 256, 257, 4096])
    values = noise.integers(0, most, (height, width, channels))
    interlace = rng.random() < 0.4
    parts = [(values[top::down, left::right]) for left, top, right, down in ADAM7] if interlace else [values]
    rows = b"".join(packed_rows(part.reshape(part.shape[0], -1), depth) for part in parts if part.size > 0)
    out = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlace)))
    if colour == 3:
        entries = rng.choice([2 ** depth, 2 ** depth, max(1, 2 ** depth - rng.randint(0, 3))])
        out += chunk(b"PLTE", noise.bytes(3 * entries))
        if rng.random() < 0.4:
            out += chunk(b"tRNS", noise.bytes(rng.randint(1, entries)))
    elif colour in (0, 2) and rng.random() < 0.3:
        out += chunk(b"tRNS", struct.pack(">H", int(values.flat[0])) * (1 if colour == 0 else 3))
    if rng.random() < 0.2:
        out += chunk(b"gAMA", struct.pack(">I", rng.choice([45455, 100000])))
    stream = zlib.compressobj(rng.randint(0, 9), zlib.DEFLATED, rng.choice([9, 12, 15]))
    data = stream.compress(rows) + stream.flush()
    if rng.random() < 0.1:  # a window that is stated too small
        data = b"\x18\x19" + data[2:]
    cut = rng.randint(0, len(data)) if rng.random() < 0.3 else rng.choice([0, 1, len(data)])
    out += chunk(b"IDAT", data[:cut]) + chunk(b"IDAT", data[cut:])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + out + chunk(b"IEND"))


def lzw(indices, minimum):
    """LZW without compression: a clear code before the table grows."""
    bits, clear = minimum + 1, 1 << minimum
    held, count, out = 0, 0, bytearray()
    codes = []
    for at, index in enumerate(indices):
        if at % max(1, clear - 2) == 0:
            codes.append(clear)
        codes.append(int(index))
    for code in codes + [clear + 1]:
        held |= code << count
        count += bits
        while count >= 8:
            out.append(held & 255)
            held >>= 8
            count -= 8
    out.append(held & 255)
    return b"".join(bytes([len(out[at : at + 255])]) + out[at : at + 255] for at in range(0, len(out), 255)) + b"\0"


def table(rng, entries):
    return bytes(at // 3 for at in range(entries * 3)) if rng.random() < 0.1 else rng.randbytes(entries * 3)


def gif(rng, path):
    if rng.random() < 0.3:
        frames = [picture(rng, "L").resize((33, 20)).quantize(rng.choice([2, 5, 16, 256])) for _ in range(rng.randint(1, 3))]
        more = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
        if rng.random() < 0.5:
            more["transparency"] = rng.randint(0, 3)
        frames[0].save(path, "GIF", interlace=rng.randint(0, 1), **more)
        return
    minimum = rng.randint(2, 8)
    width, height = rng.choice([1, 2, 9, 30, 61]), rng.choice([1, 2, 5, 17, 40])
    left, top = rng.choice([0, 0, 3, 20]), rng.choice([0, 0, 2, 11])
    screens = [(width, height), (left + width, top + height), (5, 5), (0, 0), (640, 480), (800, 600), (2049, 30)]
    screen = rng.choice(screens)
    bits = rng.choice([None, 1, 2, minimum, 8])
    out = b"GIF89a" + struct.pack("<HHBBB", *screen, 0 if bits is None else 0x80 | (bits - 1), rng.randint(0, 255), 0)
    out += b"" if bits is None else table(rng, 2**bits)
    for _ in range(rng.choice([0, 1, 1, 2])):
        flags = rng.randint(0, 1) | rng.choice([0, 4, 8, 12])
        out += b"!\xf9\x04" + struct.pack("<BHBB", flags, 5, rng.choice([0, 1, 3, 200]), 0)
    local = rng.choice([None, None, 1, minimum])
    interlace = rng.choice([0, 0x40])
    out += b"," + struct.pack("<HHHHB", left, top, width, height, interlace | (0 if local is None else 0x80 | (local - 1)))
    out += b"" if local is None else table(rng, 2**local)
    out += bytes([minimum]) + lzw([rng.randrange(2**minimum) for _ in range(width * height)], minimum)
    path.write_bytes(out + b";")


def webp(rng, path):
    image = picture(rng, rng.choice(["RGB", "RGBA"]))
    options = {"quality": rng.randint(0, 100), "lossless": rng.random() < 0.4, "exact": rng.random() < 0.5}
    if rng.random() < 0.2:
        options |= {"save_all": True, "append_images": [image.rotate(180)]}
    image.save(path, "WEBP", method=rng.choice([0, 4]), **options)


def tiff(rng, path):
    mode = rng.choice(["1", "L", "RGB", "RGBA", "CMYK", "P", "LA", "I;16"])
    if mode == "I;16":
        data = samples(rng, *size_of(rng), 1)[:, :, 0].astype(numpy.uint16) * rng.choice([1, 250])
        image = Image.fromarray(data)
    elif mode in ("1", "P"):
        image = picture(rng, "RGB").convert(mode)
    else:
        image = picture(rng, mode)
    compression = rng.choice([None, "tiff_lzw", "tiff_deflate", "packbits"] + (["jpeg"] if mode in ("L", "RGB") else []))
    image.save(path, "TIFF", compression=compression, tiffinfo={274: rng.randint(1, 8)} if rng.random() < 0.3 else {})


def avif(rng, path):
    picture(rng, rng.choice(["RGB", "RGBA"])).save(path, "AVIF", quality=rng.randint(20, 95), speed=10)


def bmp(rng, path):
    picture(rng, rng.choice(["L", "RGB"])).save(path, "BMP")


KINDS = [(jpeg, 30), (png, 30), (gif, 20), (webp, 12), (tiff, 6), (avif, 1), (bmp, 1)]


def main():
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for number in range(count):
        rng = random.Random(seed * 1_000_003 + number)
        make = rng.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
        make(rng, folder / f"{number:05d}.{make.__name__}")


main()
