#!/usr/bin/env bash
# Test with several processes, on one machine or on NNODES of them:
#     tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of tools/test.py]
#     NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 tools/dist_test.sh CONFIG CHECKPOINT 8
# One process a GPU; without CUDA they run on the CPU.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
fi
exec "$(dirname "$0")/torchrun.sh" "$3" test.py "$1" "$2" --launcher pytorch "${@:4}"
