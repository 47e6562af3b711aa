#!/usr/bin/env bash
# Installs a Debian package in a root of its own, starts what systemd would start, gives it work, installs another
# package over it and restarts both units as its postinst would have it: no job notices, and nothing acknowledged is lost.
#
#   tests/package/upgrade.sh ROOT OLD.deb NEW.deb
#
# ROOT is a Debian 12 with what the package depends on, such as `debootstrap --include=...` makes. Needs root, and mounts
# /proc, /dev and the cgroups there. Prints one line; the exit code says how it went.
set -u
root=$1 old=$2 new=$3
say() { printf '* %s\n' "$*" >&2; }
fail() { printf 'upgrade: %s\n' "$*"; exit 1; }
inside() { chroot "$root" "$@"; }

mounts=()
for folder in /proc /dev /sys/fs/cgroup; do
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder" && mount --make-rslave "$root$folder" && mounts+=("$root$folder")
done
clean_up() {
  [ -z "${server:-}" ] || kill "$server" 2>/dev/null
  [ -z "${launcher:-}" ] || kill "$launcher" 2>/dev/null
  wait 2>/dev/null
  for folder in "${mounts[@]}"; do umount -R -l "$folder"; done
}
trap clean_up EXIT

# Restarting a unit with KillMode=process: its main process alone is told to end.
start_launcher() {
  mkdir -p "$root/run/dure"
  chroot "$root" /usr/lib/dure/dure-launcher > "$root/tmp/launcher.log" 2>&1 & launcher=$!
}
start_server() {
  chroot --userspec=dure:dure "$root" /usr/bin/env DURE_DATA_DIR=/var/lib/dure /usr/bin/dure serve \
    --config /etc/dure/server.yaml --emulated 4 --listen 127.0.0.1:0 > "$root/tmp/server.log" 2>&1 & server=$!
  until [ -s "$root/var/lib/dure/address" ]; do
    kill -0 "$server" 2>/dev/null || fail "the server did not come up: $(cat "$root/tmp/server.log")"
    sleep 0.05
  done
}
restart() {
  kill "$launcher"; wait "$launcher"
  start_launcher
  kill "$server"; wait "$server"
  start_server
}

# One job after the other, each acknowledged one in a file; a server that is away is asked again.
submit_until_told() {
  local i=0 id
  while [ ! -e "$root/tmp/enough" ]; do
    i=$((i + 1))
    # shellcheck disable=SC2016  # the job's own shell is to see it
    id=$(inside env DURE_DATA_DIR=/var/lib/dure dure submit --json --cpus 0.01 --time 10m -n "load$i" -- \
      sh -c 'echo "$DURE_JOB_ID begins" >> /tmp/runs; sleep 2; echo "$DURE_JOB_ID ends" >> /tmp/runs' 2>/dev/null |
      sed -n 's/.*"id":\([0-9]*\).*/\1/p') || true
    [ -z "$id" ] || echo "$id" >> "$root/tmp/acknowledged"
  done
}

rm -f "$root"/tmp/{runs,acknowledged,enough}
touch "$root/tmp/runs" && chmod 0666 "$root/tmp/runs"
cp "$old" "$root/tmp/old.deb" && cp "$new" "$root/tmp/new.deb"
say "Installing $(basename "$old")"
inside env DEBIAN_FRONTEND=noninteractive dpkg -i /tmp/old.deb >&2 || fail "the first installation failed"
start_launcher
start_server
submit_until_told & submitting=$!
until [ "$(wc -l < "$root/tmp/runs")" -ge 20 ]; do sleep 0.1; done

for round in 1 2 3; do
  before=$(wc -l < "$root/tmp/runs")
  say "Round $round: installing $(basename "$new") while $(inside ps -C dure-supervisor -o pid= | wc -l) jobs run"
  inside env DEBIAN_FRONTEND=noninteractive dpkg -i /tmp/new.deb >/dev/null 2>&1 || fail "the upgrade failed"
  restart
  until [ "$(wc -l < "$root/tmp/runs")" -ge $((before + 40)) ]; do sleep 0.1; done
done
touch "$root/tmp/enough"
wait "$submitting"

say "Waiting for $(wc -l < "$root/tmp/acknowledged") jobs"
with_data=(env DURE_DATA_DIR=/var/lib/dure)
mapfile -t ids < "$root/tmp/acknowledged"
inside "${with_data[@]}" dure wait "${ids[@]}" > /dev/null || fail "a job did not complete"
lost=0 twice=0
for id in "${ids[@]}"; do
  [ "$(grep -c "^$id ends" "$root/tmp/runs")" -ge 1 ] || lost=$((lost + 1))
  [ "$(grep -c "^$id begins" "$root/tmp/runs")" -le 1 ] || twice=$((twice + 1))
done
inside "${with_data[@]}" dure journal verify --data /var/lib/dure > /dev/null || fail "the journal is not whole"
printf 'upgrade: %d jobs acknowledged over 3 upgrades, %d lost, %d run twice\n' "${#ids[@]}" "$lost" "$twice"
[ $lost -eq 0 ] && [ $twice -eq 0 ]
