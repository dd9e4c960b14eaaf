#!/bin/bash
# Makes a new instance of the worker fleet a worker: run once, as root, by its user data (Amazon Linux 2023).
# When a step fails, it says which and why on the console and in the log group, and gives up the instance.
set -euo pipefail
secrets=${VERGER_SECRETS:-/run/verger}
units=${VERGER_UNITS:-/etc/systemd/system}
ready_tries=${VERGER_READY_TRIES:-150}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=infra/aws/host/common.sh
. "$here/common.sh"
instance=unknown region='' log_group=''

# A broken instance must not cost money for ever: the group replaces it, and the safety net ends what is broken
# again and again.
give_up() {
  local status=$? text
  [ "$status" -ne 0 ] || return 0
  trap - EXIT
  set +e
  text=$(failure "$instance" "$status")
  say "$text"
  [ -z "$log_group" ] || report "worker/$instance/start" "$text"
  [ -z "$region" ] || aws autoscaling set-instance-health --region "$region" --instance-id "$instance" \
    --health-status Unhealthy
  systemctl poweroff
  exit "$status"
}
trap give_up EXIT

begin 'read the settings'
region=$(setting REGION)
log_group=$(setting LOG_GROUP)
image=$(setting IMAGE)
registry=$(setting REGISTRY)
queue=$(setting REDIS_HOST)
secret=$(setting REDIS_SECRET)
roots=$(setting ALLOW_ROOTS)
grace=$(setting GRACE_SECONDS)
tls=$(sed -n 's/^VERGER_TLS=//p' "$settings" | tail -n 1)

begin 'ask the metadata service what this instance is'
new_session
instance=$(metadata instance-id)
type=$(metadata instance-type)

begin 'install Docker'
again dnf install -y docker
systemctl enable --now docker

pull "$region" "$registry" "$image"

begin "read the queue's password"
umask 077
mkdir -p "$secrets"
password=$(secret_text "$region" "$secret")
case $queue in *:*) ;; *) queue=$queue:6379 ;; esac
scheme=redis
more=()
if [ -n "$tls" ]; then
  begin "read the certificate of the queue's authority"
  scheme=rediss
  read_authority() {
    aws ssm get-parameter --region "$region" --name "$tls" --query Parameter.Value --output text \
      > "$secrets/ca.pem"
  }
  again read_authority
  chown 1000:1000 "$secrets/ca.pem"
  more=(--mount "type=bind,source=$secrets/ca.pem,target=/run/secrets/ca.pem,readonly"
    --env NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem)
fi
printf '%s://verger-worker:%s@%s\n' "$scheme" "$password" "$queue" > "$secrets/redis-url" # in memory, as /run is
chown 1000:1000 "$secrets/redis-url" # the user of the image
umask 022

begin 'start the worker'
cpus=$(nproc)
# All but what the system, Docker and the agents need.
memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 1024 - 450))
docker run --detach --name verger-worker --hostname "$instance" --init --user 1000:1000 \
  --restart on-failure --network bridge \
  --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:mode=1777,size=256m \
  --memory "${memory}m" --memory-swap "${memory}m" --cpus "$cpus" --pids-limit $((256 + 64 * cpus)) \
  --log-driver awslogs --log-opt awslogs-region="$region" --log-opt awslogs-group="$log_group" \
  --log-opt awslogs-stream="worker/$instance" --log-opt mode=non-blocking \
  --mount "type=bind,source=$secrets/redis-url,target=/run/secrets/redis-url,readonly" \
  --env VERGER_REDIS_URL_FILE=/run/secrets/redis-url \
  --env VERGER_ALLOW_ROOTS="$roots" --env AWS_REGION="$region" --env VERGER_INSTANCE_TYPE="$type" \
  --env VERGER_WORKER_NAME="$instance" --env VERGER_HEALTH=0.0.0.0:9464 --env VERGER_CACHE=/tmp/verger \
  --env VERGER_GRACE=$((grace > 10 ? grace - 10 : grace)) \
  "${more[@]}" "$image" worker

begin 'start the drain agent'
cat > "$units/verger-drain.service" << EOF
[Unit]
Description=Stops the verger worker when this instance is taken away
After=docker.service network-online.target
[Service]
ExecStart=/bin/bash $here/drain-agent.sh
StandardOutput=journal+console
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=$((grace + 15))
[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now verger-drain.service

begin 'see the worker take jobs'
health() { docker inspect --format '{{.State.Health.Status}}' verger-worker; }
for ((try = 1; ; try++)); do
  [ "$(health)" != healthy ] || break
  if [ "$try" -ge "$ready_tries" ]; then
    docker logs --tail 5 verger-worker || true
    exit 1
  fi
  sleep "$pause"
done
say "$instance takes jobs"
