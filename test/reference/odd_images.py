"""Odd but valid images, made and read by Pillow: prints test/attack/odd-images.json.

    pip install pillow==13.0.0 && python test/reference/odd_images.py > test/attack/odd-images.json

Each entry: name, file (base64), sha256 of Image.open(f).convert("RGB").resize((224, 224)).tobytes(). Nothing here is random.
"""
import base64, hashlib, io, json, struct, sys, zlib
from PIL import Image, ImageCms

W, H = 26, 19
ENTRIES = []


def picture(mode, size=(W, H)):
    bands = len(Image.new(mode, (1, 1)).getbands())
    w, h = size
    data = bytes((x * 7 + y * 5 * (b + 1) + (x * y * 13) % 61 + b * 40) % 256
                 for y in range(h) for x in range(w) for b in range(bands))
    return Image.frombytes(mode, size, data)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def add(name, data):
    image = Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224))
    ENTRIES.append({"name": name, "file": base64.b64encode(data).decode(),
                    "sha256": hashlib.sha256(image.tobytes()).hexdigest()})


def segment(marker, body, length=None):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2 if length is None else length) + body


def exif(orientation, thumbnail=b""):
    e = Image.Exif()
    e[0x0112] = orientation
    return e.tobytes()


rgb = picture("RGB")
plain = saved(rgb, "JPEG", quality=85)


def behind_soi(data, *parts):
    return data[:2] + b"".join(parts) + data[2:]


def before(data, marker, *parts):
    at = data.index(bytes([0xFF, marker]))
    return data[:at] + b"".join(parts) + data[at:]


# JPEG
for orientation in range(1, 9):
    add(f"JPEG: orientation {orientation} is not applied", saved(rgb, "JPEG", exif=exif(orientation)))
for name, options in {
    "full colour (4:4:4)": {"subsampling": 0}, "half the columns (4:2:2)": {"subsampling": 1},
    "a quarter (4:2:0)": {"subsampling": 2}, "progressive": {"progressive": True},
    "progressive with full colour": {"progressive": True, "subsampling": 0}, "optimised": {"optimize": True},
    "quality 1": {"quality": 1}, "quality 100": {"quality": 100, "subsampling": 0},
    "a restart marker every block": {"restart_marker_blocks": 1},
    "a restart marker every row": {"restart_marker_rows": 1},
    "a comment": {"comment": b"x" * 300}, "stored as RGB": {"keep_rgb": True, "subsampling": 0},
}.items():
    add(f"JPEG: {name}", saved(rgb, "JPEG", **options))
add("JPEG: grey", saved(picture("L"), "JPEG"))
add("JPEG: grey and progressive", saved(picture("L"), "JPEG", progressive=True))
cmyk = saved(picture("CMYK"), "JPEG")
add("JPEG: CMYK", cmyk)
add("JPEG: CMYK and progressive", saved(picture("CMYK"), "JPEG", progressive=True))
adobe = cmyk.index(b"Adobe")
add("JPEG: YCCK", cmyk[:adobe + 11] + b"\x02" + cmyk[adobe + 12:])
add("JPEG: CMYK without Adobe's marker", cmyk[:adobe - 4] + cmyk[adobe + 12:])
add("JPEG: an Adobe marker that says RGB", behind_soi(plain, segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")))
add("JPEG: an Adobe marker that says YCC", behind_soi(plain, segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")))
add("JPEG: without JFIF's marker", plain[:2] + plain[2 + 2 + struct.unpack(">H", plain[4:6])[0]:])
add("JPEG: a colour profile", saved(rgb, "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()))
add("JPEG: a colour profile that is garbage", behind_soi(plain, segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"\xff" * 80)))
add("JPEG: a thumbnail in it", behind_soi(plain, segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0" + saved(picture("RGB", (8, 8)), "JPEG"))))
add("JPEG: Exif that leads in circles", behind_soi(plain, segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0")))
add("JPEG: XMP", behind_soi(plain, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")))
add("JPEG: fifty comments", behind_soi(plain, segment(0xFE, b"c") * 50))
add("JPEG: fill bytes before its markers", before(plain, 0xDB, b"\xff" * 7))
add("JPEG: junk behind the end", plain + b"junk" * 40)
add("JPEG: another JPEG behind the end", plain + saved(picture("L"), "JPEG"))
add("JPEG: a ZIP behind the end", plain + b"PK\x05\x06" + bytes(18))
add("JPEG: a web page in a comment", behind_soi(plain, segment(0xFE, b"<svg><script>alert(1)</script>")))
add("JPEG: density of 0", plain[:14] + b"\0\0\0\0" + plain[18:])
add("JPEG: a segment that states length 0 before the scan", before(plain, 0xDA, segment(0xE1, b"", 0)))
add("JPEG: a scan without its second half", plain[:-60] + plain[-2:])
add("JPEG: 1 by 1", saved(picture("RGB", (1, 1)), "JPEG"))
add("JPEG: 1 by 2000", saved(picture("RGB", (1, 2000)), "JPEG"))
add("JPEG: 2000 by 1", saved(picture("RGB", (2000, 1)), "JPEG"))

# PNG
palette = rgb.quantize(16)
for name, data in {
    "palette": saved(palette, "PNG"), "palette of 2": saved(rgb.quantize(2), "PNG"), "palette of 4": saved(rgb.quantize(4), "PNG"),
    "palette with one transparent colour": saved(palette, "PNG", transparency=3),
    "palette with alpha for each colour": saved(palette, "PNG", transparency=bytes(range(0, 240, 15))),
    "black and white": saved(picture("L").convert("1"), "PNG"), "grey": saved(picture("L"), "PNG"),
    "grey with one transparent value": saved(picture("L"), "PNG", transparency=40),
    "colour with one transparent colour": saved(rgb, "PNG", transparency=(5, 45, 85)),
    "grey and alpha": saved(picture("LA"), "PNG"), "colour and alpha": saved(picture("RGBA"), "PNG"),
    "a profile": saved(rgb, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()),
    "an orientation": saved(rgb, "PNG", exif=exif(6)), "optimised": saved(rgb, "PNG", optimize=True),
    "an animation (APNG)": saved(rgb, "PNG", save_all=True, append_images=[rgb.rotate(90)], duration=50),
    "an animation with another first picture": saved(rgb, "PNG", save_all=True, default_image=True, append_images=[rgb.rotate(180)]),
    "1 by 1": saved(picture("RGB", (1, 1)), "PNG"), "1 by 5000": saved(picture("RGB", (1, 5000)), "PNG"),
    "5000 by 1": saved(picture("RGB", (5000, 1)), "PNG"),
}.items():
    add(f"PNG: {name}", data)

# GIF
frames = [rgb.quantize(8), rgb.rotate(180).quantize(8), rgb.rotate(90).resize((W, H)).quantize(8)]
for name, data in {
    "one frame": saved(frames[0], "GIF"), "interlaced": saved(frames[0], "GIF", interlace=1), "not interlaced": saved(frames[0], "GIF", interlace=0),
    "grey": saved(picture("L"), "GIF"), "black and white": saved(picture("L").convert("1"), "GIF"),
    "transparent": saved(frames[0], "GIF", transparency=2), "a comment": saved(frames[0], "GIF", comment=b"c" * 600),
    **{f"an animation with disposal {d}": saved(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=d, loop=0) for d in range(4)},
    "a transparent animation": saved(frames[0], "GIF", save_all=True, append_images=frames[1:], transparency=1, disposal=2),
    "1 by 1": saved(picture("L", (1, 1)), "GIF"),
}.items():
    add(f"GIF: {name}", data)
one = saved(frames[0], "GIF")
add("GIF: without its trailer", one[:-1])
add("GIF: junk behind its trailer", one + b"junk")
add("GIF: of the old version", b"GIF87a" + one[6:])
add("GIF: a script as its size", b"GIF89a" + one[6:-1] + b"!\xfe\x08=1;alert\0;")
add("GIF: a screen of 1 by 1 under a larger frame", one[:6] + b"\1\0\1\0" + one[10:])
add("GIF: a screen of 0 by 0 under a frame", one[:6] + b"\0\0\0\0" + one[10:])
add("GIF: a screen larger than its frame", one[:6] + b"\x30\0\x28\0" + one[10:])

# WebP
for name, data in {
    "lossy": saved(rgb, "WEBP"), "lossless": saved(rgb, "WEBP", lossless=True), "quality 0": saved(rgb, "WEBP", quality=0),
    "lossy with alpha": saved(picture("RGBA"), "WEBP"), "lossless with alpha": saved(picture("RGBA"), "WEBP", lossless=True, exact=True),
    "lossless with colours under its holes cleared": saved(picture("RGBA"), "WEBP", lossless=True),
    "an orientation": saved(rgb, "WEBP", exif=exif(6)), "a profile": saved(rgb, "WEBP", icc_profile=b"\xff" * 60),
    "XMP": saved(rgb, "WEBP", xmp=b"<x:xmpmeta/>"), "grey": saved(picture("L").convert("RGB"), "WEBP", lossless=True),
    "an animation": saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)], duration=40),
    "a lossless animation with alpha": saved(picture("RGBA"), "WEBP", save_all=True, append_images=[picture("RGBA").rotate(180)], lossless=True),
    "1 by 1": saved(picture("RGB", (1, 1)), "WEBP"), "1 by 3000": saved(picture("RGB", (1, 3000)), "WEBP"),
}.items():
    add(f"WebP: {name}", data)
webp = saved(rgb, "WEBP", lossless=True)
add("WebP: junk behind its end", webp + b"junk" * 10)
add("WebP: an unknown chunk at its end", webp[:4] + struct.pack("<I", len(webp) - 8 + 12) + webp[8:] + b"ABCD\4\0\0\0abcd")

json.dump(ENTRIES, sys.stdout, indent=2)
print()
