# shellcheck shell=bash
# Sourced by ./run, after common.sh: a server in out/live, and a day of jobs from scenarios/live. What it does is told on
# stderr; the commands and what they print go to stdout. Nothing polls: it waits for events and for lines of logs.

live=$root/out/live
jobs=scenarios/live
dataset=/usr/share/datasets/fashion-mnist
patience=90 # seconds until something that should happen is missed
trouble=0    # the exit code
told=        # how the training went

# miss SENTENCE: what should have happened and did not. The day goes on.
miss() {
  trouble=1
  printf '%s: %s\n' "$command_name" "$*" >&2
}

# dure WORDS...: shows a command and what it prints.
dure() {
  printf '\n$ dure %s\n' "$*"
  "$binary" "$@"
}

# submit WORDS...: as `dure submit`, and sets `job` to the number it got.
submit() {
  local said
  printf '$ dure submit %s\n' "$*"
  said=$("$binary" submit "$@") || die "The job was not taken. The server's log is $live/server.log."
  printf '%s\n' "$said"
  job=$(sed -n 's/^submitted [a-z]* \([0-9]*\).*/\1/p' <<<"$said")
}

# wait_line PATTERN WORDS...: returns when `dure WORDS...` has printed such a line; 1 if it does not in time.
wait_line() {
  local pattern=$1 found
  shift
  exec {lines}< <(exec timeout "$patience" "$binary" "$@" 2>/dev/null)
  local follower=$!
  grep -q -m 1 -e "$pattern" <&"$lines"
  found=$?
  exec {lines}<&-
  kill "$follower" 2>/dev/null
  return $found
}

# wait_event JOB PATTERN: returns when there is such an event of the job.
wait_event() { wait_line "$2" events -f --last 10000 --job "$1"; }

# Prints the processes of the server in $live, and of the jobs it started.
demo_processes() {
  local process program
  for process in /proc/[0-9]*; do
    { IFS= read -r -d '' program && tr '\0' '\n' | grep -q -e "^$live/"; } 2>/dev/null <"$process/cmdline" || continue
    case $program in */dure | */dure-supervisor) echo "${process#/proc/}" ;; esac
  done
}

# end_processes PID...: asks them to end and waits until they have.
end_processes() {
  local process
  for process in "$@"; do
    kill "$process" 2>/dev/null || continue
    timeout 30 tail --pid="$process" -f /dev/null || die "Process $process does not end; end it with 'kill -9 $process'."
  done
}

# Ends the server that is there, if any, and what it had started.
stop_demo() {
  local processes
  mapfile -t processes < <(demo_processes)
  [ ${#processes[@]} -ne 0 ] || return 0
  say "Stopping the server in out/live"
  end_processes "${processes[@]}"
}

# Where there are four GPUs, they are used.
write_configuration() {
  local model count
  read -r count model < <(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | sed 's/ /-/g' | uniq -c | head -n 1)
  cp "$jobs"/{server,fleet,tenants}.yaml "$live"
  if [ "${count:-0}" -ge 4 ]; then
    say "Starting the server on this machine, with four of its $count GPUs ($model)"
    sed -i '/^devices:/d' "$live/server.yaml"
    sed -i "s/model: emulated/model: $model/" "$live/fleet.yaml"
  else
    say "Starting the server on this machine, with four emulated GPUs: it has ${count:-no} real ones, and the day wants four"
  fi
}

start_demo() {
  stop_demo
  { rm -rf "$live" && mkdir -p "$live/words"; } 2>/dev/null ||
    die "Cannot write to $live: it belongs to another user. Make it yours, or remove it."
  write_configuration
  unset DURE_SERVER DURE_TOKEN
  export DURE_DATA_DIR=$live/data XDG_CONFIG_HOME=$live/config
  PATH=$root/build/run/workloads/train:$PATH setsid "$binary" serve --config "$live/server.yaml" --data "$live/data" \
    </dev/null >"$live/server.log" 2>&1 &
  server=$!
  if ! wait_for_greeting; then
    cat "$live/server.log" >&2
    die "The server did not start; what it says stands above."
  fi
  trap 'stop_demo; exit 130' INT TERM
  cat "$live/server.log"
}

wait_for_greeting() {
  local found
  exec {lines}< <(exec timeout "$patience" tail --pid="$server" -n +1 -f "$live/server.log")
  local follower=$!
  grep -q -m 1 '^  token' <&"$lines"
  found=$?
  exec {lines}<&-
  kill "$follower" 2>/dev/null
  return $found
}

has_dataset() { [ -r "$dataset/train-images-idx3-ubyte.gz" ]; }

play_day() {
  if ! has_dataset; then
    miss "There is no $dataset, so the training is left out: install dataset-fashion-mnist and run this again."
  fi
  say "Three tenants share four GPUs; each has a guarantee"
  dure tenants
  fill_machine
  if has_dataset; then
    start_training
    evict_training
    finish_training
  fi
  settle_day
}

fill_machine() {
  say "Work arrives: a service, two arrays, a chain of batch scripts, a forgotten notebook, one that fails, one on hold"
  echo
  submit "$jobs/annotate.yaml"
  annotate=$job
  submit "$jobs/notebook.yaml"
  notebook=$job
  submit "$jobs/pi.yaml"
  pi=$job
  submit "$jobs/proofread.yaml"
  proofread=$job
  submit "$jobs/evaluate.yaml"
  evaluate=$job
  submit "$jobs/collect.sh"
  submit "$jobs/count.sh" --dependency="afterok:$job"
  submit "$jobs/publish.sh" --dependency="afterok:$job"
  publish=$job
  submit --name report --tenant speech --hold -- echo "the day is over"
  report=$job
  dure queue
  dure why "${pi}_6"
  "$binary" wait "$pi" "$proofread" "$evaluate" "$publish" >/dev/null
}

start_training() {
  say "vision trains a network: two tasks at once, each on a GPU that vision borrows"
  echo
  submit "$jobs/train.yaml"
  train=$job
  submit --name check --tenant vision --after "ok:$train" -- sha256sum "$live/data/work/jobs/$train/weights"
  check=$job
  wait_event "$train" ' job_started ' || die "The training did not start; see '$binary why $train'."
  wait_line '^epoch 1 of' logs -f "$train" || die "The training has trained nothing; see '$binary logs $train'."
  dure logs "$train"
}

evict_training() {
  say "speech wants the two GPUs that are guaranteed to it: the training must give back what it borrowed"
  echo
  submit "$jobs/transcribe.yaml"
  transcribe=$job
  wait_event "$train" ' stop_ordered .*evicted' || miss "The training was not evicted."
  wait_event "$transcribe" ' job_started ' || miss "The job of speech did not start."
  dure queue
  dure why "$train"
}

finish_training() {
  say "speech is done; the training goes on from its checkpoint"
  dure wait "$transcribe" || miss "The job of speech failed."
  dure wait "$train" || miss "The training failed; see '$binary logs $train'."
  dure logs "$train"
  say "Its day, as the journal has it"
  dure events --last 10000 --job "$train"
  check_training
}

check_training() {
  local evictions accuracy
  evictions=$("$binary" show "$train" | sed -n 's/^evictions *//p')
  accuracy=$("$binary" logs "$train" | sed -n 's/^test accuracy \([0-9]*\).*/\1/p')
  [ "${evictions:-0}" -ge 1 ] || miss "The training was never evicted."
  "$binary" logs "$train" | grep -q '^going on from the checkpoint' || miss "The training began anew."
  [ "${accuracy:-0}" -ge 87 ] || miss "The training is right in ${accuracy:-0} % of the test images; 87 % was expected."
  told="The training was evicted (${evictions:-0}), went on from its checkpoint, and is right in $accuracy of 100 images."
}

settle_day() {
  say "The end of the day: what waited is let go, the service is stopped"
  dure release "$report"
  dure cancel "$annotate"
  dure run --name hello --tenant robots --cpus 1 -- sh -c 'echo "job $DURE_JOB_ID says hello"'
  "$binary" wait "$notebook" "$report" "$annotate" "${check:-$report}" >/dev/null
  expect_end "$evaluate" failed
  expect_end "$notebook" timed_out
  expect_end "$publish" completed
  dure logs "$publish"
  say "All jobs of the day, and what each tenant has used"
  dure queue --all
  dure usage
}

# expect_end JOB OUTCOME
expect_end() {
  local said
  said=$("$binary" wait "$1")
  [[ $said == "job $1 $2"* ]] || miss "It should say 'job $1 $2'; it says '$said'."
}

# The last word.
conclude() {
  echo
  if [ "$trouble" -eq 0 ]; then
    echo "The day went as it should. $told"
  else
    echo "The day did not go as it should; what was missed stands above."
  fi
}

leave_demo() {
  local url
  url=$(cat "$live/data/address")
  say "The server stays up. Look at it in a browser at $url, with the token in $live/data/token. Go on in this shell:"
  cat <<END
  export PATH=$root/build/run/src/dure/cli:\$PATH DURE_SERVER=$url DURE_DATA_DIR=$live/data
  dure submit --tenant vision --gpus 1 -- sleep 60
  dure queue
  ./run --stop        # when you are done
END
}
