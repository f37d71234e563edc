"""Makes the golden numbers in `colours/`: what LittleCMS makes of colours in several profiles, in sRGB.

    pip install pillow==13.0.0
    python tests/golden/make_colours.py

Profiles are put together here, from the published primaries, so that they carry no one's copyright:

    *.icc             Display P3 (parametric curves; and as tables), Adobe RGB (1998), ProPhoto, grey of a power of 1.8
    expected.json     for each, colours as stored and as LittleCMS 2 takes them to sRGB, relative colorimetric
    patches-*         the colours as patches of 16x16 pixels, side by side, in a file with the profile
"""

import io
import json
import pathlib
import struct

from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent / "colours"
D50 = (0.9642, 1.0, 0.8249)
COLOURS = [
    (0, 0, 0), (255, 255, 255), (128, 128, 128), (20, 20, 20), (240, 240, 240), (220, 40, 60), (30, 60, 160), (203, 60, 66),
    (189, 43, 62), (152, 66, 49), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255),
    (250, 210, 39), (90, 140, 70), (200, 150, 120), (60, 40, 30), (10, 80, 200), (180, 200, 220), (100, 100, 90), (5, 9, 14),
]  # fmt: skip


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))


def parametric(*numbers):
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(fixed, numbers))


def power(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


def table(values):
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def text(words):
    return b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", 2 * len(words), 28) + words.encode("utf-16-be")


def profile(space, tags):
    """An ICC profile of version 4 with these tags."""
    tags = {"desc": text(f"stylewalk test, {space.strip()}"), "cprt": text("CC0"), "wtpt": xyz(D50), **tags}
    start = 128 + 4 + 12 * len(tags)
    entries, data = b"", b""
    for name, value in tags.items():
        entries += name.encode() + struct.pack(">II", start + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(data), b"\0\0\0\0", 0x04300000, b"mntr", space.encode(), b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 24 + struct.pack(">I", 1) + b"".join(map(fixed, D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + data


def of_colours(red, green, blue, curve):
    columns = {"rXYZ": xyz(red), "gXYZ": xyz(green), "bXYZ": xyz(blue)}
    return profile("RGB ", {**columns, "rTRC": curve, "gTRC": curve, "bTRC": curve})


def srgb_light(x):
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4


# Seen under D50, as ICC profiles have them.
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03135, 0.00009, 0.82491))
SRGB_CURVE = parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
PROFILES = {
    "p3": of_colours(*P3, SRGB_CURVE),
    "p3-table": of_colours(*P3, table([round(65535 * srgb_light(i / 1023)) for i in range(1024)])),
    "adobe": of_colours(*ADOBE, power(2.19921875)),
    "prophoto": of_colours(*PROPHOTO, power(1.8)),
}
GREY = profile("GRAY", {"kTRC": power(1.8)})


def to_srgb(picture, icc, mode="RGB"):
    intent, exact = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.NOOPTIMIZE
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), intent, mode, flags=exact)


def row(colours, mode="RGB"):
    picture = Image.new(mode, (len(colours), 1))
    picture.putdata(colours)
    return picture


def patches():
    return row(COLOURS).resize((16 * len(COLOURS), 16), Image.NEAREST)


def main():
    HERE.mkdir(exist_ok=True)
    expected = {}
    for name, icc in PROFILES.items():
        (HERE / f"{name}.icc").write_bytes(icc)
        made = to_srgb(row(COLOURS), icc)
        expected[name] = [[stored, made.getpixel((x, 0))] for x, stored in enumerate(COLOURS)]
    (HERE / "grey.icc").write_bytes(GREY)
    greys = list(range(0, 256, 15))
    made = to_srgb(row(greys, "L"), GREY)
    expected["grey"] = [[[grey] * 3, made.getpixel((x, 0))] for x, grey in enumerate(greys)]
    lines = ",\n".join(f' "{name}": {json.dumps(pairs)}' for name, pairs in expected.items())
    (HERE / "expected.json").write_text("{\n" + lines + "\n}\n")
    patches().save(HERE / "patches-p3.jpg", quality=100, subsampling=0, icc_profile=PROFILES["p3"])
    patches().save(HERE / "patches-adobe.png", icc_profile=PROFILES["adobe"])
    patches().save(HERE / "patches-prophoto.webp", lossless=True, icc_profile=PROFILES["prophoto"])
    row(greys, "L").save(HERE / "patches-grey.png", icc_profile=GREY)


main()
