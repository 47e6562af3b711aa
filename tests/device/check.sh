#!/usr/bin/env bash
# Runs Dure on this machine's GPUs and says what held. For a machine with NVIDIA GPUs, as root; it builds nothing.
#
#   tests/device/check.sh FOLDER                 # of the programs: where dure is installed (/usr), or a build's src/dure/cli
#   tests/device/check.sh --emulated N FOLDER    # what can be tried without GPUs
#   tests/device/check.sh --only WORD FOLDER     # machine, discovery, jobs, ends, training, watch, latency, launcher
#
# Each check prints `ok`, `skipped`, or `FAILED` with what was expected and what was seen; the last line counts them. It needs
# Python with PyTorch for what computes, takes some two minutes and leaves nothing behind. GPUs that others use meanwhile spoil it.
# shellcheck disable=SC2016  # of scripts in quotes the variables are for the jobs' own shells
set -u

usage() { sed -n '2,/^# shellcheck/{/shellcheck/d;s/^# \{0,1\}//p}' "$0"; }
die() { printf '%s\n' "$*" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
emulated=
only=
while [ $# -gt 0 ]; do
  case $1 in
    --emulated) emulated=${2:?--emulated needs a number} && shift 2 ;;
    --only) only=${2:?--only needs a word} && shift 2 ;;
    -h | --help) usage && exit ;;
    -*) die "unknown option '$1'; --help lists them" ;;
    *) break ;;
  esac
done
[ $# = 1 ] || die "name the folder of the programs; --help says more"
[ "$(id -u)" = 0 ] || die "only root can give jobs the accounts of others; run this as root"

# Prints the first of these files that is there.
first_of() { local file; for file in "$@"; do [ -x "$file" ] && readlink -f "$file" && return; done; return 1; }
program=$(first_of "$1/bin/dure" "$1/dure") || die "there is no dure in $1"
launcher=$(first_of "$1/lib/dure/dure-launcher" "$1/dure-launcher") || die "there is no dure-launcher in $1"

server_uid=64200         # may be nobody's: the server's account with a launcher
first_job_uid=1900000000 # likewise, for ten tenants
folder=$(mktemp -d)
chmod 0711 "$folder"
install -m 0644 "$here/gpu.py" "$folder/gpu.py"
shared=$folder/shared
install -d -m 1777 "$shared"
server_process=
launcher_process=
mounted=
held=0
failures=0
skips=0

# ---- what is said -----------------------------------------------------------------------------------------------------

say() { printf '\n== %s, after %s s\n' "$*" "$SECONDS"; }
note() { sed 's/^/     /'; }
ok() { held=$((held + 1)) && printf 'ok      %s\n' "$1"; }
skipped() { skips=$((skips + 1)) && printf 'skipped %s: %s\n' "$1" "$2"; }
# failed NAME EXPECTED SEEN
failed() {
  failures=$((failures + 1))
  printf 'FAILED  %s\n' "$1"
  printf 'expected: %s\nseen:     %s\n' "$2" "$3" | note
}
# equals NAME EXPECTED SEEN
equals() { if [ "$2" = "$3" ]; then ok "$1"; else failed "$@"; fi; }
# matches NAME PATTERN SEEN, with an extended regular expression for a line
matches() { if grep -q -E -e "$2" <<<"$3"; then ok "$1"; else failed "$@"; fi; }
# at_most NAME BOUND SEEN, whole numbers
at_most() { if [ "$3" -le "$2" ] 2>/dev/null; then ok "$1 ($3)"; else failed "$1" "at most $2" "$3"; fi; }
# within SECONDS COMMAND...: whether the command succeeds in that time, tried again and again
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt "$end" ] || return 1
    sleep 0.2
  done
}
# needs_gpus NAME: whether there are real ones; says that the check is left out where there are none.
needs_gpus() {
  [ -n "$emulated" ] || return 0
  skipped "$1" "the GPUs are emulated"
  return 1
}
is_wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

conclude() {
  trap - EXIT
  stop_server
  stop_launcher
  [ -z "$mounted" ] || umount "$folder/cgroup"
  rm -rf "$folder"
  printf '\n%s held, %s failed, %s skipped, in %s s\n' "$held" "$failures" "$skips" "$SECONDS"
  [ "$failures" = 0 ]
}
trap 'conclude; exit' EXIT
trap 'exit 1' INT TERM

# ---- servers and jobs -------------------------------------------------------------------------------------------------

dure() { timeout 90 "$program" "$@"; }
# field NAME, of JSON on standard input: the first value of that name
field() { grep -o -m 1 -e "\"$1\":\(\"[^\"]*\"\|[^,}]*\)" | head -n 1 | sed -e 's/^"[^"]*"://' -e 's/^"//' -e 's/"$//'; }
show() { dure show --json "$1" | field "$2"; }
is_in_log() { dure logs "$1" 2>/dev/null | grep -q -e "$2"; }
is_state() { [ "$(show "$1" state)" = "$2" ]; }
memory_used() { nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits | awk '{sum += $1} END {print sum}'; }
is_memory_free() { [ "$(memory_used)" -le $((memory_at_first + 8)) ]; }

# submit NAME GPUS TENANT COMMAND [MORE_KEYS]: prints the job's number
submit() {
  local file=$shared/$1.yaml
  printf '{name: %s, tenant: %s, per_task: {gpus: %s, cpus: %s}, time_limit: 5m%s, script: "%s"}\n' \
    "$1" "$3" "$2" "$cpus" "${5:+, $5}" "$4" >"$file"
  dure submit "$file" | sed -n 's/^submitted job //p'
}
# said JOB: what it wrote, when it has ended
said() { dure wait "$1" >/dev/null 2>&1; dure logs "$1"; }

# start_server NAME LINE...: with these lines in its configuration, and WORDS before its command
start_server() {
  local name=$1
  shift
  export DURE_DATA_DIR=$folder/$name XDG_CONFIG_HOME=$folder/none
  unset DURE_SERVER DURE_TOKEN
  {
    printf 'listen: 127.0.0.1:0\n'
    [ -z "$emulated" ] || printf 'devices: {emulated: %s}\n' "$emulated"
    printf '%s\n' "$@"
  } >"$folder/$name.yaml"
  start_server_again "$name"
}
start_server_again() {
  ${as_server:-} "$program" serve --config "$folder/$1.yaml" --data "$folder/$1" </dev/null >"$folder/$1.log" 2>&1 &
  server_process=$!
  within 60 has_greeted "$folder/$1.log" && return
  failed "the server starts" "an address and a token" "$(cat "$folder/$1.log")"
  return 1
}
has_greeted() { grep -q '^  token' "$1"; }

end_process() {
  kill "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
stop_server() {
  [ -n "$server_process" ] || return
  dure queue --json 2>/dev/null | grep -o '"id":[0-9]*' | cut -d: -f2 | while read -r job; do dure cancel "$job"; done >/dev/null 2>&1
  within 15 has_no_jobs
  end_process "$server_process"
  server_process=
}
has_no_jobs() { ! dure queue --json 2>/dev/null | grep -q '"id":'; }
stop_launcher() {
  [ -n "$launcher_process" ] || return
  end_process "$launcher_process"
  launcher_process=
  find /sys/fs/cgroup "$folder/cgroup" -depth -type d -path "*/dure-check*" -exec rmdir {} + 2>/dev/null
}

# ---- the machine ------------------------------------------------------------------------------------------------------

check_machine() {
  say "The machine"
  {
    uname -srm
    printf 'CPUs %s, NUMA nodes %s, ' "$(nproc)" "$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' 2>/dev/null | wc -l)"
    grep MemTotal /proc/meminfo
    grep -E ' cgroup2? ' /proc/mounts
    printf 'controllers of version 2: %s\n' "$(cat "$(cgroup2)/cgroup.controllers" 2>&1)"
    printf 'own group: %s\n' "$(paste -sd ' ' /proc/self/cgroup)"
    printf 'unprivileged_bpf_disabled: %s\n' "$(cat /proc/sys/kernel/unprivileged_bpf_disabled 2>&1)"
    ls -l /dev/nvidia* 2>&1
    python3 --version
  } | note
  needs_gpus "what nvidia-smi tells" || return
  {
    nvidia-smi -L
    nvidia-smi --query-gpu=index,name,uuid,memory.total,driver_version,pci.bus_id,mig.mode.current,persistence_mode,compute_mode --format=csv
    nvidia-smi --query-gpu=index,memory.used,temperature.gpu,power.draw,power.limit,utilization.gpu --format=csv
    nvidia-smi --query-gpu=ecc.mode.current,ecc.errors.corrected.volatile.total,ecc.errors.uncorrected.volatile.total,ecc.errors.uncorrected.aggregate.total --format=csv
    nvidia-smi --query-remapped-rows=gpu_uuid,remapped_rows.correctable,remapped_rows.uncorrectable,remapped_rows.pending,remapped_rows.failure --format=csv
    nvidia-smi topo -m
    nvidia-smi nvlink --status
    printf 'Xid lines of the kernel: %s\n' "$(dmesg 2>/dev/null | grep -c 'NVRM: Xid')"
  } 2>&1 | note
  # The first import reads all of PyTorch from the disk; what is timed later should not.
  local begun=$EPOCHREALTIME
  timeout 120 python3 "$folder/gpu.py" compute 2>&1 | note
  printf 'PyTorch and CUDA, the first time: %s s\n' "$(since "$begun")" | note
}
cgroup2() { awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts; }
since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN {printf "%.1f", to - from}'; }

# ---- without a launcher -----------------------------------------------------------------------------------------------

tenants() { printf 'tenants: [{name: owner, guarantee: {local/gpu: %s}}, {name: guest}]' "$gpus"; }

check_discovery() {
  say "What the server has found"
  local found
  note <"$folder/plain.log"
  found=$(dure fleet --devices --json)
  printf '%s\n' "$found" | note
  dure fleet --devices | note
  equals "as many devices as there are" "$gpus" "$(grep -o '"index":' <<<"$found" | wc -l)"
  needs_gpus "models, uuids and memory are those that the driver tells" || return
  equals "uuids are those of nvidia-smi" "$(of_driver uuid)" "$(of_devices uuid "$found")"
  equals "models are those of nvidia-smi" "$(of_driver name)" "$(of_devices model "$found")"
  equals "memory is that of nvidia-smi" "$(of_driver memory.total)" "$(of_devices memory_mib "$found")"
  equals "as many are healthy as have no failed rows" \
    "$(nvidia-smi --query-remapped-rows=remapped_rows.failure --format=csv,noheader | grep -v -c -i yes)" \
    "$(grep -o '"healthy":true' <<<"$found" | wc -l)"
}
of_driver() { nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits | paste -sd ' '; }
# Of a node's object the list of devices comes last.
of_devices() { grep -o "\"$1\":\(\"[^\"]*\"\|[^,}]*\)" <<<"${2#*\"devices\":}" | sed -e 's/^"[^"]*"://' -e 's/"//g' | paste -sd ' '; }

# Where the jobs compute, as gpu.py says it.
where() { if [ -n "$emulated" ]; then echo cpu; else echo cuda; fi; }
visible_uuids() { if [ -n "$emulated" ]; then echo '[0-9]+'; else echo 'GPU-[-0-9a-f]+'; fi; }

check_jobs() {
  local one none seen
  say "What jobs see"
  one=$(submit one 1 guest 'echo visible $CUDA_VISIBLE_DEVICES; nvidia-smi -L; python3 $GPU_PY compute' "$gpu_py")
  seen=$(said "$one")
  printf '%s\n' "$seen" | note
  matches "a job with a GPU is told which" "^visible $(visible_uuids)\$" "$seen"
  matches "it computes there" "^product right" "$seen"
  needs_gpus "it computes on the GPU" && matches "it computes on the GPU" "^device cuda count 1 " "$seen"
  none=$(submit none 0 guest 'echo visible [$CUDA_VISIBLE_DEVICES]; python3 $GPU_PY compute' "$gpu_py")
  seen=$(said "$none")
  matches "a job without GPUs is told so" '^visible \[\]$' "$seen"
  matches "its programs see none" '^device cpu count 0 name none$' "$seen"
  check_halves guest
  if needs_gpus "memory of the jobs is free when they have ended"; then
    within 10 is_memory_free
    at_most "memory of the jobs is free when they have ended" $((memory_at_first + 8)) "$(memory_used)"
  fi
}

# Two at a time, each waiting for the other; a third has no room on what they share, and the rest is taken.
check_halves() {
  local left right third rest='' seen
  rm -f "$shared"/{left,right}.came
  [ "$gpus" = 1 ] || rest=$(submit rest "$((gpus - 1))" "$1" 'sleep 300')
  left=$(submit left 0.5 "$1" "python3 \$GPU_PY compute $shared/left.came $shared/right.came; sleep 4; echo visible \$CUDA_VISIBLE_DEVICES" "$gpu_py")
  right=$(submit right 0.5 "$1" "python3 \$GPU_PY compute $shared/right.came $shared/left.came; sleep 4; echo visible \$CUDA_VISIBLE_DEVICES" "$gpu_py")
  within 10 is_state "$right" running
  third=$(submit third 0.5 "$1" 'true')
  sleep 0.5
  equals "a third half of a GPU waits" pending "$(show "$third" state)"
  dure why "$third" | note
  seen=$(said "$left")$'\n'$(said "$right")
  printf '%s\n' "$seen" | note
  equals "two halves of a GPU compute at the same time" 2 "$(grep -c '^beside the other' <<<"$seen")"
  equals "both are right" 2 "$(grep -c '^product right' <<<"$seen")"
  equals "both are told of the same GPU" 1 "$(grep '^visible ' <<<"$seen" | sort -u | wc -l)"
  dure wait "$third" >/dev/null 2>&1
  equals "the third half runs after them" completed "$(show "$third" outcome)"
  [ -z "$rest" ] || dure cancel "$rest" >/dev/null
}

# hold NAME: a job that holds memory of a GPU; sets `job` and `process`
hold() {
  job=$(submit "$1" 1 guest 'exec python3 $GPU_PY hold '"$hold_mib" "$gpu_py, requeue: false")
  within 60 is_in_log "$job" '^holds'
  process=$(dure logs "$job" | sed -n 's/^holds .* process //p')
  needs_gpus "the driver shows what $1 holds" || return
  matches "the driver shows what $1 holds" '^[1-9][0-9]{3,}' "$(($(memory_used) - memory_at_first))"
}
check_freed() {
  needs_gpus "the memory is free again after $1" || return
  within 15 is_memory_free
  at_most "the memory is free again after $1" $((memory_at_first + 8)) "$(memory_used)"
  equals "no process is left on a GPU after $1" '' "$(nvidia-smi --query-compute-apps=pid,used_memory --format=csv,noheader)"
}
is_gone() { ! [ -e "/proc/$1" ]; }

check_ends() {
  local supervisor
  say "How jobs on GPUs end"
  hold killed
  kill -9 "$process"
  dure wait "$job" >/dev/null 2>&1
  equals "a job killed by signal 9 has failed so" "failed 137" "$(show "$job" outcome) $(show "$job" exit_code)"
  check_freed "kill -9"

  hold orphaned
  supervisor=$(awk '{print $4}' "/proc/$process/stat")
  matches "its parent is a supervisor" dure-supervisor "$(tr '\0' ' ' <"/proc/$supervisor/cmdline")"
  kill -9 "$supervisor"
  dure wait "$job" >/dev/null 2>&1
  equals "a job whose supervisor is killed is lost" node_lost "$(show "$job" outcome)"
  within 10 is_gone "$process"
  equals "its process is gone" gone "$(if is_gone "$process"; then echo gone; else echo there; fi)"
  check_freed "the end of the supervisor"

  hold survivor
  kill -9 "$server_process"
  wait "$server_process" 2>/dev/null
  start_server_again plain || return
  equals "a job goes on while the server is killed and started again" "running $process" \
    "$(show "$job" state) $(is_gone "$process" || echo "$process")"
  dure cancel "$job" >/dev/null
  dure wait "$job" >/dev/null 2>&1
  equals "it can be cancelled then" cancelled "$(show "$job" outcome)"
  check_freed "the cancellation"
}

steps=60
checkpoint='checkpoint: {every: 10s, signal: USR1, grace: 20s}'
# train NAME TENANT: prints the number of a job that trains on all GPUs; all its attempts write to one file
train() {
  rm -f "$shared/$1.out"
  submit "$1" "$gpus" "$2" "exec python3 \$GPU_PY train $steps" "$gpu_py, $checkpoint, output: $shared/$1.out"
}
loss() { sed -n 's/^trained on .* loss //p'; }

check_training() {
  local alone evicted owner seen expected
  say "A training that a guarantee evicts"
  alone=$(train alone guest)
  expected=$(said "$alone" | loss)
  matches "it runs without being disturbed" '^0x' "$expected"
  evicted=$(train evicted guest)
  within 60 is_in_log "$evicted" '^step 20$'
  owner=$(submit owner 1 owner 'echo mine on $CUDA_VISIBLE_DEVICES; sleep 1')
  dure wait "$owner" >/dev/null 2>&1
  equals "who has the guarantee runs in its place" completed "$(show "$owner" outcome)"
  seen=$(said "$evicted")
  grep -v '^step' <<<"$seen" | note
  equals "it was evicted once" 1 "$(show "$evicted" evictions)"
  equals "it ends well" completed "$(show "$evicted" outcome)"
  matches "it kept what it had learnt" '^keeps step [0-9]+$' "$seen"
  equals "it went on where it had kept" "$(sed -n 's/^keeps step //p' <<<"$seen")" "$(sed -n 's/^goes on at step //p' <<<"$seen")"
  equals "it did no step twice" "$steps" "$(grep -c '^step ' <<<"$seen")"
  matches "it was trained on what it was given" "^trained on $(where) " "$seen"
  equals "it ends with the same loss, to the last bit" "$expected" "$(loss <<<"$seen")"
}

check_watch() {
  local burn found
  say "What is seen of a GPU at work"
  needs_gpus "a GPU at work is seen" || return
  burn=$(submit burn 1 guest 'exec python3 $GPU_PY burn 40' "$gpu_py")
  within 60 is_in_log "$burn" '^burns'
  within 35 is_busy
  found=$(dure fleet --devices --json)
  dure fleet --devices | note
  nvidia-smi --query-gpu=temperature.gpu,power.draw,utilization.gpu,memory.used --format=csv | note
  matches "load is seen" '^([5-9][0-9]|100)$' "$(field utilization_percent <<<"$found")"
  matches "temperature is seen" '^[2-9][0-9]$' "$(field temperature_c <<<"$found")"
  matches "power is seen" '^[1-9][0-9]{2}' "$(field power_w <<<"$found" | awk '{print int($1)}')"
  equals "a GPU at work is healthy" true "$(field healthy <<<"$found")"
  dure cancel "$burn" >/dev/null
  dure wait "$burn" >/dev/null 2>&1
  dure show "$burn" | note
}
is_busy() { [ "$(dure fleet --devices --json | of_load)" -ge 50 ] 2>/dev/null; }
of_load() { grep -o '"utilization_percent":[0-9]*' | cut -d: -f2 | sort -n | tail -n 1; }

# times COUNT COMMAND [MORE_KEYS]: the µs from before `dure submit` until the time that the job writes as its first line, a line each
times() {
  local job begun written i
  for ((i = 0; i < $1; ++i)); do
    begun=${EPOCHREALTIME/./}
    job=$(submit quick 1 guest "$2" "${3:-}")
    dure wait "$job" >/dev/null 2>&1
    written=$(dure logs "$job" | head -n 1)
    echo $((written / 1000 - begun))
  done | sort -n
}
# quantile PERCENT, of sorted numbers on standard input
quantile() { awk -v part="$1" '{all[NR] = $1} END {at = int(NR * part / 100 + 0.999); print all[at < 1 ? 1 : at]}'; }

# latency NAME: from the start of `dure submit` to the first line of a job with a GPU, in microseconds
check_latency() {
  local all p99
  say "From submission to the first line of a job with a GPU $1"
  all=$(times 100 'date +%s%N')
  p99=$(quantile 99 <<<"$all")
  printf 'to the first line, of 100: p50 %s µs, p99 %s µs, most %s µs\n' "$(quantile 50 <<<"$all")" "$p99" "$(tail -n 1 <<<"$all")" | note
  at_most "99 of 100 jobs write within half a second $1, in µs" 500000 "$p99"
  needs_gpus "until the first sum on the GPU" || return
  all=$(times 5 'python3 $GPU_PY compute >/dev/null; date +%s%N' "$gpu_py")
  printf 'until PyTorch has multiplied on the GPU, of 5: %s µs\n' "$(paste -sd ' ' <<<"$all")" | note
}

# ---- with a launcher --------------------------------------------------------------------------------------------------

start_launcher() {
  if [ -z "$(cgroup2)" ]; then
    mkdir "$folder/cgroup" && mount -t cgroup2 none "$folder/cgroup" && mounted=1
    printf 'no control groups of version 2 were mounted; mounted them: %s\n' "${mounted:-no}" | note
  fi
  cat >"$folder/launcher.yaml" <<END_OF_FILE
server: $server_uid
socket: $folder/launcher.sock
folder: $folder/launcher
each_tenant: {from: $first_job_uid, to: $((first_job_uid + 9))}
cgroup: /dure-check
END_OF_FILE
  "$launcher" --config "$folder/launcher.yaml" </dev/null >"$folder/launcher.log" 2>&1 &
  launcher_process=$!
  within 10 test -S "$folder/launcher.sock"
  sleep 0.2
  note <"$folder/launcher.log"
  equals "the kernel can keep GPUs from jobs" '' "$(grep 'Jobs can open GPUs' "$folder/launcher.log")"
}

# Tries each of the GPUs' files, and the driver, as a program would that disregards what it is told.
tries='for f in /dev/nvidia[0-9]*; do if (: <$f) 2>/dev/null; then echo opens $f; else echo refused $f; fi; done'

check_launcher() {
  local as_server seen files
  say "With a launcher: jobs have accounts of their own"
  start_launcher
  as_server="setpriv --reuid=$server_uid --regid=$server_uid --clear-groups --no-new-privs --inh-caps=-all"
  install -d -m 0700 -o "$server_uid" -g "$server_uid" "$folder/fenced"
  $as_server test -x "$program" || { failed "the server's account can run $program" "a folder that all may enter" "none"; return; }
  start_server fenced "launcher: $folder/launcher.sock" "$(tenants)" || return
  files=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)

  seen=$(said "$(submit one 1 guest "id -u; $tries; nvidia-smi -L; python3 \$GPU_PY compute" "$gpu_py")")
  printf '%s\n' "$seen" | note
  matches "a job runs as its tenant's account" "^190000000[0-9]\$" "$seen"
  matches "it computes" '^product right' "$seen"
  if needs_gpus "it computes on the GPU that it was given"; then
    matches "it computes on the GPU that it was given" '^device cuda count 1 ' "$seen"
    equals "it opens one GPU and no other" "1 $((files - 1))" "$(grep -c '^opens' <<<"$seen") $(grep -c '^refused' <<<"$seen")"
  fi

  # It is told of no GPU, and asks for the first all the same.
  seen=$(said "$(submit none 0 guest "export CUDA_VISIBLE_DEVICES=0; $tries; (: </dev/nvidia0); nvidia-smi -L; python3 \$GPU_PY compute" "$gpu_py")")
  printf '%s\n' "$seen" | note
  matches "a job without GPUs computes without" '^device cpu ' "$seen"
  if [ -e /dev/nvidia0 ]; then
    equals "it opens none of the GPUs" "0 $files" "$(grep -c '^opens' <<<"$seen") $(grep -c '^refused' <<<"$seen")"
    matches "the kernel refuses it" 'nvidia0: Operation not permitted' "$seen"
  else
    skipped "it opens none of the GPUs" "there is no /dev/nvidia0"
  fi
  check_halves guest
  is_wanted training && check_training
  is_wanted latency && check_latency "with a launcher"
  stop_server
}

# ---- all of it --------------------------------------------------------------------------------------------------------

if [ -n "$emulated" ]; then gpus=$emulated; else gpus=$(nvidia-smi -L | grep -c '^GPU'); fi
[ "$gpus" -gt 0 ] || die "there is no GPU here that nvidia-smi shows; --emulated N tries what needs none"
if [ -z "$emulated" ] && nvidia-smi -L | grep -q MIG; then die "GPUs in MIG mode are not for this script"; fi
hold_mib=4096
[ -z "$emulated" ] || hold_mib=64
cpus=$(awk -v all="$(nproc)" 'BEGIN {print all / 4}') # of each job: four run at the same time
gpu_py="environment: {GPU_PY: $folder/gpu.py}"

! is_wanted machine || check_machine
memory_at_first=0
[ -n "$emulated" ] || memory_at_first=$(memory_used)
if start_server plain 'trust_jobs: true' "$(tenants)"; then
  ! is_wanted discovery || check_discovery
  ! is_wanted jobs || check_jobs
  ! is_wanted ends || check_ends
  ! is_wanted training || check_training
  ! is_wanted watch || check_watch
  ! is_wanted latency || check_latency "without a launcher"
  stop_server
fi
! is_wanted launcher || check_launcher
