# One task of an attempt, or all of it where its script runs once or it has one task.

dure_attempt=${0%/*}
. "$dure_attempt/variables"
dure_setsid=$(command -v setsid)
dure_master=$MASTER_ADDR
dure_port=$MASTER_PORT
if [ "$dure_launch" = once ]; then
  dure_rank=0 dure_local_rank=0 dure_node_rank=0 dure_world=1 dure_local_world=1
  dure_devices=$CUDA_VISIBLE_DEVICES
else
  dure_rank=$SLURM_PROCID dure_local_rank=$SLURM_LOCALID dure_node_rank=$SLURM_NODEID dure_world=$DURE_TASKS
  dure_local_world=$(dure_tasks_on "$SLURMD_NODENAME")
  dure_master=$SLURM_LAUNCH_NODE_IPADDR
  dure_first=$((dure_local_rank * dure_gpus_per_task + 1))
  dure_last=$((dure_first + dure_gpus_per_task - 1))
  [ "$dure_gpus_per_task" = 0 ] || dure_devices=$(echo "$CUDA_VISIBLE_DEVICES" | cut -d , -f "$dure_first-$dure_last")
fi
[ "$dure_gpus_per_task" -gt 0 ] || dure_devices=
dure_set() {
  export RANK="$dure_rank" LOCAL_RANK="$dure_local_rank" NODE_RANK="$dure_node_rank" WORLD_SIZE="$dure_world"
  export LOCAL_WORLD_SIZE="$dure_local_world" CUDA_VISIBLE_DEVICES="$dure_devices"
  export MASTER_ADDR="$dure_master" MASTER_PORT="$dure_port"
}
dure_set
dure_give_up() {
  : >"$dure_attempt/failed"
  exit 126
}
dure_open_outputs </dev/null || dure_give_up
cd "$dure_folder" || dure_give_up

# Whether a process has a handler for the signal, or blocks it to wait for it: it would not die of it.
dure_hears() {
  for dure_field in SigCgt SigBlk; do
    dure_mask=$(sed -n "s/^$dure_field:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null)
    [ -n "$dure_mask" ] || continue
    dure_digit=$(echo "$dure_mask" | cut -c $((16 - (dure_signal_number - 1) / 4)))
    [ $((0x$dure_digit >> (dure_signal_number - 1) % 4 & 1)) = 0 ] || return 0
  done
  return 1
}

# To every process of the script's session that hears it; where none does, the script is to end.
dure_tell() {
  dure_heard=yes
  dure_told=
  for dure_process in /proc/[0-9]*; do
    read -r dure_line <"$dure_process/stat" || continue
    # After the name, which may hold anything: state, parent, group, session.
    set -- ${dure_line##*) }
    [ "$4" = "$dure_child" ] && dure_hears "${dure_process#/proc/}" || continue
    kill -s "$dure_signal" "${dure_process#/proc/}" && dure_told=yes
  done 2>/dev/null
  [ -n "$dure_told" ] || kill -s TERM -- "-$dure_child" 2>/dev/null
}
dure_heard=
trap dure_tell URG
trap 'dure_heard=yes; kill -s TERM -- "-$dure_child" 2>/dev/null' TERM

# Its user's variables are for the script alone, and Dure's go on top of them.
dure_begin() {
  . "$dure_attempt/environment"
  . "$dure_attempt/variables"
  dure_set
  dure_run
}
dure_begin &
dure_child=$!
dure_code=
# As in batch.sh.
while :; do
  wait "$dure_child"
  dure_got=$?
  [ -z "$dure_code" ] || [ "$dure_got" != 127 ] || break
  dure_code=$dure_got
  [ -n "$dure_heard" ] || break
  dure_heard=
done
[ "$dure_code" = 0 ] || : >"$dure_attempt/failed"
exit "$dure_code"
