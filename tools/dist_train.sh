#!/usr/bin/env bash
# Train with several processes, on one machine or on NNODES of them:
#     tools/dist_train.sh CONFIG PROCESSES [options of tools/train.py]
#     NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 tools/dist_train.sh CONFIG 8    (and NODE_RANK=1)
# One process a GPU; without CUDA they run on the CPU.
set -euo pipefail
if [ $# -lt 2 ]; then
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
fi
exec "$(dirname "$0")/torchrun.sh" "$2" train.py "$1" --launcher pytorch "${@:3}"
