#!/usr/bin/env bash
# Start a tool of this folder under Slurm: tools/srun.sh PARTITION JOB_NAME TOOL [options]
# Read from the environment: GPUS, GPUS_PER_NODE, CPUS_PER_TASK, SRUN_ARGS, PYTHON.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-8}
if [ "$gpus" -lt "$per_node" ]; then
    per_node=$gpus
fi

python=${PYTHON:-}
if [ -z "$python" ]; then
    python=python3
    if [ -z "${VIRTUAL_ENV:-}" ] && [ -x "$root/.venv/bin/python" ]; then
        python=$root/.venv/bin/python
    fi
fi

export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
# SRUN_ARGS holds several options: its words are split on purpose.
# shellcheck disable=SC2086
exec srun --partition="$1" --job-name="$2" \
    --gres="gpu:$per_node" --ntasks="$gpus" --ntasks-per-node="$per_node" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    "$python" -u "$root/tools/$3" "${@:4}" --launcher slurm
