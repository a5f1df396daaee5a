"""Certificates for a way that is secure, or looks so: made by openssl, once a run."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from importer.sandbox.way import Certificates

HERE = "IP:127.0.0.1"
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "good": (HERE, "good"),
    "expired": (HERE, "good"),
    "another host": ("DNS:erp.example", "good"),
    "self-signed": (HERE, "stranger"),
}
PAST = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
FUTURE = ("-startdate", "20200101000000Z", "-enddate", "20491231000000Z")
SETTINGS = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def made(folder: Path) -> tuple[Certificates, Path]:
    """Make every certificate; return them, and the authority to be trusted."""
    (folder / "index.txt").touch()
    settings = folder / "ca.conf"
    settings.write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    for name in ("good", "stranger"):
        _authority(folder, name)
    pairs = {name: _signed(folder, name, *said) for name, said in SUBJECTS.items()}
    return pairs, folder / "good.authority.pem"


def _authority(folder: Path, name: str) -> None:
    _openssl(
        *("req", "-x509", *_new(folder / f"{name}.authority.key"), "-days", "9000"),
        *("-out", folder / f"{name}.authority.pem", "-subj", f"/CN={name} authority"),
    )


def _signed(folder: Path, name: str, subject: str, by: str) -> tuple[Path, Path]:
    stem = name.replace(" ", "-")
    key, asked = folder / f"{stem}.key", folder / f"{stem}.csr"
    _openssl(
        *("req", *_new(key), "-out", asked, "-subj", f"/CN={stem}"),
        *("-addext", f"subjectAltName={subject}"),
    )
    certificate = folder / f"{stem}.pem"
    _openssl(
        *("ca", "-batch", "-notext", "-config", folder / "ca.conf", "-in", asked),
        *("-out", certificate, "-cert", folder / f"{by}.authority.pem"),
        *("-keyfile", folder / f"{by}.authority.key"),
        *(PAST if name == "expired" else FUTURE),
    )
    return certificate, key


def _new(key: Path) -> tuple[str | Path, ...]:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    return (*curve, "-keyout", key)


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(
        ["openssl", *arguments], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
