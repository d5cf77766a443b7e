#!/usr/bin/env bash
# Start a tool of this folder in several processes: tools/torchrun.sh PROCESSES TOOL [options]
# Read from the environment: NNODES, NODE_RANK, MASTER_ADDR, PORT, PYTHON.
set -euo pipefail
tools=$(dirname "$0")
root=$(cd "$tools/.." && pwd)

python=${PYTHON:-}
if [ -z "$python" ]; then
    python=python3
    if [ -z "${VIRTUAL_ENV:-}" ] && [ -x "$root/.venv/bin/python" ]; then
        python=$root/.venv/bin/python
    fi
fi

export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec "$python" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node-rank="${NODE_RANK:-0}" \
    --master-addr="${MASTER_ADDR:-127.0.0.1}" \
    --master-port="${PORT:-29500}" \
    --nproc-per-node="$1" \
    "$tools/$2" "${@:3}"
