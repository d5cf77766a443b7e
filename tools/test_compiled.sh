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
    echo 'building the operators: 10 to 20 minutes' >&2
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    # The build imports torch and its own tools from the venv itself.
    "$python" -m pip install 'setuptools>=77,<82' wheel packaging ninja \
        $(grep -oE '^torch(vision)?==[^ ]+' requirements.txt)
    # A job takes over 1 GB of memory; mmcv would start four on any machine.
    export MAX_JOBS="${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}" PATH="$PWD/$venv/bin:$PATH"
    "$python" -m pip install --no-cache-dir --no-build-isolation \
        "$(grep -oE '^onedl-mmcv==[^ ]+' requirements.txt)"
fi
"$python" -m pip install -q -r requirements.txt -r requirements-dev.txt
MMNUC_NEEDS_COMPILED=1 PYTHONPATH=. "$python" -m pytest tests/mmcv_operators "$@"
