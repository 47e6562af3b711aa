# What Slurm starts, on the first node of an attempt. $dure_attempt, its folder on the shelf, is set above.

if ! [ -d "$dure_attempt" ]; then
  echo "$(hostname): $dure_attempt is not there: the folder of this site must be on every node" >&2
  exit 75
fi
# Once, whoever else was sent for it: a controller that forgot may even send the same job again. What stands there
# decides, not what `ln` says: over NFS it may be asked twice.
dure_claim="job-$SLURM_JOB_ID-$(cat /proc/sys/kernel/random/uuid)"
ln -sT "$dure_claim" "$dure_attempt/claim" 2>/dev/null
if [ "$(readlink "$dure_attempt/claim")" != "$dure_claim" ]; then
  echo "this attempt was begun, or taken back, before: nothing is done" >&2
  exit 0
fi

. "$dure_attempt/variables"
MASTER_ADDR=$(hostname)
MASTER_PORT=$((20000 + SLURM_JOB_ID % 8192))
export MASTER_ADDR MASTER_PORT
mkdir -p "$dure_home" "$DURE_CHECKPOINT_DIR"
dure_make_outputs

# URG rings: the checkpoint signal is due. It may reach any process of the job, and only task.sh heeds it. srun would
# send a signal to every process of a task.
dure_hand_on() {
  dure_heard=yes
  if [ "$dure_launch" = once ]; then
    kill -s URG "$dure_child" 2>/dev/null
  else
    scancel --signal=URG "$SLURM_JOB_ID"
  fi
}
# Slurm ends the steps by itself.
dure_end() {
  dure_heard=yes
  [ "$dure_launch" != once ] || kill -s TERM "$dure_child" 2>/dev/null
}
dure_heard=
trap dure_end TERM
trap dure_hand_on URG

if [ "$dure_launch" = once ]; then
  setsid sh "$dure_attempt/task.sh" &  # apart from this group, which is rung as a whole
else
  dure_start </dev/null &
fi
dure_child=$!
dure_code=
# What is heard ends the waiting and not the child. Of one that is gone a shell may say 127.
while :; do
  wait "$dure_child"
  dure_got=$?
  [ -z "$dure_code" ] || [ "$dure_got" != 127 ] || break
  dure_code=$dure_got
  [ -n "$dure_heard" ] || break
  dure_heard=
done

# What fails though none of its tasks has said so was lost by srun, a node, or a controller that was away.
dure_by=script
if [ "$dure_launch" != once ] && [ "$dure_code" != 0 ] && ! [ -e "$dure_attempt/failed" ]; then dure_by=srun; fi
echo "$dure_code $(date +%s) $dure_by" >"$dure_attempt/exit.new" && mv "$dure_attempt/exit.new" "$dure_attempt/exit"
exit "$dure_code"
