#!/bin/sh
# Sets up .venv in the checkout: `tools/setup.sh` for running, `tools/setup.sh dev` for the tests too.
# A complete set-up is recognised and skipped; an interrupted one is repaired by the next call.
set -eu
cd "$(dirname "$0")/.."
venv=.venv
python=$venv/bin/python

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# A Python that mmnuc runs on. The upper bound is mmcv's: it uses what Python 3.14 removed.
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

# The venv's Python fits, and is the one that was asked for, if any was.
venv_fits() {
    fits "$python" && { [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -V)" = "$("$python" -V)" ]; }
}

find_python() {
    tried=${PYTHON:-python3 python3.13 python3.12 python3.11}
    for candidate in $tried; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "found no Python from 3.11 to 3.13 (tried $tried);" \
        "install one, or name it: make setup PYTHON=/path/to/python3.12"
}

# Debian and Ubuntu split venv off into a package of its own.
need_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    say "$1 lacks the module venv"
    root=
    [ "$(id -u)" = 0 ] || root='sudo -n'
    if command -v apt-get >/dev/null && $root true 2>/dev/null; then
        say "installing $package"
        { $root apt-get install -y -q "$package" ||
            { $root apt-get update -q && $root apt-get install -y -q "$package"; }; } >&2 || true
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "install it and call make again: sudo apt-get install $package"
}

# A finished set-up has this in its stamp: the same requirements, for the same Python.
fingerprint() {
    cat requirements.txt pyproject.toml setup.py tools/setup.sh "$@"
    pwd
    "$python" -V
}

is_complete() {
    venv_fits && [ -f "$venv/setup-$1" ] &&
        [ "$(fingerprint "$2" | cksum)" = "$(cat "$venv/setup-$1")" ]
}

make_venv() {
    if venv_fits && "$python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    base=$(find_python)
    need_venv "$base"
    say "making $venv with $("$base" -V)"
    rm -rf "$venv"
    "$base" -m venv "$venv"
}

# pip writes INSTALLER last: a package without it was cut off half-way, and pip would keep it so.
drop_half_installed() {
    for package in "$venv"/lib/python*/site-packages/*.dist-info; do
        if [ -d "$package" ] && [ ! -f "$package/INSTALLER" ]; then
            say "$(basename "$package" .dist-info) was cut off half-way; installing it again"
            rm -rf "$package"
        fi
    done
}

# Several OpenCV distributions share the folder cv2 (see requirements.txt); the headless one must
# have been unpacked last. In an environment that grew by pieces it may not have been.
repair_opencv() {
    "$python" -m mmnuc.doctor --only opencv >/dev/null 2>&1 && return
    say 'unpacking the OpenCV that needs no libGL once more'
    "$python" -m pip install -q --force-reinstall --no-deps \
        "$(grep -o '^opencv-contrib-python-headless==[^ ]*' requirements.txt)"
}

install() {
    extra=requirements-$1.txt
    [ -f "$extra" ] || extra=/dev/null
    is_complete "$1" "$extra" && return
    rm -f "$venv/setup-$1"
    make_venv
    drop_half_installed
    say 'installing the requirements (torch is large: some minutes, once)'
    "$python" -m pip install -r requirements.txt
    if [ "$extra" != /dev/null ]; then
        "$python" -m pip install -r "$extra"
    fi
    "$python" -m pip install -q -e .
    repair_opencv
    fingerprint "$extra" | cksum >"$venv/setup-$1"
    say "$venv is complete"
}

# Two calls at a time would write over each other.
if command -v flock >/dev/null; then
    exec 9>.venv.lock
    flock 9
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
install "${1:-run}"
