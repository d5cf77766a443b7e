#!/usr/bin/env bash
# Train on a Slurm cluster:
#     tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [options of tools/train.py]
# Read from the environment: GPUS (8), GPUS_PER_NODE (8), CPUS_PER_TASK (5), SRUN_ARGS.
set -euo pipefail
if [ $# -lt 4 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
exec "$(dirname "$0")/srun.sh" "$1" "$2" train.py "$3" --work-dir "$4" "${@:5}"
