#!/usr/bin/env bash
# Runs one simulation with several builds of dure, and twice with the first; the results must be the same:
# digest and figures of summary.json (but for wall time) and every byte of jobs.csv.
#
#   tests/determinism.sh BINARY... -- SCENARIO [option of dure simulate]...
set -u

binaries=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  binaries+=("$1")
  shift
done
if [ ${#binaries[@]} -eq 0 ] || [ $# -lt 2 ]; then
  sed -n '/^#   tests/s/^# *//p' "$0" >&2
  exit 2
fi
shift

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

figures() { sed 's/,/,\n/g' "$1/summary.json" | grep -v '"wall_s"\|"jobs_per_wall_s"'; }

number=0
for binary in "${binaries[0]}" "${binaries[@]}"; do
  if ! "$binary" simulate "$@" --out "$out/$number" >"$out/log" 2>&1; then
    cat "$out/log" >&2
    echo "$binary could not simulate $1." >&2
    exit 1
  fi
  if [ ! -s "$out/$number/summary.json" ] || [ ! -s "$out/$number/jobs.csv" ]; then
    echo "$binary left no summary.json and jobs.csv for $1." >&2
    exit 1
  fi
  if ! diff <(figures "$out/0") <(figures "$out/$number") || ! cmp "$out/0/jobs.csv" "$out/$number/jobs.csv"; then
    echo "$1: $binary and ${binaries[0]} differ." >&2
    exit 1
  fi
  number=$((number + 1))
done
echo "$1: $number runs of ${#binaries[@]} builds agree, digest $(sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$out/0/summary.json")."
