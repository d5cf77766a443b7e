#!/bin/sh
# Compares the stand-in operators with mmcv's compiled ones, built in a venv of their own.
# --no-cache-dir: pip's wheel cache would hand this build to every later plain install,
# whatever its torch.
set -eu
cd "$(dirname "$0")/.."
venv=.venv-compiled
python=$venv/bin/python

tools/setup.sh dev
if ! "$python" -c 'import torch, mmcv._ext' 2>/dev/null; then
    command -v "${CXX:-c++}" >/dev/null || {
        echo 'a C++ compiler is needed: sudo apt-get install build-essential' >&2
        exit 1
    }
    echo 'building the operators: 10 to 20 minutes on one core' >&2
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    # The build imports torch and setuptools from the venv itself.
    "$python" -m pip install -q 'setuptools>=77,<82' wheel $(grep -oE '^torch(vision)?==[^ ]+' requirements.txt)
    "$python" -m pip install -q --no-cache-dir --no-build-isolation \
        "$(grep -oE '^onedl-mmcv==[^ ]+' requirements.txt)"
fi
"$python" -m pip install -q -r requirements.txt -r requirements-dev.txt
MMNUC_NEEDS_COMPILED=1 PYTHONPATH=. "$python" -m pytest tests/mmcv_operators "$@"
